"""Every verdict beside the prediction it tests, as JSON lines; no source code and no names."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reviewbot.escalation.records import Outcome, Suspect, Verdict, Way

NAME = "ledger.jsonl"
_Share = Annotated[float, Field(ge=0, le=1)]


class Entry(BaseModel):
    """One prediction and what a sanitizer said of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Literal[1] = 1
    features: str  # hash: equal for equal code, and nothing can be read back from it
    bundle: str | None  # sha256 of the model that predicted
    probability: _Share
    confidence: _Share
    verdict: Verdict
    tool: str
    way: Way
    runs: int
    threads: tuple[int, ...]
    seconds: float
    reached: bool = False  # whether the lines in question were seen to run


def entries(outcomes: Iterable[Outcome], bundle: str | None) -> tuple[Entry, ...]:
    """What the outcomes teach: one entry per finding that was put to the test."""
    return tuple(
        _entry(outcome, suspect, bundle)
        for outcome in outcomes
        for suspect in outcome.target.suspects
    )


def append(path: Path, new: Iterable[Entry]) -> None:
    """Add entries at the end, each line whole; a place that cannot be written is no one's fault."""
    text = "".join(entry.model_dump_json() + "\n" for entry in new)
    if not text:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # One write to a file opened for appending: two runs at once do not mix their lines.
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, text.encode())
        finally:
            os.close(handle)


def read(path: Path) -> tuple[Entry, ...]:
    """The entries of a ledger; lines that are cut or of another version are left out."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return tuple(entry for line in lines if (entry := _read(line)) is not None)


def ledger_path(git_dir: Path) -> Path:
    """Where a repository keeps its ledger."""
    return git_dir / "reviewbot" / NAME


def _entry(outcome: Outcome, suspect: Suspect, bundle: str | None) -> Entry:
    return Entry(
        features=_hash(suspect),
        bundle=bundle,
        probability=suspect.probability,
        confidence=suspect.confidence,
        verdict=outcome.verdict,
        tool=outcome.tool,
        way=outcome.target.way,
        runs=outcome.runs,
        threads=outcome.threads,
        seconds=round(outcome.seconds, 3),
        reached=outcome.reached,
    )


def _hash(suspect: Suspect) -> str:
    """The fingerprint is already a hash of the accesses' code; with how each touches its object."""
    claim = [suspect.fingerprint, [[a.mode.value, a.atomic] for a in suspect.accesses]]
    return hashlib.sha256(json.dumps(claim).encode()).hexdigest()[:32]


def _read(line: str) -> Entry | None:
    try:
        return Entry.model_validate_json(line)
    except ValidationError:
        return None
