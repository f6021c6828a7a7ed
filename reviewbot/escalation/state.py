"""What was already run for a commit, a file per target, so that a rerun goes on where it ended."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from reviewbot import __version__
from reviewbot.escalation.records import Outcome, Target, Verdict
from reviewbot.escalation.settings import SanitizerSettings

# What kept a target from being run may be mended by the next time: only answers are kept.
_KEPT = (Verdict.CONFIRMED, Verdict.NOT_REPRODUCED)
_OUTCOMES = TypeAdapter(tuple[Outcome, ...])
_TARGETS = TypeAdapter(Target)


class State:
    """Outcomes of one commit under one way of building it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, git_dir: Path, head: str, settings: SanitizerSettings) -> State:
        """The state that the repository keeps for this commit and these settings."""
        claim = f"{__version__} {asdict(settings)!r}"  # another version may harness otherwise
        digest = hashlib.sha256(claim.encode()).hexdigest()[:8]
        return cls(git_dir / "reviewbot" / "escalation" / f"{head[:16]}-{digest}")

    def get(self, target: Target) -> tuple[Outcome, ...] | None:
        """What came of the target; None if it was not run or its file does not say."""
        try:
            outcomes = _OUTCOMES.validate_json(self._file(target).read_bytes())
        except (OSError, ValidationError):
            return None
        return outcomes or None

    def put(self, target: Target, outcomes: tuple[Outcome, ...]) -> None:
        """Keep answers, whole or not at all; a place that cannot be written is no one's fault."""
        if not outcomes or not all(one.verdict in _KEPT for one in outcomes):
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".outcome-", dir=self._folder)
            with os.fdopen(handle, "wb") as file:
                file.write(_OUTCOMES.dump_json(outcomes))
            Path(name).replace(self._file(target))

    def _file(self, target: Target) -> Path:
        # The whole target, so that other lines or another sanitizer are another question.
        digest = hashlib.sha256(_TARGETS.dump_json(target)).hexdigest()[:16]
        return self._folder / f"{digest}.json"
