"""Who of all threads runs what: leagues of teams, and threads that a filter names."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function

LOOP = "for (int i = 0; i < n; i++)"


@pytest.mark.parametrize("divided", ["distribute parallel for", "distribute parallel for simd"])
def test_teams_divide_one_loop_among_all_their_threads(divided: str) -> None:
    teams = "#pragma omp teams\n{{\n#pragma omp {}\n" + LOOP + " cells[{}] = i;\n}}"
    check_pairs(function(teams.format(divided, "i")), "cells[]", "self=yes meet=same")
    check_silent(function(teams.format(divided, "i")), "cells[]", "inA=nested")
    check_silent(function(teams.format(divided, "n - 1")), "cells[]", "meet=same")


def test_a_loop_that_each_team_makes_whole_is_not_divided_among_teams() -> None:
    teams = "#pragma omp teams\n{\n#pragma omp parallel for\n" + LOOP + " cells[i] = i;\n}"
    check_pairs(function(teams), "cells[]", "self=yes inA=nested")
    check_silent(function(teams), "cells[]", "meet=same")


def test_no_barrier_parts_the_loops_of_a_league() -> None:
    divided = "#pragma omp distribute parallel for\n" + LOOP
    teams = "#pragma omp teams\n{\n%s cells[i] = i;\n%s out[i] = cells[n - 1 - i];\n}"
    check_pairs(function(teams % (divided, divided)), "cells[]", "modeB=read phase=same")
    check_silent(function(teams % (divided, divided)), "cells[]", "modeB=read phase=differ")


def masked(first: str, second: str) -> str:
    return function(
        "#pragma omp parallel\n{\n"
        f"#pragma omp {first}\n counter = 1;\n#pragma omp {second}\n counter += n;\n}}",
        "enum { LEADER = 1 };\n#define WRITER 1",
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("masked filter(1)", "masked filter(2)"),
        ("masked", "masked filter(1)"),
        ("master", "masked filter(WRITER)"),
        ("masked filter(n)", "masked"),
    ],
)
def test_threads_of_two_filters_are_two(first: str, second: str) -> None:
    check_pairs(masked(first, second), "counter", "self=no frames=apart-single-single")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("masked filter(1)", "masked filter(1)"),
        ("masked", "masked filter(0)"),
        ("master", "masked"),
        ("masked filter(1)", "masked filter(WRITER)"),
        ("masked filter(n)", "masked filter(n)"),
    ],
)
def test_threads_of_one_filter_are_one(first: str, second: str) -> None:
    check_pairs(masked(first, second), "counter", "self=no frames=apart-master-master")
    check_silent(masked(first, second), "counter", "frames=apart-single-single")


def test_the_length_of_lanes_is_read_through_its_name() -> None:
    lanes = "#pragma omp simd safelen(%s)\nfor (int i = 8; i < n; i++) cells[i] = cells[i - 8];"
    before = "#define WIDTH 8\n#define ALL (2 * WIDTH)"
    check_pairs(function(lanes % "WIDTH", before), "cells[]", "safelen=beyond")
    check_pairs(function(lanes % "ALL", before), "cells[]", "safelen=within")
    check_silent(function(lanes % "ALL", before), "cells[]", "safelen=beyond")


def test_threads_may_have_what_lanes_may_not() -> None:
    for how in ("parallel for simd", "teams distribute parallel for simd"):
        loop = f"#pragma omp {how} safelen(4)\nfor (int i = 8; i < n; i++) cells[i] = cells[i - 8];"
        check_pairs(function(loop), "cells[]", "meet=other")
        check_silent(function(loop), "cells[]", "safelen=beyond")
