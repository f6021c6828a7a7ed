"""An empty plan is told with its reason and with what would make something run."""

from __future__ import annotations

from dataclasses import replace

from reviewbot.escalation.nothing import nothing_to_run
from reviewbot.escalation.plan import plan
from reviewbot.policy import NO_BAND, Band, Policy, Thresholds
from reviewbot.records import Action, Decision, FileResult, Reason, Review, Status
from tests.escalation.test_plan import escalated, finding, silent

NEVER = Policy(race=Thresholds(comment=0.6, escalate=NO_BAND))


def sure(*confidences: float, status: Status = Status.INTRODUCED) -> Review:
    decisions = tuple(
        Decision(
            action=Action.COMMENT,
            reason=Reason.ABOVE_COMMENT_THRESHOLD,
            finding=replace(finding(f"x{n}", confidence=confidence), status=status),
        )
        for n, confidence in enumerate(confidences)
    )
    return replace(silent(0.99, "add"), decisions=decisions)


def told(review: Review, policy: Policy, seconds: float = 300) -> str:
    assert plan(review, policy, seconds) == ()
    return nothing_to_run(review, policy, seconds)


def test_nothing_parallel() -> None:
    file = FileResult(path="a.c", race_probability=0.0)
    assert "holds no parallel code" in told(Review(bundle=None, files=(file,)), Policy())
    assert "holds no parallel code" in told(Review(bundle=None), Policy())


def test_too_little_time() -> None:
    review = replace(escalated(finding()), files=silent(0.5, "add").files)
    words = told(review, Policy(), 0.5)
    assert "within 0.5 s: the cheapest run takes about" in words
    assert "--budget" in words


def test_a_policy_that_asks_for_none() -> None:
    assert "race.escalate: never" in told(sure(0.9), NEVER)


def test_a_model_that_is_sure() -> None:
    policy = Policy(race=Thresholds(comment=0.6, escalate=Band(low=0.5, high=0.7)))
    words = told(sure(0.95, 0.9), policy)
    assert "from 0.5 to 0.7 (race.escalate); the least sure here has 0.90" in words
    assert "none was found" in told(sure(0.6, status=Status.PRE_EXISTING), policy)
