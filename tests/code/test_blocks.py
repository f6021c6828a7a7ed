"""Two sections that are worked out: which elements both go to, and that none is."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SECTIONS = """
char grid[40][40], row[400];
int sum[12], n;
static void mark(int from, int step) { for (int x = from; x < 300; x += step) row[x] = 1; }
static void add(int from, int to) { for (int d = from; d < to; d++) sum[d * 12 / 365] += d; }
void work(int m) {
#pragma omp parallel sections
  {
#pragma omp section
    { %s }
#pragma omp section
    { %s }
  }
}
"""
CROSS = "for (int k = 0; k < {0}; k++) grid[k][{1}] = 1;"


def other(name: str, one: str, two: str) -> None:
    check_pairs(SECTIONS % (one, two), name, "meet=other frames=siblings-section-section")
    check_silent(SECTIONS % (one, two), name, "meet=never frames=siblings-section-section")


def never(name: str, one: str, two: str) -> None:
    check_silent(SECTIONS % (one, two), name, "meet=other frames=siblings-section-section")


def test_diagonals_cross_in_odd_squares() -> None:
    other("grid[][]", CROSS.format(17, "k"), CROSS.format(17, "16 - k"))
    never("grid[][]", CROSS.format(18, "k"), CROSS.format(18, "17 - k"))


def test_strides_that_miss_one_another() -> None:
    other("row[]", "mark(0, 10);", "mark(5, 5);")
    never("row[]", "mark(0, 10);", "mark(5, 10);")
    never("row[]", "mark(0, 10);", "for (int x = 0; x < 300; x++) if (x % 5) row[x] = 2;")
    other("row[]", "mark(0, 10);", "for (int x = 0; x < 300; x++) if (x % 7) row[x] = 2;")


def test_quotients_of_two_ranges() -> None:
    other("sum[]", "add(0, 180);", "add(180, 365);")
    never("sum[]", "add(0, 183);", "add(183, 365);")


@pytest.mark.parametrize("to", ["m", "n"])
def test_what_nobody_knows_is_not_tried(to: str) -> None:
    code = SECTIONS % ("add(0, 180);", f"add({to}, 365);")
    check_silent(code, "sum[]", "meet=never frames=siblings-section-section")


def test_a_turn_around_both_is_one() -> None:
    around = "#pragma omp parallel sections"
    code = SECTIONS % ("row[t % 2] = 1;", "row[(t + 1) % 2] = 2;")
    code = code.replace(around, f"for (int t = 0; t < 9; t++)\n{around}")
    check_silent(code, "row[]", "meet=other frames=siblings-section-section")


RANGES = """
#include <string.h>
static void take(int *a, int *b, long n) { memcpy(a, b, n * sizeof *a); }
static void halve(int *a, int *b, long n) {
  if (n <= 20) { take(a, b, n); return; }
#pragma omp task
  halve(a, b, n / 2);
#pragma omp task
  halve(a + n / 2, b, n - n / 2);
#pragma omp taskwait
  take(a, b, n);
}
int main(void) {
  static int a[100], b[100];
#pragma omp parallel
#pragma omp single
  halve(a, b, 100);
  return a[3];
}
"""


def test_whole_ranges_have_no_number_to_work_out() -> None:
    check_silent(RANGES, "a[]", "meet=never frames=siblings-task-task")


def test_a_scalar_has_no_turns_to_try() -> None:
    check_pairs(SECTIONS % ("n = 1;", "n = m;"), "n", "frames=siblings-section-section")
    sorts = "#include <algorithm>\n" + SECTIONS
    check_pairs(sorts % ("std::sort(row, row + 9);", "row[3] = 1;"), "row[]", path="a.cpp")
