"""Small composed programs: the same by seed, short, in balance, and what they declare is seen."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from model_export.dataset import is_composed
from model_export.programs.check import _TELLTALE
from model_export.programs.compose.omp_compose import compose_openmp
from model_export.programs.compose.small_compose import (
    compose_small,
    is_small,
    names,
    small_program,
)
from model_export.programs.compose.small_text import of_variant, patterns, read
from model_export.programs.compose.thread_compose import compose_threads
from model_export.programs.sample import Program
from reviewbot.code.analyse import analyse
from reviewbot.errors import BadInput
from tests.model_export.executed import outcomes

KINDS = ("omp", "threads")
VARIANTS = [
    (name, variant)
    for name, item in patterns().items()
    for variant in (*sorted(item.clean), *item.racy)
]
# `thrd_create` is redirected by a function at the end of the file, which takes any function.
UNKNOWN = "out of sight: in thrd_create_posix"


def made(name: str, variant: str, form: int = 5) -> Program:
    item = patterns()[name]
    return small_program("threads" if item.threads else "omp", item, variant, 11, form)


def many(kind: str, seeds: int) -> list[Program]:
    return [program for seed in range(seeds) for program in compose_small(kind, seed, 6)]


def test_same_seed_same_programs() -> None:
    for kind in KINDS:
        assert compose_small(kind, 3, 6) == compose_small(kind, 3, 6)
        assert compose_small(kind, 3, 8)[:4] == compose_small(kind, 3, 4)


def test_about_a_third_of_the_structures_are_small() -> None:
    for kind in KINDS:
        small = sum(is_small(kind, seed) for seed in range(3000))
        assert 0.3 < small / 3000 < 0.37


def test_composers_give_small_programs() -> None:
    omp = next(seed for seed in range(50) if is_small("omp", seed))
    threads = next(seed for seed in range(50) if is_small("threads", seed))
    assert compose_openmp(omp, 6) == compose_small("omp", omp, 6)
    assert compose_threads(threads, 6) == compose_small("threads", threads, 6)


def test_half_are_racy_and_none_is_twice() -> None:
    programs = [program for kind in KINDS for program in many(kind, 120)]
    racy = sum(program.expected == "racy" for program in programs)
    assert 0.47 < racy / len(programs) < 0.53
    assert len({program.id for program in programs}) == len(programs)
    assert all(is_composed(program.family) for program in programs)


def test_programs_are_short() -> None:
    lengths = [len(p.source.splitlines()) for kind in KINDS for p in many(kind, 80)]
    assert max(lengths) <= 80
    assert sorted(lengths)[len(lengths) // 2] < 40


def test_every_pattern_that_is_seen_is_made() -> None:
    seen = {
        name.removeprefix("small-")
        for kind in KINDS
        for seed in range(900)
        for program in compose_small(kind, seed, 1)
        for name in program.choices
        if name != "form"
    }
    assert seen == {name for name, item in patterns().items() if item.observable}


def test_what_no_tool_sees_is_kept_apart() -> None:
    hidden = set(names("omp", hidden=True))
    assert hidden
    assert not hidden & set(names("omp"))
    program = compose_small("omp", 1, 2, hidden=True)[0]
    assert {name.removeprefix("small-") for name in program.choices} & hidden


def test_twins_differ_in_the_variant_alone() -> None:
    groups: dict[str, list[Program]] = {}
    for program in many("omp", 60):
        groups.setdefault(program.twin_group, []).append(program)
    pairs = [group for group in groups.values() if len(group) > 1]
    assert len(pairs) > 100
    alike = 0
    for first, second, *_ in pairs:
        assert first.choices["form"] == second.choices["form"]
        assert first.language == second.language
        same = Counter(first.source.splitlines()) & Counter(second.source.splitlines())
        alike += sum(same.values()) > 0.5 * len(first.source.splitlines())
    assert alike > 0.9 * len(pairs)


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_variant_is_written_and_read(name: str, variant: str) -> None:
    item = patterns()[name]
    for form in (5, 6, 7):
        program = made(name, variant, form)
        assert not re.search(r"[$«»‹›¦‖@]|\bNone\b", program.source), program.source
        assert not _TELLTALE.search(program.source)
        analysis = analyse("x.c" if program.language == "c" else "x.cpp", program.source.encode())
        assert analysis.skipped is None
        assert [s for s in analysis.unresolved if UNKNOWN not in s.reason] == []
        if item.observable and variant in item.racy:
            named = {word for s in analysis.slices for word in re.findall(r"\w+", s.object)}
            assert set(program.effects) & named, program.source


def test_a_pattern_says_which_line_is_wrong() -> None:
    with pytest.raises(BadInput, match=r"x\.txt:2: 'colour red' is no header"):
        read("== one\ncolour red\n", "x.txt")
    with pytest.raises(BadInput, match="knows no variant"):
        read("== one\nabout x\nclean unordered: a\nracy: b\n-- main\nc? x++;\n", "x.txt")


def test_lines_and_holes_by_variant() -> None:
    lines = ("a? one", "  a! two", "x = ‹a:1‖b,c:2›;")
    assert of_variant(lines, "a") == ["one", "x = 1;"]
    assert of_variant(lines, "b") == ["  two", "x = 2;"]


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path) -> None:
    chosen = [
        *(("shift", "back"), ("shift", "far"), ("scatter", "folded"), ("scatter", "permutation")),
        *(("target-sum", "bare"), ("target-sum", "reduction")),
        *(("t-frontier", "bare-tail"), ("t-frontier", "fetch-add")),
    ]
    programs = [made(name, variant) for name, variant in chosen]
    seen = outcomes(programs, tmp_path)
    assert seen == [program.expected for program in programs]
    assert seen == ["racy", "clean"] * 4
