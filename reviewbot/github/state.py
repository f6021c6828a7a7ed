"""What stands on a pull request, read from GitHub's answers; and which of it is ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewbot.github.markers import (
    Mark,
    ReviewMark,
    State,
    is_summary,
    read_mark,
    read_review_mark,
)
from reviewbot.github.patience import GaveUpError

ACTIONS_BOT = "github-actions[bot]"  # whom the token of a job writes as


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on the diff, as the REST API tells it."""

    id: int
    review_id: int | None
    reply_to: int | None
    login: str
    is_bot: bool
    path: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A thread on the diff, as GraphQL tells it; `first` is the id of its first comment."""

    id: str
    first: int
    resolved: bool
    resolved_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """A comment of ours with what people did to its thread."""

    id: int
    review_id: int
    mark: Mark
    body: str
    thread: Thread | None  # None: GraphQL was not to be had
    answered: bool  # a person replied
    dismissed: bool  # a person resolved the thread
    resolved_by_us: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OurReview:
    """A review of ours: its id, what it says it posted."""

    id: int
    mark: ReviewMark


def comment_of(data: Mapping[str, Any]) -> Comment:
    """One element of GET /repos/{}/pulls/{}/comments."""
    user = data.get("user") or {}  # null for an account that was deleted
    login = str(user.get("login") or "")
    return Comment(
        id=int(data["id"]),
        review_id=data.get("pull_request_review_id"),
        reply_to=data.get("in_reply_to_id"),
        login=login,
        is_bot=user.get("type") == "Bot" or login.endswith("[bot]"),
        path=str(data.get("path") or ""),
        body=normal(str(data.get("body") or "")),
    )


def thread_of(node: Mapping[str, Any]) -> Thread | None:
    """One node of reviewThreads, or None if it holds no comment any more."""
    comments = (node.get("comments") or {}).get("nodes") or []
    first = comments[0].get("databaseId") if comments else None
    if first is None:
        return None
    return Thread(
        id=str(node["id"]),
        first=int(first),
        resolved=bool(node.get("isResolved")),
        resolved_by=(node.get("resolvedBy") or {}).get("login"),
    )


def likely_login(comments: Iterable[Comment]) -> str:
    """Whom a token writes as that GitHub does not tell of: the bot whose comments carry our mark.

    No person can have a bot's account. GaveUpError if there are several: to take the wrong one
    would post everything again.
    """
    ours = (one for one in comments if one.is_bot and one.reply_to is None)
    bots = {one.login for one in ours if read_mark(one.body, one.path) is not None}
    if len(bots) > 1:
        raise GaveUpError(
            "GitHub did not tell which account the token belongs to, and comments of reviewbot "
            f"stand there from {' and '.join(sorted(bots))}"
        )
    return bots.pop() if bots else ACTIONS_BOT


def our_comments(
    comments: Sequence[Comment], threads: Iterable[Thread], login: str
) -> tuple[Ours, ...]:
    """The comments that this account wrote and marked, oldest review first."""
    by_first = {thread.first: thread for thread in threads}
    answered = {
        comment.reply_to
        for comment in comments
        # Ours never reply, so even a reply by this very account is a person's, behind its token.
        if comment.reply_to is not None and not comment.is_bot
    }
    found = []
    for comment in comments:
        mark = read_mark(comment.body, comment.path) if comment.reply_to is None else None
        if mark is not None and same(comment.login, login):
            thread = by_first.get(comment.id)
            found.append(_ours(comment, mark, thread, login, comment.id in answered))
    return tuple(sorted(found, key=lambda one: (one.review_id, one.id)))


def _ours(comment: Comment, mark: Mark, thread: Thread | None, login: str, replied: bool) -> Ours:
    resolved = thread is not None and thread.resolved
    # We resolve only what we have closed: the owner of a token may dismiss by hand as well.
    closed = mark.state is not State.OPEN
    by_us = closed and thread is not None and same(thread.resolved_by or "", login)
    return Ours(
        id=comment.id,
        review_id=comment.review_id or 0,
        mark=mark,
        body=comment.body,
        thread=thread,
        answered=replied,
        dismissed=resolved and not by_us,
        resolved_by_us=resolved and by_us,
    )


def our_reviews(reviews: Iterable[Mapping[str, Any]], login: str) -> tuple[OurReview, ...]:
    """The reviews that this account wrote and marked, oldest first."""
    found = []
    for review in reviews:
        mark = read_review_mark(normal(str(review.get("body") or "")))
        if mark is not None and same(_login(review), login):
            found.append(OurReview(id=int(review["id"]), mark=mark))
    return tuple(sorted(found, key=lambda one: one.id))


def our_summaries(comments: Iterable[Mapping[str, Any]], login: str) -> tuple[tuple[int, str], ...]:
    """(id, body) of the sticky summaries that this account wrote, oldest first."""
    bodies = ((int(one["id"]), normal(str(one.get("body") or "")), one) for one in comments)
    return tuple(
        sorted((id_, body) for id_, body, one in bodies if is_summary(body) and _is(one, login))
    )


def same(one: str, other: str) -> bool:
    """Whether two names are of one account: GraphQL leaves out the [bot] of REST."""
    return one.removesuffix("[bot]").lower() == other.removesuffix("[bot]").lower() != ""


def normal(body: str) -> str:
    """A body as we write it: GitHub may keep line ends as browsers send them."""
    return body.replace("\r\n", "\n").strip()


def _login(data: Mapping[str, Any]) -> str:
    return str((data.get("user") or {}).get("login") or "")


def _is(data: Mapping[str, Any], login: str) -> bool:
    return same(_login(data), login)
