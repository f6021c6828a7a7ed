"""Patterns of what is freed, emptied or set as a whole while others may still use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_export.programs.compose.more_compose import FOLDERS, more_program
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program
from tests.model_export.executed import outcomes

TENURES = patterns(FOLDERS["tenure"])


def made(name: str, variant: str, form: int = 5) -> Program:
    return more_program("tenure", TENURES[name], variant, form, form)


@pytest.mark.clang
def test_a_free_that_others_do_not_wait_for_is_seen_whoever_comes_first(tmp_path: Path) -> None:
    chosen = [
        *(("own-buffer-back", "of-the-next"), ("own-buffer-back", "of-the-one-joined")),
        *(("last-of-them-frees", "the-first"), ("last-of-them-frees", "last-by-count")),
        *(("told-then-freed", "not-asked"), ("told-then-freed", "told-at-the-end")),
        *(("object-let-go", "while-they-add"), ("object-let-go", "the-second")),
    ]
    programs = [made(*names) for names in chosen]
    assert outcomes(programs, tmp_path) == ["racy", "clean"] * 4
