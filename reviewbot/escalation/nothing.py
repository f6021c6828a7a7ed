"""Why a review has nothing for a sanitizer, and what would make something run."""

from __future__ import annotations

import math

from reviewbot.escalation.plan import plan
from reviewbot.policy import NO_BAND, Policy
from reviewbot.records import Decision, FindingKind, Reason, Review, Status
from reviewbot.settings import POLICY_FILE

_NOTHING = "nothing to run under a sanitizer"
_OLD = (Status.FIXED, Status.PRE_EXISTING)
_SETTLED = (Reason.SUPPRESSED, Reason.IN_BASELINE, Reason.DISABLED)


def nothing_to_run(review: Review, policy: Policy, seconds: float) -> str:
    """One sentence on an empty plan: no code, a policy that asks for none, no money, no doubt."""
    if not any(file.constructs or file.skipped for file in review.files):
        return f"{_NOTHING}: the change holds no parallel code; --base REF compares with another"
    if cheapest := min((one.seconds for one in plan(review, policy, math.inf)), default=None):
        return (
            f"{_NOTHING} within {seconds:g} s: the cheapest run takes about {cheapest:.0f} s; "
            f"give --budget, or sanitizer.budget_seconds in {POLICY_FILE}"
        )
    if policy.race.escalate == NO_BAND:
        return (
            f"{_NOTHING}: the policy says so (race.escalate: never); a band such as "
            f"{{low: 0.5, high: 0.7}} in {POLICY_FILE} asks for what is unsure"
        )
    return f"{_NOTHING}: {_sure(review, policy)}"


def _sure(review: Review, policy: Policy) -> str:
    band = policy.race.escalate
    told = (
        "only new races are put to the test of which the model is unsure, with a confidence from "
        f"{band.low:g} to {band.high:g} (race.escalate)"
    )
    known = [d.finding.confidence for d in review.decisions if _may_be_run(d)]
    least = f"; the least sure here has {min(known):.2f}" if known else "; none was found here"
    return f"{told}{least}; a higher `high` in {POLICY_FILE} runs more"


def _may_be_run(decision: Decision) -> bool:
    finding = decision.finding
    race = finding.kind is FindingKind.RACE and finding.status not in _OLD
    return race and decision.reason not in _SETTLED
