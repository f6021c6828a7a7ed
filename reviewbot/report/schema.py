"""The JSON report as pydantic models: the published contract, for writing and for reading back."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reviewbot.errors import BadInput
from reviewbot.records import Action, FindingKind, Link, Mode, Reason, Severity, Status

SCHEMA_VERSION = 1
_SCHEMA_ID = "review.schema.json"

Probability = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
LineNumber = Annotated[int, Field(ge=1)]


class _Model(BaseModel):
    # A later version may add keys; a reader of today's must not fail on them.
    model_config = ConfigDict(frozen=True, extra="ignore")


class BundleModel(_Model):
    """Identity of the world model that spoke."""

    name: str
    version: str
    sha256: str


class ToolModel(_Model):
    """What wrote the report; the bundle is null if no model was needed."""

    name: Literal["reviewbot"]
    version: str
    bundle: BundleModel | None


class HotLineModel(_Model):
    """A line and its share of its construct's cost."""

    line: LineNumber
    share: Probability


class ConstructModel(_Model):
    """The profile predicted for one parallel construct."""

    line: LineNumber
    end_line: LineNumber
    kind: str
    function: str
    work_balance: dict[str, Probability] | None = Field(
        description="Busy time / (threads × busiest thread), by number of threads."
    )
    bottleneck: dict[str, Probability]
    hot_lines: list[HotLineModel]


class FileModel(_Model):
    """What was predicted for one file."""

    path: str
    race_probability: Probability = Field(
        description="That a race detector reports a race somewhere in the file."
    )
    skipped: str | None = Field(description="Why the file as a whole could not be analysed.")
    constructs: list[ConstructModel]


class AccessModel(_Model):
    """A read or write; the column is 1-based, in characters."""

    path: str
    line: LineNumber
    column: Annotated[int, Field(ge=1)]
    mode: Mode
    atomic: bool


class TraceModel(_Model):
    """One link of the causal chain with the line that is its evidence."""

    link: Link
    claim: str
    path: str
    line: LineNumber
    probability: Probability


class FixModel(_Model):
    """A change that lowers the race probability, as a unified diff."""

    kind: str
    patch: str
    probability_after: Probability


class EvidenceModel(_Model):
    """A parsed sanitizer report; "not reproduced" never means refuted."""

    verdict: str
    tool: str
    report: str


class DecisionModel(_Model):
    """What the policy did with the finding, and why."""

    action: Action
    reason: Reason


class FindingModel(_Model):
    """A claim shown to people."""

    fingerprint: str
    kind: FindingKind
    status: Status
    path: str
    line: LineNumber
    end_line: LineNumber
    function: str
    object: str
    probability: Probability
    confidence: Probability
    severity: Severity
    accesses: list[AccessModel]
    trace: list[TraceModel]
    fix: FixModel | None
    advice: str = Field(
        default="", description="Where there is no fix: what kind of change is needed, if known."
    )
    evidence: EvidenceModel | None
    decision: DecisionModel


class SkippedModel(_Model):
    """A part of a file that could not be analysed."""

    path: str
    line: int | None
    reason: str


class ReviewModel(_Model):
    """The whole report."""

    schema_version: Literal[1]
    tool: ToolModel
    files: list[FileModel]
    findings: list[FindingModel]
    skipped: list[SkippedModel] = Field(
        default=[], description="Parts of files that could not be analysed."
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the report, as published in schema/review.schema.json."""
    schema = ReviewModel.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _SCHEMA_ID,
        **schema,
        "title": "reviewbot review",
    }


def schema_text() -> str:
    """The published file's content."""
    return json.dumps(json_schema(), indent=2) + "\n"


def read_review_json(text: str) -> ReviewModel:
    """A report read back; raises BadInput with the first key that does not fit."""
    try:
        return ReviewModel.model_validate_json(text)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top level"
        raise BadInput(
            f"This is not a reviewbot JSON report of schema version {SCHEMA_VERSION}: "
            f"at {where}: {first['msg']}. Write one with `reviewbot review --format json`."
        ) from exc


def find_finding(report: ReviewModel, identity: str) -> FindingModel:
    """The only finding whose fingerprint starts with `identity`; raises BadInput otherwise."""
    matches = [f for f in report.findings if identity and f.fingerprint.startswith(identity)]
    exact = [finding for finding in matches if finding.fingerprint == identity]
    if len(exact or matches) == 1:
        return (exact or matches)[0]
    if not matches:
        raise BadInput(
            f"No finding of the report has a fingerprint that starts with {identity!r}. "
            "Take one from the report's `findings[].fingerprint`."
        )
    raise BadInput(
        f"{len(matches)} findings start with {identity!r}; give more of the fingerprint."
    )
