"""Patterns of groups, dependences, rounds and places that look safe: each with both outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_export.execute.batch import BatchRunner
from model_export.execute.label import label
from model_export.execute.run import Runner, find_tools
from model_export.programs.compose.more_compose import (
    FOLDERS,
    THREADS,
    compose_more,
    more_program,
)
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program
from reviewbot.code.analyse import analyse

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
    for name, item in DUTIES.items():
        assert 2 <= len(item.clean) <= 4, name
        assert 2 <= len(item.racy) <= 4, name


@pytest.mark.parametrize("name", sorted(DUTIES))
def test_every_variant_is_its_own_program(name: str) -> None:
    item = DUTIES[name]
    for form in (1, 2, 3):
        sources = [made(name, variant, form).source for variant in (*item.clean, *item.racy)]
        assert len(set(sources)) == len(sources)
        for source in sources:
            assert "#pragma omp" in source
            assert source.count("{") == source.count("}")
            assert source.count("(") == source.count(")")
            assert not set("«»‹›‖¦$@?").intersection(source.replace(" ? ", ""))


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


def test_the_same_seed_gives_the_same_programs() -> None:
    first, second = compose_more("duty", 3, 6), compose_more("duty", 3, 6)
    assert [p.source for p in first] == [p.source for p in second]
    assert {p.expected for p in first} == {"racy", "clean"}
    assert all(p.family == "omp_composed_duty_3" for p in first)


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    programs = [made(name, variant) for _, name, *two in SEEN for variant in two]
    runs = BatchRunner.over(Runner(tools=find_tools(), work=tmp_path)).execute(programs)
    outcomes = [label(p, r).outcome for p, r in zip(programs, runs, strict=True)]
    assert outcomes == ["clean", "racy"] * len(SEEN)
