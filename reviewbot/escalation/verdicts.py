"""From what a tool said to what people are told: evidence, probabilities and new decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reviewbot.escalation.artifact import report_text
from reviewbot.escalation.records import Frame, Outcome, ReportKind, ToolReport, Verdict
from reviewbot.findings import fingerprint
from reviewbot.policy import Policy, capped, decide
from reviewbot.records import (
    Access,
    Action,
    Decision,
    Evidence,
    Finding,
    FindingKind,
    Review,
    Severity,
    Status,
)

# Share of racy programs of which a sanitizer that ran them said nothing, after one, two and three
# runs: of 3925 programs of the project's corpus made to be racy, 163, 108 and 40 stayed silent
# (clang 19 ThreadSanitizer, with Archer for OpenMP; 4 and 8 threads at -O0, then 4 at -O1).
MISSED = (163 / 3925, 108 / 3925, 40 / 3925)
# Where nobody saw the lines run, they may not have: no figure of ours says how often, so a silence
# counts half.
REACHED = 0.5
# What ThreadSanitizer reports is a race but for the rare case; of the corpus's 3691 clean programs
# it reported none, of which the true rate is below 1 in 1000 with 97 % probability.
CONFIRMED = 0.999


def missed(runs: int, *, reached: bool = True) -> float:
    """Probability that a race stays unseen in so many runs.

    Runs of one program resemble each other: beyond the three that were measured, more of them
    are not credited with finding more. `reached`: the lines in question were seen to run.
    """
    if runs < 1:
        return 1.0
    seen = 1.0 - MISSED[min(runs, len(MISSED)) - 1]
    return 1.0 - (1.0 if reached else REACHED) * seen


def after_silence(probability: float, miss: float) -> float:
    """Bayes: the probability of a race of which a tool that misses `miss` of them said nothing."""
    if probability >= 1.0:
        return 1.0
    still = probability * miss
    return still / (still + 1.0 - probability)


def evidence(outcome: Outcome) -> Evidence:
    """What reports show of an outcome: why it is so, then the tool's own words."""
    told = [outcome.reason, report_text(outcome)]
    return Evidence(
        verdict=outcome.verdict.value,
        tool=outcome.tool,
        report="\n\n".join(part for part in told if part),
    )


def settle(finding: Finding, outcome: Outcome) -> Finding:
    """The finding after the outcome: its evidence, and what follows for harm and probability."""
    changed = replace(finding, evidence=evidence(outcome))
    if outcome.verdict is Verdict.CONFIRMED:
        likely = max(finding.probability, CONFIRMED)
        return replace(
            changed,
            severity=raised(finding.severity),
            probability=likely,
            confidence=_confidence(likely, 1.0),
        )
    if outcome.verdict is Verdict.NOT_REPRODUCED:
        miss = missed(outcome.runs, reached=outcome.reached)
        likely = after_silence(finding.probability, miss)
        return replace(changed, probability=likely, confidence=_confidence(likely, _doubt(finding)))
    return changed


def attach(review: Review, outcomes: Iterable[Outcome], policy: Policy) -> Review:
    """The review with each outcome on its findings, and their decisions taken anew.

    A race that was seen where nothing had been told becomes a finding of its own.
    """
    outcomes = tuple(outcomes)
    by_print = {name: one for one in outcomes for name in one.target.fingerprints}
    decisions = [_after(decision, by_print, policy) for decision in review.decisions]
    known = {decision.finding.fingerprint for decision in decisions}
    new = {f.fingerprint: f for one in outcomes for f in discovered(one)}
    decisions += [_decided(f, policy) for name, f in new.items() if name not in known]
    return replace(review, decisions=capped(tuple(decisions), policy.max_comments))


def _after(decision: Decision, by_print: Mapping[str, Outcome], policy: Policy) -> Decision:
    outcome = by_print.get(decision.finding.fingerprint)
    # What a person waived, accepted or switched off stays so, whatever a tool says.
    if outcome is None or decision.action not in (Action.ESCALATE, Action.BLOCK, Action.COMMENT):
        return decision
    after = _decided(settle(decision.finding, outcome), policy)
    # A silence refutes nothing: what was put to the test is told with its evidence, however low.
    return replace(after, action=Action.NOTE) if after.action is Action.DROP else after


def discovered(outcome: Outcome) -> Iterator[Finding]:
    """The races of a target of which nothing was told, as findings of their own."""
    if outcome.verdict is not Verdict.CONFIRMED or outcome.target.fingerprints:
        return
    for report in outcome.reports:
        if report.kind is ReportKind.RACE and (accesses := tuple(_accesses(report, outcome))):
            yield _finding(report, accesses, outcome)


def raised(severity: Severity) -> Severity:
    """One step more harm: what was seen to happen is no longer a risk alone."""
    return Severity.MEDIUM if severity is Severity.LOW else Severity.HIGH


def _decided(finding: Finding, policy: Policy) -> Decision:
    return decide(finding, policy, can_escalate=False)


def _confidence(likely: float, doubt: float) -> float:
    return 0.5 + (max(likely, 1.0 - likely) - 0.5) * doubt


def _doubt(finding: Finding) -> float:
    """The factor by which code that could not be seen had lowered the confidence."""
    sure = max(finding.probability, 1.0 - finding.probability) - 0.5
    return min(1.0, max(0.0, (finding.confidence - 0.5) / sure)) if sure > 0.0 else 1.0


def _accesses(report: ToolReport, outcome: Outcome) -> Iterator[Access]:
    path = outcome.target.path
    for one in report.accesses:
        frame = next((f for f in one.stack if _is_of(f, path)), None)
        if frame and frame.line > 0:
            yield Access(
                path=path,
                line=frame.line,
                column=max(1, frame.column),
                end_column=max(1, frame.column) + 1,
                mode=one.mode,
                atomic=one.atomic,
                text=report.location,
                function=frame.function,
            )


def _is_of(frame: Frame, path: str) -> bool:
    return frame.path == path or frame.path.endswith(f"/{path}")


def _finding(report: ToolReport, accesses: tuple[Access, ...], outcome: Outcome) -> Finding:
    first = min(accesses, key=lambda access: access.line)
    names = sorted(f"{access.function}:{access.mode.value}" for access in accesses)
    return Finding(
        fingerprint=fingerprint(FindingKind.RACE, first.path, names, report.location, 0),
        kind=FindingKind.RACE,
        status=Status.UNKNOWN,  # nobody asked the base
        path=first.path,
        line=first.line,
        end_line=first.line,
        function=first.function,
        object=report.location or "memory",
        probability=CONFIRMED,
        confidence=CONFIRMED,
        severity=Severity.HIGH,
        accesses=accesses,
        trace=(),
        evidence=evidence(outcome),
    )
