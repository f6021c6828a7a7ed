"""What to write on a pull request: a pure plan from what stands there and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from reviewbot.github.anchors import Anchor, Ranges, anchor, fits
from reviewbot.github.comment import closed_body, fixed_words, says_the_same, withdrawn_words
from reviewbot.github.identity import by_finding, nameless, told_once, without_duplicates
from reviewbot.github.markers import State
from reviewbot.github.state import OurReview, Ours
from reviewbot.records import Action, Decision, Finding, Reason, Review, Severity, Status

TOLD = (Action.BLOCK, Action.COMMENT)
_LIKELY = 0.5  # the model's own verdict; a policy's threshold may lie elsewhere
_MOST_NEW = 60  # comments in one review: GitHub ends a request that takes it over ten seconds
_WEIGHT = {Severity.HIGH: 1.0, Severity.MEDIUM: 0.7, Severity.LOW: 0.3}  # as the policy's cap


class Place(Enum):
    """Where a finding that is told is to be read."""

    NEW = "new comment"
    STANDING = "comment that stands"
    DISMISSED = "dismissed on the pull request"
    OUTSIDE = "outside the diff"
    OVER_CAP = "over the number of comments"
    REFUSED = "not taken by GitHub"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComment:
    """An inline comment to post; `nameless` is its fingerprint in a file without a name."""

    fingerprint: str
    nameless: str
    anchor: Anchor
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A new body for a comment of ours."""

    id: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every write to the diff, and where each told finding is to be read."""

    create: tuple[NewComment, ...] = ()
    edit: tuple[Edit, ...] = ()
    delete: tuple[int, ...] = ()  # duplicates of our own
    resolve: tuple[str, ...] = ()  # threads of findings that are gone
    reopen: tuple[str, ...] = ()  # threads that we resolved and whose finding is back
    places: Mapping[str, Place]  # by fingerprint

    @property
    def quiet(self) -> bool:
        """Whether nothing is to be written."""
        return not (self.create or self.edit or self.delete or self.resolve or self.reopen)


Body = Callable[[Decision], str]


class _Standing(Enum):
    """What the report says today of a finding that a comment speaks of."""

    TOLD = "told"
    KEPT = "in the report, no reason to change the comment"
    WAIVED = "in the report, and not to be told"
    GONE = "not in the report"
    LOST = "not in the report, and parts of its file could not be read"
    UNREAD = "its file could not be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What becomes of one comment: a new body, and its thread to resolve or to open again."""

    edit: Edit | None = None
    resolve: str | None = None
    reopen: str | None = None


def plan(
    review: Review,
    existing: Sequence[Ours],
    posted: Sequence[OurReview],
    ranges: Ranges,
    *,
    head: str,
    cap: int,
    body: Body,
    complete: bool = True,
    resolve_threads: bool = False,
) -> Plan:
    """The writes that bring our comments in line with a review of `head`.

    A finding has one comment for its life: it is found again by its fingerprint, or by the one
    that it would have under its old path. Threads with a person's reply and threads that a person
    resolved are left alone. `complete` is False if the report leaves findings out: then nothing
    counts as fixed.
    """
    kept, duplicates = without_duplicates(existing)
    decisions = {one.finding.fingerprint: one for one in review.decisions}
    comments = by_finding(kept, decisions)
    posted_once = told_once(posted, kept, decisions)
    places = _places(decisions.values(), comments, posted_once, ranges, cap)
    unread = _Unread.of(review, complete)
    changes = [
        _change(ours, name, _standing(decisions.get(name), ours, unread), head, body)
        for name, ours in comments.items()
        if not (ours.answered or ours.dismissed)
    ]
    return Plan(
        create=tuple(
            _new(decisions[name], ranges, body)
            for name, place in places.items()
            if place is Place.NEW
        ),
        edit=tuple(one.edit for one in changes if one.edit is not None),
        delete=tuple(ours.id for ours in duplicates),
        resolve=tuple(one.resolve for one in changes if one.resolve and resolve_threads),
        reopen=tuple(one.reopen for one in changes if one.reopen and resolve_threads),
        places=places,
    )


def _places(
    decisions: Iterable[Decision],
    comments: Mapping[str, Ours],
    posted_once: set[str],
    ranges: Ranges,
    cap: int,
) -> dict[str, Place]:
    """Where each finding that is told is to be read, the gravest first."""
    told = sorted((one for one in decisions if one.action in TOLD), key=_rank)
    places = {
        one.finding.fingerprint: _place(one.finding, comments, posted_once, ranges) for one in told
    }
    news = [one for one in told if places[one.finding.fingerprint] is Place.NEW]
    room = cap - sum(place is Place.STANDING for place in places.values())
    for done, one in enumerate(news):
        # What blocks is always told, up to what GitHub takes in one request.
        over = done >= room and one.action is not Action.BLOCK
        if over or done >= _MOST_NEW:
            places[one.finding.fingerprint] = Place.OVER_CAP
    return places


def _rank(decision: Decision) -> tuple[bool, float, str, int]:
    finding = decision.finding
    weight = finding.probability * _WEIGHT[finding.severity]
    return (decision.action is not Action.BLOCK, -weight, finding.path, finding.line)


def _place(
    finding: Finding, comments: Mapping[str, Ours], posted_once: set[str], ranges: Ranges
) -> Place:
    ours = comments.get(finding.fingerprint)
    if ours is not None:
        return Place.DISMISSED if ours.dismissed else Place.STANDING
    if finding.fingerprint in posted_once:  # a person took the comment away
        return Place.DISMISSED
    spot = anchor(finding, ranges)
    return Place.NEW if spot is not None and fits(spot, ranges) else Place.OUTSIDE


def _new(decision: Decision, ranges: Ranges, body: Body) -> NewComment:
    spot = anchor(decision.finding, ranges)
    assert spot is not None, "only findings with a place are new"  # noqa: S101
    name = decision.finding.fingerprint
    return NewComment(
        fingerprint=name,
        nameless=nameless(name, decision.finding.path),
        anchor=spot,
        body=body(decision),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unread:
    """What the review could not see, where silence is no proof."""

    files: frozenset[str]
    parts: frozenset[str]  # files with fragments that could not be read
    complete: bool

    @classmethod
    def of(cls, review: Review, complete: bool) -> _Unread:
        return cls(
            files=frozenset(file.path for file in review.files if file.skipped is not None),
            parts=frozenset(part.path for part in review.skipped),
            complete=complete,
        )


def _standing(
    decision: Decision | None, ours: Ours, unread: _Unread
) -> tuple[_Standing, Decision | None]:
    path = ours.mark.path
    if decision is None:
        if not unread.complete or path in unread.files:
            return _Standing.UNREAD, None
        return (_Standing.LOST if path in unread.parts else _Standing.GONE), None
    if decision.finding.status is Status.FIXED:
        return _Standing.GONE, decision
    if decision.action in TOLD:
        return _Standing.TOLD, decision
    below = decision.reason is Reason.BELOW_COMMENT_THRESHOLD
    if below and decision.finding.probability < _LIKELY:
        # Told once and improbable now: a lock or an order was added, and the code stayed.
        return _Standing.GONE, decision
    waived = decision.action is Action.DROP
    return (_Standing.WAIVED if waived else _Standing.KEPT), decision


def _change(
    ours: Ours, name: str, standing: tuple[_Standing, Decision | None], head: str, body: Body
) -> _Change:
    """What becomes of a comment that no person has touched."""
    state, decision = standing
    mark = ours.mark
    match state:
        case _Standing.TOLD | _Standing.KEPT if decision is not None:
            # What is only kept is not rewritten for every push, unless it says that it is gone.
            stale = state is _Standing.TOLD or mark.state is not State.OPEN
            new = body(decision) if stale else ours.body
            return _Change(edit=_edit(ours, new), reopen=_thread(ours, resolved=True))
        case _Standing.WAIVED if decision is not None and mark.state is not State.WITHDRAWN:
            waived = replace(mark, fingerprint=name, path=decision.finding.path)
            waived = replace(waived, state=State.WITHDRAWN)
            words = withdrawn_words(decision, head)
            return _Change(edit=_edit(ours, closed_body(ours.body, waived, words)))
        case _Standing.GONE | _Standing.LOST:
            fixed = replace(mark, state=State.FIXED)
            words = fixed_words(head, certain=state is _Standing.GONE)
            new = closed_body(ours.body, fixed, words)
            new = ours.body if mark.state is State.FIXED else new
            return _Change(edit=_edit(ours, new), resolve=_thread(ours, resolved=False))
        case _:
            return _Change()


def _edit(ours: Ours, body: str) -> Edit | None:
    return None if says_the_same(body, ours.body) else Edit(id=ours.id, body=body)


def _thread(ours: Ours, *, resolved: bool) -> str | None:
    thread = ours.thread
    return thread.id if thread is not None and thread.resolved is resolved else None
