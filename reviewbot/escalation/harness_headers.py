"""What a file includes: where its headers lie, what they declare, and which are nowhere."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewbot.code.parse import parse
from reviewbot.code.preprocessor import Macro
from reviewbot.code.symbols import FileSymbols, collect

MAX_HEADERS = 150  # read for one function: what it needs lies near
MAX_BYTES = 400_000  # a larger header is a table
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.MULTILINE)
# Where a compiler looks by itself, so that <zlib.h> that is installed is told from one that is not.
_SYSTEM = (
    *("/usr/include", "/usr/include/x86_64-linux-gnu", "/usr/include/aarch64-linux-gnu"),
    *("/usr/local/include", "/usr/lib/llvm-19/lib/clang/19/include"),
    *(f"/usr/include/c++/{version}" for version in range(9, 16)),
)


@dataclass(frozen=True, slots=True)
class Header:
    """A header of the project: its text and what it declares at its top level."""

    path: str
    text: str
    symbols: FileSymbols
    macros: Mapping[str, Macro]


@dataclass(frozen=True, slots=True)
class Included:
    """Everything a file includes from its own project, directly or not."""

    headers: tuple[Header, ...]
    missing: tuple[str, ...]  # names of includes that lie neither here nor in the system

    @property
    def texts(self) -> tuple[str, ...]:
        """The headers' texts."""
        return tuple(header.text for header in self.headers)


def includes(text: str) -> Iterator[tuple[str, bool]]:
    """The names a text includes, and whether in quotes."""
    for match in _INCLUDE.finditer(text):
        yield match.group(2).strip(), match.group(1) == '"'


def read_includes(text: str, folder: Path | None, include_dirs: Sequence[Path]) -> Included:
    """Read the project's headers that `text` includes, those of headers too; never raises."""
    found: dict[str, Header] = {}
    missing: dict[str, None] = {}
    queue: list[tuple[str, Path | None]] = [(text, folder)]
    while queue:
        current, here = queue.pop(0)
        for name, _ in includes(current):
            path = find_header(name, here, include_dirs)
            if path is None:
                if not in_system(name):
                    missing[name] = None
            elif str(path) not in found and len(found) < MAX_HEADERS:
                header = read_header(str(path))
                found[str(path)] = header
                queue.append((header.text, path.parent))
    return Included(tuple(found.values()), tuple(missing))


def find_header(name: str, here: Path | None, include_dirs: Sequence[Path]) -> Path | None:
    """The file that an include names, seen from a folder."""
    folders = [here] if here is not None else []
    for folder in (*folders, *include_dirs):
        path = folder / name
        if path.is_file():
            return path
    return None


@functools.lru_cache(maxsize=4096)
def in_system(name: str) -> bool:
    """Whether a compiler of this machine would find the header by itself."""
    return any((Path(folder) / name).is_file() for folder in _SYSTEM)


@functools.lru_cache(maxsize=2048)
def read_header(path: str) -> Header:
    """A header, read once; an empty one if it cannot be read."""
    try:
        data = Path(path).read_bytes()[:MAX_BYTES]
    except OSError:
        data = b""
    parsed = parse(path, data)
    return Header(path, parsed.translation.source, collect(parsed), parsed.translation.macros)
