"""Conditions that let one turn of all through, where a thread or a task has turns of its own."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

ONE = "guardA=pv-eq guardB=pv-eq guards=same"
OWN = """
int omp_get_thread_num(void), omp_get_num_threads(void);
int last, seen[90];
void work(int n, int limit) {
#pragma omp parallel
{
  const int me = omp_get_thread_num(), all = omp_get_num_threads();
  %s { if (%s) last = i; }
}
}
"""
CYCLIC = "for (int i = me; i < 90; i += all)"
RANGES = (CYCLIC, CYCLIC.replace("all", "omp_get_num_threads()"))
TASKS = """
int last;
void done(int i, int k, int n) { if (%s) last = i; }
void work(int n) {
#pragma omp parallel
#pragma omp single
  for (int i = 0; i < 9; i++)
    for (int k = 0; k < 7; k++) {
#pragma omp task firstprivate(i, k)
      done(i, k, n);
    }
}
"""


@pytest.mark.parametrize("loop", RANGES)
def test_one_turn_of_all_that_threads_take_in_turn(loop: str) -> None:
    for asked in ("i == 89", "limit - 1 == i", "n > 3 && i == n - 1"):
        check_pairs(OWN % (loop, asked), "last", ONE)
    for asked in ("i > 80", "i == seen[me]", "i == me", "i != 89", "n == 3", "i == 89 || n > 3"):
        check_silent(OWN % (loop, asked), "last", ONE)


def test_a_turn_that_every_thread_takes_is_many() -> None:
    for loop in ("for (int i = 0; i < 90; i++)", "for (int i = me; i < 90; i++)"):
        check_silent(OWN % (loop, "i == 89"), "last", ONE)


def test_one_task_of_all_that_loops_make() -> None:
    check_pairs(TASKS % "i == 8 && k == 6", "last", ONE)
    check_pairs(TASKS % "k == n - 1 && n > 2 && i == n", "last", ONE)
    for asked in ("i == 8", "k == 6 && n == 3", "i == 8 || k == 6", "i == k && k == i"):
        check_silent(TASKS % asked, "last", ONE)


def test_a_stride_that_is_computed_is_known() -> None:
    split = "for (int i = me; i < 90; i += {}) seen[i] = i;\n"
    own = "modeA=write modeB=write meet=same meet-by=cyclic-same"
    check_pairs(OWN % (split.format("omp_get_num_threads()"), "0"), "seen[]", own)
    check_silent(OWN % (split.format("seen[me]"), "0"), "seen[]", own)
