"""Ranges that keep their length where they are cut, and strides of fewer than all threads."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

BLOCKS = """#include <algorithm>
int row[900];
const int W = %d, B = 8;
void paint() {
#pragma omp parallel for
  for (int k = 0; k < (W + B - 1) / B; k++) {
    int from = %s;
    for (int x = from; x < %s; x++) row[x] = k;
  }
}
"""
TURNS = """#include <omp.h>
int row[900];
void paint(int n) {
#pragma omp parallel
  {
    int first = omp_get_thread_num(), others = omp_get_num_threads() - 1;
    int all = omp_get_num_threads();
    for (int y = first; y < n; y += %s) row[y] = y;
  }
}
"""
WRITTEN = "modeA=write modeB=write"


def test_a_block_that_is_pulled_back_overlaps_the_one_before() -> None:
    pulled = ("std::min(k * B, W - B)", "from + B")
    check_pairs(BLOCKS % (83, *pulled), "row[]", f"{WRITTEN} meet=other", path="a.cpp")
    check_pairs(BLOCKS % (80, *pulled), "row[]", f"{WRITTEN} meet=same", path="a.cpp")


def test_a_block_that_is_cut_short_is_its_own() -> None:
    for cut in (
        ("k * B", "std::min(from + B, W)"),
        ("std::min(k * B, W)", "std::min(from + B, W)"),
        ("std::max(k * B, 1)", "k * B + B"),
    ):
        check_pairs(BLOCKS % (83, *cut), "row[]", f"{WRITTEN} meet=same", path="a.cpp")
        check_silent(BLOCKS % (83, *cut), "row[]", "meet=other", path="a.cpp")


def test_a_stride_of_all_threads_but_one_is_taken_by_two() -> None:
    check_pairs(TURNS % "all", "row[]", "meet-by=cyclic-same")
    check_pairs(TURNS % "others", "row[]", "meet=other")
