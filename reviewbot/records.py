"""Frozen records that cross stage borders; no I/O, and nothing of ours is imported here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


class Change(str, Enum):
    """What a diff does to a file."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    COPIED = "copied"
    TYPE_CHANGED = "type-changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One hunk of a unified diff; line numbers are 1-based, as in the diff's header."""

    old_start: int
    old_length: int
    new_start: int
    new_length: int
    added: tuple[int, ...]  # head-side numbers of the added lines, ascending
    removed: tuple[int, ...]  # base-side numbers of the removed lines, ascending


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """The change of one file from base to head; paths are relative to the repository's root."""

    path: str  # the head's path; the base's if the file was deleted
    old_path: str | None  # the base's path; None if the file was added
    change: Change
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False
    submodule: bool = False
    symlink: bool = False

    @property
    def added_lines(self) -> frozenset[int]:
        """Head-side numbers of every added line."""
        return frozenset(line for hunk in self.hunks for line in hunk.added)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that could not be analysed, said as a value and shown to the user."""

    path: str
    reason: str
    line: int | None = None


class Link(str, Enum):
    """The links of the causal chain of a race, in the order in which the chain is told."""

    CONCURRENT = "concurrent"
    SAME_LOCATION = "same-location"
    CONFLICTING = "conflicting"
    UNORDERED = "unordered"
    UNPROTECTED = "unprotected"


class Mode(str, Enum):
    """How an access touches its object; an update (x++) is a write that also reads."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A read or write of an object at a place in the source; column is 1-based, in characters."""

    path: str
    line: int
    column: int
    end_column: int  # one past the last character on the same line
    mode: Mode
    atomic: bool
    text: str  # the access path as written: grid[i + 1]
    function: str  # the function that lexically contains it; "" at file level


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPair:
    """Two accesses of one object that may run at once, and what the parser can state of them.

    `relations` maps a slot name to its value, both from closed vocabularies. `evidence` maps each
    link to the lines that speak for or against it, best first.
    """

    first: Access
    second: Access
    relations: tuple[tuple[str, str], ...]
    evidence: Sequence[tuple[Link, tuple[int, ...]]] = ()  # may be put together when read


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceLine:
    """One source line of a slice, as tokens with identifiers replaced by their roles."""

    line: int
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The lines that decide about one object that two threads may touch: what the model reads."""

    path: str
    object: str  # as people would name it: counter, self->tail, grid[]
    function: str
    construct_line: int  # the construct that makes it parallel
    construct_end_line: int
    construct_kind: str  # "parallel for", "thread", "unknown caller", ...
    lines: Sequence[SliceLine]  # may be put together only when it is read
    pairs: tuple[AccessPair, ...]
    unresolved: tuple[str, ...] = ()  # what the front end could not see: "call:foo", "truncated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A parallel construct and the lines of code it governs."""

    path: str
    line: int
    end_line: int
    kind: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Everything the front end says of one file."""

    path: str
    regions: tuple[Region, ...] = ()
    slices: tuple[Slice, ...] = ()
    unresolved: tuple[Skipped, ...] = ()  # functions or fragments that could not be read
    # in how many places threads guard each object, by the front end's name of it; by
    # `object in function`, 1 where one locks that by its name would be alone with the object
    guarded: Mapping[str, int] = field(default_factory=dict, hash=False)
    skipped: str | None = None  # set if the file as a whole could not be analysed


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The model's answer for one access pair: raw opinion and calibrated belief side by side."""

    slice: Slice
    pair: AccessPair
    score: float  # uncalibrated race probability, 0..1
    probability: float  # calibrated probability that a race detector reports this pair
    confidence: float  # calibrated probability that the verdict is right, 0.5..1
    links: tuple[tuple[Link, float], ...]
    # The line that the model points to for each link; may be put together when it is read.
    evidence: Sequence[tuple[Link, int]]


class FindingKind(str, Enum):
    """What a finding claims."""

    RACE = "race"
    HOTSPOT = "hotspot"


class Status(str, Enum):
    """Where a finding stands between base and head."""

    INTRODUCED = "introduced"
    PRE_EXISTING = "pre-existing"
    FIXED = "fixed"
    UNKNOWN = "unknown"  # the base could not be read: never taken for clean


class Severity(str, Enum):
    """Harm if the claim is true."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One link of the causal chain with the line that is its evidence."""

    link: Link
    claim: str
    path: str
    line: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A change that lowers the race probability, as a unified diff."""

    kind: str
    patch: str
    probability_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A parsed sanitizer report; "not reproduced" never means refuted."""

    verdict: str  # "confirmed" | "not reproduced" | "not run"
    tool: str
    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A claim shown to people."""

    fingerprint: str
    kind: FindingKind
    status: Status
    path: str
    line: int
    end_line: int
    function: str
    object: str
    probability: float
    confidence: float
    severity: Severity
    accesses: tuple[Access, ...]
    trace: tuple[TraceStep, ...]
    unresolved: tuple[str, ...] = ()
    fix: Fix | None = None
    advice: str = ""  # where no fix is offered: what kind of change is needed
    evidence: Evidence | None = None
    former: str = ""  # its fingerprint by the first rule, which old baselines hold; or none


class Action(str, Enum):
    """What the policy does with a finding."""

    BLOCK = "block"
    COMMENT = "comment"
    NOTE = "note"
    DROP = "drop"
    ESCALATE = "escalate"


class Reason(str, Enum):
    """Why the policy decided so."""

    ABOVE_BLOCK_THRESHOLD = "above-block-threshold"
    ABOVE_COMMENT_THRESHOLD = "above-comment-threshold"
    BELOW_COMMENT_THRESHOLD = "below-comment-threshold"
    LOW_CONFIDENCE = "low-confidence"
    PRE_EXISTING = "pre-existing"
    FIXED = "fixed"
    SUPPRESSED = "suppressed"
    IN_BASELINE = "in-baseline"
    OVER_COMMENT_CAP = "over-comment-cap"
    DISABLED = "disabled"  # the policy turns this kind off for the path
    CONFIRMED = "confirmed-by-sanitizer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Opinion and outcome side by side: the finding, what happens to it, and why."""

    action: Action
    reason: Reason
    finding: Finding
    detail: str = ""  # the suppression's reason, the override's glob, ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """The profile predicted for one parallel construct; None and {} where no model speaks of it."""

    line: int
    end_line: int
    kind: str
    function: str
    work_balance: tuple[tuple[int, float], ...] | None = None  # (threads, balance in 0..1)
    bottleneck: tuple[tuple[str, float], ...] = ()
    hot_lines: tuple[tuple[int, float], ...] = ()  # (line, share of cost in 0..1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What was predicted for one file."""

    path: str
    race_probability: float  # that a race detector reports a race somewhere in the file
    skipped: str | None = None
    constructs: tuple[Construct, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleName:
    """Identity of the world model that spoke."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The outcome of one run: what every report is rendered from."""

    bundle: BundleName | None  # None if no model was needed: nothing parallel was changed
    files: tuple[FileResult, ...] = ()
    decisions: tuple[Decision, ...] = ()
    skipped: tuple[
        Skipped, ...
    ] = ()  # functions or fragments within files; whole files are in files
    sources: tuple[tuple[str, str], ...] = field(
        default=(), repr=False
    )  # (path, text) of findings' files
    seconds: float = 0.0
