"""Writes a check run so that every annotation stands there once."""

from __future__ import annotations

from reviewbot.github.check import BATCH, NAME, Check
from reviewbot.github.client import Hub
from reviewbot.github.patience import Failure, Kind


def write_check(hub: Hub, check: Check) -> None:
    """Write a check run unless it stands there already; after any doubt, look first.

    Annotations add up, so each batch is sent once; a run that another job left half-written is
    completed.
    """
    contents = (check.create, *check.updates)
    run, done = _standing(hub, check)
    attempt = 0
    while done < len(contents):
        try:
            run = _send(hub, run, contents[done])
            done += 1
        except Failure as failure:
            if failure.kind not in (Kind.LIMITED, Kind.FAULT):
                raise
            attempt += 1
            hub.patience.after(failure, attempt)
            run, done = _standing(hub, check)


def _send(hub: Hub, run: int | None, content: dict[str, object]) -> int:
    if run is None:
        return hub.create("/check-runs", content)
    return hub.create(f"/check-runs/{run}", content, verb="PATCH")


def _standing(hub: Hub, check: Check) -> tuple[int | None, int]:
    """The id of the run that stands there, and how many of its requests it has taken."""
    runs = hub.check_runs(check.create["head_sha"], NAME)
    same = [run for run in runs if run.get("external_id") == check.external_id]
    if not same:
        return None, 0
    if same[0].get("status") == "completed":
        return same[0]["id"], 1 + len(check.updates)
    written = (same[0].get("output") or {}).get("annotations_count")
    batches = written // BATCH if isinstance(written, int) else 1  # all but the last are full
    return same[0]["id"], min(max(batches, 1), len(check.updates))
