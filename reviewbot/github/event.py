"""What GitHub says of the event that runs this job; trusted, unlike the review file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reviewbot.errors import BadEvent, WrongReviewFile
from reviewbot.github.artifact import ReviewFile

_PULLS = ("pull_request", "pull_request_target")
_MOST_BYTES = 25_000_000  # GitHub's own limit for a payload


class _Model(BaseModel):
    # Payloads hold far more than is needed here, and grow.
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Owner(_Model):
    login: str


class _HeadRepository(_Model):
    full_name: str
    owner: _Owner | None = None


class _Head(_Model):
    sha: str


class _Pull(_Model):
    number: int
    head: _Head


class _Run(_Model):
    head_sha: str
    head_branch: str | None = None
    head_repository: _HeadRepository | None = None
    event: str = ""


class _MergeGroup(_Model):
    head_sha: str


class _PullEvent(_Model):
    pull_request: _Pull


class _RunEvent(_Model):
    workflow_run: _Run


class _MergeEvent(_Model):
    merge_group: _MergeGroup


class _PushEvent(_Model):
    after: str


class Event(_Model):
    """One event: the commit it is about and, where there is one, the pull request."""

    name: str
    repository: str
    head_sha: str | None  # None: the event names no commit, as a manual start does
    pull_request: int | None = None
    asks_for_pull: bool = False  # the pull request must be found by its head, from the API
    head_repository: str | None = None
    head_branch: str | None = Field(default=None)


def read_event(environ: Mapping[str, str]) -> Event:
    """The event in GITHUB_EVENT_NAME and GITHUB_EVENT_PATH; BadEvent says what is missing."""
    name = environ.get("GITHUB_EVENT_NAME", "")
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not name or "/" not in repository:
        raise BadEvent(
            "GITHUB_EVENT_NAME and GITHUB_REPOSITORY are not set: `reviewbot publish` runs within "
            "a GitHub Actions job. Elsewhere, use `reviewbot review --format markdown`."
        )
    payload = _payload(environ.get("GITHUB_EVENT_PATH"))
    return _event(name, repository, payload, environ.get("GITHUB_SHA") or None)


def _event(name: str, repository: str, payload: bytes, sha: str | None) -> Event:
    if name in _PULLS:
        pull = _parsed(_PullEvent, payload, name).pull_request
        return Event(
            name=name, repository=repository, head_sha=pull.head.sha, pull_request=pull.number
        )
    if name == "workflow_run":
        return _of_run(_parsed(_RunEvent, payload, name).workflow_run, repository)
    if name == "merge_group":
        head = _parsed(_MergeEvent, payload, name).merge_group.head_sha
        return Event(name=name, repository=repository, head_sha=head)
    if name == "push":
        head = _parsed(_PushEvent, payload, name).after
        return Event(name=name, repository=repository, head_sha=head)
    # A manual or timed start may review any two revisions; whoever starts it may write here.
    free = name in ("workflow_dispatch", "schedule", "repository_dispatch")
    return Event(name=name, repository=repository, head_sha=None if free else sha)


def _of_run(run: _Run, repository: str) -> Event:
    return Event(
        name="workflow_run",
        repository=repository,
        head_sha=run.head_sha,
        asks_for_pull=run.event in _PULLS,
        head_repository=run.head_repository.full_name if run.head_repository else None,
        head_branch=run.head_branch,
    )


def check_matches(review: ReviewFile, event: Event) -> None:
    """Raise WrongReviewFile unless the review file speaks of what the event is about."""
    if review.repository is None:
        raise WrongReviewFile(
            "The review file names no repository, for it was not made in a job of GitHub Actions: "
            "nothing was written. Run `reviewbot review --review-file FILE` in a job of this event."
        )
    _check("repository", review.repository, event.repository, ignore_case=True)
    if event.head_sha is not None:
        _check("head commit", review.head_sha, event.head_sha)
    if event.pull_request is not None:
        _check("pull request", str(review.pull_request), str(event.pull_request))
    elif review.pull_request is not None and not event.asks_for_pull:
        raise WrongReviewFile(
            f"The review file is about pull request {review.pull_request}, the event {event.name!r}"
            " about none: nothing was written."
        )


def _check(what: str, found: str, expected: str, *, ignore_case: bool = False) -> None:
    same = found.lower() == expected.lower() if ignore_case else found == expected
    if not same:
        raise WrongReviewFile(
            f"The review file is about the {what} {found!r}, the event about {expected!r}: "
            "nothing was written. Give the review file of this event's own run; if the action's "
            "input `head` is set, it must name that commit."
        )


_Payload = TypeVar("_Payload", bound=BaseModel)


def _parsed(model: type[_Payload], payload: bytes, name: str) -> _Payload:
    try:
        return model.model_validate_json(payload)
    except ValidationError as exc:
        first: Any = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the top level"
        raise BadEvent(
            f"The payload of the event {name!r} is not as GitHub describes it: "
            f"at {where}: {first['msg']}."
        ) from None


def _payload(path: str | None) -> bytes:
    if not path:
        return b"{}"
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as exc:
        raise BadEvent(
            f"GITHUB_EVENT_PATH names {path}, which cannot be read: {exc.strerror or exc}."
        ) from exc
