"""The review file and the evidence file: data that cross from an untrusted job to one that writes.

Whoever opens a pull request may have made them, so every size is bounded, every name checked and
nothing unknown passes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from reviewbot.errors import BadReviewFile
from reviewbot.records import Action
from reviewbot.report.escape import plain
from reviewbot.report.schema import ReviewModel

MOST_BYTES = 5_000_000
MOST_FINDINGS = 1_000
LONGEST_TEXT = 20_000  # characters: a sanitizer's report; every other text is shorter
_DEEPEST = 12  # levels of nesting; the report has six
_LAST_LINE = 10_000_000

_FINGERPRINT = re.compile("[0-9a-f]{8,64}")

Sha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$")]
Path_ = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
Line = Annotated[int, Field(ge=1, le=_LAST_LINE)]
FailOn = Literal["never", "block", "comment"]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Word = Annotated[str, StringConstraints(max_length=400)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Outcome(_Model):
    """What a sanitizer said of a target, for the findings that it was run for."""

    target: Word
    fingerprints: Annotated[list[Fingerprint], Field(max_length=MOST_FINDINGS)]
    verdict: Literal["confirmed", "not reproduced", "not run", "tool failed"]
    reason: Annotated[str, StringConstraints(max_length=2_000)]
    tool: Word
    runs: Annotated[int, Field(ge=0)]
    threads: Annotated[list[int], Field(max_length=64)]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=False)]
    report: Text


class EvidenceFile(_Model):
    """What `reviewbot sanitize --evidence-file` writes."""

    schema_version: Literal[1]
    repository: Slug | None = None
    head_sha: Sha
    outcomes: Annotated[list[Outcome], Field(max_length=MOST_FINDINGS)]


class Settled(_Model):
    """What the policy does with a finding once a sanitizer was asked."""

    confirmed: Annotated[Action, Field(strict=False)]
    otherwise: Annotated[Action, Field(strict=False)]


class ReviewFile(_Model):
    """What `reviewbot review --review-file` writes and `reviewbot publish` reads."""

    schema_version: Literal[1]
    repository: Slug | None
    pull_request: Annotated[int, Field(ge=1)] | None
    event: Annotated[str, StringConstraints(max_length=100)] | None
    head_sha: Sha
    base_sha: Sha
    merge_base: Sha | None
    policy_changed: bool
    report: ReviewModel
    anchors: Annotated[dict[Path_, list[tuple[Line, Line]]], Field(max_length=5_000)] = {}
    excerpts: Annotated[dict[Path_, dict[str, Word]], Field(max_length=5_000)] = {}
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=False)] = 0.0
    cap: Annotated[int, Field(ge=0, le=100)] = 10
    fail_on: FailOn = "block"
    sticky: bool = False
    settled: dict[Fingerprint, Settled] = {}
    left_out: Annotated[int, Field(ge=0)] = 0  # findings over MOST_FINDINGS
    evidence: Annotated[list[Outcome], Field(max_length=MOST_FINDINGS)] = []


def read_review_file(path: Path) -> ReviewFile:
    """The review file, checked; BadReviewFile says what is wrong with it."""
    text = _read(path)
    document = _checked_json(text, path)
    try:
        review = ReviewFile.model_validate_json(text)
    except ValidationError as exc:
        raise BadReviewFile(_told(path, exc)) from None
    _check_report(document.get("report"), path)
    if len(review.report.findings) > MOST_FINDINGS:
        raise BadReviewFile(f"{path} holds more than {MOST_FINDINGS} findings: it is refused.")
    _check_names(review, path)
    return review


def read_evidence_file(path: Path) -> EvidenceFile:
    """An evidence file, checked; BadReviewFile says what is wrong with it."""
    text = _read(path)
    _checked_json(text, path)
    try:
        return EvidenceFile.model_validate_json(text)
    except ValidationError as exc:
        raise BadReviewFile(_told(path, exc)) from None


def is_tree_path(path: str) -> bool:
    """Whether a path can name a file in a repository: relative, and never upwards."""
    parts = path.split("/")
    return 0 < len(path) <= 4096 and "\0" not in path and not {"", ".", ".."} & set(parts)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise BadReviewFile(
            f"{path} cannot be read: {exc.strerror or exc}. Write one with "
            "`reviewbot review --review-file FILE`."
        ) from exc
    if len(data) > MOST_BYTES:
        raise BadReviewFile(f"{path} is larger than {MOST_BYTES} bytes: it is refused.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise BadReviewFile(f"{path} is not UTF-8 text (byte {exc.start}).") from None


def _checked_json(text: str, path: Path) -> dict[str, Any]:
    """The document, once its texts and its nesting are known to be within bounds."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BadReviewFile(f"{path} is not JSON that can be read.") from None
    if not isinstance(document, dict):
        raise BadReviewFile(f"{path} is not a review: its top level is no mapping.")
    _check_bounds(document, path, _DEEPEST)
    return document


def _check_bounds(value: object, path: Path, depth: int) -> None:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise BadReviewFile(f"{path} holds a text of more than {LONGEST_TEXT} characters.")
    if depth == 0:
        raise BadReviewFile(f"{path} is nested deeper than any review is.")
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_bounds(key, path, depth - 1)
            _check_bounds(inner, path, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check_bounds(inner, path, depth - 1)


def _check_report(report: object, path: Path) -> None:
    """The report's own model lets unknown keys pass, for readers of later versions; not here."""
    shown = ReviewModel.model_validate(report).model_dump(mode="json")
    extra = _unknown(report, shown, "report")
    if extra:
        raise BadReviewFile(f"{path} is not a review: at {plain(extra)[:200]}: unknown key.")


def _unknown(given: object, known: object, where: str) -> str | None:
    if isinstance(given, dict) and isinstance(known, dict):
        for key, inner in given.items():
            if key not in known:
                return f"{where}.{key}"
            if found := _unknown(inner, known[key], f"{where}.{key}"):
                return found
    elif isinstance(given, list) and isinstance(known, list):
        pairs = enumerate(zip(given, known, strict=True))
        told = (_unknown(one, two, f"{where}[{at}]") for at, (one, two) in pairs)
        return next((one for one in told if one), None)
    return None


def _check_names(review: ReviewFile, path: Path) -> None:
    for finding in review.report.findings:
        if not _FINGERPRINT.fullmatch(finding.fingerprint):
            raise BadReviewFile(
                f"{path} holds the fingerprint {finding.fingerprint[:80]!r}: it is no hexadecimal "
                "number of 8 to 64 digits."
            )
    for name in _paths(review):
        if not is_tree_path(name):
            raise BadReviewFile(f"{path} names {name[:80]!r}, which is no path in a repository.")


def _paths(review: ReviewFile) -> set[str]:
    findings = review.report.findings
    return {
        *review.anchors,
        *review.excerpts,
        *(finding.path for finding in findings),
        *(access.path for finding in findings for access in finding.accesses),
        *(step.path for finding in findings for step in finding.trace),
    }


def _told(path: Path, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    # A key may hold a line end, behind which the runner would take a command of theirs.
    where = plain(".".join(str(part) for part in first["loc"]))[:200] or "the top level"
    return f"{path} is not a reviewbot review file of version 1: at {where}: {first['msg']}."
