"""Numbers that a condition chooses, as subscripts: what is cut at a border is a neighbour's."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

IMAGE = """#include <algorithm>
static int bound(int at, int low, int top) { return at < low ? low : at > top ? top : at; }
void soften(float *rain, int wide, int tall, int by) {
#pragma omp parallel for
  for (int y = 0; y < tall; y++)
    for (int x = 0; x < wide; x++)
      for (int d = -1; d <= 1; d++) {
        int at = CHOSEN;
        rain[y * wide + x] += rain[WHICH];
      }
}
"""
CUTS = [
    "{0} > 0 ? {0} - 1 : 0",
    "{0} + 1 < {1} ? {0} + 1 : {1} - 1",
    "std::max({0} - 1, 0)",
    "std::min({0} + 1, {1} - 1)",
    "std::min(std::max({0} + d, 0), {1} - 1)",
    "std::clamp({0} + d, 0, {1} - 1)",
    "bound({0} + d, 0, {1} - 1)",
]


@pytest.mark.parametrize("cut", CUTS)
def test_a_row_that_is_cut_at_the_border_is_that_of_another_turn(cut: str) -> None:
    source = IMAGE.replace("CHOSEN", cut.format("y", "tall")).replace("WHICH", "at * wide + x")
    check_pairs(source, "rain[]", "modeA=update modeB=read meet=other", path="a.cpp")


@pytest.mark.parametrize("cut", CUTS)
def test_a_column_that_is_cut_at_the_border_is_of_the_same_row(cut: str) -> None:
    source = IMAGE.replace("CHOSEN", cut.format("x", "wide")).replace("WHICH", "y * wide + at")
    check_pairs(source, "rain[]", "modeA=update modeB=read meet=same", path="a.cpp")


def test_what_nobody_can_work_out() -> None:
    source = IMAGE.replace("CHOSEN", "by > 3 ? first(y) : y").replace("WHICH", "at * wide + x")
    check_silent(source, "rain[]", "modeA=update modeB=read meet=same", path="a.cpp")
    check_pairs(source, "rain[]", "modeA=update modeB=read meet=unknown", path="a.cpp")


def test_a_mirrored_half() -> None:
    fold = """void fold(double *wing, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++)
    wing[i < n / 2 ? i : TOP - i] += 1;
}
"""
    check_pairs(fold.replace("TOP", "n - 1"), "wing[]", "meet=other")
    check_pairs(fold.replace("TOP", "2 * n"), "wing[]", "meet=same")
