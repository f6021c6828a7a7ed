"""The report for programs: the JSON contract, schema version 1."""

from __future__ import annotations

import json
from typing import Any

from reviewbot import __version__
from reviewbot.records import Construct, Decision, FileResult, Review
from reviewbot.report.escape import well_formed
from reviewbot.report.schema import SCHEMA_VERSION, ReviewModel


def render_json(review: Review) -> str:
    """The review as JSON that fits the published schema, ending in a newline."""
    model = ReviewModel.model_validate(_clean(_review(review)))
    # ASCII only: a report printed to a terminal must not carry a file name's control characters.
    return json.dumps(model.model_dump(mode="json"), indent=2, ensure_ascii=True) + "\n"


def _review(review: Review) -> dict[str, Any]:
    bundle = review.bundle
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {
            "name": "reviewbot",
            "version": __version__,
            "bundle": bundle
            and {"name": bundle.name, "version": bundle.version, "sha256": bundle.sha256},
        },
        "files": [_file(result) for result in review.files],
        "findings": [_finding(decision) for decision in review.decisions],
        "skipped": [
            {"path": part.path, "line": part.line, "reason": part.reason} for part in review.skipped
        ],
    }


def _file(result: FileResult) -> dict[str, Any]:
    return {
        "path": result.path,
        "race_probability": result.race_probability,
        "skipped": result.skipped,
        "constructs": [_construct(construct) for construct in result.constructs],
    }


def _construct(construct: Construct) -> dict[str, Any]:
    balance = construct.work_balance
    return {
        "line": construct.line,
        "end_line": construct.end_line,
        "kind": construct.kind,
        "function": construct.function,
        "work_balance": None if balance is None else {str(n): value for n, value in balance},
        "bottleneck": dict(construct.bottleneck),
        "hot_lines": [{"line": line, "share": share} for line, share in construct.hot_lines],
    }


def _finding(decision: Decision) -> dict[str, Any]:
    finding = decision.finding
    same = ("fingerprint", "kind", "status", "path", "line", "end_line", "function", "object")
    return {
        **{name: getattr(finding, name) for name in (*same, "probability", "confidence")},
        "severity": finding.severity,
        "accesses": [
            _picked(access, "path", "line", "column", "mode", "atomic")
            for access in finding.accesses
        ],
        "trace": [
            _picked(step, "link", "claim", "path", "line", "probability") for step in finding.trace
        ],
        "fix": finding.fix and _picked(finding.fix, "kind", "patch", "probability_after"),
        "advice": finding.advice,
        "evidence": finding.evidence and _picked(finding.evidence, "verdict", "tool", "report"),
        "decision": {"action": decision.action, "reason": decision.reason},
    }


def _picked(record: object, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _clean(value: Any) -> Any:
    """The value with undecodable bytes of paths and code replaced, which JSON cannot carry."""
    if type(value) is str:
        return well_formed(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
