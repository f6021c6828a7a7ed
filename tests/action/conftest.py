"""The machine that the tests of the action's steps share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a runner; the first test that runs the action installs it there for all."""
    return tmp_path_factory.mktemp("machine")
