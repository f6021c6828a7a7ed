"""compile_commands.json: what a project's build compiles, and with which flags."""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewbot.escalation.folders import read_regular

# https://clang.llvm.org/docs/JSONCompilationDatabase.html
USUAL = ("compile_commands.json", "build/compile_commands.json", "builddir/compile_commands.json")
_LARGEST = 64 << 20  # bytes; one entry has some 500
_FOLDERS = ("-I", "-isystem", "-iquote", "-idirafter")
_KEPT = ("-D", "-U", "-std=", "-f", "-m", "-pthread", "-include")
_SANITIZE = ("-fsanitize", "-fno-sanitize")


@dataclass(frozen=True, slots=True)
class Compiled:
    """How one file is compiled; folders are absolute."""

    path: str  # from the project's root
    include_dirs: tuple[Path, ...]
    flags: tuple[str, ...]  # macros, standard and code generation, without the sanitizer's


class CompileCommands:
    """The entries of one database."""

    def __init__(self, entries: Sequence[Compiled]) -> None:
        self._entries = {entry.path: entry for entry in entries}

    def __len__(self) -> int:
        return len(self._entries)

    def of(self, path: str) -> Compiled | None:
        """How the file is compiled; None if the build does not compile it."""
        return self._entries.get(path)

    def near(self, path: str) -> Compiled | None:
        """How the file, or the one that shares most folders with it, is compiled."""
        return self.of(path) or max(
            self._entries.values(), key=lambda entry: _shared(entry.path, path), default=None
        )


def read_compile_commands(root: Path, named: str | None = None) -> CompileCommands | None:
    """The project's database, where the policy says or in the usual places; None if there is none.

    What cannot be read is left out: a build under test wrote it.
    """
    for place in (named,) if named else USUAL:
        data = read_regular(root / place, root, _LARGEST)
        if data:
            return CompileCommands(tuple(_entries(data, root)))
    return None


def _entries(data: bytes, root: Path) -> Iterator[Compiled]:
    try:
        document = json.loads(data)
    except ValueError:
        return
    for entry in document if isinstance(document, list) else ():
        if isinstance(entry, dict) and (found := _entry(entry, root)):
            yield found


def _entry(entry: dict[str, object], root: Path) -> Compiled | None:
    directory, file = entry.get("directory", ""), entry.get("file")
    if not isinstance(directory, str) or not isinstance(file, str):
        return None
    # Relative to the directory, which is itself relative to the root if a tool wrote it so.
    folder = posixpath.join(str(root), directory)
    path = posixpath.normpath(posixpath.join(folder, file))
    if not path.startswith(f"{root}/"):
        return None
    words = _words(entry)
    return Compiled(
        path=path.removeprefix(f"{root}/"),
        include_dirs=tuple(dict.fromkeys(_include_dirs(words, folder))),
        flags=tuple(_flags(words)),
    )


def _words(entry: dict[str, object]) -> list[str]:
    arguments, command = entry.get("arguments"), entry.get("command")
    if isinstance(arguments, list):
        return [word for word in arguments if isinstance(word, str)]
    try:
        return shlex.split(command) if isinstance(command, str) else []
    except ValueError:
        return []


def _include_dirs(words: Sequence[str], folder: str) -> Iterator[Path]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        for option in _FOLDERS:
            value = following if word == option else word.removeprefix(option)
            if value and word.startswith(option):
                yield Path(posixpath.normpath(posixpath.join(folder, value)))
                break


def _flags(words: Sequence[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in ("-D", "-U"):
            yield word + following
        elif word == "-include":
            yield from (word, following)
        elif word.startswith(_KEPT) and not word.startswith(_SANITIZE):
            yield word


def _shared(first: str, second: str) -> int:
    """How many leading folders two paths have in common."""
    pairs = zip(first.split("/")[:-1], second.split("/")[:-1], strict=False)
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count
