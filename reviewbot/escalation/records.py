"""Frozen records of escalation: what is to be run, what the tool said, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reviewbot.records import Access, Mode


class Sanitizer(Enum):
    """The tools that can see a race happen."""

    TSAN = "tsan"
    TSAN_ARCHER = "tsan+archer"
    HELGRIND = "helgrind"
    DRD = "drd"
    RACECHECK = "compute-sanitizer racecheck"


class Way(Enum):
    """How a target comes to run."""

    PROJECT = "project build"
    HARNESS = "synthesised harness"


class Verdict(Enum):
    """What a sanitizer says of a target; "not reproduced" never means refuted."""

    CONFIRMED = "confirmed"
    NOT_REPRODUCED = "not reproduced"
    NOT_RUN = "not run"
    TOOL_FAILED = "tool failed"


class ReportKind(Enum):
    """What one report of a tool is about."""

    RACE = "data race"
    LOCK_ORDER = "lock-order inversion"
    THREAD_LEAK = "thread leak"
    DESTROYED_MUTEX = "use of a destroyed mutex"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a stack: the demangled function and the path as the tool printed it."""

    function: str
    path: str
    line: int  # 0 where the tool gave none
    column: int  # 0 where the tool gave none


@dataclass(frozen=True, slots=True)
class ToolAccess:
    """One access of a report; `size` in bytes, `stack` innermost first."""

    mode: Mode
    atomic: bool
    size: int
    thread: str
    stack: tuple[Frame, ...]
    locks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolReport:
    """One report of a tool, as far as it could be read."""

    kind: ReportKind
    tool: str
    accesses: tuple[ToolAccess, ...]
    location: str  # what the memory is: "global 'total' of size 4 at ..."
    location_stack: tuple[Frame, ...]  # where it was allocated
    created: tuple[tuple[Frame, ...], ...]  # where the threads were created
    text: str  # the report's own lines, capped
    truncated: bool  # whether the log ended, or was cut, within the report


@dataclass(frozen=True, slots=True)
class Suspect:
    """A finding that a target would settle: its name, its access pair and the model's answer."""

    fingerprint: str
    accesses: tuple[Access, ...]
    probability: float
    confidence: float
    object: str = ""  # as the finding names it


@dataclass(frozen=True, slots=True)
class Target:
    """One piece of code worth a sanitizer run, and what it is expected to bring and to cost."""

    id: str
    path: str
    line: int
    end_line: int
    function: str
    fingerprints: tuple[str, ...]  # of the findings that it would settle; () for a silence
    sanitizer: Sanitizer
    why: str
    value: float  # uncertainty x severity, 0..1
    seconds: float  # estimated cost
    way: Way
    suspects: tuple[Suspect, ...] = ()  # the findings again, with what a report is matched to


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target."""

    target: Target
    verdict: Verdict
    reason: str
    tool: str
    runs: int
    threads: tuple[int, ...]
    seconds: float
    reports: tuple[ToolReport, ...] = ()  # those that match the target's findings first
    elsewhere: tuple[ToolReport, ...] = ()  # races outside the change
    reached: bool = False  # whether the lines in question were seen to run
