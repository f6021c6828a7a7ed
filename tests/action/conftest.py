"""The machine that the tests of the action's steps share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.action.changes import racy_change
from tests.repositories import TemporaryRepository


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a runner; the first test that runs the action installs it there for all."""
    return tmp_path_factory.mktemp("machine")


@pytest.fixture
def repository(tmp_path: Path) -> TemporaryRepository:
    """The checkout of a change with races."""
    return racy_change(tmp_path / "checkout")
