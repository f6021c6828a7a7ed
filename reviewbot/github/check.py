"""The check run of a review: its conclusion, and annotations in the batches that GitHub takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reviewbot.github.cutting import size
from reviewbot.github.workflow import headline, message
from reviewbot.records import Action, Decision
from reviewbot.report.escape import cut, plain

NAME = "reviewbot"
BATCH = 50  # annotations in one request
_MOST = 500
_LONGEST = 60_000  # of an annotation's message; GitHub takes 64 KB
_LEVELS = {Action.BLOCK: "failure", Action.COMMENT: "warning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check run to write: the first request creates it, each further one adds annotations."""

    external_id: str  # names the content: the same review writes no second run
    create: dict[str, Any]
    updates: tuple[dict[str, Any], ...]


def check_run(
    decisions: Sequence[Decision], head: str, title: str, summary: str, *, failed: bool
) -> Check:
    """The requests of a check run; the last one concludes it."""
    told = [one for one in decisions if one.action in _LEVELS]
    notes = [_annotation(one) for one in told[:_MOST]]
    output = {"title": cut(plain(title), 200), "summary": summary}
    conclusion = "failure" if failed else "neutral" if told else "success"
    batches = [notes[at : at + BATCH] for at in range(0, len(notes), BATCH)] or [[]]
    contents: list[dict[str, Any]] = [
        {"status": "in_progress", "output": {**output, "annotations": batch}} for batch in batches
    ]
    contents[-1] |= {"status": "completed", "conclusion": conclusion}
    identity = _identity(contents)
    first = {"name": NAME, "head_sha": head, "external_id": identity, **contents[0]}
    return Check(external_id=identity, create=first, updates=tuple(contents[1:]))


def _annotation(decision: Decision) -> dict[str, Any]:
    finding = decision.finding
    return {
        "path": finding.path,
        "start_line": finding.line,
        "end_line": max(finding.end_line, finding.line),
        "annotation_level": _LEVELS[decision.action],
        "title": cut(headline(decision), 200),
        "message": _bounded(message(decision)),
    }


def _bounded(text: str) -> str:
    while size(text) > _LONGEST:
        text = cut(text, len(text) * 3 // 4)
    return text


def _identity(contents: Sequence[dict[str, Any]]) -> str:
    told = [
        (one.get("conclusion"), one["output"]["title"], one["output"]["annotations"])
        for one in contents
    ]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return f"reviewbot:v1:{digest[:24]}"
