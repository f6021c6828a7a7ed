"""Patterns of what is freed, emptied or set as a whole while others may still use it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from model_export.execute.batch import BatchRunner
from model_export.execute.label import label
from model_export.execute.run import Runner, find_tools
from model_export.programs.compose.more_compose import FOLDERS, more_program
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program

TENURES = patterns(FOLDERS["tenure"])


def made(name: str, variant: str, form: int = 5) -> Program:
    return more_program("tenure", TENURES[name], variant, form, form)


@pytest.mark.parametrize("name", sorted(TENURES))
def test_every_variant_is_its_own_program(name: str) -> None:
    item = TENURES[name]
    for form in (1, 2, 3):
        sources = [made(name, variant, form).source for variant in (*item.clean, *item.racy)]
        assert len(set(sources)) == len(sources)
        for source in sources:
            assert not re.search(r"[$‹›«»@]", source), source
            assert source.count("{") == source.count("}")


@pytest.mark.clang
def test_a_free_that_others_do_not_wait_for_is_seen_whoever_comes_first(tmp_path: Path) -> None:
    chosen = [
        *(("own-buffer-back", "of-the-next"), ("own-buffer-back", "of-the-one-joined")),
        *(("last-of-them-frees", "the-first"), ("last-of-them-frees", "last-by-count")),
        *(("told-then-freed", "not-asked"), ("told-then-freed", "told-at-the-end")),
        *(("object-let-go", "while-they-add"), ("object-let-go", "the-second")),
    ]
    programs = [made(*names) for names in chosen]
    runs = BatchRunner.over(Runner(tools=find_tools(), work=tmp_path)).execute(programs)
    outcomes = [label(p, r).outcome for p, r in zip(programs, runs, strict=True)]
    assert outcomes == ["racy", "clean"] * 4
