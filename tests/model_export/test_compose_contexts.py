"""Programs of two constructs that touch one variable: drawn by seed, declared by the rules."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from model_export.dataset import is_composed
from model_export.execute.batch import BatchRunner
from model_export.execute.label import label
from model_export.execute.run import Runner, find_tools
from model_export.programs.compose.contexts import compose_contexts
from reviewbot.code.analyse import analyse

SEEDS = range(60)


def test_the_same_seed_gives_the_same_programs_and_a_larger_count_extends() -> None:
    assert compose_contexts(4, 6) == compose_contexts(4, 6)
    assert compose_contexts(4, 3) == compose_contexts(4, 6)[:3]
    assert compose_contexts(4, 6) != compose_contexts(5, 6)


def test_about_half_are_racy_and_all_are_of_composed_families() -> None:
    made = [program for seed in SEEDS for program in compose_contexts(seed, 6)]
    assert len({program.id for program in made}) == len(made)
    assert all(is_composed(program.family) for program in made)
    share = Counter(program.expected for program in made)["racy"] / len(made)
    assert 0.4 < share < 0.6


def test_the_front_end_finds_what_they_are_about() -> None:
    for seed in SEEDS:
        for program in compose_contexts(seed, 2):
            (about,) = program.effects
            seen = {item.object for item in analyse("a.c", program.source.encode()).slices}
            assert program.expected == "clean" or about in seen, program.source


@pytest.mark.clang
def test_the_sanitizer_sees_most_declared_races_and_no_others(tmp_path: Path) -> None:
    # Two constructs that one thread each runs may fall to the same thread; all cannot.
    drawn = [program for seed in range(40) for program in compose_contexts(seed, 2)]
    programs = [program for program in drawn if program.choices["contexts"].startswith("bare ")]
    runner = BatchRunner.over(Runner(tools=find_tools(), work=tmp_path))
    runs = runner.execute(programs)
    seen = Counter(
        (program.expected, label(program, made).outcome)
        for program, made in zip(programs, runs, strict=True)
    )
    assert not seen["clean", "racy"], seen
    assert seen["racy", "racy"] > seen["racy", "clean"], seen
