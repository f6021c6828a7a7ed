"""The writes to one pull request: look, plan, look again, write; nothing is ever posted twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reviewbot.github.client import Hub
from reviewbot.github.comment import Site, comment_body
from reviewbot.github.identity import without_duplicates
from reviewbot.github.patience import Failure, Kind
from reviewbot.github.reading import Reviewed
from reviewbot.github.review import NewComment, Place, Plan, plan
from reviewbot.github.state import Ours, likely_login, our_comments, our_reviews, our_summaries
from reviewbot.github.summary import Told, review_body, summary_body, superseded_body
from reviewbot.records import Decision

T = TypeVar("T")
R = TypeVar("R")


class HeadMovedError(Exception):
    """The pull request is no longer at the commit that was reviewed; a later run will speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a review is to be published."""

    cap: int
    sticky: bool = False
    resolve_threads: bool = False


@dataclass(slots=True, kw_only=True)
class PullRequestWriter:
    """One run's dealings with one pull request."""

    hub: Hub
    number: int
    reviewed: Reviewed
    site: Site
    wishes: Wishes
    login: str = ""
    notes: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        """What is to be written, from what stands there now; HeadMovedError if it is too late."""
        self.login = self.hub.login() or likely_login(self.hub.comments(self.number))
        self._check_head()
        # Reviews before comments: one that another run posts in between must not look as if its
        # comments had been deleted.
        reviews = our_reviews(self.hub.reviews(self.number), self.login)
        file = self.reviewed.file
        return plan(
            self.reviewed.review,
            self._ours(with_threads=True),
            reviews,
            file.anchors,
            head=self.reviewed.head,
            cap=self.wishes.cap,
            body=self._body,
            complete=file.left_out == 0,
            resolve_threads=self.wishes.resolve_threads,
        )

    def write(self, planned: Plan) -> Told:
        """Carry the plan out; tells where each finding is to be read afterwards."""
        told = Told(places=dict(planned.places), notes=self.notes)
        if not planned.quiet:
            self._check_head()
        if planned.create:
            told = self._post(planned, told)
        for edit in planned.edit:
            self._edit_comment(edit.id, edit.body)
        for id_ in planned.delete:
            self.hub.delete(f"/pulls/comments/{id_}")
        self._resolve(planned)
        if self.wishes.sticky:
            self._write_summary(told)
        return told

    def _body(self, decision: Decision) -> str:
        return comment_body(decision, self.reviewed.file.excerpts, self.site)

    def _check_head(self) -> None:
        head = self.hub.head_of(self.number)
        if head != self.reviewed.head:
            raise HeadMovedError(f"The pull request's head has moved on to {head[:10]}")

    def _ours(self, *, with_threads: bool = False) -> tuple[Ours, ...]:
        comments = self.hub.comments(self.number)
        threads = self.hub.threads(self.number) if with_threads else ()
        return our_comments(comments, threads, self.login)

    def _post(self, planned: Plan, told: Told) -> Told:
        refused: set[str] = set()
        try:
            review = self._create(
                lambda: self._missing(planned.create), lambda new: self._send_review(new, told)
            )
        except Failure as failure:
            if failure.kind is not Kind.UNPROCESSABLE:
                raise
            # GitHub does not say which of the comments it minds, so each is tried alone.
            review, refused = None, self._one_by_one(planned.create)
        self._settle_race(planned.create, review)
        places = {
            name: Place.REFUSED if name in refused else place for name, place in told.places.items()
        }
        return Told(places=places, notes=told.notes)

    def _missing(self, wanted: Sequence[NewComment]) -> tuple[NewComment, ...]:
        """Those of the comments that do not stand there yet."""
        standing = {ours.mark.fingerprint for ours in self._ours()}
        return tuple(new for new in wanted if new.fingerprint not in standing)

    def _send_review(self, new: Sequence[NewComment], told: Told) -> int:
        names = {one.fingerprint: one.nameless for one in new}
        body = review_body(self.reviewed, told, self.site, names)
        comments = [_content(one) for one in new]
        return self.hub.create_review(self.number, self.reviewed.head, body, comments)

    def _one_by_one(self, wanted: Sequence[NewComment]) -> set[str]:
        """Post each comment alone; the fingerprints of those that GitHub does not take."""
        refused = set()
        for new in wanted:
            content = {**_content(new), "commit_id": self.reviewed.head}
            try:
                self._create(
                    lambda new=new: self._missing((new,)),  # type: ignore[misc]
                    lambda _, content=content: self.hub.create(  # type: ignore[misc]
                        f"/pulls/{self.number}/comments", content
                    ),
                )
            except Failure as failure:
                if failure.kind is not Kind.UNPROCESSABLE:
                    raise
                refused.add(new.fingerprint)
        return refused

    def _create(
        self, look: Callable[[], Sequence[T]], send: Callable[[Sequence[T]], R]
    ) -> R | None:
        """Send what is missing; after any doubt look again, for it may have been carried out."""
        attempt = 0
        while missing := look():
            self._check_head()  # as late as can be: looking and waiting take their time
            try:
                return send(missing)
            except Failure as failure:
                if failure.kind not in (Kind.LIMITED, Kind.FAULT):
                    raise
                attempt += 1
                self.hub.patience.after(failure, attempt)
        return None

    def _settle_race(self, posted: Sequence[NewComment], review: int | None) -> None:
        """Of two runs that posted at once, the comments of the higher review go."""
        names = {new.fingerprint for new in posted}
        kept, doubled = without_duplicates(self._ours())
        for ours in doubled:
            if ours.mark.fingerprint in names:
                self.hub.delete(f"/pulls/comments/{ours.id}")
        if review is not None and all(ours.review_id != review for ours in kept):
            body = {"body": superseded_body(self.reviewed.head)}
            self.hub.edit(f"/pulls/{self.number}/reviews/{review}", body, verb="PUT")

    def _edit_comment(self, id_: int, body: str) -> None:
        try:
            self.hub.edit(f"/pulls/comments/{id_}", {"body": body})
        except Failure as failure:
            if failure.kind is not Kind.GONE:  # deleted meanwhile: nothing to say there
                raise

    def _resolve(self, planned: Plan) -> None:
        wanted = [(one, True) for one in planned.resolve] + [(one, False) for one in planned.reopen]
        # All are asked before any answer counts: one thread may be locked where the next is not.
        done = [self.hub.set_resolved(thread, resolved) for thread, resolved in wanted]
        if not all(done):
            self.notes.append(
                "Threads were not resolved: that needs the permission `contents: write`."
            )

    def _write_summary(self, told: Told) -> None:
        body = summary_body(self.reviewed, told, self.site, sticky=True)
        standing = self._summaries()
        if not standing:
            if told.places or self.reviewed.escalated():
                self._create(
                    lambda: [] if self._summaries() else [body],
                    lambda new: self.hub.create(
                        f"/issues/{self.number}/comments", {"body": new[0]}
                    ),
                )
                standing = self._summaries()
        elif standing[0][1] != body.strip():
            self.hub.edit(f"/issues/comments/{standing[0][0]}", {"body": body})
        for id_, _ in standing[1:]:
            self.hub.delete(f"/issues/comments/{id_}")

    def _summaries(self) -> tuple[tuple[int, str], ...]:
        return our_summaries(self.hub.issue_comments(self.number), self.login)


def _content(new: NewComment) -> dict[str, Any]:
    spot = new.anchor
    content: dict[str, Any] = {
        "path": spot.path,
        "line": spot.line,
        "side": "RIGHT",
        "body": new.body,
    }
    if spot.start_line is not None:
        content |= {"start_line": spot.start_line, "start_side": "RIGHT"}
    return content
