"""Words that all reports share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewbot.records import Action, Decision, Reason
from reviewbot.report.wording import unseen_words, verdict
from tests.report import factory


@pytest.mark.parametrize(
    ("unresolved", "told"),
    [
        (("call:fopen", "truncated"), "call fopen, truncated"),
        (("call:fopen", "call:and 1 more"), "call fopen, and 1 more"),
        (("call:and",), "call and"),
    ],
)
def test_what_was_not_seen(unresolved: tuple[str, ...], told: str) -> None:
    assert unseen_words(unresolved) == told


@pytest.mark.parametrize(
    ("action", "reason", "probability", "told"),
    [
        (Action.COMMENT, Reason.ABOVE_COMMENT_THRESHOLD, 0.98, "very likely (98 %)"),
        (Action.COMMENT, Reason.LOW_CONFIDENCE, 0.85, "likely, but not sure (85 %)"),
        (Action.ESCALATE, Reason.LOW_CONFIDENCE, 0.98, "very likely, but not sure (98 %)"),
        (Action.ESCALATE, Reason.LOW_CONFIDENCE, 0.4, "possible, but not sure (40 %)"),
    ],
)
def test_doubt_is_told_beside_the_probability(
    action: Action, reason: Reason, probability: float, told: str
) -> None:
    finding = replace(factory.full().decisions[0].finding, probability=probability, evidence=None)
    assert verdict(Decision(action=action, reason=reason, finding=finding)) == told
