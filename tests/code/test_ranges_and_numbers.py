"""What goes by a thread's number stands beside what goes by the range of the thread's own."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SUMS = """#include <omp.h>
double sum[64][8], a[4000];
void add(void) {
#pragma omp parallel num_threads(4)
  {
    int id = omp_get_thread_num();
    for (int i = id * 1000; i < id * 1000 + 1000; i++)
      sum[WHO][0] += a[i];
  }
}
"""
ENDS = """#include <omp.h>
double u[400], halo[4];
void step(void) {
#pragma omp parallel num_threads(4)
  {
    int id = omp_get_thread_num(), lo = id * 100, hi = lo + 100;
    halo[id] = u[WHERE];
    for (int i = lo + FIRST; i < hi; i++)
      u[i] = 2 * u[i - BACK];
  }
}
"""


def _ends(where: str, first: str = "0", back: str = "0") -> str:
    return ENDS.replace("WHERE", where).replace("FIRST", first).replace("BACK", back)


def test_a_place_by_number_within_a_loop_over_the_own_range() -> None:
    check_pairs(SUMS.replace("WHO", "id"), "sum[][]", "meet=same meet-by=tid-same")
    check_silent(SUMS.replace("WHO", "id"), "sum[][]", "meet=free")
    check_silent(SUMS.replace("WHO", "id / 2"), "sum[][]", "meet=same")
    check_silent(SUMS.replace("WHO", "3"), "sum[][]", "meet=same")
    check_pairs(SUMS.replace("WHO", "id").replace("[0]", "[i % 8]"), "sum[][]", "meet=same")


@pytest.mark.parametrize("where", ["lo", "lo + 99", "hi - 1", "lo + 7"])
def test_an_element_of_the_own_range(where: str) -> None:
    check_pairs(_ends(where), "u[]", "loop=one meet=same meet-by=own-same")


@pytest.mark.parametrize("where", ["lo - 1", "hi", "lo + 100", "id", "lo + id"])
def test_an_element_of_anothers_range(where: str) -> None:
    check_silent(_ends(where), "u[]", "loop=one meet=same")
    check_silent(_ends(where), "u[]", "loop=one meet=never")


def test_what_is_left_out_between_two_ranges() -> None:
    check_pairs(_ends("lo", "1", "1"), "u[]", "loop=one meet=never", "index=shift1 meet=same")
    check_silent(_ends("lo", "1", "2"), "u[]", "index=shiftn meet=same")
    check_pairs(_ends("lo", "1", "2"), "u[]", "index=shiftn meet=other")
    check_pairs(_ends("lo", "0", "1"), "u[]", "index=shift1 meet=other")
