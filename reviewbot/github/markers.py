"""Hidden marks in what we write: they alone say which comment speaks of which finding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote, unquote

SUMMARY = "<!-- reviewbot:v1 summary -->"

# The mark must be the last line: a body that quotes one of ours somewhere else is not ours.
_FINDING = re.compile(r"<!-- reviewbot:v1 finding=([0-9a-f]{8,64}) -->\s*\Z")
_STATE = re.compile(r"<!-- reviewbot:v1 at=(\S*) state=([a-z]+) -->\s*\Z")
_REVIEW = re.compile(r"<!-- reviewbot:v1 review head=([0-9a-f]{40}) -->\s*\Z")
_POSTED = re.compile(r"<!-- reviewbot:v1 posted=([0-9a-f.,]*) -->\s*\Z")


class State(str, Enum):
    """What a comment of ours says of its finding."""

    OPEN = "open"
    FIXED = "fixed"
    WITHDRAWN = "withdrawn"  # still in the code, but waived or below the policy's threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The identity of an inline comment: its finding, the finding's file, and what it says."""

    fingerprint: str
    path: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewMark:
    """The identity of a review: the commit it speaks of and the findings it posted.

    Each fingerprint leads to the one that its finding would have in a file without a name, which
    outlives a rename.
    """

    head: str
    posted: Mapping[str, str]


def mark_lines(mark: Mark) -> str:
    """The two last lines of an inline comment."""
    return (
        f"<!-- reviewbot:v1 at={_quoted(mark.path)} state={mark.state.value} -->\n"
        f"<!-- reviewbot:v1 finding={mark.fingerprint} -->"
    )


def read_mark(body: str, path: str) -> Mark | None:
    """The mark of a comment's body, or None; `path` is the comment's own, should ours be gone."""
    finding = _FINDING.search(body)
    if finding is None:
        return None
    state = _STATE.search(body[: finding.start()])
    return Mark(
        fingerprint=finding[1],
        path=unquote(state[1], errors="replace") if state else path,
        state=_state(state[2]) if state else State.OPEN,
    )


def without_mark(body: str) -> str:
    """The visible part of an inline comment's body."""
    finding = _FINDING.search(body)
    visible = body[: finding.start()] if finding else body
    state = _STATE.search(visible)
    return (visible[: state.start()] if state else visible).rstrip()


def review_lines(mark: ReviewMark) -> str:
    """The two last lines of a review's body."""
    posted = ",".join(f"{name}.{nameless}" for name, nameless in sorted(mark.posted.items()))
    return f"<!-- reviewbot:v1 posted={posted} -->\n<!-- reviewbot:v1 review head={mark.head} -->"


def read_review_mark(body: str) -> ReviewMark | None:
    """The mark of a review's body, or None if it is not ours."""
    review = _REVIEW.search(body)
    if review is None:
        return None
    posted = _POSTED.search(body[: review.start()])
    pairs = (one.partition(".") for one in (posted[1].split(",") if posted else ()))
    return ReviewMark(
        head=review[1], posted={name: nameless for name, _, nameless in pairs if name}
    )


def is_summary(body: str) -> bool:
    """Whether a body is that of the sticky summary."""
    return body.rstrip().endswith(SUMMARY)


def _state(name: str) -> State:
    return next((state for state in State if state.value == name), State.OPEN)


def _quoted(path: str) -> str:
    # Two hyphens may end an HTML comment, so none is left as it is; a tilde is GitHub's markup.
    return quote(path, safe="/", errors="replace").replace("-", "%2D").replace("~", "%7E")
