"""Reviews and inline comments: the rules that decide what GitHub takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.integration.fake_github.errors import Refused, invalid, invalid_field, not_found
from tests.integration.fake_github.history import ChangedFile, DiffHunk
from tests.integration.fake_github.state import (
    WRITE,
    Pull,
    ReviewComment,
    ReviewRecord,
    State,
    Thread,
    User,
)
from tests.integration.fake_github.wire import Request, need

LONGEST = 65_536  # characters of any body
_STATES = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}


def create_review(state: State, request: Request, pull: Pull) -> ReviewRecord:
    """All of a review or, if one part of it is wrong, nothing."""
    user = need(request, WRITE, "pull_requests").user
    body = request.body or {}
    comments = body.get("comments") or []
    commit = body.get("commit_id") or pull.head_sha
    _check_commit(state, pull, commit)
    errors = [fault for one in comments for fault in _anchor_faults(state, pull, commit, one)]
    if errors:
        raise invalid(*errors)
    check_length(body.get("body") or "", "PullRequestReview")
    if body.get("event") == "COMMENT" and not comments and not (body.get("body") or "").strip():
        raise invalid("Review Can not be blank")
    review = ReviewRecord(
        id=state.next_id(),
        pull=pull.number,
        user=user,
        body=body.get("body") or "",
        commit_id=commit,
        state=_STATES.get(body.get("event"), "PENDING"),
        submitted_at=state.tick(),
    )
    state.reviews[review.id] = review
    for one in comments:
        add_comment(state, pull, review, user, commit, one)
    return review


def _anchor_faults(state: State, pull: Pull, commit: str, comment: dict[str, Any]) -> Iterator[str]:
    if not comment.get("body", "").strip():
        yield "Body can't be blank"
    if len(comment.get("body", "")) > LONGEST:
        yield f"Body is too long (maximum is {LONGEST} characters)"
    if "position" in comment:
        yield "The fake takes no positions: use line and side"
        return
    file = state.files(pull, commit).get(comment.get("path", ""))
    if file is None:
        yield "Path could not be resolved"
        return
    fault = line_fault(file, comment)
    if fault:
        yield fault


def line_fault(file: ChangedFile, comment: dict[str, Any]) -> str | None:
    """Why a comment's lines cannot be commented on; None if they can."""
    line, start = comment.get("line"), comment.get("start_line")
    side = comment.get("side", "RIGHT")
    hunk = file.hunk_of(line, side) if isinstance(line, int) else None
    if hunk is None:
        return "Line could not be resolved"
    if start is None:
        return None
    if start >= line and comment.get("start_side", side) == side:
        return "Start line must precede the end line."
    first = file.hunk_of(start, comment.get("start_side", side))
    if first is None:
        return "Start line could not be resolved"
    return None if first is hunk else "Start line must be part of the same hunk as the line."


def create_comment(state: State, request: Request, pull: Pull) -> ReviewComment:
    """One inline comment, or a reply, in a review of its own."""
    user = need(request, WRITE, "pull_requests").user
    body = dict(request.body or {})
    if body.get("in_reply_to") is not None:
        return reply(state, user, body["in_reply_to"], body.get("body", ""))
    commit = body.get("commit_id") or ""
    _check_commit(state, pull, commit)
    check_length(body.get("body", ""), "PullRequestReviewComment")
    file = state.files(pull, commit).get(body.get("path", ""))
    if file is None:
        raise invalid_field(
            "PullRequestReviewComment", "pull_request_review_thread.path", "is not in the diff"
        )
    if fault := line_fault(file, body):
        raise invalid_field("PullRequestReviewComment", "pull_request_review_thread.line", fault)
    review = _lone_review(state, pull, user, commit)
    return add_comment(state, pull, review, user, commit, body)


def reply(state: State, user: User, root: int, body: str) -> ReviewComment:
    """A reply below a thread's first comment."""
    check_length(body, "PullRequestReviewComment")
    first = state.comments.get(root)
    if first is None:
        raise not_found()
    if first.in_reply_to is not None:  # replies to replies are not supported
        raise invalid_field("PullRequestReviewComment", "in_reply_to", "is not a thread's root")
    review = _lone_review(state, state.pulls[first.pull], user, first.commit_id)
    copied = ReviewComment(
        **{
            **vars(first),
            "id": state.next_id(),
            "review": review.id,
            "user": user,
            "body": body,
            "created_at": state.tick(),
            "updated_at": state.tick(),
            "in_reply_to": first.id,
        }
    )
    state.comments[copied.id] = copied
    return copied


def add_comment(
    state: State,
    pull: Pull,
    review: ReviewRecord,
    user: User,
    commit: str,
    given: dict[str, Any],
) -> ReviewComment:
    """Keep a comment whose anchor was checked, and open its thread."""
    side, line = given.get("side", "RIGHT"), given["line"]
    hunk = state.files(pull, commit)[given["path"]].hunk_of(line, side)
    assert hunk is not None
    comment = ReviewComment(
        id=state.next_id(),
        pull=pull.number,
        review=review.id,
        user=user,
        body=given["body"],
        path=given["path"],
        side=side,
        line=line,
        start_line=given.get("start_line"),
        commit_id=commit,
        original_commit_id=commit,
        original_line=line,
        original_start_line=given.get("start_line"),
        diff_hunk=_until(hunk, line, side),
        position=_position(hunk, line, side),
        original_position=_position(hunk, line, side),
        created_at=state.tick(),
        updated_at=state.tick(),
    )
    state.comments[comment.id] = comment
    state.threads[comment.id] = Thread(f"PRRT_{comment.id}", comment.id)
    if commit != pull.head_sha:
        state.push(pull, pull.head_sha)
    return comment


def _lone_review(state: State, pull: Pull, user: User, commit: str) -> ReviewRecord:
    review = ReviewRecord(state.next_id(), pull.number, user, "", commit, "COMMENTED", state.tick())
    state.reviews[review.id] = review
    return review


def _position(hunk: DiffHunk, line: int, side: str) -> int:
    return (hunk.left if side == "LEFT" else hunk.right)[line]


def _until(hunk: DiffHunk, line: int, side: str) -> str:
    first = min([*hunk.left.values(), *hunk.right.values()])
    return "\n".join(hunk.lines[: _position(hunk, line, side) - first + 2])


def _check_commit(state: State, pull: Pull, commit: str) -> None:
    if commit not in state.history.commits(pull.base_sha, pull.head_sha):
        raise Refused(
            422,
            "Validation Failed",
            [{"resource": "PullRequestReview", "code": "custom", "field": "commit_id",
              "message": "commit_id is not part of the pull request"}],
        )  # fmt: skip


def check_length(body: str, resource: str) -> None:
    """A body that is neither blank, where one must be there, nor too long."""
    if len(body) > LONGEST:
        message = f"body is too long (maximum is {LONGEST} characters)"
        raise invalid_field(resource, "body", message)
