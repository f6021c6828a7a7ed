"""A ThreadSanitizer report being read: its kinds of lines, and which line can be its next."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reviewbot.escalation.records import Frame, ReportKind
from reviewbot.escalation.stacks import TEXT_CAP

# Both sides of a race lie in one or neighbouring cells of 8 bytes; other processes lie elsewhere.
NEAR_BYTES = 4096
# A report has a title for each access, thread and mutex; more than this no tool writes.
SECTION_CAP = 64

_KINDS = (
    ("data race", ReportKind.RACE),
    ("heap-use-after-free", ReportKind.RACE),
    ("race on ", ReportKind.RACE),
    ("lock-order-inversion", ReportKind.LOCK_ORDER),
    ("thread leak", ReportKind.THREAD_LEAK),
    ("use of an invalid mutex", ReportKind.DESTROYED_MUTEX),
    ("destroy of a locked mutex", ReportKind.DESTROYED_MUTEX),
)
HEADER = "WARNING: ThreadSanitizer: "
SUMMARY = "SUMMARY: ThreadSanitizer: "
RULE = "=================="
_PID = " (pid="
FRAME = re.compile(r"    #(\d{1,4}) (.*)$")
ACCESS = re.compile(
    r"  (?P<previous>Previous )?(?P<atomic>atomic )?(?P<mode>read|write) of size (?P<size>\d{1,9})"
    r" at 0x(?P<address>[0-9a-f]{1,16}) by (?P<thread>main thread|thread T\d{1,9})(?P<rest>.*)$",
    re.IGNORECASE | re.ASCII,
)
LOCATION = re.compile(r"  Location is (?P<what>.*)$")
_NOWHERE = ("global '??'", "global '<null>'")
_BLOCK = re.compile(r"(?:of size (\d{1,15}) )?at 0x([0-9a-f]{1,16})")
MUTEX = re.compile(r"  Mutex (?P<name>M\d{1,9}) \(0x[0-9a-f]{1,16}\) created at:")
THREAD = re.compile(r"  Thread (?P<name>T\d{1,9})\b.{0,99}? created by ")
TID = re.compile(r"\(tid=(\d{1,10}),")
ACQUIRED = re.compile(
    r"  Mutex (?P<name>M\d{1,9}) (?:acquired here while holding mutex (?P<held>M\d{1,9}) in"
    r" (?P<thread>main thread|thread T\d{1,9})|previously acquired by the same thread here)"
)
OTHER = re.compile(
    r"  (?:As if synchronized via sleep:|Cycle in lock order graph: .*|and:|Mutex M\d+ is already.*"
    r"|  Hint: use TSAN_OPTIONS.*|  \[failed to restore the stack\].*|And \d+ more similar.*)$"
)


@dataclass(slots=True)
class Section:
    """A title with the stack under it; `match` tells what kind of title."""

    title: str
    match: re.Match[str] | None = None
    stack: list[Frame] = field(default_factory=list)
    expected: int = 0  # the number of the next frame

    def is_(self, pattern: re.Pattern[str]) -> bool:
        """Whether the title is of this kind."""
        return self.match is not None and self.match.re is pattern


@dataclass(slots=True)
class Draft:
    """A report being read."""

    header: str
    pid: str
    known: ReportKind
    sections: list[Section]
    text: list[str]
    size: int = 0
    complete: bool = False  # its SUMMARY or closing rule was seen
    torn: bool = False  # a frame is missing
    rivals: list[tuple[Draft, int]] = field(default_factory=list)  # could have had a line of ours
    last: int = 0  # the number of its last line
    gap: int = 0  # lines of other output since then

    @property
    def mixed(self) -> bool:
        """Whether another report that went on later might own one of the lines."""
        return any(rival.last > number for rival, number in self.rivals)

    def accesses(self) -> list[re.Match[str]]:
        """The titles of the accesses so far."""
        return [s.match for s in self.sections if s.match is not None and s.is_(ACCESS)]

    def keep(self, line: str) -> None:
        """Adds a line of its own to the text, as far as that may grow."""
        self.gap = 0
        if self.size < TEXT_CAP:
            self.text.append(line[: TEXT_CAP - self.size])
            self.size += len(line) + 1

    def add(self, match: re.Match[str]) -> None:
        """Begins a section, under which the next frames belong."""
        if len(self.sections) < SECTION_CAP:
            self.sections.append(Section(match[0], match))

    def fits(self, match: re.Match[str]) -> bool:
        """Whether a title can be this report's next one."""
        if match.re is ACCESS:
            before = self.accesses()
            if match["previous"]:
                return len(before) == 1 and _near(before[0]["address"], match["address"])
            return not before
        if match.re is LOCATION:
            return self._is_at(match["what"])
        if match.re is MUTEX or match.re is THREAD:
            return self._speaks_of(match["name"]) and not self._told(match)
        return match.re is not ACQUIRED or self.known is ReportKind.LOCK_ORDER

    def number_below(self, tid: int) -> int:
        """The process id if it comes before the thread's, else -1."""
        pid = int(self.pid) if self.pid.isascii() and self.pid.isdigit() else -1
        return pid if pid <= tid else -1

    def leads_to(self, place: str) -> bool:
        """Whether a SUMMARY's ` a.c:3 in f` or ` (/bin/app+0x12) in f` is among the frames."""
        first = place.strip().partition(" ")[0].strip("()")
        return any(first.rpartition("/")[2] in line for line in self.text)

    def _is_at(self, what: str) -> bool:
        place, before = _BLOCK.search(what), self.accesses()
        located = any(s.is_(LOCATION) for s in self.sections)
        if self.known is ReportKind.LOCK_ORDER or len(before) == 1:
            return False
        if what.startswith(_NOWHERE) or located:
            return located and what.startswith(_NOWHERE)  # a second guess follows the first
        return not before or place is None or _near(before[0]["address"], place[2], place[1])

    def _speaks_of(self, name: str) -> bool:
        titles = (s.title for s in self.sections if not s.is_(THREAD) and not s.is_(MUTEX))
        return self.known is not ReportKind.RACE or any(name in title for title in titles)

    def _told(self, match: re.Match[str]) -> bool:
        told = (s.match for s in self.sections if s.is_(match.re))
        return any(other is not None and other["name"] == match["name"] for other in told)


def _near(one: str, other: str, size: str | None = None) -> bool:
    distance = int(one, 16) - int(other, 16)
    return -NEAR_BYTES <= distance <= int(size or 0) + NEAR_BYTES


def begin(line: str) -> Draft | None:
    """The report that a line with HEADER begins; None for a complaint about the run itself."""
    line = line[line.index(HEADER) :].rstrip()
    words = line[len(HEADER) :]
    kind = next((kind for start, kind in _KINDS if words.startswith(start)), ReportKind.OTHER)
    if _PID not in words and kind is ReportKind.OTHER:
        return None  # such as "memory layout is incompatible"
    name, _, rest = words.partition(_PID)
    return Draft(name, rest[:10].partition(")")[0], kind, [Section("")], [line], len(line) + 1)


def title_of(line: str) -> re.Match[str] | None:
    """The title that a line within a report holds; what stands before it is another's output."""
    if "  " not in line:
        return None
    patterns = (ACCESS, LOCATION, MUTEX, THREAD, ACQUIRED, OTHER)
    return next((found for p in patterns if (found := p.search(line)) is not None), None)
