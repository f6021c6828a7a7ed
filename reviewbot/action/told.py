"""How many findings a review tells, for the action's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewbot.github.artifact import read_evidence_file, read_review_file
from reviewbot.github.reading import reviewed
from reviewbot.records import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How many findings the policy tells, and how many of them block."""

    findings: int = 0
    blocking: int = 0


def told_by(file: Path, evidence: Sequence[Path] = ()) -> Told:
    """What the policy tells of a review file, once evidence is in; BadReviewFile if it is wrong."""
    outcome = reviewed(read_review_file(file), [read_evidence_file(path) for path in evidence])
    actions = [decision.action for decision in outcome.review.decisions]
    blocking = actions.count(Action.BLOCK)
    return Told(findings=blocking + actions.count(Action.COMMENT), blocking=blocking)
