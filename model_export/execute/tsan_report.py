"""Reads the text that ThreadSanitizer writes, whole or cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

DATA_RACE = "data race"
FREED = "heap-use-after-free"

_HEAD = re.compile(r"^WARNING: ThreadSanitizer: (?P<kind>.+?)(?: \(pid=\d+\))?\s*$")
_END = re.compile(r"^(?:={10,}|SUMMARY: ThreadSanitizer)")
_ACCESS = re.compile(
    r"^  (?:(?i:previous) )?(?P<mode>(?:atomic )?(?:read|write)) of size (?P<size>\d+)"
    r" at 0x[0-9a-f]+ by (?P<who>main thread|thread T\d+[^:]*?)"
    r"(?: \(mutexes: (?P<mutexes>[^)]*)\))?:",
    re.IGNORECASE,
)
_FRAME = re.compile(r"^    #(?P<index>\d+) (?P<rest>.+)$")
_MODULE = re.compile(r"\s+\((?P<module>[^()\s]+)\+0x[0-9a-f]+\)(?:\s+\(BuildId: [0-9a-f]+\))?\s*$")
# An absolute path may hold blanks, and so may a function's name before it; other paths hold none.
_PLACE = re.compile(
    r"^(?P<function>.*?)\s+(?P<file>/.*?|\S+?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?$"
)
_LOCATION = re.compile(r"^  Location is (?P<what>.+)$")
_GLOBAL = re.compile(r"^global '(?P<name>[^']*)' of size (?P<size>\d+)")
_HEAP = re.compile(r"^heap block of size (?P<size>\d+)")
_STACK = re.compile(r"^(?:stack|TLS) of (?P<thread>main thread|thread T\d+)")
_THREAD = re.compile(r"^  Thread (?P<name>T\d+)\b.*created by (?P<creator>main thread|thread T\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One call of a stack; file is "" and line and column 0 where they are not known."""

    function: str
    file: str
    line: int
    column: int
    module: str = ""  # base name of the binary or library


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two accesses of a race."""

    mode: str  # "read" | "write"
    atomic: bool
    size: int
    thread: str  # "main" | "T1" | ...
    mutexes: tuple[str, ...]  # held, as numbered in the report: "M0", "write M1"
    stack: tuple[Frame, ...]

    def own_frame(self, source: str) -> Frame | None:
        """The innermost call that lies in the program's own file, named by its base name."""
        return next((f for f in self.stack if PurePosixPath(f.file).name == source), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """The memory that both sides touched."""

    kind: str  # "global" | "heap" | "stack" | "tls" | "other" | "unknown"
    name: str = ""  # of a global
    size: int = 0
    stack: tuple[Frame, ...] = ()  # where a heap block was allocated

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """Who made a thread, and where."""

    thread: str
    creator: str
    stack: tuple[Frame, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One warning; a cut-off one has fewer sides than two."""

    kind: str  # "data race", "lock-order-inversion (potential deadlock)", "thread leak", ...
    sides: tuple[Side, ...] = ()
    location: Location = Location(kind="unknown")
    threads: tuple[Creation, ...] = ()

    @property
    def is_race(self) -> bool:
        """Whether it reports a data race: two unordered accesses, one a write.

        A free and another thread's use race too; the tool has a name of its own for them where the
        free came first in this run.
        """
        apart = len({side.thread for side in self.sides}) == 2
        return self.kind.startswith(DATA_RACE) or (self.kind.startswith(FREED) and apart)


def parse_reports(text: str) -> tuple[Report, ...]:
    """Every warning in the text, in order."""
    return tuple(_report(kind, lines) for kind, lines in _blocks(text))


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    kind: str | None = None
    lines: list[str] = []
    for line in text.splitlines():
        head = _HEAD.match(line)
        if (head or _END.match(line)) and kind is not None:
            yield kind, lines
            kind = None
        if head:
            kind, lines = head["kind"], []
        elif kind is not None:
            lines.append(line)
    if kind is not None:
        yield kind, lines


def _report(kind: str, lines: list[str]) -> Report:
    sides: list[Side] = []
    threads: list[Creation] = []
    location = Location(kind="unknown")
    for title, stack in _paragraphs(lines):
        if match := _ACCESS.match(title):
            sides.append(_side(match, stack))
        elif match := _LOCATION.match(title):
            # An unsymbolised second guess may follow ("global '??'"): the first one counts.
            if location.kind == "unknown":
                location = _location(match["what"], stack)
        elif match := _THREAD.match(title):
            threads.append(
                Creation(thread=match["name"], creator=_thread(match["creator"]), stack=stack)
            )
    return Report(kind=kind, sides=tuple(sides[:2]), location=location, threads=tuple(threads))


def _paragraphs(lines: list[str]) -> Iterator[tuple[str, tuple[Frame, ...]]]:
    """Each title line (two blanks deep) with the frames under it."""
    title: str | None = None
    frames: list[Frame] = []
    for line in lines:
        if match := _FRAME.match(line):
            frames.append(_frame(match["rest"]))
        elif line.startswith("  ") and line.strip() and not line.startswith("    "):
            if title is not None:
                yield title, tuple(frames)
            title, frames = line, []
    if title is not None:
        yield title, tuple(frames)


def _frame(rest: str) -> Frame:
    suffix = _MODULE.search(rest)
    module = PurePosixPath(suffix["module"]).name if suffix else ""
    match = _PLACE.match(rest[: suffix.start()] if suffix else rest)
    if not match:
        return Frame(function=rest.strip(), file="", line=0, column=0, module=module)
    known = match["file"] != "<null>"
    return Frame(
        function="" if match["function"] == "<null>" else match["function"],
        file=match["file"] if known else "",
        line=int(match["line"] or 0),
        column=int(match["column"] or 0),
        module=module,
    )


def _side(match: re.Match[str], stack: tuple[Frame, ...]) -> Side:
    mode = match["mode"].lower()
    held = (item.strip() for item in (match["mutexes"] or "").split(","))
    return Side(
        mode="read" if mode.endswith("read") else "write",
        atomic=mode.startswith("atomic"),
        size=int(match["size"]),
        thread=_thread(match["who"]),
        mutexes=tuple(item for item in held if item),
        stack=stack,
    )


def _thread(words: str) -> str:
    return "main" if words.startswith("main") else words.split()[1]


def _location(what: str, stack: tuple[Frame, ...]) -> Location:
    if match := _GLOBAL.match(what):
        return Location(kind="global", name=match["name"], size=int(match["size"]))
    if match := _HEAP.match(what):
        return Location(kind="heap", size=int(match["size"]), stack=stack)
    if match := _STACK.match(what):
        return Location(
            kind="tls" if what.startswith("TLS") else "stack", name=_thread(match["thread"])
        )
    return Location(kind="other")
