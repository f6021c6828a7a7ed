"""Functions out of sight whose names say that they answer with the thread's own number."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include "lib.h"
%s
void work(double *sums, int n)
{
#pragma omp parallel for
  for (int i = 0; i < n; i++) { const int id = %s; sums[id] += i; }
}
"""
OWN = "indexA=tid indexB=tid"


@pytest.mark.parametrize(
    "call",
    ["GetOpenMPThreadId()", "lib_get_thread_num()", "this_thread_index()", "Lib::my_thread_id()"],
)
def test_a_wrapper_tells_the_threads_number(call: str) -> None:
    check_pairs(SOURCE % ("", call), "sums[]", OWN, path="a.cpp")


@pytest.mark.parametrize(
    "call",
    ["get_max_thread_id()", "GetThreadCount()", "job_id()", "master_thread_id()", "thread_id(i)"],
)
def test_other_numbers_are_not_its_own(call: str) -> None:
    check_pairs(SOURCE % ("", call), "sums[]", "modeA=update", path="a.cpp")
    check_silent(SOURCE % ("", call), "sums[]", OWN, path="a.cpp")


def test_a_function_in_sight_says_itself_what_it_answers() -> None:
    check_silent(
        SOURCE % ("static int my_thread_id(void) { return 0; }", "my_thread_id()"), "sums[]", OWN
    )
