"""The review file of the reviewing job: all that the publishing job needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reviewbot.errors import CannotWriteReport
from reviewbot.github.anchors import hunk_ranges
from reviewbot.github.artifact import LONGEST_TEXT, MOST_BYTES, MOST_FINDINGS, is_tree_path
from reviewbot.policy import Policy, decide
from reviewbot.records import (
    Action,
    Decision,
    Evidence,
    FileDiff,
    Finding,
    FindingKind,
    Reason,
    Review,
    Skipped,
)
from reviewbot.report.escape import cut, well_formed
from reviewbot.report.json_report import render_json

_ORDER = (Action.BLOCK, Action.COMMENT, Action.ESCALATE, Action.NOTE, Action.DROP)
# These decisions stand whatever a sanitizer says.
_FINAL = (Reason.SUPPRESSED, Reason.IN_BASELINE, Reason.FIXED, Reason.DISABLED)
_LONGEST_LINE = 400
_MOST_FILES = 4_000  # named in the review file; more are counted by their skips and findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a review was made: what the publishing job compares with its own event."""

    repository: str | None
    pull_request: int | None
    event: str | None
    head_sha: str
    base_sha: str
    merge_base: str | None
    policy_changed: bool
    fail_on: str = "block"
    sticky: bool = False


def review_file_text(
    review: Review, diffs: Sequence[FileDiff], origin: Origin, policy: Policy
) -> str:
    """The review file as JSON; CannotWriteReport if it is larger than a reader accepts."""
    kept = _bounded(review)
    cited = _cited([decision.finding for decision in kept.decisions])
    document = {
        "schema_version": 1,
        "repository": origin.repository,
        "pull_request": origin.pull_request,
        "event": origin.event,
        "head_sha": origin.head_sha,
        "base_sha": origin.base_sha,
        "merge_base": origin.merge_base,
        "policy_changed": origin.policy_changed,
        "report": json.loads(render_json(kept)),
        "anchors": {
            well_formed(file.path): hunk_ranges(file) for file in diffs if file.path in cited
        },
        "excerpts": _excerpts(cited, dict(kept.sources)),
        "seconds": round(kept.seconds, 3),
        "cap": policy.max_comments,
        "fail_on": origin.fail_on,
        "sticky": origin.sticky,
        "settled": {d.finding.fingerprint: _settled(d, policy) for d in kept.decisions if _open(d)},
        "left_out": len(review.decisions) - len(kept.decisions),
        "evidence": [],
    }
    return _text(document)


def touches_policy(diffs: Sequence[FileDiff], names: frozenset[str]) -> bool:
    """Whether a change edits, moves or deletes a policy file of the repository."""
    paths = {path for file in diffs for path in (file.path, file.old_path) if path}
    return any(path in names or path.startswith("policies/") for path in paths)


def _text(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=True) + "\n"
    if len(text) > MOST_BYTES:
        raise CannotWriteReport(
            f"The review file would be larger than {MOST_BYTES} bytes: split the change, or turn "
            "the paths that are not worth a review off in the policy's overrides."
        )
    return text


def _bounded(review: Review) -> Review:
    """The review with no more findings than a reader accepts, the gravest first to stay."""
    ranked = sorted(review.decisions, key=lambda d: _ORDER.index(d.action))
    keep = {id(decision) for decision in ranked[:MOST_FINDINGS]}
    chosen = [decision for decision in review.decisions if id(decision) in keep]
    return replace(
        review,
        decisions=tuple(replace(d, finding=_short(d.finding)) for d in chosen),
        files=review.files[:_MOST_FILES],
        skipped=tuple(_short_skip(part) for part in review.skipped[:_MOST_FILES]),
    )


def _short(finding: Finding) -> Finding:
    evidence, fix = finding.evidence, finding.fix
    # A patch that is cut applies no longer: it goes whole or not at all.
    whole = fix if fix is None or len(fix.patch) <= LONGEST_TEXT else None
    return replace(
        finding,
        object=cut(finding.object, _LONGEST_LINE),
        function=cut(finding.function, _LONGEST_LINE),
        trace=tuple(replace(step, claim=cut(step.claim, 2_000)) for step in finding.trace),
        fix=whole,
        advice=cut(finding.advice, 2_000),
        evidence=evidence and replace(evidence, report=cut(evidence.report, LONGEST_TEXT)),
    )


def _short_skip(part: Skipped) -> Skipped:
    return replace(part, reason=cut(part.reason, 2_000))


def _cited(findings: Sequence[Finding]) -> dict[str, set[int]]:
    """The lines of each path that a finding speaks of."""
    cited: dict[str, set[int]] = {}
    for finding in findings:
        places = [
            (finding.path, finding.line),
            *((access.path, access.line) for access in finding.accesses),
            *((step.path, step.line) for step in finding.trace),
        ]
        for path, line in places:
            if is_tree_path(path):
                cited.setdefault(path, set()).add(line)
    return cited


def _excerpts(
    cited: Mapping[str, set[int]], sources: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    return {
        well_formed(path): _lines(numbers, sources[path].split("\n"))
        for path, numbers in cited.items()
        if path in sources
    }


def _lines(numbers: set[int], lines: Sequence[str]) -> dict[str, str]:
    return {
        str(number): cut(well_formed(lines[number - 1].rstrip("\r")), _LONGEST_LINE)
        for number in sorted(numbers)
        if 0 < number <= len(lines)
    }


def _open(decision: Decision) -> bool:
    """Whether evidence may change what happens to the finding."""
    races = decision.finding.kind is FindingKind.RACE
    return races and decision.action is not Action.DROP and decision.reason not in _FINAL


def _settled(decision: Decision, policy: Policy) -> dict[str, str]:
    seen, unseen = (
        decide(_with(decision.finding, verdict), policy, can_escalate=False).action.value
        for verdict in ("confirmed", "not reproduced")
    )
    return {"confirmed": seen, "otherwise": unseen}


def _with(finding: Finding, verdict: str) -> Finding:
    return replace(finding, evidence=Evidence(verdict=verdict, tool="", report=""))
