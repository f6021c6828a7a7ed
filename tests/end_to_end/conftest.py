"""The fixture of the pull requests' lives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.pull_request import Life


@pytest.fixture
def life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Life]:
    """A repository on a fake GitHub; pull request 7 is yet to be opened."""
    made = Life(tmp_path, monkeypatch, capsys)
    with made.github:
        yield made
    made.check()
