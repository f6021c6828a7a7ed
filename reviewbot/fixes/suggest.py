"""Counterfactuals: candidate edits of the head, each read and predicted again, the best kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from reviewbot.fixes.atomic_types import atomic_type
from reviewbot.fixes.case import Case, case_of
from reviewbot.fixes.clauses import inside, private, reduction
from reviewbot.fixes.edits import Candidate, Edited, unified
from reviewbot.fixes.exclusive import exclusive_lock
from reviewbot.fixes.head import Analyse, Head, Predict
from reviewbot.fixes.judge import judge
from reviewbot.fixes.locks import existing_lock, neighbour_lock
from reviewbot.fixes.order import needs_order
from reviewbot.fixes.pragmas import atomic, barrier, critical, no_nowait, one_critical, taskwait
from reviewbot.fixes.source import SourceFile
from reviewbot.records import Action, Analysis, Decision, Finding, FindingKind, Fix, Status

MAX_FINDINGS = 10  # as many as are commented on by default
MAX_CANDIDATES = 6  # of one finding
MAX_BYTES = 200_000  # of a file; longer ones are hardly written by people
# All edited files of a run together: the front end reads about 100 kB a second, and no one waits
# longer than a few seconds for a suggestion. Counted, not timed, so that a run can be repeated.
MAX_READ = 250_000
_TOLD = (Action.BLOCK, Action.COMMENT, Action.ESCALATE)

Rule = Callable[[Case], Iterator[Candidate]]
# Least intrusive first, but order before protection: where one thread must wait for another, an
# atomic access would silence a detector and keep the mistake.
RULES: tuple[Rule, ...] = (
    no_nowait,
    taskwait,
    one_critical,
    exclusive_lock,
    reduction,
    private,
    inside,
    barrier,
    atomic,
    existing_lock,
    atomic_type,
    neighbour_lock,
    critical,
)


# What lets one access go after the other, and does not say which comes first.
_EXCLUDE: frozenset[Rule] = frozenset({one_critical, critical, exclusive_lock, existing_lock})
_EXCLUDE |= {neighbour_lock, atomic, atomic_type}


@dataclass(slots=True)
class _Open:
    """A finding without a fix so far, and the candidates that were not tried yet."""

    finding: Finding
    level: float
    left: Iterator[Candidate]
    advice: str  # what to do if there is no fix
    fix: Fix | None = None

    @property
    def told(self) -> Finding:
        """The finding with its fix, or else with the advice."""
        return replace(self.finding, fix=self.fix, advice="" if self.fix else self.advice)


@dataclass(frozen=True, slots=True)
class _Try:
    """A candidate of a finding as an edited and newly read file."""

    of: _Open
    kind: str
    edited: Edited
    data: bytes
    analysis: Analysis


class Suggester:
    """Finds fixes for what is going to be told; decisions themselves stay as they are."""

    def __init__(self, analyse: Analyse, comment_level: Callable[[Finding], float]) -> None:
        self._analyse = analyse
        self._level = comment_level
        self._room = MAX_READ

    def __call__(
        self, decisions: Sequence[Decision], heads: Mapping[str, Head], predict: Predict
    ) -> tuple[Decision, ...]:
        """The decisions, the findings of some with a fix that the model takes for one."""
        self._room = MAX_READ
        told = [d.finding for d in decisions if is_told(d)][:MAX_FINDINGS]
        known: dict[str, Finding] = {}
        for path in dict.fromkeys(finding.path for finding in told):
            head = heads.get(path)
            if head is not None and 0 < len(head.data) <= MAX_BYTES:
                mine = [finding for finding in told if finding.path == path]
                known |= self._of_file(head, mine, predict)
        return tuple(_with(decision, known) for decision in decisions)

    def _of_file(
        self, head: Head, findings: Sequence[Finding], predict: Predict
    ) -> dict[str, Finding]:
        """Findings by fingerprint. Each round tries one candidate of each, in one batch."""
        file = SourceFile(findings[0].path, head.data)
        all_ = waiting = [self._open(file, head, finding) for finding in findings]
        while waiting and self._room > 0:
            tries = [attempt for one in waiting if (attempt := self._next(file, head, one))]
            self._ask(file, head, tries, predict)
            waiting = [one.of for one in tries if not one.of.fix]
        return {one.finding.fingerprint: one.told for one in all_}

    def _open(self, file: SourceFile, head: Head, finding: Finding) -> _Open:
        level = self._level(finding)
        case = case_of(file, finding, head.predictions, level)
        if case is None:
            return _Open(finding, level, iter(()), "")
        advice = needs_order(case)
        rules = [rule for rule in RULES if not (advice and rule in _EXCLUDE)]
        found = (candidate for rule in rules for candidate in rule(case))
        return _Open(finding, level, islice(found, MAX_CANDIDATES), advice)

    def _next(self, file: SourceFile, head: Head, one: _Open) -> _Try | None:
        """The finding's next candidate that can be read at all; None if there is none left."""
        for candidate in one.left:
            edited = Edited.of(file.text, candidate.edits)
            if edited is None or self._room <= 0:
                continue
            data = file.encode(edited.text)
            self._room -= len(data)
            analysis = self._analyse(file.path, data, head.tree, head.before)
            # A file that is understood less looks cleaner than it is.
            if not analysis.skipped and len(analysis.unresolved) <= len(head.analysis.unresolved):
                return _Try(one, candidate.kind, edited, data, analysis)
        return None

    def _ask(self, file: SourceFile, head: Head, tries: Sequence[_Try], predict: Predict) -> None:
        """Give each finding its fix if the model takes the candidate for one."""
        slices = [part for one in tries for part in one.analysis.slices]
        answers = iter(predict(slices) if slices else ())
        for one in tries:
            pairs = sum(len(part.pairs) for part in one.analysis.slices)
            verdict = judge(
                one.of.finding, head.predictions, one.edited, list(islice(answers, pairs))
            )
            if verdict.mends(one.of.finding.probability, one.of.level) and _is_sound(file, one):
                patch = unified(file.path, file.text, one.edited.text)
                one.of.fix = Fix(kind=one.kind, patch=patch, probability_after=verdict.after)


def is_told(decision: Decision) -> bool:
    """Whether people are going to hear of a race that is there."""
    finding = decision.finding
    race = finding.kind is FindingKind.RACE and finding.status is not Status.FIXED
    return race and decision.action in _TOLD


def _with(decision: Decision, known: Mapping[str, Finding]) -> Decision:
    finding = known.get(decision.finding.fingerprint) if is_told(decision) else None
    return replace(decision, finding=finding) if finding else decision


def _is_sound(file: SourceFile, attempt: _Try) -> bool:
    """Whether the edited file parses as well as before."""
    return SourceFile(file.path, attempt.data).errors <= file.errors
