"""What each outer thread has for its inner team alone."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

INNER = """#include <omp.h>
int all[64];
void work(int n) {
#pragma omp parallel for num_threads(2)
  for (int g = 0; g < 8; g++) {
    int own[64];
#pragma omp parallel for num_threads(2) %s
    for (int p = 0; p < 64; p++) %s
    all[g] = own[0];
  }
}
"""


def test_an_array_of_an_outer_turn_is_divided_by_the_inner_loop_alone() -> None:
    for clause in ("", "shared(own)"):
        check_pairs(INNER % (clause, "own[p] = g;"), "own[]", "shareA=nested-shared meet=same")
        check_silent(INNER % (clause, "own[p] = g;"), "own[]", "meet=other")
        check_silent(INNER % (clause, "own[p] = g;"), "own[]", "frameB=for inB=-")
        check_pairs(INNER % (clause, "own[p / 2] += p;"), "own[]", "meet=other")
        check_pairs(INNER % (clause, "all[p] = g;"), "all[]", "meet=other")


NUMBERED = """#include <omp.h>
void work(int n) {
#pragma omp parallel num_threads(2)
  {
    int part[2] = {0, 0}, outer = omp_get_thread_num();
#pragma omp parallel num_threads(2) shared(part)
    part[%s] = n;
  }
}
"""


def test_an_element_by_the_inner_number_is_one_threads_of_the_inner_team() -> None:
    check_pairs(NUMBERED % "omp_get_thread_num()", "part[]", "meet=same meet-by=tid-same")
    check_silent(NUMBERED % "outer", "part[]", "meet=same")
