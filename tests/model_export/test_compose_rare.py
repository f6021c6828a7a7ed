"""Patterns for facts that are rare: added beside the others, which stay as they were."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from model_export.candidates import of_patterns
from model_export.programs.compose.more_compose import FOLDERS, compose_more, more_program
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program
from tests.model_export.executed import outcomes

RARE = tuple(FOLDERS)[2:]  # "manner", "usage" and those that came later


def made(kind: str, name: str, variant: str, form: int = 5) -> Program:
    return more_program(kind, patterns(FOLDERS[kind])[name], variant, form, form)


def test_there_are_many_and_each_has_both_sorts() -> None:
    found = [item for kind in RARE for item in patterns(FOLDERS[kind]).values()]
    assert len(found) >= 90
    assert sum(len(item.clean) for item in found) >= 180
    assert sum(len(item.racy) for item in found) >= 200


def test_they_come_after_the_others_and_leave_them_alone() -> None:
    everything = list(of_patterns(2, seed=1))
    rare = list(of_patterns(2, seed=1, kinds=RARE))
    assert {kind_of(program) for program in rare} == set(RARE)
    kept = [program for program in everything if kind_of(program) not in RARE]
    assert len(kept) + len(rare) == len(everything)
    first = [program for program in everything if program.family.endswith("_0")]
    assert [kind_of(program) for program in first][-6 * len(RARE) :] == [
        kind for kind in RARE for _ in range(6)
    ]


def kind_of(program: Program) -> str:
    return program.family.rsplit("_", 2)[1]


def test_the_older_kinds_are_drawn_from_their_own_patterns_alone() -> None:
    for kind in ("habit", "further"):
        known = {f"{kind}-{name}" for name in patterns(FOLDERS[kind])}
        programs = [p for seed in range(60) for p in compose_more(kind, seed, 2)]
        drawn = {name for program in programs for name in program.choices}
        assert drawn - {"form"} <= known


def test_locks_stand_within_records_in_every_api() -> None:
    texts = [made("manner", "lock-inside", "own", form).source for form in range(40)]
    kinds = ("pthread_mutex_t", "mtx_t", "std::mutex")
    found = Counter(
        kind for text in texts for kind in kinds if re.search(rf"{kind} \w+;\n\s+long", text)
    )
    assert set(found) == set(kinds)
    for text in texts:
        if "std::mutex" not in text:
            assert re.search(r"_init\(&.*->?\w+|_init\(&.*\]\.\w+", text), text


def test_handles_of_a_second_wave_are_its_own() -> None:
    texts = [made("manner", "two-waves", "together", form).source for form in range(40)]
    assert any("later_jobs" in text for text in texts)
    assert any("later_numbers" in text for text in texts)
    for text in texts:
        assert len(re.findall(r"struct \w+ later_jobs\[", text)) <= 1


def test_twins_differ_in_few_lines() -> None:
    racy = made("manner", "cell-and-its-lock", "crossed").source.splitlines()
    clean = made("manner", "cell-and-its-lock", "paired").source.splitlines()
    assert len(racy) == len(clean)
    assert 1 <= sum(a != b for a, b in zip(racy, clean, strict=True)) <= 2


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    chosen = [
        *(("manner", "picked-by-constant", "by-thread"), ("manner", "picked-by-constant", "same")),
        *(("manner", "first-only", "other-one"), ("manner", "first-only", "joined-one")),
        *(("manner", "two-waves", "together"), ("manner", "two-waves", "joined-between")),
        *(("hold", "lock-as-gate", "straight-in"), ("hold", "lock-as-gate", "through")),
        *(
            ("hold", "one-of-two-records", "kept-pointer"),
            ("hold", "one-of-two-records", "own-lock"),
        ),
        *(("usage", "lock-in-record", "neighbour"), ("usage", "lock-in-record", "own")),
        *(("usage", "barrier-in-place", "after-both"), ("usage", "barrier-in-place", "between")),
    ]
    programs = [made(*names) for names in chosen]
    assert outcomes(programs, tmp_path) == ["racy", "clean"] * 7
