"""A review file back into records, with what sanitizers said of its findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reviewbot.errors import WrongReviewFile
from reviewbot.github.artifact import EvidenceFile, Outcome, ReviewFile
from reviewbot.records import (
    Access,
    Action,
    BundleName,
    Construct,
    Decision,
    Evidence,
    FileResult,
    Finding,
    Fix,
    Reason,
    Review,
    Skipped,
    TraceStep,
)
from reviewbot.report.schema import FileModel, FindingModel

_CONFIRMED = "confirmed"
# Of several runs for one finding, the one that says most is told.
_WEIGHT = {_CONFIRMED: 3, "not reproduced": 2, "tool failed": 1, "not run": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A review file as records: what was decided, and what was asked of sanitizers."""

    file: ReviewFile
    review: Review
    outcomes: Mapping[str, Outcome]  # by fingerprint

    @property
    def head(self) -> str:
        """The commit that was reviewed."""
        return self.file.head_sha

    def escalated(self) -> list[Decision]:
        """Findings that a sanitizer was, or is to be, asked about."""
        asked = self.outcomes
        return [
            one
            for one in self.review.decisions
            if one.action is Action.ESCALATE or one.finding.fingerprint in asked
        ]


def reviewed(file: ReviewFile, evidence: Iterable[EvidenceFile] = ()) -> Reviewed:
    """The review with evidence attached; WrongReviewFile if evidence is of another commit."""
    outcomes = _by_fingerprint(file, evidence)
    report = file.report
    bundle = report.tool.bundle
    review = Review(
        bundle=BundleName(name=bundle.name, version=bundle.version, sha256=bundle.sha256)
        if bundle
        else None,
        files=tuple(map(_file, report.files)),
        decisions=tuple(_decision(one, file, outcomes) for one in report.findings),
        skipped=tuple(
            Skipped(path=part.path, reason=part.reason, line=part.line) for part in report.skipped
        ),
        seconds=file.seconds,
    )
    return Reviewed(file=file, review=review, outcomes=outcomes)


def _by_fingerprint(file: ReviewFile, evidence: Iterable[EvidenceFile]) -> dict[str, Outcome]:
    outcomes = list(file.evidence)
    for one in evidence:
        same = one.repository is None or one.repository.lower() == (file.repository or "").lower()
        if one.head_sha != file.head_sha or not same:
            raise WrongReviewFile(
                f"An evidence file is about {one.repository} at {one.head_sha}, the review file "
                f"about {file.repository} at {file.head_sha}: nothing was written."
            )
        outcomes.extend(one.outcomes)
    found: dict[str, Outcome] = {}
    for outcome in sorted(outcomes, key=lambda one: _WEIGHT[one.verdict]):
        found.update(dict.fromkeys(outcome.fingerprints, outcome))
    return found


def _decision(model: FindingModel, file: ReviewFile, outcomes: Mapping[str, Outcome]) -> Decision:
    decision = Decision(
        action=model.decision.action, reason=model.decision.reason, finding=_finding(model)
    )
    outcome, settled = outcomes.get(model.fingerprint), file.settled.get(model.fingerprint)
    if outcome is None:
        return decision
    evidence = Evidence(verdict=outcome.verdict, tool=outcome.tool, report=outcome.report)
    told = replace(decision, finding=replace(decision.finding, evidence=evidence))
    if settled is None:  # the policy's word does not depend on a sanitizer
        return told
    if outcome.verdict == _CONFIRMED:
        return replace(told, action=settled.confirmed, reason=Reason.CONFIRMED)
    if decision.action is Action.ESCALATE:
        return replace(told, action=settled.otherwise)
    return told


def _finding(model: FindingModel) -> Finding:
    evidence, fix = model.evidence, model.fix
    return Finding(
        fingerprint=model.fingerprint,
        kind=model.kind,
        status=model.status,
        path=model.path,
        line=model.line,
        end_line=model.end_line,
        function=model.function,
        object=model.object,
        probability=model.probability,
        confidence=model.confidence,
        severity=model.severity,
        accesses=tuple(
            Access(
                path=one.path,
                line=one.line,
                column=one.column,
                end_column=one.column + 1,  # the report does not say
                mode=one.mode,
                atomic=one.atomic,
                text="",
                function="",
            )
            for one in model.accesses
        ),
        trace=tuple(
            TraceStep(
                link=one.link,
                claim=one.claim,
                path=one.path,
                line=one.line,
                probability=one.probability,
            )
            for one in model.trace
        ),
        fix=Fix(kind=fix.kind, patch=fix.patch, probability_after=fix.probability_after)
        if fix
        else None,
        advice=model.advice,
        evidence=Evidence(verdict=evidence.verdict, tool=evidence.tool, report=evidence.report)
        if evidence
        else None,
    )


def _file(model: FileModel) -> FileResult:
    return FileResult(
        path=model.path,
        race_probability=model.race_probability,
        skipped=model.skipped,
        constructs=tuple(
            Construct(line=one.line, end_line=one.end_line, kind=one.kind, function=one.function)
            for one in model.constructs
        ),
    )
