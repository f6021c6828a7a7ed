"""What stands on a pull request before a run, made by hand for the planner's tests."""

from __future__ import annotations

from typing import Any

from reviewbot.findings import moved
from reviewbot.github.comment import Site, comment_body
from reviewbot.github.markers import Mark, ReviewMark, State
from reviewbot.github.review import Plan, plan
from reviewbot.github.state import OurReview, Ours, Thread, normal
from reviewbot.records import Action, Decision, FileResult, Finding, Reason, Review
from tests.report.factory import race

HEAD = "a" * 40
A, B, C = "a1" * 8, "b2" * 8, "c3" * 8
EVERYWHERE = {"src/tally.c": [(1, 100)]}
SITE = Site(server="https://github.com", repository="acme/rocket", head=HEAD)


def found(name: str = A, **changes: Any) -> Finding:
    """A race of that fingerprint; each has an object of its own, so that bodies differ."""
    return race(**{"fingerprint": name, "object": f"counter_{name[:2]}", **changes})


def told(finding: Finding, action: Action = Action.COMMENT, **changes: Any) -> Decision:
    reason = changes.pop("reason", Reason.ABOVE_COMMENT_THRESHOLD)
    return Decision(action=action, reason=reason, finding=finding, **changes)


def reviewed(*decisions: Decision, skipped: tuple[str, ...] = ()) -> Review:
    files = tuple(
        FileResult(path=path, race_probability=0.0, skipped="unreadable") for path in skipped
    )
    return Review(bundle=None, files=files, decisions=decisions)


def body_of(decision: Decision) -> str:
    return comment_body(decision, {}, SITE)


def ours(finding: Finding, id_: int = 1, **changes: Any) -> Ours:
    """A comment that an earlier run wrote about the finding."""
    state = changes.pop("state", State.OPEN)
    values: dict[str, Any] = {
        "id": id_,
        "review_id": id_ * 10,
        "mark": Mark(fingerprint=finding.fingerprint, path=finding.path, state=state),
        "body": normal(body_of(told(finding))),
        "thread": Thread(id=f"T{id_}", first=id_, resolved=False, resolved_by=None),
        "answered": False,
        "dismissed": False,
        "resolved_by_us": False,
    }
    return Ours(**{**values, **changes})


def posted(*names: str, id_: int = 10, path: str = "src/tally.c") -> OurReview:
    marks = {name: moved(name, path, "") for name in names}
    return OurReview(id=id_, mark=ReviewMark(head="e" * 40, posted=marks))


def planned(review: Review, *existing: Ours, **options: Any) -> Plan:
    reviews = options.pop("posted", ())
    ranges = options.pop("ranges", EVERYWHERE)
    asked = {"head": HEAD, "cap": 10, "body": body_of, **options}
    return plan(review, existing, reviews, ranges, **asked)
