"""What the fake remembers: people, tokens, pull requests, reviews, comments, check runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.integration.fake_github.history import ChangedFile, History

WRITE, READ = "write", "read"


@dataclass(frozen=True)
class User:
    """A person or a bot; GraphQL leaves out the [bot] of a bot's login."""

    login: str
    id: int
    bot: bool = False

    @property
    def graphql_login(self) -> str:
        """The login as GraphQL tells it."""
        return self.login.removesuffix("[bot]")


ACTIONS = User("github-actions[bot]", 41898282, bot=True)
AUTHOR = User("author", 11)
MAINTAINER = User("maintainer", 12)


@dataclass(frozen=True)
class Token:
    """Who calls and what they may do; an installation's token is the one that Actions gives."""

    user: User
    permissions: dict[str, str] = field(hash=False)
    installation: bool = True

    def may(self, level: str, *kinds: str) -> bool:
        """Whether one of the permissions is there at this level."""
        enough = (WRITE,) if level == WRITE else (READ, WRITE)
        return any(self.permissions.get(kind) in enough for kind in kinds)


@dataclass
class Pull:
    """A pull request; `base` and `head` are branches, their commits are what was last pushed."""

    number: int
    base: str
    head: str
    base_sha: str
    head_sha: str
    title: str = "A change"
    state: str = "open"
    head_repository: str | None = None  # None: the same repository; else a fork's full name


@dataclass
class ReviewRecord:
    """A submitted review."""

    id: int
    pull: int
    user: User
    body: str
    commit_id: str
    state: str
    submitted_at: str


@dataclass
class ReviewComment:
    """An inline comment; `line` is None once the diff no longer shows what it was written for."""

    id: int
    pull: int
    review: int
    user: User
    body: str
    path: str
    side: str
    line: int | None
    start_line: int | None
    commit_id: str
    original_commit_id: str
    original_line: int
    original_start_line: int | None
    diff_hunk: str
    position: int | None
    original_position: int
    created_at: str
    updated_at: str
    in_reply_to: int | None = None

    @property
    def outdated(self) -> bool:
        """Whether GitHub folds it away as outdated."""
        return self.line is None


@dataclass
class Thread:
    """A comment with its replies."""

    id: str
    root: int
    resolved_by: User | None = None


@dataclass
class IssueComment:
    """A comment on the conversation."""

    id: int
    issue: int
    user: User
    body: str
    created_at: str
    updated_at: str


@dataclass
class CheckRun:
    """A check run with all its annotations."""

    id: int
    name: str
    head_sha: str
    fields: dict[str, Any]
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class State:
    """Everything that one repository on GitHub holds."""

    full_name: str
    history: History
    default_branch: str = "main"
    tokens: dict[str, Token] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    reviews: dict[int, ReviewRecord] = field(default_factory=dict)
    comments: dict[int, ReviewComment] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)  # by the root comment's number
    issue_comments: dict[int, IssueComment] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: iter(range(1001, 10**9)), repr=False)
    _now: datetime = datetime(2024, 1, 1, tzinfo=timezone.utc)

    def next_id(self) -> int:
        """A number higher than all before."""
        return next(self._ids)

    def tick(self) -> str:
        """The time, which goes on by a second each time it is asked."""
        self._now += timedelta(seconds=1)
        return self._now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def files(self, pull: Pull, head: str | None = None) -> dict[str, ChangedFile]:
        """The changed files of a pull request, or of it as it was at an earlier head."""
        return self.history.files(pull.base_sha, head or pull.head_sha)

    def push(self, pull: Pull, head_sha: str) -> None:
        """A new head: every comment moves with its line, or is outdated."""
        pull.head_sha = head_sha
        for comment in self.comments.values():
            if comment.pull == pull.number:
                self._follow(comment, pull)

    def _follow(self, comment: ReviewComment, pull: Pull) -> None:
        # Always from where it was written: a force-push back makes it current again.
        line = start = None
        if comment.side == "RIGHT":
            line = self._now_at(comment, comment.original_line, pull)
            if comment.original_start_line is not None:
                start = self._now_at(comment, comment.original_start_line, pull)
        file = self.files(pull).get(comment.path)
        hunk = file.hunk_of(line, comment.side) if file and line else None
        shown = hunk is not None and (start is not None) == (
            comment.original_start_line is not None
        )
        comment.line, comment.start_line = (line, start) if shown else (None, None)
        comment.position = hunk.right[line] if hunk and shown and line else None
        if shown:
            comment.commit_id = pull.head_sha

    def _now_at(self, comment: ReviewComment, line: int, pull: Pull) -> int | None:
        return self.history.moved_line(
            comment.path, line, comment.original_commit_id, pull.head_sha
        )

    def replies(self, root: int) -> list[ReviewComment]:
        """A thread's comments, the root first."""
        return [c for c in self.comments.values() if root in (c.id, c.in_reply_to)]

    def delete_comment(self, number: int) -> None:
        """Remove a comment; its thread goes with the last of its comments."""
        gone = self.comments.pop(number)
        thread = self.threads.pop(gone.in_reply_to or gone.id, None)
        left = [c for c in self.comments.values() if c.in_reply_to == number]
        if gone.in_reply_to is not None and thread:
            self.threads[thread.root] = thread
        elif left and thread:  # the first reply becomes the root
            thread.root = left[0].id
            left[0].in_reply_to = None
            for reply in left[1:]:
                reply.in_reply_to = thread.root
            self.threads[thread.root] = thread
