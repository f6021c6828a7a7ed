"""What a team wants done with findings, and the one place that decides it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from typing import Final, NoReturn

from reviewbot.escalation.settings import SanitizerSettings
from reviewbot.records import (
    Action,
    Decision,
    Finding,
    FindingKind,
    Reason,
    Severity,
    Status,
)
from reviewbot.suppression import Suppressions, find_suppression

NEVER: Final = math.inf  # a block threshold that no probability reaches

# How a finding's harm weighs against its probability when comments are capped: a wrong value that
# is likely goes before a harmless one that is certain, and lost updates go before both.
_WEIGHT: Final = {Severity.HIGH: 1.0, Severity.MEDIUM: 0.7, Severity.LOW: 0.3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The confidences, both ends included, for which a sanitizer run is worth its time."""

    low: float
    high: float


NO_BAND: Final = Band(low=1.0, high=0.0)  # empty: nothing is escalated, every verdict is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which probability a kind of finding is told, and from which it blocks."""

    enabled: bool = True
    comment: float
    block: float = NEVER
    escalate: Band = NO_BAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """The thresholds that an override replaces; None leaves the policy's own."""

    enabled: bool | None = None
    comment: float | None = None
    block: float | None = None
    escalate: Band | None = None

    def over(self, whole: Thresholds) -> Thresholds:
        """The thresholds with these in place of theirs."""
        return Thresholds(
            enabled=whole.enabled if self.enabled is None else self.enabled,
            comment=whole.comment if self.comment is None else self.comment,
            block=whole.block if self.block is None else self.block,
            escalate=whole.escalate if self.escalate is None else self.escalate,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Other thresholds for the paths that a glob matches."""

    glob: str
    race: Partial = Partial()
    hotspot: Partial = Partial()

    def of(self, kind: FindingKind) -> Partial:
        """What the override says of a kind."""
        match kind:
            case FindingKind.RACE:
                return self.race
            case FindingKind.HOTSPOT:
                return self.hotspot
            case _:
                return _assert_never(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A team's thresholds; the values here are those of policies/default.yaml, with the reasons."""

    race: Thresholds = Thresholds(comment=0.6, block=NEVER, escalate=Band(low=0.5, high=0.7))
    hotspot: Thresholds = Thresholds(comment=0.7, block=NEVER, escalate=NO_BAND)
    max_comments: int = 10
    report_pre_existing: bool = False
    summary_comment: bool = False
    overrides: tuple[Override, ...] = ()
    sanitizer: SanitizerSettings = field(default_factory=SanitizerSettings)

    def override_for(self, path: str) -> Override | None:
        """The last override whose glob matches the path; earlier ones do not count."""
        matching = (one for one in reversed(self.overrides) if matches(one.glob, path))
        return next(matching, None)

    def thresholds(self, kind: FindingKind, path: str) -> Thresholds:
        """The thresholds in force for a kind of finding in a file."""
        override = self.override_for(path)
        return override.of(kind).over(self.own(kind)) if override else self.own(kind)

    def own(self, kind: FindingKind) -> Thresholds:
        """The policy's thresholds for a kind where no override speaks."""
        match kind:
            case FindingKind.RACE:
                return self.race
            case FindingKind.HOTSPOT:
                return self.hotspot
            case _:
                return _assert_never(kind)

    def comment_level(self, finding: Finding) -> float:
        """The probability from which the finding is told to people."""
        return self.thresholds(finding.kind, finding.path).comment


def matches(glob: str, path: str) -> bool:
    """Whether a glob names a path, both relative to the repository's root.

    `*` and `?` stay within one folder, `**` crosses folders, `[ab]` and `[!ab]` are sets. A glob
    without a slash names files in any folder (`*.h`); one that ends in a slash, all below it.
    """
    # The set of places reached so far, and no backtracking: a glob of many stars stays cheap.
    ends = {0}
    for part in _parts(glob):
        ends = {end for start in ends for end in _reached(part, path, start)}
    return len(path) in ends


class _Reach(Enum):
    """Which of the thresholds a probability reaches."""

    BLOCK = "block"
    COMMENT = "comment"
    NEITHER = "neither"


class _Trust(Enum):
    """How far the verdict may be taken at its word."""

    CONFIRMED = "confirmed"  # a sanitizer saw it happen
    SURE = "sure"
    UNSURE = "unsure"  # and no sanitizer can settle it
    ASK = "ask"  # a sanitizer should look first


def decide(finding: Finding, policy: Policy, *, can_escalate: bool = True) -> Decision:
    """What happens to a finding, and why; the first row that fits holds.

    disabled for its path          DROP     DISABLED
    fixed                          NOTE     FIXED
    pre-existing, see below        ...      PRE_EXISTING
    confirmed by a sanitizer       BLOCK    CONFIRMED               (COMMENT if block is never)
    confidence in the band         ESCALATE LOW_CONFIDENCE          (no evidence yet)
    unsure, reaches block          COMMENT  LOW_CONFIDENCE          (a guess stops nobody)
    unsure, reaches comment        COMMENT  ABOVE_COMMENT_THRESHOLD
    unsure, reaches neither        NOTE     LOW_CONFIDENCE          (unknown code is not silence)
    sure, reaches block            BLOCK    ABOVE_BLOCK_THRESHOLD
    sure, reaches comment          COMMENT  ABOVE_COMMENT_THRESHOLD
    sure, reaches neither          DROP     BELOW_COMMENT_THRESHOLD

    A pre-existing finding never blocks and never costs a sanitizer run. An unknown status counts
    as introduced. `can_escalate` is False where no sanitizer will run.
    """
    limits = policy.thresholds(finding.kind, finding.path)
    if not limits.enabled:
        return _decision(Action.DROP, Reason.DISABLED, finding, policy)
    match finding.status:
        case Status.FIXED:
            return _decision(Action.NOTE, Reason.FIXED, finding, policy)
        case Status.PRE_EXISTING:
            action, reason = _of_old(finding, limits, policy.report_pre_existing)
        case Status.INTRODUCED | Status.UNKNOWN:
            action, reason = _of_new(finding, limits, can_escalate)
        case _:
            return _assert_never(finding.status)
    return _decision(action, reason, finding, policy)


def decide_all(
    findings: Iterable[Finding],
    policy: Policy,
    suppressions: Mapping[str, Suppressions],
    baseline: frozenset[str],
    *,
    can_escalate: bool = True,
) -> tuple[Decision, ...]:
    """A decision for each finding, in their order; the first reason that holds is the one given.

    SUPPRESSED, IN_BASELINE, then those of `decide`, then OVER_COMMENT_CAP. A fixed finding goes to
    `decide` at once: its lines are the base's, where the head's waivers do not belong.
    """
    decisions = tuple(
        _waived(finding, suppressions, baseline)
        or decide(finding, policy, can_escalate=can_escalate)
        for finding in findings
    )
    return capped(decisions, policy.max_comments)


def _waived(
    finding: Finding, suppressions: Mapping[str, Suppressions], baseline: frozenset[str]
) -> Decision | None:
    if finding.status is Status.FIXED:
        return None
    waiver = find_suppression(finding, suppressions)
    if waiver:
        return Decision(
            action=Action.DROP, reason=Reason.SUPPRESSED, finding=finding, detail=waiver.reason
        )
    if finding.fingerprint in baseline or finding.former in baseline:
        return Decision(action=Action.DROP, reason=Reason.IN_BASELINE, finding=finding)
    return None


def capped(decisions: tuple[Decision, ...], limit: int) -> tuple[Decision, ...]:
    """The comments with the most probability × harm stay; those that block always do."""
    told = [n for n, decision in enumerate(decisions) if decision.action is Action.COMMENT]
    blocks = sum(decision.action is Action.BLOCK for decision in decisions)
    told.sort(key=lambda n: (-_weight(decisions[n].finding), n))
    over = set(told[max(0, limit - blocks) :])
    return tuple(
        replace(decision, action=Action.NOTE, reason=Reason.OVER_COMMENT_CAP)
        if n in over
        else decision
        for n, decision in enumerate(decisions)
    )


def _weight(finding: Finding) -> float:
    return finding.probability * _WEIGHT[finding.severity]


def _of_old(finding: Finding, limits: Thresholds, report: bool) -> tuple[Action, Reason]:
    confirmed = _trust(finding, limits, can_escalate=False) is _Trust.CONFIRMED
    if _reach(finding, limits) is _Reach.NEITHER and not confirmed:
        return Action.DROP, Reason.BELOW_COMMENT_THRESHOLD
    return (Action.COMMENT if report else Action.NOTE), Reason.PRE_EXISTING


def _of_new(finding: Finding, limits: Thresholds, can_escalate: bool) -> tuple[Action, Reason]:
    reach = _reach(finding, limits)
    trust = _trust(finding, limits, can_escalate)
    match trust:
        case _Trust.CONFIRMED:
            blocks = limits.block != NEVER
            return (Action.BLOCK if blocks else Action.COMMENT), Reason.CONFIRMED
        case _Trust.ASK:
            return Action.ESCALATE, Reason.LOW_CONFIDENCE
        case _Trust.UNSURE:
            return _if_unsure(reach)
        case _Trust.SURE:
            return _if_sure(reach)
        case _:
            return _assert_never(trust)


def _if_unsure(reach: _Reach) -> tuple[Action, Reason]:
    match reach:
        case _Reach.BLOCK:
            return Action.COMMENT, Reason.LOW_CONFIDENCE
        case _Reach.COMMENT:
            return Action.COMMENT, Reason.ABOVE_COMMENT_THRESHOLD
        case _Reach.NEITHER:
            return Action.NOTE, Reason.LOW_CONFIDENCE
        case _:
            return _assert_never(reach)


def _if_sure(reach: _Reach) -> tuple[Action, Reason]:
    match reach:
        case _Reach.BLOCK:
            return Action.BLOCK, Reason.ABOVE_BLOCK_THRESHOLD
        case _Reach.COMMENT:
            return Action.COMMENT, Reason.ABOVE_COMMENT_THRESHOLD
        case _Reach.NEITHER:
            return Action.DROP, Reason.BELOW_COMMENT_THRESHOLD
        case _:
            return _assert_never(reach)


def _reach(finding: Finding, limits: Thresholds) -> _Reach:
    if finding.probability >= limits.block:
        return _Reach.BLOCK
    return _Reach.COMMENT if finding.probability >= limits.comment else _Reach.NEITHER


def _trust(finding: Finding, limits: Thresholds, can_escalate: bool) -> _Trust:
    """A finding under the band is unsure as well, but too vague for a run to settle it."""
    if finding.evidence and finding.evidence.verdict == "confirmed":
        return _Trust.CONFIRMED
    if limits.escalate == NO_BAND or finding.confidence > limits.escalate.high:
        return _Trust.SURE
    asked = finding.evidence is not None  # a run that saw nothing refutes nothing
    in_band = finding.confidence >= limits.escalate.low
    return _Trust.ASK if in_band and can_escalate and not asked else _Trust.UNSURE


def _decision(action: Action, reason: Reason, finding: Finding, policy: Policy) -> Decision:
    override = policy.override_for(finding.path)
    detail = f"override {override.glob}" if override else ""
    return Decision(action=action, reason=reason, finding=finding, detail=detail)


# Policies hold a handful of globs, each asked for every finding.
@lru_cache(maxsize=256)
def _parts(glob: str) -> tuple[str, ...]:
    whole = glob.lstrip("/") + ("**" if glob.endswith("/") else "")
    if "/" not in glob:
        whole = f"**/{whole}"
    return tuple(re.findall(r"(?:\*\*/)+|\*+|\?|\[!?[^\]/]+\]|.", whole, flags=re.DOTALL))


def _reached(part: str, path: str, start: int) -> Iterable[int]:
    """Where in the path a part of a glob may end if it begins at `start`."""
    if part.startswith("**"):
        folders_only = part.endswith("/")
        ends = range(start + 1, len(path) + 1)
        return [start, *(end for end in ends if not folders_only or path[end - 1] == "/")]
    if part == "*":
        slash = path.find("/", start)
        return range(start, (len(path) if slash < 0 else slash) + 1)
    return [start + 1] if start < len(path) and _is_one(part, path[start]) else []


def _is_one(part: str, char: str) -> bool:
    if part == "?":
        return char != "/"
    if len(part) == 1:
        return char == part
    members = part[1:-1].removeprefix("!")
    ranges = re.findall(r"(.)-(.)|(.)", members)
    inside = any(low <= char <= high if low else char == one for low, high, one in ranges)
    return char != "/" and inside != (part[1] == "!" and len(part) > 3)


def _assert_never(value: NoReturn) -> NoReturn:
    # typing.assert_never needs Python 3.11, and typing_extensions slows the start.
    raise AssertionError(f"no row for {value!r}")
