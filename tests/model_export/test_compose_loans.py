"""Patterns of what library calls are given, of sets of locks, and of what one number does."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_export.programs.compose.more_compose import FOLDERS, more_program
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program
from tests.model_export.executed import outcomes


def made(kind: str, name: str, variant: str, form: int = 5) -> Program:
    return more_program(kind, patterns(FOLDERS[kind])[name], variant, form, form)


@pytest.mark.clang
def test_what_openmp_threads_do_by_library_calls_is_seen(tmp_path: Path) -> None:
    chosen = [
        *(("text-of-each", "declared-outside"), ("text-of-each", "declared-inside")),
        *(("block-copied", "declared-outside"), ("block-copied", "private-clause")),
        *(("cleared-then-counted", "cleared-by-all"), ("cleared-then-counted", "cleared-before")),
        *(("exponent-out", "static-inside"), ("exponent-out", "critical-around")),
    ]
    programs = [made("lease", *names) for names in chosen]
    assert outcomes(programs, tmp_path) == ["racy", "clean"] * 4


@pytest.mark.clang
def test_what_threads_give_to_calls_and_keep_under_several_locks_is_seen(tmp_path: Path) -> None:
    chosen = [
        *(("copy-of-a-table", "copied-bare"), ("copy-of-a-table", "copied-under-lock")),
        *(("two-keys-each", "none-in-common"), ("two-keys-each", "second-in-common")),
        *(("three-in-a-row", "a-fourth"), ("three-in-a-row", "middle-of-three")),
    ]
    programs = [made("loan", *names) for names in chosen]
    assert outcomes(programs, tmp_path) == ["racy", "clean"] * 3
