"""Which two revisions an event speaks of.

From the event's payload only commit names are taken, and the default branch's name, which the
repository's owner chose. Branch names and titles of a pull request are never looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reviewbot.action.inputs import Inputs
from reviewbot.errors import BadInput, ReviewbotError
from reviewbot.git import Repository

_LARGEST_EVENT = 32 * 1024 * 1024  # GitHub's own payloads end at 25 MB
PULL_REQUESTS = ("pull_request", "pull_request_target")

Commit = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Repository(_Model):
    default_branch: str | None = None


class _Side(_Model):
    sha: Commit


class _PullRequest(_Model):
    base: _Side
    head: _Side


class _MergeGroup(_Model):
    base_sha: Commit
    head_sha: Commit


class Payload(_Model):
    """What we read of an event's payload."""

    pull_request: _PullRequest | None = None
    merge_group: _MergeGroup | None = None
    before: Commit | None = None
    after: Commit | None = None
    ref: str | None = None
    repository: _Repository | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What started the workflow."""

    name: str
    sha: str
    payload: Payload


def read_event(environ: Mapping[str, str]) -> Event:
    """The event that the environment describes; BadInput if its payload cannot be read."""
    file = environ.get("GITHUB_EVENT_PATH")
    return Event(
        name=environ.get("GITHUB_EVENT_NAME", ""),
        sha=environ.get("GITHUB_SHA", ""),
        payload=_payload(Path(file)) if file else Payload(),
    )


def _payload(file: Path) -> Payload:
    try:
        if file.stat().st_size > _LARGEST_EVENT:
            raise BadInput(f"The event's payload in {file} is larger than any that GitHub sends.")
        return Payload.model_validate(json.loads(file.read_bytes()))
    except (OSError, ValueError, RecursionError) as exc:  # ValidationError is a ValueError
        raise BadInput(
            f"The event's payload in {file}, which GITHUB_EVENT_PATH names, cannot be read: "
            f"{_why(exc)}. Give the inputs `base` and `head`, or unset GITHUB_EVENT_PATH."
        ) from exc


def _why(exc: Exception) -> str:
    if isinstance(exc, ValidationError):
        first = exc.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return type(exc).__name__


def revisions(event: Event, inputs: Inputs, repository: Repository) -> tuple[str, str] | None:
    """(base, head) to be compared; None if the event leaves nothing to review.

    An input wins over the event. The base may be the empty tree: then all of the head is new.
    """
    found = _of_event(event, repository)
    if found is None and not inputs.head:
        return None
    base, head = found or (None, None)
    base = inputs.base or base
    head = inputs.head or head or "HEAD"
    return base or _default_branch(event, repository, head), head


def _of_event(event: Event, repository: Repository) -> tuple[str | None, str] | None:
    payload = event.payload
    if event.name in PULL_REQUESTS and payload.pull_request:
        return payload.pull_request.base.sha, payload.pull_request.head.sha
    if event.name == "merge_group" and payload.merge_group:
        return payload.merge_group.base_sha, payload.merge_group.head_sha
    if event.name == "push" and payload.after is not None:
        if _is_nothing(payload.after):  # a branch was deleted
            return None
        return _before(event, repository), payload.after
    if event.name == "workflow_run":
        raise BadInput(
            "The event workflow_run has no code of its own to review, and must not fetch any: "
            "use `mode: publish` there, and review in the workflow that it follows."
        )
    return None, event.sha or "HEAD"


def _before(event: Event, repository: Repository) -> str | None:
    """What a push replaced; None for a new branch, or if a forced push left it nowhere."""
    before = event.payload.before
    if before is None or _is_nothing(before) or not _is_here(before, repository):
        return None
    return before


def _default_branch(event: Event, repository: Repository, head: str) -> str:
    """The default branch, or, where the head is all that it has, what came before: nothing."""
    known = event.payload.repository
    name = known.default_branch if known else None
    if name and event.name == "push" and event.payload.ref == f"refs/heads/{name}":
        return _past_of_default_branch(event, repository, head)
    if name and _is_here(f"origin/{name}", repository):
        return f"origin/{name}"
    guess = repository.default_branch_guess()
    if guess is None:
        raise BadInput(
            "There is no default branch here to compare with: set `fetch-depth: 0` for "
            "actions/checkout, or give the input `base`."
        )
    return guess


def _past_of_default_branch(event: Event, repository: Repository, head: str) -> str:
    if _is_nothing(event.payload.before or "0"):  # its first push: all of it is new
        return repository.empty_tree
    # A forced push took its past away: the last commit is what is certain to be new.
    parent = f"{head}~1"
    return parent if _is_here(parent, repository) else repository.empty_tree


def _is_here(revision: str, repository: Repository) -> bool:
    try:
        repository.resolve(revision)
    except ReviewbotError:
        return False
    return True


def _is_nothing(name: str) -> bool:
    return set(name) == {"0"}
