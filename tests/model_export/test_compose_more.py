"""Habits of threads and further OpenMP: the same by seed, in every shape, each variant read."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from model_export.dataset import is_composed
from model_export.programs.check import _TELLTALE
from model_export.programs.compose.more_compose import FOLDERS, compose_more, more_program
from model_export.programs.compose.small_text import patterns
from model_export.programs.sample import Program
from reviewbot.code.analyse import analyse
from tests.model_export.executed import outcomes

# Helpers that start threads take any function: that of C11 threads, and one for some programs.
UNKNOWN = "a thread whose function is out of sight"
VARIANTS = [
    (kind, name, variant)
    for kind, folder in FOLDERS.items()
    for name, item in patterns(folder).items()
    for variant in (*sorted(item.clean), *item.racy)
]


def made(kind: str, name: str, variant: str, form: int = 5) -> Program:
    return more_program(kind, patterns(FOLDERS[kind])[name], variant, form, form)


@pytest.mark.parametrize("kind", sorted(FOLDERS))
def test_same_seed_same_programs(kind: str) -> None:
    assert compose_more(kind, 3, 6) == compose_more(kind, 3, 6)
    assert compose_more(kind, 3, 8)[:4] == compose_more(kind, 3, 4)


@pytest.mark.parametrize("kind", sorted(FOLDERS))
def test_half_are_racy_and_none_is_twice(kind: str) -> None:
    programs = [program for seed in range(80) for program in compose_more(kind, seed, 6)]
    racy = sum(program.expected == "racy" for program in programs)
    assert 0.45 < racy / len(programs) < 0.55
    assert len({program.id for program in programs}) == len(programs)
    assert all(is_composed(program.family) for program in programs)


def test_there_are_many_patterns() -> None:
    assert len(patterns(FOLDERS["habit"])) >= 20
    assert len(patterns(FOLDERS["further"])) >= 20


@pytest.mark.parametrize(("kind", "name", "variant"), VARIANTS)
def test_variant_is_written_and_read(kind: str, name: str, variant: str) -> None:
    item = patterns(FOLDERS[kind])[name]
    for form in (5, 6):
        program = made(kind, name, variant, form)
        assert not re.search(r"[$«»‹›¦‖@]|\bNone\b", program.source), program.source
        assert not _TELLTALE.search(program.source)
        analysis = analyse("x.c" if program.language == "c" else "x.cpp", program.source.encode())
        assert analysis.skipped is None
        assert [s for s in analysis.unresolved if UNKNOWN not in s.reason] == []
        if variant in item.racy:
            named = {word for s in analysis.slices for word in re.findall(r"\w+", s.object)}
            assert set(program.effects) & named, program.source


@pytest.mark.parametrize("kind", sorted(FOLDERS))
def test_variants_differ_and_twins_are_near(kind: str) -> None:
    for name, item in patterns(FOLDERS[kind]).items():
        texts = [made(kind, name, v).source for v in (*sorted(item.clean), *item.racy)]
        assert len(set(texts)) == len(texts), name
        lines = Counter(texts[0].splitlines())
        shared = [sum((lines & Counter(text.splitlines())).values()) for text in texts[1:]]
        assert max(shared) > 0.6 * len(texts[0].splitlines()), name


def test_state_is_global_or_of_a_record_or_of_a_class_or_local() -> None:
    texts = [made("habit", "bumped-after", "after", form).source for form in range(60)]
    counted = Counter(
        "class" if "class " in text else "record" if "struct " in text else "local"
        for text in texts
        if "class " in text or "struct " in text or "[&" in text
    )
    assert set(counted) == {"class", "record", "local"}
    assert any("->" in text for text in texts)


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    chosen = [
        *(("habit", "slots", "folded"), ("habit", "slots", "own")),
        *(("habit", "next-number", "bare"), ("habit", "next-number", "locked")),
        *(("further", "row-pointers", "overlapping"), ("further", "row-pointers", "apart")),
        *(("further", "many-temps", "two-left"), ("further", "many-temps", "all-listed")),
    ]
    programs = [made(*names) for names in chosen]
    assert outcomes(programs, tmp_path) == ["racy", "clean"] * 4
