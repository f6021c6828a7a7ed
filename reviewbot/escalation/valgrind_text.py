"""Reads what valgrind's thread checkers, helgrind and DRD, wrote in text form; never raises.

Each of their lines begins with the process id, so several processes and the program's own output
may share a log. File names come without their folder unless valgrind runs with `--fullpath-after=`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reviewbot.escalation.records import Frame, ReportKind, ToolAccess, ToolReport
from reviewbot.escalation.stacks import STACK_CAP, TEXT_CAP, lines, valgrind_frame, words
from reviewbot.records import Mode

_LINE = re.compile(r"==(?:[0-9:.]{8,20} )?(\d{1,10})== ?(.*)$")
_FRAME = re.compile(r"^ *(?:at|by) 0x[0-9A-Fa-f]{1,16}: (.*)$")
_HEX = r"0x[0-9A-Fa-f]{1,16}"
_RULE = re.compile(r"^-{8,}$")
_ANNOUNCEMENT = re.compile(r"^-{3,}Thread-Announcement-{3,}")
_FOOTER = re.compile(r"^(?:ERROR SUMMARY|For lists of detected|Use --history-level|HEAP SUMMARY)")
_CREATED = re.compile(r"^Thread #(\d{1,9}) was created")

_HELGRIND_RACE = re.compile(
    rf"Possible data race during (read|write) of size (\d{{1,9}}) at {_HEX} by thread #(\d{{1,9}})"
)
_CONFLICT = re.compile(
    r"This conflicts with a previous (read|write|access)(?: of size (\d{1,9}))?"
    r" by thread #(\d{1,9})"
)
_HELD = re.compile(r"^ *Locks held: \d+, at address(?:es)?(.*)$")
_OBSERVED = re.compile(rf"\b({_HEX}) was first observed")
_ADDRESS = re.compile(rf"^ *(?:Address|Location) ({_HEX}) is (.*)$")
_SYMBOL = re.compile(r'data symbol "([^"]*)"')
_ACQUISITION = re.compile(rf"acquisition of lock at ({_HEX})")
_ORDER = re.compile(r'^(?:Thread #\d+: )?lock order "')
_DRD_RACE = re.compile(
    rf"^Conflicting (load|store) by thread (\d{{1,9}}) at {_HEX} size (\d{{1,9}})"
)
_SEGMENT = re.compile(r"^Other segment (start|end) \(thread (\d{1,9})\)")
_ALLOCATION = re.compile(r"Allocation context: ?(.*)$")
_DESTROYED = re.compile(r"^(?:Thread #\d+: pthread_\w+_destroy of a|Destroying) locked")
# A line that says what went wrong, in both tools; anything else without a stack is talk.
_NOISE = re.compile(r"^(?:Thread \d+:|\s*\(thread finished|.*rerun with|Copyright|Using Valgrind)")
_HOOKS = re.compile(r"^(?:pthread_|mtx_|cnd_|sem_|std::|__gthread|clone|create_thread)")


def parse_valgrind(text: str, tool: str) -> tuple[ToolReport, ...]:
    """Every report in the log, each process's in order; `tool` is "helgrind" or "drd".

    DRD does not remember the other side's access, only where its segment ended: such a side has
    size 0 and the stack of that place, or none if its thread is gone. An access of a report that is
    no race is the taking or misuse of a lock: an atomic write of size 0.
    """
    reader = _Reader(ruled=tool.startswith("helgrind"))
    for line in lines(text):
        if "==" in line and (match := _LINE.search(line)) is not None:
            reader.feed(match[1], match[2].rstrip())
    return tuple(_report(draft, tool) for draft in reader.drafts if draft.speaks)


@dataclass(slots=True)
class _Section:
    """A title with the stack under it."""

    title: str
    stack: list[Frame] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """A report being read."""

    threads: dict[str, tuple[Frame, ...]]  # where the process's threads were created, so far
    sections: list[_Section] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    size: int = 0
    complete: bool = False  # a blank line, a rule or valgrind's last words came after it

    @property
    def speaks(self) -> bool:
        return any(section.stack or _kind(section.title) for section in self.sections)

    def add(self, line: str) -> None:
        self.complete = False
        if (match := _FRAME.match(line)) is not None:
            self._frame(match[1])
        else:
            self.sections.append(_Section(line))
        if self.size < TEXT_CAP:
            self.text.append(line[: TEXT_CAP - self.size])
            self.size += len(line) + 1

    def _frame(self, rest: str) -> None:
        if not self.sections:
            self.sections.append(_Section(""))  # the log's beginning is missing
        if len(self.sections[-1].stack) < STACK_CAP:
            self.sections[-1].stack.append(valgrind_frame(rest))


@dataclass(slots=True)
class _Process:
    """What was read of one process."""

    draft: _Draft | None = None
    announced: str = ""  # the thread whose creation is being told
    threads: dict[str, tuple[Frame, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Deals lines to processes and cuts them into reports."""

    ruled: bool  # helgrind draws a rule before each report; DRD leaves a blank line after
    drafts: list[_Draft] = field(default_factory=list)
    processes: dict[str, _Process] = field(default_factory=dict)

    def feed(self, pid: str, line: str) -> None:
        process = self.processes.setdefault(pid, _Process())
        if _RULE.match(line) or _ANNOUNCEMENT.match(line) or _FOOTER.match(line):
            self._close(process)
        elif (match := _CREATED.match(line)) is not None:
            process.announced = match[1]
            process.threads[match[1]] = ()
        elif process.announced:
            self._announce(process, line)
        elif not line:
            self._blank(process)
        elif not _NOISE.match(line):
            self._add(process, line)

    def _announce(self, process: _Process, line: str) -> None:
        if (match := _FRAME.match(line)) is None:
            process.announced = ""
            return
        known = process.threads[process.announced]
        if len(known) < STACK_CAP:
            process.threads[process.announced] = (*known, valgrind_frame(match[1]))

    def _blank(self, process: _Process) -> None:
        if process.draft is not None:
            process.draft.complete = True
        if not self.ruled:
            self._close(process)

    def _close(self, process: _Process) -> None:
        process.announced = ""
        if process.draft is not None:
            process.draft.complete = True
            process.draft = None

    def _add(self, process: _Process, line: str) -> None:
        if process.draft is None:
            process.draft = _Draft(process.threads)
            self.drafts.append(process.draft)
        process.draft.add(line)


def _kind(title: str) -> ReportKind | None:
    if _HELGRIND_RACE.search(title) or _DRD_RACE.match(title):
        return ReportKind.RACE
    if _ORDER.match(title):
        return ReportKind.LOCK_ORDER
    return ReportKind.DESTROYED_MUTEX if _DESTROYED.match(title) else None


def _report(draft: _Draft, tool: str) -> ToolReport:
    sections = draft.sections
    kind = next((found for s in sections if (found := _kind(s.title))), ReportKind.OTHER)
    race = kind is ReportKind.RACE
    accesses = tuple(_accesses(sections) if race else _lock_uses(sections, kind))
    location, stack = _location(sections)
    return ToolReport(
        kind=kind,
        tool=tool,
        accesses=accesses,
        location=location,
        location_stack=stack,
        created=tuple(_created(draft, accesses)),
        text="\n".join(draft.text),
        truncated=not draft.complete or (race and len(accesses) < 2),
    )


def _accesses(sections: Sequence[_Section]) -> Iterator[ToolAccess]:
    named = dict(_lock_names(sections))
    for index, section in enumerate(sections):
        title = section.title
        if match := _HELGRIND_RACE.search(title):
            stack, locks = _held(sections, index, named)
            yield _access(match[1], match[2], f"#{match[3]}", stack, locks)
        elif match := _CONFLICT.search(title):
            stack, locks = _held(sections, index, named)
            yield _access(match[1], match[2] or "0", f"#{match[3]}", stack, locks)
        elif match := _DRD_RACE.match(title):
            mode = "read" if match[1] == "load" else "write"
            yield _access(mode, match[3], match[2], section.stack, ())
        elif (match := _SEGMENT.match(title)) and match[1] == "end":
            yield _access("access", "0", match[2], section.stack, ())


def _access(
    mode: str, size: str, thread: str, stack: Sequence[Frame], locks: tuple[str, ...]
) -> ToolAccess:
    return ToolAccess(
        # A side of which the tool does not know the mode may be the write that makes it a race.
        mode=Mode.READ if mode == "read" else Mode.WRITE,
        atomic=False,  # valgrind sees instructions, not the atomicity of the source
        size=int(size),
        thread="main thread" if thread in ("#1", "1") else f"thread {thread}",
        stack=tuple(stack),
        locks=locks,
    )


def _held(
    sections: Sequence[_Section], index: int, named: dict[str, str]
) -> tuple[list[Frame], tuple[str, ...]]:
    """The stack of a helgrind access and the locks held there, which stand between the two."""
    for section in sections[index : index + 2]:
        if match := _HELD.match(section.title):
            found = re.findall(_HEX, match[1])
            return section.stack, tuple(named.get(lock, lock) for lock in found)
        if section.stack or "Locks held" in section.title:
            return section.stack, ()
    return [], ()


def _lock_names(sections: Sequence[_Section]) -> Iterator[tuple[str, str]]:
    """(address, `0x10C120 "guard" (clerk a.c:32)`) of each lock that the report introduces."""
    for index, section in enumerate(sections):
        if match := _OBSERVED.search(section.title):
            after = sections[index + 1].title if index + 1 < len(sections) else ""
            symbol = _SYMBOL.search(after)
            name = f'{match[1]} "{_shortest(symbol[1])}"' if symbol else match[1]
            place = _maker(section.stack)
            yield match[1], f"{name} ({place})" if place else name


def _shortest(symbol: str) -> str:
    """The last name within a mangled symbol; any other symbol as it is."""
    if not symbol.startswith("_Z"):
        return symbol
    found = words(symbol) - {symbol, "_GLOBAL__N_1"}
    return max(found, key=symbol.rfind, default=symbol)


def _maker(stack: Sequence[Frame]) -> str:
    for frame in stack:
        if frame.line and frame.function and not _HOOKS.match(frame.function):
            return f"{frame.function} {frame.path}:{frame.line}"
    return ""


def _location(sections: Sequence[_Section]) -> tuple[str, tuple[Frame, ...]]:
    """What the raced memory is, and the stack that allocated it; an address of a lock is not it."""
    for index, section in enumerate(sections):
        of_lock = index and _OBSERVED.search(sections[index - 1].title)
        if (match := _ADDRESS.match(section.title)) and not of_lock:
            what = match[2].removesuffix(" Allocation context:")
            if what.startswith("on thread") and index + 1 < len(sections):
                what += sections[index + 1].title
            return what, tuple(section.stack)
        if match := _ALLOCATION.search(section.title):
            return match[1], tuple(section.stack)
    return "", ()


def _created(draft: _Draft, accesses: Sequence[ToolAccess]) -> Iterator[tuple[Frame, ...]]:
    for access in accesses:
        stack = draft.threads.get(access.thread.rpartition("#")[2], ())
        if stack:
            yield stack


def _lock_uses(sections: Sequence[_Section], kind: ReportKind) -> Iterator[ToolAccess]:
    for section in sections:
        title = section.title
        taken = _ACQUISITION.search(title) if kind is ReportKind.LOCK_ORDER else None
        if not section.stack or _OBSERVED.search(title) or _ADDRESS.match(title):
            continue
        locks = (taken[1],) if taken else ()
        yield ToolAccess(Mode.WRITE, True, 0, "", tuple(section.stack), locks)
