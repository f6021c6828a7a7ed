"""reviewbot as another process: the real command, front end and model."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.hooked import REAL, bundle_is_there
from tests.repositories import isolated_environment

Done = subprocess.CompletedProcess[str]

needs_bundle = pytest.mark.skipif(
    not bundle_is_there(), reason="no model bundle: set REVIEWBOT_BUNDLE, or run `make train`"
)


def start(folder: Path, *argv: str, **variables: str) -> Done:
    """Run reviewbot in the folder; what it keeps for later goes into the folder as well."""
    kept = {"XDG_CACHE_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    return subprocess.run(
        [*REAL, *argv],
        cwd=folder,
        env={**isolated_environment(), "NO_COLOR": "1", **kept, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
