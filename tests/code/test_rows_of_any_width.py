"""Rows of a width that nobody relates to a loop's: how they meet if columns stay within them."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

GRID = """#include <vector>
struct Grid {
  std::vector<double> data; int wide, tall;
  double &operator()(int i, int j) { return data[i * wide + j]; }
  double &at(int i, int j) { return data[i * wide + j]; }
  double *row(int i) { return &data[i * wide]; }
};
void flow(Grid &lake, double *pool, int pitch, int w, int n) {
#pragma omp parallel for
  for (int i = 1; i < n; i++)
    for (int j = FROM; j < TOP; j++)
      STEP
}
"""


def grid(step: str, low: str = "1", top: str = "n") -> str:
    return GRID.replace("STEP", step).replace("FROM", low).replace("TOP", top)


@pytest.mark.parametrize(
    ("here", "beside", "above"),
    [
        ("lake(i, j)", "lake(i, j - 1)", "lake(i - 1, j)"),
        ("lake.at(i, j)", "lake.at(i, j - 1)", "lake.at(i - 1, j)"),
        ("lake.row(i)[j]", "lake.row(i)[j - 1]", "lake.row(i - 1)[j]"),
    ],
)
def test_elements_that_a_class_gives(here: str, beside: str, above: str) -> None:
    own, others = "modeB=read rows=same", "modeB=read rows=other"
    check_pairs(grid(f"{here} += {beside};"), "lake.data[]", own, path="a.cpp")
    check_silent(grid(f"{here} += {beside};"), "lake.data[]", "rows=other", path="a.cpp")
    check_pairs(grid(f"{here} += {above};"), "lake.data[]", others, path="a.cpp")
    check_silent(grid(f"{here} += {above};"), "lake.data[]", others + " rows=same", path="a.cpp")


def test_a_transpose_through_a_class() -> None:
    whole = grid("lake(j, i) = lake(i, j);", "0")
    check_pairs(whole, "lake.data[]", "modeB=read rows=other", path="a.cpp")
    half = grid("lake(j, i) = lake(i, j);", "0", "i")
    check_pairs(half, "lake.data[]", "modeB=read rows=never", path="a.cpp")


def test_rows_by_pointer() -> None:
    rows = "{ double *row = pool + i * pitch; row[j] += WHAT; }"
    check_pairs(grid(rows.replace("WHAT", "row[j - 1]")), "pool[]", "rows=same", path="a.cpp")
    source = grid(rows.replace("WHAT", "1"))
    check_silent(source, "pool[]", "rows=other", path="a.cpp")


def test_a_width_that_a_loop_runs_to_needs_no_such_word() -> None:
    source = grid("pool[i * w + j] += pool[i * w + j - 1];", top="w")
    check_silent(source, "pool[]", "rows=same", path="a.cpp")
    check_pairs(source, "pool[]", "meet=same", path="a.cpp")
    narrow = grid("pool[i * 2 + j] += 1;", "0")
    check_silent(narrow, "pool[]", "rows=same", path="a.cpp")
