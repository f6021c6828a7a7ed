"""Whose number a thread's number is, how many there are, and conditions that leave one thread."""

from __future__ import annotations

import pytest

from reviewbot.code.conditions import settled
from tests.code.checks import check_pairs, check_silent, function

_LOOP = "#pragma omp for\nfor (int i = 0; i < n; ++i) cells[%s] += in[i];"
_ASK = "int me = omp_get_thread_num();"


def _region(before: str, inside: str, clauses: str = "") -> str:
    return function(f"{before}\n#pragma omp parallel {clauses}\n{{\n{inside}\n{_LOOP % 'me'}\n}}")


def test_a_number_asked_for_before_the_region_is_one_for_all() -> None:
    check_pairs(_region("", _ASK), "cells[]", "modeA=update meet-by=tid-same")
    check_silent(_region(_ASK, ""), "cells[]", "meet-by=tid-same")
    check_pairs(_region(_ASK, ""), "cells[]", "modeA=update meet=free varies=none")
    check_pairs(_region(_ASK, "", "firstprivate(me)"), "cells[]", "meet=free varies=none")


def test_a_reference_made_before_the_region_names_one_place() -> None:
    source = """
#include <vector>
void run(std::vector<int> &bins) {
    %s
    #pragma omp parallel
    { %s ++mine; }
}
"""
    made = "int &mine = bins[omp_get_thread_num()];"
    check_pairs(source % (made, ""), "bins[]", "varies=none", path="a.cpp")
    check_silent(source % ("", made), "bins[]", "varies=none", path="a.cpp")


def test_a_function_that_a_team_may_call_asks_for_its_own_number() -> None:
    orphan = function(_ASK + "\n" + _LOOP % "me")
    check_pairs(orphan, "cells[]", "varies=both")
    check_silent(orphan, "cells[]", "varies=none")


def _slots(size: str, number: int) -> str:
    body = f"cells[omp_get_thread_num() % {number}] += n;"
    return function(
        f"{size}\n#pragma omp parallel {'' if '(' in size else 'num_threads(4)'}\n{body}"
    )


def test_remainders_of_the_number_meet_in_a_team_that_is_larger() -> None:
    for size in ("", "omp_set_num_threads(4);"):
        check_pairs(_slots(size, 3), "cells[]", "meet=other")
        check_silent(_slots(size, 4), "cells[]", "meet=other")
        check_pairs(_slots(size, 4), "cells[]", "meet=same")
    unknown = "if (n > 9) omp_set_num_threads(4);"
    check_pairs(_slots(unknown, 3), "cells[]", "meet=other meet-by=tried-other")
    check_pairs(_slots(unknown, 8), "cells[]", "meet=unknown")


def _nested(index: str) -> str:
    return function(
        "#pragma omp parallel num_threads(2)\n{ int o = omp_get_thread_num();\n"
        "#pragma omp parallel num_threads(3) firstprivate(o)\n"
        f"{{ int w = omp_get_thread_num(); cells[{index}] += n; }} }}"
    )


def test_threads_of_inner_teams_have_numbers_of_their_own() -> None:
    check_pairs(_nested("o * 3 + w"), "cells[]", "meet-by=tid-same")
    for index in ("w", "o", "o * 2 + w"):
        check_silent(_nested(index), "cells[]", "meet=same")
    check_pairs(_nested("w"), "cells[]", "meet=other")


def test_a_loop_of_an_inner_team_is_shared_out_by_each_outer_thread() -> None:
    source = function(
        "#pragma omp parallel\n{ int o = omp_get_thread_num();\n"
        "#pragma omp parallel for\nfor (int i = 0; i < 9; i++) cells[%s] += n; }"
    )
    check_pairs(source % "o * 9 + i", "cells[]", "meet=same")
    check_pairs(source % "i", "cells[]", "meet=other")


@pytest.mark.parametrize(
    "clause", ["if(n > 100)", "if(parallel: n > 100 && in)", "num_threads(n / 60)"]
)
def test_a_condition_that_is_false_leaves_one_thread(clause: str) -> None:
    source = (
        "int counter; static void step(int n, int *in) {\n"
        f"#pragma omp parallel for {clause}\n"
        "for (int i = 0; i < n; i++) counter += in[i]; }\n"
        "void run(int *in) { step(%s, in); }"
    )
    check_pairs(source % "60", "counter", "threads=one")
    check_silent(source % "600", "counter", "threads=one")


def test_a_task_with_a_false_condition_is_not_deferred() -> None:
    source = (
        "#define BLOCK 64\nint cells[900]; void run(void) {\n"
        "#pragma omp parallel\n#pragma omp single\nfor (int b = 0; b < 9; b++) {\n"
        "#pragma omp task if (BLOCK > %d)\ncells[b] = b; }\n}"
    )
    check_pairs(source % 64, "cells[]", "clauseA=undeferred")
    check_silent(source % 16, "cells[]", "clauseA=undeferred")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n > 3 && m", 1),
        ("!(n < 9u)", 0),
        ("n / 2 * 3", 6),
        ("n || unknown", 1),
        ("n && unknown", None),
        ("n / 0", None),
        ("f(n)", None),
        ("n >", None),
        ("(" * 60, None),
        ("2 ** 9", None),
        ("9 9", None),
    ],
)
def test_values_of_clauses(text: str, value: int | None) -> None:
    assert settled(text, {"n": 4, "m": 1}.get) == value


@pytest.mark.parametrize("last", ["all - 1", "omp_get_num_threads() - 1", "end"])
def test_the_last_thread_is_one_thread(last: str) -> None:
    asked = (
        "#pragma omp parallel\n{{ int me = omp_get_thread_num(), all = omp_get_num_threads();\n"
        "int end = all - 1; if ({}) counter++; }}"
    )
    one = function(asked.format(f"me == {last}"))
    check_pairs(one, "counter", "guardA=tid-eq guards=same")
    for several in (f"me < {last}", "me == in[me]", "n == all"):
        check_silent(function(asked.format(several)), "counter", "guardA=tid-eq")


def test_a_name_that_keeps_a_comparison_asks_for_it() -> None:
    kept = (
        "#pragma omp parallel\n{{ const int chosen = omp_get_thread_num() {} 0;\n"
        "if ({}) counter++; }}"
    )
    for sign, asked in (("==", "chosen"), ("!=", "!chosen"), ("!=", "!(chosen)")):
        check_pairs(function(kept.format(sign, asked)), "counter", "guardA=tid-eq")
    for sign, asked in (("==", "!chosen"), ("!=", "chosen"), (">", "chosen")):
        check_silent(function(kept.format(sign, asked)), "counter", "guardA=tid-eq")


def _by_size(condition: str, asked: str = "int size = omp_get_num_threads();") -> str:
    body = f"{asked} if ({condition}) {{ counter = n; }} else {{ out[omp_get_thread_num()] = n; }}"
    return function(f"#pragma omp parallel\n{{ {body} }}")


def test_a_team_of_one_thread_meets_nobody() -> None:
    for condition in ("size == 1", "size < 2", "size <= 1", "omp_get_num_threads() == 1"):
        check_silent(_by_size(condition), "counter")
        check_pairs(_by_size(condition), "out[]", "guardA=other")
    for condition in ("size == 2", "size > 1", "size != 1", "n == 1"):
        check_pairs(_by_size(condition), "counter", "self=yes modeA=write")
    other = "int size = omp_get_num_threads(); if (n) size = 1;"
    check_pairs(_by_size("size == 1", other), "counter", "self=yes")


def test_the_other_branch_of_a_team_of_many_meets_nobody() -> None:
    check_silent(_by_size("size > 1"), "out[]")
    check_pairs(_by_size("size > 2"), "out[]", "self=yes")


def test_how_many_threads_there_were_before_the_region_tells_nothing_of_its_team() -> None:
    before = function(
        "int size = omp_get_num_threads();\n#pragma omp parallel\n{ if (size == 1) counter = n; }"
    )
    check_pairs(before, "counter", "self=yes")
    check_silent(before.replace("(size == 1)", "(omp_get_num_threads() == 1)"), "counter")
