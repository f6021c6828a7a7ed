"""Composed thread programs: deterministic, balanced, readable, and telling nothing."""

from __future__ import annotations

import re

import pytest

from model_export.programs.compose.thread_compose import compose_threads
from model_export.programs.compose.thread_patterns import PATTERNS
from model_export.programs.sample import Program
from reviewbot.code.analyse import analyse


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    return [program for seed in range(220) for program in compose_threads(seed, 6)]


def test_the_same_seed_gives_the_same_bytes(programs: list[Program]) -> None:
    again = [program for seed in range(20) for program in compose_threads(seed, 6)]
    assert again == programs[: len(again)]


def test_a_larger_count_extends_a_smaller() -> None:
    for seed in range(20):
        assert compose_threads(seed, 8)[:4] == compose_threads(seed, 4)


def test_half_are_racy_and_none_is_twice(programs: list[Program]) -> None:
    racy = sum(program.expected == "racy" for program in programs)
    assert 0.45 <= racy / len(programs) <= 0.55
    assert len({program.id for program in programs}) == len(programs)


def test_every_variant_of_every_pattern_is_made(programs: list[Program]) -> None:
    made = {item for program in programs for item in program.choices.items()}
    wanted = {(name, v) for name, (_, clean, racy) in PATTERNS.items() for v in (*clean, *racy)}
    assert wanted - made == set()


def test_twins_differ_in_one_pattern(programs: list[Program]) -> None:
    groups: dict[str, list[Program]] = {}
    for program in programs:
        groups.setdefault(program.twin_group, []).append(program)
    pairs = [(a, b) for members in groups.values() for a in members for b in members if a.id < b.id]
    assert pairs
    for first, second in pairs:
        differ = [name for name in first.choices if first.choices[name] != second.choices[name]]
        assert len(differ) == 1


def test_no_word_tells_the_label(programs: list[Program]) -> None:
    telling = re.compile(
        r"(?i)race|racy|unsafe|safe|bug|wrong|correct|broken|missing|fixed\b|bad|good"
    )
    for program in programs:
        assert not telling.search(program.source), program.source


def test_the_front_end_finds_what_races(programs: list[Program]) -> None:
    missed = []
    racy = [program for program in programs if program.expected == "racy"]
    for program in racy:
        suffix = "c" if program.language == "c" else "cpp"
        slices = analyse(f"program.{suffix}", program.source.encode()).slices
        named = {re.split(r"[.>]", item.object.replace("[]", ""))[-1] for item in slices}
        wanted = {name for name, effect in program.effects.items() if effect == "racy"}
        if not wanted & named:
            missed.append((program.choices, wanted, named))
    assert len(missed) <= 0.02 * len(racy), missed[:3]
