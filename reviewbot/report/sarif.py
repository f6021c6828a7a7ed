"""The report for code scanning: SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from __future__ import annotations

import json
import re
from typing import Any

from reviewbot import __version__
from reviewbot.records import (
    Access,
    Action,
    BundleName,
    Decision,
    Finding,
    FindingKind,
    Reason,
    Review,
    Skipped,
    Status,
    TraceStep,
)
from reviewbot.report.escape import plain, uri, well_formed
from reviewbot.report.sarif_rules import RULES, rules
from reviewbot.report.wording import label, not_analysed, percent, subject, verdict

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "SRCROOT"
_SKIPPED = "not-analysed"
_SKIPPED_HELP = (
    "What could not be read is neither clean nor racy: nothing is said of it. "
    "Review it by hand, or run a sanitizer on it."
)
_LEVELS = {
    Action.BLOCK: "error",
    Action.COMMENT: "warning",
    Action.ESCALATE: "note",
    Action.NOTE: "note",
    Action.DROP: "note",
}
_BASELINE = {
    Status.INTRODUCED: "new",
    Status.PRE_EXISTING: "unchanged",
    Status.FIXED: "absent",
}
_WAIVED = {Reason.SUPPRESSED: "inSource", Reason.IN_BASELINE: "external"}


def render_sarif(review: Review) -> str:
    """The review as one SARIF run, ending in a newline; dropped findings only if suppressed."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(review)]}
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _run(review: Review) -> dict[str, Any]:
    told = [d for d in review.decisions if d.action is not Action.DROP or d.reason in _WAIVED]
    return {
        "tool": {"driver": _driver(review.bundle)},
        "automationDetails": {"id": "reviewbot/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notice(part) for part in not_analysed(review)],
            }
        ],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "artifacts": [
            {"location": _artifact(path)} for path in dict.fromkeys(f.path for f in review.files)
        ],
        "results": [_result(decision) for decision in told],
    }


def _driver(bundle: BundleName | None) -> dict[str, Any]:
    driver: dict[str, Any] = {
        "name": "reviewbot",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": rules(),
        "notifications": [
            {
                "id": _SKIPPED,
                "name": "NotAnalysed",
                "shortDescription": {"text": "A file or a part of it could not be analysed."},
                "fullDescription": {"text": _SKIPPED_HELP},
                "help": {"text": _SKIPPED_HELP},
                "defaultConfiguration": {"level": "warning"},
            }
        ],
    }
    if bundle is not None:
        names = {"name": bundle.name, "version": bundle.version, "sha256": bundle.sha256}
        driver["properties"] = {"bundle": names}
    return driver


def _result(decision: Decision) -> dict[str, Any]:
    finding = decision.finding
    rule = finding.kind.value
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": RULES.index(rule),
        "level": _LEVELS[decision.action],
        "message": _message(_sentence(decision)),
        "locations": [_primary(finding)],
        "partialFingerprints": {"reviewbot/v1": well_formed(finding.fingerprint)},
        "rank": round(finding.probability * 100, 1),
        "properties": _properties(decision),
    }
    optional = {
        "relatedLocations": _related(finding),
        "codeFlows": _code_flows(finding),
        "baselineState": _BASELINE.get(finding.status),
        "suppressions": _suppressions(decision),
    }
    return result | {key: value for key, value in optional.items() if value}


def _sentence(decision: Decision) -> str:
    finding = decision.finding
    claim = " ".join(f"{ours} '{name}'" if name else ours for ours, name in subject(finding))
    text = f"{claim[0].upper()}{claim[1:]}: {verdict(decision)}."
    chain = "; ".join(step.claim.rstrip(".") for step in finding.trace)
    steps = f" Why: {chain}." if chain else ""
    return text + steps + _advice(finding)


def _advice(finding: Finding) -> str:
    if finding.fix is None:
        return f" Needed: {finding.advice}." if finding.advice else ""
    return f" Suggested: {finding.fix.kind} (then {percent(finding.fix.probability_after)})."


def _properties(decision: Decision) -> dict[str, Any]:
    finding = decision.finding
    properties: dict[str, Any] = {
        "probability": finding.probability,
        "confidence": finding.confidence,
        "severity": finding.severity.value,
        "status": finding.status.value,
        "object": well_formed(finding.object),
        "function": well_formed(finding.function),
        "action": decision.action.value,
        "reason": decision.reason.value,
    }
    if finding.fix is not None:
        properties["patch"] = well_formed(finding.fix.patch)
    if finding.evidence is not None:
        properties["evidence"] = well_formed(finding.evidence.verdict)
    return properties


def _primary(finding: Finding) -> dict[str, Any]:
    for access in finding.accesses:
        if (access.path, access.line) == (finding.path, finding.line):
            region = _region(access)
            break
    else:
        region = {"startLine": finding.line, "endLine": max(finding.end_line, finding.line)}
    location: dict[str, Any] = {"physicalLocation": _physical(finding.path, region)}
    if finding.function:
        name = well_formed(finding.function)
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "function"}]
    return location


def _related(finding: Finding) -> list[dict[str, Any]]:
    return [
        {"id": number, **_access_location(access, finding)}
        for number, access in enumerate(finding.accesses[1:], start=1)
    ]


def _access_location(access: Access, finding: Finding) -> dict[str, Any]:
    return {
        "physicalLocation": _physical(access.path, _region(access)),
        "message": _message(f"'{access.text}': {label(access, finding)}"),
    }


def _code_flows(finding: Finding) -> list[dict[str, Any]]:
    """One flow; a race has a thread for each side: the chain leads the first to the second."""
    chain = [_flow_step(step) for step in finding.trace]
    sides = [_flow_access(access, finding) for access in finding.accesses]
    if finding.kind is FindingKind.HOTSPOT or not sides:
        locations = [*chain, *sides]
        flows = [{"id": "chain", "locations": locations}] if locations else []
    else:
        start = chain[:1]
        flows = [
            {"id": "one thread", "locations": [*chain, sides[0]]},
            {"id": "another thread", "locations": [*start, sides[-1]]},
        ]
    return [{"threadFlows": flows}] if flows else []


def _flow_step(step: TraceStep) -> dict[str, Any]:
    text = f"{step.link.value} ({percent(step.probability)}): {step.claim}"
    return {
        "location": {
            "physicalLocation": _physical(step.path, {"startLine": step.line}),
            "message": _message(text),
        },
        "importance": "essential" if step.probability >= 0.5 else "important",
        "properties": {"link": step.link.value, "probability": step.probability},
    }


def _flow_access(access: Access, finding: Finding) -> dict[str, Any]:
    return {"location": _access_location(access, finding), "importance": "essential"}


def _suppressions(decision: Decision) -> list[dict[str, Any]]:
    kind = _WAIVED.get(decision.reason)
    if kind is None:
        return []
    why = decision.detail or ("recorded in the baseline" if kind == "external" else "")
    waiver = {"kind": kind, "status": "accepted"}
    return [waiver | ({"justification": plain(why)} if why else {})]


def _notice(part: Skipped) -> dict[str, Any]:
    region = {"startLine": part.line} if part.line else {}
    return {
        "level": "warning",
        "message": _message(part.reason),
        "descriptor": {"id": _SKIPPED, "index": 0},
        "locations": [{"physicalLocation": _physical(part.path, region)}],
    }


def _region(access: Access) -> dict[str, int]:
    return {
        "startLine": access.line,
        "startColumn": access.column,
        "endLine": access.line,
        "endColumn": max(access.end_column, access.column + 1),
    }


def _physical(path: str, region: dict[str, int]) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(path)}
    return physical | ({"region": region} if region else {})


def _artifact(path: str) -> dict[str, str]:
    location = {"uri": uri(path)}
    return location if path.startswith("/") else location | {"uriBaseId": _ROOT}


def _message(text: str) -> dict[str, str]:
    """A plain-text message in which nothing of theirs reads as a link or a placeholder (§3.11)."""
    shown = plain(text)
    if "](" in shown:
        shown = re.sub(r"([\[\]])", r"\\\1", shown)
    return {"text": re.sub(r"\{(\d+)\}", r"{{\1}}", shown)}
