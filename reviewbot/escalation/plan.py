"""What is worth a sanitizer run: a review's targets, the most telling first, within a budget."""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from reviewbot.escalation.records import Sanitizer, Suspect, Target, Way
from reviewbot.policy import Policy
from reviewbot.records import Action, Construct, FileResult, Finding, FindingKind, Review, Severity
from reviewbot.utf16 import UNREAD

# Harm if a race is there. Flatter than what weighs comments against each other (policy.py): with
# 1, 0.7 and 0.3 the plan asked first where the model was sure already, and a fifth of the time
# brought half a point less (benchmarks/economy.py).
HARM = {Severity.HIGH: 1.0, Severity.MEDIUM: 0.95, Severity.LOW: 0.85}
# A silence names no object, so its harm is not known; a file that was not read says even less.
_SILENCE = HARM[Severity.MEDIUM]
_UNREAD = HARM[Severity.LOW]
# Seconds, from the project's own runs on two cores: a harness compiles in 1.5 s and runs for 0.3 s
# per setting; a small project configures, builds and tests in some 20 s and is built once for all.
_COMPILE = 1.5
_RUN = 0.3
_PROJECT = 20.0
_SHARED = 1.0
_MOST_FUNCTIONS = 3  # of a silent file: beyond that a project build is the better question

_OPENMP = re.compile(r"^\s*#\s*pragma\s+omp\b|\b_Pragma\s*\(\s*\"\s*omp\b|\bomp_\w+\s*\(", re.M)
_UNREAD_PART = re.compile(r": (?:rest of|in) (?P<function>.+)$")
# Reasons for which there is no code to run; anything else could not be read and may hold any.
_NO_CODE = ("submodule", "symlink", "binary", "not a regular file", "not a C or C++ file", UNREAD)

Read = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something of which the model is not sure."""

    path: str
    line: int
    end_line: int
    function: str
    value: float
    why: str
    suspect: Suspect | None = None


def plan(
    review: Review,
    policy: Policy,
    budget_seconds: float | None = None,
    *,
    read: Read | None = None,
) -> tuple[Target, ...]:
    """The targets of a review by falling value, as many as the budget (the policy's) pays for.

    A target that does not fit leaves its place to cheaper ones behind it. `read` gives the text of
    a path of the review; without it, the texts that the review carries are used.
    """
    texts = dict(review.sources)
    candidates = [*_findings(review), *_silences(review, policy), *_unread(review)]
    targets = _targets(candidates, policy, read or (lambda path: texts.get(path, "")))
    budget = policy.sanitizer.budget_seconds if budget_seconds is None else budget_seconds
    return tuple(_within(targets, budget))


def uncertainty(confidence: float) -> float:
    """Entropy in bits of a verdict that is right with this probability: 1 at 0.5, 0 at 1."""
    if not 0.0 < confidence < 1.0:
        return 0.0
    rest = 1.0 - confidence
    return -(confidence * math.log2(confidence) + rest * math.log2(rest))


def _findings(review: Review) -> Iterator[_Candidate]:
    for decision in review.decisions:
        finding = decision.finding
        if decision.action is Action.ESCALATE and finding.kind is FindingKind.RACE:
            yield _Candidate(
                path=finding.path,
                line=finding.line,
                end_line=finding.end_line,
                function=finding.function,
                value=uncertainty(finding.confidence) * HARM[finding.severity],
                why=_why(finding),
                suspect=Suspect(
                    finding.fingerprint,
                    finding.accesses,
                    finding.probability,
                    finding.confidence,
                    finding.object,
                ),
            )


def _why(finding: Finding) -> str:
    return (
        f"the model is {finding.confidence:.0%} sure of its verdict on {finding.object}; "
        f"harm if it is a race: {finding.severity.value}"
    )


def _silences(review: Review, policy: Policy) -> Iterator[_Candidate]:
    """Files without an escalated finding whose overall verdict lies in the band all the same."""
    asked = {d.finding.path for d in review.decisions if d.action is Action.ESCALATE}
    for file in review.files:
        band = policy.thresholds(FindingKind.RACE, file.path).escalate
        confidence = max(file.race_probability, 1.0 - file.race_probability)
        if file.path in asked or file.skipped or not file.constructs:
            continue
        if band.low <= confidence <= band.high:
            why = f"nothing is told of this file, and the model is only {confidence:.0%} sure of it"
            yield from _of_file(file, uncertainty(confidence) * _SILENCE, why)


def _of_file(file: FileResult, value: float, why: str) -> Iterator[_Candidate]:
    functions: dict[str, Construct] = {}
    for construct in file.constructs:
        functions.setdefault(construct.function, construct)
    for construct in list(functions.values())[:_MOST_FUNCTIONS]:
        yield _Candidate(
            file.path, construct.line, construct.end_line, construct.function, value, why
        )


def _unread(review: Review) -> Iterator[_Candidate]:
    """Files and functions that could not be read: unknown code is not silence."""
    for file in review.files:
        if file.skipped and not file.skipped.startswith(_NO_CODE):
            yield _Candidate(file.path, 1, 1, "", _UNREAD, f"it could not be read: {file.skipped}")
    for part in review.skipped:
        if found := _UNREAD_PART.search(part.reason):
            line, name = part.line or 1, found["function"]
            why = f"it could not be read: {part.reason}"
            yield _Candidate(part.path, line, line, name, _UNREAD, why)


def _targets(candidates: Iterable[_Candidate], policy: Policy, read: Read) -> list[Target]:
    """One target per function: its findings share a build and a run."""
    groups: defaultdict[tuple[str, str], list[_Candidate]] = defaultdict(list)
    for one in candidates:
        groups[one.path, one.function].append(one)
    texts = {path: read(path) for path, _ in groups}
    made = [_target(group, policy, texts) for group in groups.values()]
    return sorted(made, key=lambda target: (-target.value, target.path, target.line))


def _target(group: Sequence[_Candidate], policy: Policy, texts: Mapping[str, str]) -> Target:
    first = max(group, key=lambda one: one.value)
    sanitizer, reason = choose(first.path, texts[first.path], policy.sanitizer.tool)
    suspects = tuple(one.suspect for one in group if one.suspect)
    way = Way.PROJECT if policy.sanitizer.builds else Way.HARNESS
    runs = len(policy.sanitizer.threads) * policy.sanitizer.repeats
    return Target(
        id=_identity(first, suspects),
        path=first.path,
        line=min(one.line for one in group),
        end_line=max(one.end_line for one in group),
        function=first.function,
        fingerprints=tuple(suspect.fingerprint for suspect in suspects),
        sanitizer=sanitizer,
        why=f"{first.why}; {reason}",
        # That at least one of the verdicts is worth knowing.
        value=1.0 - math.prod(1.0 - one.value for one in group),
        seconds=_PROJECT if way is Way.PROJECT else _COMPILE + _RUN * runs,
        way=way,
        suspects=suspects,
    )


def choose(path: str, text: str, tool: str = "auto") -> tuple[Sanitizer, str]:
    """The sanitizer that can see a race in this code, and why; `tool` is the policy's wish."""
    if PurePosixPath(path).suffix in (".cu", ".cuh"):
        return Sanitizer.RACECHECK, "racecheck sees shared memory of CUDA kernels"
    if tool == "helgrind":
        return Sanitizer.HELGRIND, "the policy asks for helgrind"
    if tool == "drd":
        return Sanitizer.DRD, "the policy asks for DRD"
    if _OPENMP.search(text):
        return Sanitizer.TSAN_ARCHER, "Archer tells ThreadSanitizer what OpenMP orders"
    return Sanitizer.TSAN, "ThreadSanitizer sees threads and atomics"


def _identity(first: _Candidate, suspects: Sequence[Suspect]) -> str:
    """A name that a file and a job can bear, the same for the same code."""
    claim = [first.path, first.function, *sorted(one.fingerprint for one in suspects)]
    digest = hashlib.sha256("\0".join(claim).encode("utf-8", "surrogatepass")).hexdigest()[:10]
    stem = re.sub(r"[^A-Za-z0-9_-]", "-", first.function or PurePosixPath(first.path).stem)
    return f"{stem[:40]}-{digest}"


def _within(targets: Iterable[Target], budget: float) -> Iterator[Target]:
    left, built = budget, set[Sanitizer]()
    for target in targets:
        cost = _SHARED if target.sanitizer in built else target.seconds
        if cost > left:
            continue
        left -= cost
        if target.way is Way.PROJECT:
            built.add(target.sanitizer)  # one build and one run of the tests serve them all
        yield target
