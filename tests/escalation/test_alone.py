"""A function run in a program of its own: nothing that a change names is written elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from reviewbot.escalation.alone import Setting, _compile
from reviewbot.escalation.harness import Harness
from tests.escalation.harnessing import harness_of

_CODE = "#include <pthread.h>\nstatic int n;\nvoid *work(void *p) { n++; return p; }\n"


@pytest.mark.parametrize("name", ["../taken.h", "a/../../taken.h", "/tmp/reviewbot-taken.h"])
def test_an_include_that_leads_out_of_the_folder_is_not_written(tmp_path: Path, name: str) -> None:
    made = harness_of(_CODE, "work")
    assert isinstance(made, Harness)
    work = tmp_path / "work"
    work.mkdir()
    hostile = replace(made, files=((name, "taken"),))
    # It ends before any setting is asked.
    said = _compile(hostile, tmp_path, work, cast(Setting, None))
    assert "leads out of the folder" in said
    assert not (work / name).exists()
