"""Review files for tests, made as `review` makes them, and then bent."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from reviewbot.github.build import Origin, review_file_text
from reviewbot.policy import Policy
from reviewbot.records import Change, Decision, FileDiff, FileResult, Hunk, Review
from tests.github.standing import HEAD, found, told
from tests.report.factory import SOURCE

BASE = "b" * 40
PULL = 7
REPOSITORY = "acme/rocket"
DIFF = FileDiff(
    path="src/tally.c",
    old_path="src/tally.c",
    change=Change.MODIFIED,
    hunks=(
        Hunk(old_start=6, old_length=9, new_start=6, new_length=9, added=(10, 12), removed=(10,)),
    ),
)
ORIGIN = Origin(
    repository=REPOSITORY,
    pull_request=PULL,
    event="pull_request",
    head_sha=HEAD,
    base_sha=BASE,
    merge_base=BASE,
    policy_changed=False,
)


def review_of(*decisions: Decision) -> Review:
    return Review(
        bundle=None,
        files=(FileResult(path="src/tally.c", race_probability=0.9),),
        decisions=decisions,
        sources=(("src/tally.c", SOURCE),),
        seconds=1.25,
    )


def document(*decisions: Decision, policy: Policy | None = None) -> dict[str, Any]:
    review = review_of(*(decisions or (told(found()),)))
    return dict(json.loads(review_file_text(review, [DIFF], ORIGIN, policy or Policy())))


def bent(whole: dict[str, Any], *keys: str | int, to: Any) -> dict[str, Any]:
    """The document with one value replaced, or added."""
    changed = copy.deepcopy(whole)
    inner: Any = changed
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = to
    return changed


def written(folder: Path, whole: Any, name: str = "review.json") -> Path:
    path = folder / name
    path.write_text(whole if isinstance(whole, str) else json.dumps(whole), encoding="utf-8")
    return path
