"""Writes the review file: asks git for the diff and the runner for where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reviewbot.diff import parse_diff
from reviewbot.errors import BadEvent
from reviewbot.git import Repository
from reviewbot.github.base_policy import policy_path
from reviewbot.github.build import Origin, review_file_text, touches_policy
from reviewbot.github.event import read_event
from reviewbot.output import write_report
from reviewbot.policy import Policy
from reviewbot.records import FileDiff, Review
from reviewbot.settings import POLICY_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewable:
    """The change that was reviewed, and by which rules."""

    repository: Repository
    base: str  # as it was asked for
    merge_base: str
    head: str
    policy: Policy
    policy_asked: str | None
    fail_on: str


def write_review_file(
    path: Path, outcome: Review, change: Reviewable, environ: Mapping[str, str]
) -> None:
    """Write what the publishing job needs, whole or not at all."""
    repository = change.repository
    parsed = parse_diff(repository.diff(change.merge_base, change.head))
    diffs = [file for file in parsed if isinstance(file, FileDiff)]
    own = policy_path(repository, change.policy_asked)
    origin = Origin(
        repository=environ.get("GITHUB_REPOSITORY") or None,
        pull_request=_pull_number(environ),
        event=environ.get("GITHUB_EVENT_NAME") or None,
        head_sha=change.head,
        # The empty tree is no commit, and stands for the time before the first.
        base_sha=repository.resolve(change.base)
        if change.base != repository.empty_tree
        else change.base,
        merge_base=change.merge_base,
        policy_changed=touches_policy(diffs, frozenset({POLICY_FILE, own or POLICY_FILE})),
        fail_on=change.fail_on,
        sticky=change.policy.summary_comment,
    )
    write_report(path, review_file_text(outcome, diffs, origin, change.policy))


def _pull_number(environ: Mapping[str, str]) -> int | None:
    """The pull request of the event; the publishing job compares it with its own."""
    try:
        return read_event(environ).pull_request
    except BadEvent:  # not in a job, or in one that the publishing job will refuse
        return None
