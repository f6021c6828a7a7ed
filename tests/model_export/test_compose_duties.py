"""Patterns of groups, dependences, rounds and places that look safe: each with both outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_export.programs.compose.more_compose import (
    FOLDERS,
    THREADS,
    more_program,
)
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program
from reviewbot.code.analyse import analyse
from tests.model_export.executed import outcomes

DUTIES = patterns(FOLDERS["duty"])
# A fact that the front end states of two accesses in a program that is clean and in one that races.
BOTH_LABELS = (
    ("inA=taskgroup", "group-of-tasks", "own-cell", "bare"),
    ("clauseA=undeferred", "at-once-by-whom", "by-one", "by-all"),
    ("depend=match-varying", "cell-of-the-clause", "coarser", "finer"),
    ("depend=in-in", "all-take-in", "atomic", "in-of-all"),
    ("guardA=pv-eq", "one-of-the-rounds", "atomic", "two-rounds"),
    ("group=turn", "waits-each-turn", "by-one", "by-all"),
    ("inA=nested", "numbers-of-inner-teams", "outer-and-inner", "by-inner"),
    ("index=shift-symbol", "fixed-distance", "at-least-all", "half"),
)
SEEN = (
    *BOTH_LABELS,
    ("", "children-of-two", "one-parent", "two-parents"),
    ("", "pointers-to-blocks", "by-block", "by-pointer"),
    ("", "loop-of-tasks-nogroup", "group-around", "nogroup"),
    ("", "parts-by-sums", "to-the-next", "next-included"),
    ("", "served-by-number", "waits-its-turn", "served-first"),
)


def made(name: str, variant: str, form: int = 5) -> Program:
    return more_program("duty", DUTIES[name], variant, form, form)


def test_there_are_many_of_openmp_and_each_has_both_sorts() -> None:
    assert "duty" not in THREADS
    assert len(DUTIES) >= 50


@pytest.mark.parametrize(("fact", "name", "clean", "racy"), BOTH_LABELS)
def test_a_fact_is_stated_of_clean_and_of_racy(fact: str, name: str, clean: str, racy: str) -> None:
    for variant in (clean, racy):
        stated = {found for form in range(4) for found in facts(made(name, variant, form))}
        assert fact in stated, (variant, sorted(stated))


def facts(program: Program) -> set[str]:
    """What the front end states of all pairs of accesses."""
    name = "x.c" if program.language == "c" else "x.cpp"
    slices = analyse(name, program.source.encode()).slices
    return {
        f"{key}={value}" for item in slices for pair in item.pairs for key, value in pair.relations
    }


def test_twins_differ_in_one_place() -> None:
    racy = made("cell-of-the-clause", "finer").source.splitlines()
    clean = made("cell-of-the-clause", "same-cell").source.splitlines()
    assert len(racy) == len(clean)
    assert [("depend(" in a) for a, b in zip(racy, clean, strict=True) if a != b] == [True]


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    programs = [made(name, variant) for _, name, *two in SEEN for variant in two]
    assert outcomes(programs, tmp_path) == ["clean", "racy"] * len(SEEN)
