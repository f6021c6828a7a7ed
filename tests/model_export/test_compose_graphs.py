"""Graph kernels: the same by seed, every slip differs from its clean twin, and races are seen."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from model_export.dataset import is_composed
from model_export.programs.check import _TELLTALE
from model_export.programs.compose.graph_choices import Slip, clean, other_form, slips
from model_export.programs.compose.graph_compose import compose_graphs, graph_program
from model_export.programs.compose.graph_sites import SLOTS
from model_export.programs.compose.graph_tables import OPERATIONS
from model_export.programs.compose.graph_text import kernels, read
from model_export.programs.sample import Program
from reviewbot.code.analyse import analyse
from reviewbot.errors import BadInput
from tests.model_export.executed import outcomes

SEEDS = range(60)
# Helpers that start threads take any function: that of C11 threads, and one for some programs.
UNKNOWN = "a thread whose function is out of sight"
LEFT = re.compile(r"[$«»‹›¦‖@{}]?[$«»‹›¦‖@]|^\s*[<>\[\]]$|\bNone\b", re.MULTILINE)


def drawn(name: str, seed: int, *, omp: bool) -> list[Program]:
    """A clean program of a kernel, and every slip of it."""
    kernel = kernels()[name]
    choices = clean(kernel, random.Random(seed), omp=omp)
    found: list[Slip | None] = [None, *slips(kernel, choices)]
    return [graph_program(kernel, choices, slip, seed, omp=omp) for slip in found]


def test_same_seed_same_programs_and_a_larger_count_extends() -> None:
    assert compose_graphs(3, 6) == compose_graphs(3, 6)
    assert compose_graphs(3, 6)[:4] == compose_graphs(3, 4)
    assert compose_graphs(3, 6) != compose_graphs(4, 6)


def test_half_are_racy_and_all_are_of_composed_families() -> None:
    programs = [program for seed in SEEDS for program in compose_graphs(seed, 6)]
    assert len({program.id for program in programs}) == len(programs)
    assert all(is_composed(program.family) for program in programs)
    racy = Counter(program.expected for program in programs)["racy"]
    assert 0.45 < racy / len(programs) < 0.6
    assert {program.family.split("_")[0] for program in programs} == {"threads", "omp"}


def test_every_kernel_and_every_way_of_threads_comes_up() -> None:
    programs = [compose_graphs(seed, 1)[0] for seed in range(400)]
    assert {program.choices["graph"] for program in programs} == set(kernels())
    text = "\n".join(program.source for program in programs)
    for word in ("std::thread", "pthread_create", "thrd_create", "omp parallel", "class ", "[&]"):
        assert word in text


@pytest.mark.parametrize("omp", [False, True])
@pytest.mark.parametrize("name", sorted(kernels()))
def test_each_slip_is_written_once_and_read(name: str, omp: bool) -> None:
    for seed in (1, 2):
        base, *racy = drawn(name, seed, omp=omp)
        assert racy
        assert base.expected == "clean"
        assert len({base.source, *(program.source for program in racy)}) == len(racy) + 1
        for program in (base, *racy):
            assert not LEFT.search(program.source), program.source
            assert not _TELLTALE.search(program.source)
            assert program.twin_group == base.twin_group
            analysis = analyse("x.c" if program.language == "c" else "x.cpp", _text(program))
            assert analysis.skipped is None
            assert [s for s in analysis.unresolved if UNKNOWN not in s.reason] == []
            if program.expected == "racy":
                named = {word for s in analysis.slices for word in re.findall(r"\w+", s.object)}
                assert set(program.effects) & named, program.source


def _text(program: Program) -> bytes:
    return program.source.encode()


def test_twins_differ_by_few_lines() -> None:
    for name in ("relax-edges", "buckets", "levels"):
        base, *racy = drawn(name, 5, omp=False)
        lines = base.source.splitlines()
        for program in racy:
            same = Counter(lines) & Counter(program.source.splitlines())
            assert sum(same.values()) > 0.7 * len(lines), program.source


def test_another_clean_form_is_clean_and_differs() -> None:
    kernel = kernels()["smallest-label"]
    base = clean(kernel, random.Random(2), omp=False)
    others = [other_form(kernel, base, random.Random(seed), omp=False) for seed in range(20)]
    assert sum(other != base for other in others) > 10
    for other in others:
        program = graph_program(kernel, other, None, 2, omp=False)
        assert program.expected == "clean"


def test_a_number_that_two_threads_share_is_a_slip_of_its_own() -> None:
    kernel = kernels()["own-sums"]
    choices = clean(kernel, random.Random(1), omp=False)
    forms = {slip.form for slip in slips(kernel, choices) if slip.key.startswith("slot")}
    assert forms == set(SLOTS) - {"id"}
    base = graph_program(kernel, choices, None, 1, omp=False)
    half = graph_program(kernel, choices, Slip("slot0", "half", "sum"), 1, omp=False)
    assert " / 2;" in half.source
    assert (base.expected, half.expected) == ("clean", "racy")


def test_every_protection_of_an_operation_has_a_clean_form() -> None:
    for spellings in OPERATIONS.values():
        for spelling in spellings.values():
            assert spelling.clean
            assert not set(spelling.clean.values()) & set(spelling.racy.values())


def test_a_kernel_says_what_is_wrong() -> None:
    text = "== one\nabout x\nstate x int\n-- data\n-- start\n-- work\n{}\n-- done\n"
    assert read(text.format("~add x = 1"))[0].sites[0].kind == "add"
    with pytest.raises(BadInput, match="cannot read '~add y = 1'"):
        read(text.format("~add y = 1"), "k.txt")
    with pytest.raises(BadInput, match=r"k\.txt:2: 'colour red' is no header"):
        read("== one\ncolour red\n", "k.txt")
    with pytest.raises(BadInput, match="needs about"):
        read("== one\nabout x\n-- data\n", "k.txt")


@pytest.mark.clang
def test_what_is_declared_is_seen(tmp_path: Path) -> None:
    plain = {"locks": "one", "critical": "named", "start": ""}
    edges, buckets = kernels()["relax-edges"], kernels()["buckets"]
    bare = plain | {"dist": "builtin", "each0": "block", "get1": "load", "min2": "cas"}
    held = plain | {"bin": "held", "each0": "for:0", "add1": "held"}
    programs = [
        graph_program(edges, bare, None, 1, omp=False),
        graph_program(edges, bare, Slip("min2", "bare", "dist"), 1, omp=False),
        graph_program(buckets, held, None, 1, omp=True),
        graph_program(buckets, held, Slip("add1", "bare", "bin"), 1, omp=True),
    ]
    assert outcomes(programs, tmp_path) == ["clean", "racy", "clean", "racy"]
