"""Sampling: deterministic, distinct, balanced, in twins."""

from collections import Counter, defaultdict
from pathlib import Path

from model_export.programs.family import parse_family, read_family
from model_export.programs.sample import Program, realise, sample

FAMILIES = Path(__file__).parents[2] / "model_export" / "programs" / "families"
MEAN = read_family(FAMILIES / "statistics" / "running_mean.c")

THREE_SLOTS = (
    "//@ family: tiny\n//@ domain: d\n//@ problem: p\n//@ param N: 1 | 2 | 3\nint n = @N@;\n"
    + "".join(
        f"""\
//@ slot s{k} on obj{k}
//@ is a{k}: racy
ra{k}
//@ is b{k}: racy
rb{k}
//@ is c{k}: unordered
cc{k}
//@ is d{k}: unprotected
cd{k}
//@ end
"""
        for k in range(3)
    )
)
TINY = parse_family(THREE_SLOTS, language="c")


def racy_slots(program: Program) -> int:
    return sum(effect == "racy" for effect in program.effects.values())


def test_same_seed_same_programs_and_another_seed_others() -> None:
    assert sample(TINY, 20, 1) == sample(TINY, 20, 1)
    assert sample(TINY, 20, 1) != sample(TINY, 20, 2)


def test_a_larger_count_extends_a_smaller_one() -> None:
    assert sample(TINY, 33, 4)[:9] == sample(TINY, 9, 4)


def test_programs_are_distinct_and_named_by_their_text() -> None:
    programs = sample(TINY, 50, 1)
    assert len({program.source for program in programs}) == len(programs) == 50
    assert len({program.id for program in programs}) == 50


def test_half_are_racy_mostly_in_one_slot() -> None:
    programs = sample(TINY, 50, 1)
    expected = Counter(program.expected for program in programs)
    assert 20 <= expected["racy"] <= 30
    once = sum(racy_slots(program) == 1 for program in programs)
    assert once >= 0.75 * expected["racy"]


def test_every_alternative_is_covered() -> None:
    programs = sample(TINY, 24, 1)
    for slot in TINY.slots:
        assert {program.choices[slot.name] for program in programs} == set(slot.effects)


def test_twins_differ_in_one_slot_only() -> None:
    groups: dict[str, list[Program]] = defaultdict(list)
    for program in sample(TINY, 50, 1):
        groups[program.twin_group].append(program)
    pairs = [group for group in groups.values() if len(group) > 1]
    assert sum(map(len, pairs)) >= 33
    for group in pairs:
        differing = {
            name
            for name in group[0].choices
            if len({program.choices[name] for program in group}) > 1
        }
        assert len(differing) == 1


def test_a_used_up_family_ends_balanced() -> None:
    programs = sample(MEAN, 10_000, 1)
    expected = Counter(program.expected for program in programs)
    assert len(programs) < MEAN.variants
    assert expected["clean"] == 32  # every clean variant: 2 x 2 x 2 x (2 x 2)
    assert expected["racy"] <= 3 + 1.2 * expected["clean"] + 1


def test_source_has_the_choice_and_no_control_line() -> None:
    choices = {"N": "4000", "REAL": "float", "total": "plain", "schedule": "static", "tally": "own"}
    program = realise(MEAN, choices)
    assert "//@" not in program.source
    assert "static float sum;" in program.source
    assert "#define SAMPLES 4000" in program.source
    assert "schedule(static)" in program.source
    assert "reduction" not in program.source
    assert program.effects == {"sum": "racy", "over_limit": "racy"}
    lines = program.source.splitlines()
    assert [lines[number - 1].strip() for number in program.slot_lines["total"]] == [
        "#pragma omp parallel for",
        "for (int i = 0; i < SAMPLES; i++) sum += sample[i];",
    ]


def test_clean_choice_is_expected_clean_with_its_broken_links() -> None:
    choices = {"N": "9000", "REAL": "double", "total": "reduce", "schedule": "default"}
    program = realise(MEAN, choices | {"tally": "single"})
    assert program.expected == "clean"
    assert program.effects == {"sum": "unprotected", "over_limit": "concurrent"}
