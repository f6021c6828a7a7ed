"""Composed OpenMP programs: the same by seed, in balance, readable by the front end."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from model_export.execute.label import label
from model_export.execute.run import Runner, find_tools
from model_export.programs.check import _TELLTALE
from model_export.programs.compose.omp_compose import compose_openmp, program_of
from model_export.programs.compose.omp_patterns import PATTERNS
from model_export.programs.sample import Program
from reviewbot.code.analyse import analyse
from reviewbot.records import Analysis

VARIANTS = [
    (name, variant)
    for name, pattern in PATTERNS.items()
    for variant in (*sorted(pattern.clean), *pattern.racy)
]
# Objects that two threads share in the eyes of the standard, for which there is no slice yet.
# Bit-fields of one word are one object, which is called by the name of the first.
NOT_NAMED = {("nested", "inner-shared"), ("packed", "bits"), ("packed", "flags")}


def alone(name: str, variant: str, seed: int = 5) -> Program:
    return program_of(seed, {name: variant, "form": str(seed)}, name)


def read(program: Program) -> Analysis:
    suffix = "c" if program.language == "c" else "cpp"
    return analyse(f"x.{suffix}", program.source.encode())


def named(analysis: Analysis) -> set[str]:
    return {word for item in analysis.slices for word in re.findall(r"\w+", item.object)}


def families(count: int, per: int) -> list[Program]:
    return [program for seed in range(count) for program in compose_openmp(seed, per)]


def test_same_seed_same_programs() -> None:
    assert compose_openmp(7, 6) == compose_openmp(7, 6)
    assert compose_openmp(7, 6)[0].source != compose_openmp(8, 6)[0].source


def test_global_generator_is_left_alone() -> None:
    random.seed(3)
    expected = random.random()
    random.seed(3)
    compose_openmp(1, 3)
    assert random.random() == expected


def test_more_extend_fewer() -> None:
    assert compose_openmp(12, 9)[:4] == compose_openmp(12, 4)


def test_half_are_racy() -> None:
    programs = families(200, 6)
    racy = sum(program.expected == "racy" for program in programs)
    assert len(programs) == 1200
    assert 0.45 < racy / len(programs) < 0.55
    assert len({program.id for program in programs}) == 1200


def test_every_pattern_and_nearly_every_variant_occurs() -> None:
    programs = families(600, 6)
    seen = Counter(
        item for program in programs for item in program.choices.items() if item[0] != "form"
    )
    large = {name for name, _ in seen if not name.startswith("small-")}
    assert large == set(PATTERNS)
    assert sum(variant in seen for variant in VARIANTS) > 0.9 * len(VARIANTS)


def test_twins_differ_by_one_pattern() -> None:
    groups: dict[str, list[Program]] = {}
    for program in families(60, 6):
        groups.setdefault(program.twin_group, []).append(program)
    pairs = [group for group in groups.values() if len(group) > 1]
    assert len(pairs) > 40
    for group in pairs:
        first, second = group[0].choices, group[1].choices
        assert sum(first[name] != second[name] for name in first) == 1
    assert any({p.expected for p in group} == {"racy", "clean"} for group in pairs)


def test_twins_share_most_of_their_text() -> None:
    clean, racy = compose_openmp(3, 2)
    same = set(clean.source.splitlines()) & set(racy.source.splitlines())
    assert len(same) > 0.6 * len(clean.source.splitlines())


def test_no_word_tells_the_label() -> None:
    for program in families(150, 4):
        assert not _TELLTALE.search(program.source), _TELLTALE.search(program.source)
        assert "//" not in program.source
        assert "/*" not in program.source


def test_placeholders_are_filled() -> None:
    for program in families(100, 2):
        assert not re.search(r"CHECK|KIND|\{\{|None", program.source)


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_variant_is_declared_and_read(name: str, variant: str) -> None:
    program = alone(name, variant)
    analysis = read(program)
    assert analysis.skipped is None
    assert analysis.unresolved == ()
    assert program.expected == ("racy" if variant in PATTERNS[name].racy else "clean")
    if program.expected == "racy" and (name, variant) not in NOT_NAMED:
        racy = {item for item, effect in program.effects.items() if effect == "racy"}
        assert racy & named(analysis), program.source


def test_both_languages_and_every_place_occur() -> None:
    programs = families(80, 1)
    assert {program.language for program in programs} == {"c", "c++"}
    text = "\n".join(program.source for program in programs)
    for word in ("class ", "struct ", "->", "std::vector", "calloc", "#define", "constexpr"):
        assert word in text


@pytest.mark.clang
@pytest.mark.parametrize(
    ("name", "variant", "outcome"),
    [
        ("shifted", "previous", "racy"),
        ("shifted", "two-arrays", "clean"),
        ("extremum", "checked-outside", "racy"),
        ("extremum", "own-then-critical", "clean"),
        ("begun-once", "everyone", "racy"),
        ("begun-once", "single", "clean"),
    ],
)
def test_what_is_declared_is_seen(tmp_path, name: str, variant: str, outcome: str) -> None:
    program = alone(name, variant)
    runner = Runner(tools=find_tools(), work=tmp_path)
    assert label(program, runner.execute(program)).outcome == outcome
