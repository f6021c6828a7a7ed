"""The plan and the evidence as JSON: what crosses from one job to another, checked on both sides.

Whoever reads a plan or evidence trusts nothing in it: the job that wrote it ran a stranger's code.
How evidence is read is in `reviewbot/github/artifact.py`, beside the other data of that way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reviewbot.errors import BadPlan
from reviewbot.escalation.records import Outcome, Sanitizer, Suspect, Target, Way
from reviewbot.escalation.settings import SanitizerSettings
from reviewbot.escalation.settings_file import SanitizerSection, shown
from reviewbot.github.artifact import LONGEST_TEXT, EvidenceFile
from reviewbot.output import write_report
from reviewbot.records import Access, Mode
from reviewbot.report.escape import well_formed

SCHEMA_VERSION = 1
MAX_REASON = 2_000  # characters, as LONGEST_TEXT is for reports
_MAX_BYTES = 16 << 20
_Text = Annotated[str, Field(max_length=4096)]
_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_Sha = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
_Print = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
_Line = Annotated[int, Field(ge=0, le=10_000_000)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Read = TypeVar("_Read", bound=_Model)


class AccessModel(_Model):
    """One access of a finding's pair."""

    path: _Text
    line: _Line
    column: _Line
    end_column: _Line
    mode: Mode
    atomic: bool
    text: _Text
    function: _Text


class SuspectModel(_Model):
    """A finding that a target would settle."""

    fingerprint: _Print
    accesses: list[AccessModel] = Field(max_length=16)
    probability: _Share
    confidence: _Share
    object: _Text


class TargetModel(_Model):
    """One piece of code to run."""

    id: _Id
    path: _Text
    line: _Line
    end_line: _Line
    function: _Text
    sanitizer: Sanitizer
    why: _Text
    value: _Share
    seconds: _Number
    way: Way
    suspects: list[SuspectModel] = Field(max_length=1000)


class PlanModel(_Model):
    """What is to be run for one change."""

    schema_version: Literal[1]
    repository: _Text | None
    head_sha: _Sha
    budget_seconds: _Number
    sanitizer: SanitizerSection  # of the policy that planned it: who runs it asks no other
    targets: list[TargetModel] = Field(max_length=1000)

    def records(self) -> tuple[Target, ...]:
        """The targets as records."""
        return tuple(map(_target, self.targets))


def plan_json(
    targets: Iterable[Target],
    settings: SanitizerSettings,
    *,
    head_sha: str,
    budget_seconds: float,
    repository: str | None,
) -> str:
    """The escalation plan as JSON text; `settings` say how its targets are to be run."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "repository": repository,
        "head_sha": head_sha,
        "budget_seconds": budget_seconds,
        "sanitizer": shown(settings),
        "targets": [_of_target(target) for target in targets],
    }
    return _text(PlanModel, document)


def matrix(targets: Sequence[Target]) -> str:
    """The plan as the matrix of a GitHub job, on one line."""
    include = [
        {"id": one.id, "path": well_formed(one.path), "sanitizer": one.sanitizer.value}
        for one in targets
    ]
    return json.dumps({"include": include})


def evidence_json(outcomes: Iterable[Outcome], *, head_sha: str, repository: str | None) -> str:
    """The evidence as JSON text, reports capped."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "repository": repository,
        "head_sha": head_sha,
        "outcomes": [of_outcome(outcome) for outcome in outcomes],
    }
    return _text(EvidenceFile, document)


def report_text(outcome: Outcome) -> str:
    """The reports' own lines, as many as an artifact holds."""
    return well_formed("\n\n".join(report.text for report in outcome.reports))[:LONGEST_TEXT]


def of_outcome(outcome: Outcome) -> dict[str, Any]:
    """One outcome as plain values."""
    return {
        "target": outcome.target.id,
        "fingerprints": list(outcome.target.fingerprints),
        "verdict": outcome.verdict.value,
        "reason": well_formed(outcome.reason)[:MAX_REASON],
        "tool": outcome.tool,
        "runs": outcome.runs,
        "threads": list(outcome.threads),
        "seconds": round(outcome.seconds, 3),
        "report": report_text(outcome),
    }


def read_plan(path: Path) -> PlanModel:
    """A plan read back; BadPlan says what does not fit."""
    return _read(PlanModel, path, "an escalation plan", "`reviewbot review --plan FILE`")


def write_json(path: Path, text: str) -> None:
    """Write a plan or evidence whole or not at all."""
    write_report(path, text)


def _of_target(target: Target) -> dict[str, Any]:
    same = ("id", "path", "line", "end_line", "function", "why", "value", "seconds")
    return {
        **{name: _clean(getattr(target, name)) for name in same},
        "sanitizer": target.sanitizer.value,
        "way": target.way.value,
        "suspects": [
            {
                "fingerprint": suspect.fingerprint,
                "accesses": [_of_access(access) for access in suspect.accesses[:16]],
                "probability": suspect.probability,
                "confidence": suspect.confidence,
                "object": _clean(suspect.object),
            }
            for suspect in target.suspects
        ],
    }


def _of_access(access: Access) -> dict[str, Any]:
    names = ("path", "line", "column", "end_column", "mode", "atomic", "text", "function")
    return {name: _clean(getattr(access, name)) for name in names}


def _clean(value: Any) -> Any:
    return well_formed(value)[:4096] if type(value) is str else value


def _target(model: TargetModel) -> Target:
    suspects = tuple(
        Suspect(
            one.fingerprint,
            tuple(Access(**dict(access)) for access in one.accesses),
            one.probability,
            one.confidence,
            one.object,
        )
        for one in model.suspects
    )
    values = {name: value for name, value in model if name != "suspects"}
    fingerprints = tuple(one.fingerprint for one in suspects)
    return Target(**values, fingerprints=fingerprints, suspects=suspects)


def _text(model: type[BaseModel], document: dict[str, Any]) -> str:
    text = json.dumps(document, indent=2) + "\n"
    try:
        model.model_validate_json(text)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BadPlan(f"What was found cannot be written: {where}: {first['msg']}.") from exc
    return text


def _read(model: type[_Read], path: Path, what: str, source: str) -> _Read:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as exc:
        raise BadPlan(
            f"{path} cannot be read: {exc.strerror or exc}. Write {source} first."
        ) from exc
    if len(data) > _MAX_BYTES:
        raise BadPlan(f"{path} is larger than {_MAX_BYTES >> 20} MiB: that is not {what}.")
    try:
        return model.model_validate_json(data)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the top level"
        raise BadPlan(
            f"{path} is not {what} of schema version {SCHEMA_VERSION}: at {where}: "
            f"{first['msg']}. Write one with {source}."
        ) from exc
