"""The checkout around a function: where its headers and the definitions of what it calls lie."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reviewbot.code.prefilter import is_c_family
from reviewbot.escalation.harness_headers import find_header, in_system, includes, read_header

MAX_SEEN = 150  # headers followed for one file
MAX_SOURCE = 1 << 20  # a larger source file is generated
_C, _CPP = (".c",), (".cc", ".cpp", ".cxx", ".C")
_ELSEWHERE = re.compile(
    r"(?:^|/)(?:tests?|examples?|bench\w*|samples?|fuzz\w*|doc|contrib|win\w*|msvc\w*)/|_test\.|(?i:win32)"
)
_MAIN = re.compile(rb"^(?:int|auto|void)?\s*main\s*\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Repository:
    """Every header and source of a checkout by its file name."""

    root: Path
    files: Mapping[str, tuple[Path, ...]]

    def include_dirs(self, text: str, path: Path) -> tuple[Path, ...]:
        """The folders that `-I` must name for this file, headers of headers too."""
        dirs: dict[Path, None] = {}
        seen: set[Path] = set()
        queue: list[tuple[str, Path]] = [(text, path)]
        while queue and len(seen) < MAX_SEEN:
            current, at = queue.pop(0)
            for name, _ in includes(current):
                header = find_header(name, at.parent, tuple(dirs)) or self._nearest(name, at)
                if header is None or header in seen:
                    continue
                if header != at.parent / name and find_header(name, None, tuple(dirs)) is None:
                    dirs[header.parents[name.count("/")]] = None
                seen.add(header)
                queue.append((read_header(str(header)).text, header))
        return tuple(dirs)

    def _nearest(self, name: str, at: Path) -> Path | None:
        """Of several headers of that name the one that shares most of the path."""
        if in_system(name) or ".." in name:
            return None
        parts = Path(name).parts
        fitting = [p for p in self.files.get(parts[-1], ()) if p.parts[-len(parts) :] == parts]
        return max(fitting, key=lambda p: (_shared(p, at), -len(p.parts)), default=None)

    def definition(self, name: str, at: Path, *, cpp: bool) -> Path | None:
        """The source file that defines a function or variable, as near to `at` as there is one."""
        short = name.rsplit("::", maxsplit=1)[-1]
        body = _definition(name.split("::")[-2:])
        fitting = [
            path
            for path in self._sources(cpp)
            if short.encode() in _bytes(str(path))
            and body.search(_bytes(str(path)))
            and not _MAIN.search(_bytes(str(path)))
        ]
        return max(fitting, key=lambda p: (_shared(p, at), -len(p.parts)), default=None)

    def _sources(self, cpp: bool) -> Iterator[Path]:
        suffixes = _CPP if cpp else _C
        for name, paths in self.files.items():
            if name.endswith(suffixes):
                yield from (
                    p for p in paths if not _ELSEWHERE.search(str(p.relative_to(self.root)))
                )


def _definition(parts: list[str]) -> re.Pattern[bytes]:
    """A function with its body, or a variable that starts a line with its type and is no extern."""
    last = re.escape(parts[-1])
    if len(parts) > 1 and parts[0] != parts[-1]:
        qualified = (
            rf"(?:\b{re.escape(parts[0])}\s*(?:<[^;{{}}()]*>)?::\s*{last}|^[\w\s*&:<>]*\b{last})"
        )
    elif len(parts) > 1:
        qualified = rf"\b{last}\s*::\s*~?{last}"
    else:
        qualified = rf"^(?!\s)[^;{{}}()=]*?\b{last}"
    body = rf"{qualified}\s*\([^;{{}}]*\)[^;{{}}]*\{{"
    variable = rf"^(?!extern|static|\s)(?:[A-Za-z_]\w*[\s*]+)+{last}\s*(?:\[[^\]]*\]\s*)*(?:=|;)"
    return re.compile(f"{body}|{variable}".encode(), re.MULTILINE)


@functools.lru_cache(maxsize=4096)
def _bytes(path: str) -> bytes:
    try:
        data = Path(path).read_bytes()
    except OSError:
        return b""
    return data if len(data) <= MAX_SOURCE else b""


def _shared(one: Path, other: Path) -> int:
    pairs = zip(one.parts, other.parts, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), 99)


def read_repository(root: Path) -> Repository:
    """List the headers and sources of a checkout."""
    files: dict[str, tuple[Path, ...]] = {}
    for path in sorted(root.rglob("*")):
        if (is_c_family(path.name) or path.suffix in (".inc", ".def", ".in")) and path.is_file():
            files[path.name] = (*files.get(path.name, ()), path)
    return Repository(root, files)
