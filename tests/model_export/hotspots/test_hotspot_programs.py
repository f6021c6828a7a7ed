"""The generator of performance programs: whole, deterministic, and readable by the product."""

import pytest

from model_export.hotspots.callgrind import read as read_costs
from model_export.hotspots.corpus import jobs, variants
from model_export.hotspots.draw import FAMILIES
from model_export.hotspots.programs import program
from reviewbot.code.parse import parse
from reviewbot.hotspots.features import read


def test_there_are_at_least_thirty_families() -> None:
    assert len(FAMILIES) >= 30


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_each_family_gives_whole_programs_whose_regions_are_all_read(family: str) -> None:
    made = program(family, 5)
    parsed = parse("program.c", made.source.encode())
    assert not parsed.root.has_error or "__attribute__" in made.source  # which C does not name
    # Orphaned task directives fork nothing; each region must be known by its line.
    forks = {parsed.translation.line(d.offset) for d in parsed.directives if d.has("parallel")}
    assert forks
    assert {region.line for region in read("program.c", made.source.encode()).regions} == forks


def test_a_seed_gives_the_same_bytes_again_and_another_seed_others() -> None:
    first = program("sparse_rows", 3)
    assert program("sparse_rows", 3).source == first.source
    assert program("sparse_rows", 4).source != first.source


@pytest.mark.parametrize("family", ["even_rounds", "own_slots", "serial_part", "walked_columns"])
def test_a_twin_differs_in_the_first_kernel_alone(family: str) -> None:
    base, twin = program(family, 7), program(family, 7, 1)
    assert base.source != twin.source
    second = base.functions[1][0]
    assert (
        base.source[base.source.index(f" {second}(") :]
        == twin.source[twin.source.index(f" {second}(") :]
    )


def test_every_second_seed_has_a_mutant_too() -> None:
    assert [name for name, _ in variants("growing_rounds", 1)] == ["base", "twin"]
    names = [name for name, _ in variants("growing_rounds", 2)]
    assert names[:2] == ["base", "twin"]
    assert len(names) == 3


def test_jobs_take_every_family_before_any_comes_again() -> None:
    found = list(jobs(2))
    assert len({family for family, _ in found[: len(FAMILIES)]}) == len(FAMILIES)
    assert list(jobs(2, first=2)) == found[len(FAMILIES) :]


COUNTED = """fl=/x/program.c
fn=main
10 5
cfn=work
calls=2 3
11 400
cob=/usr/lib/libm.so.6
cfi=s_sin.c
cfn=sin
calls=7 0
12 700
cob=/usr/lib/libomp.so.5
cfi=kmp.c
cfn=__kmpc_fork_call
calls=1 0
13 90000
14 6
fl=/x/other.c
fn=elsewhere
10 77
"""


def test_costs_of_lines_are_their_own_and_those_of_what_they_call() -> None:
    costs = read_costs(COUNTED.splitlines(), "program.c")
    assert costs.within(11, 11) == 400  # a function of the file, at the line of its call
    assert costs.within(12, 12) == 700  # the library's work is the caller's
    assert costs.within(13, 13) == 0  # the runtime's call of a region is not work
    assert costs.within(10, 14) == 5 + 400 + 700 + 6
    assert costs.within(15, 99) == 0
