"""What `auto` is a copy of: a container of its own, or a pointer to what others have."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

LOOP = """
#include <array>
#include <string>
#include <vector>
struct Member { std::array<double, 3> s; std::vector<int> v; int *raw; };
std::vector<int> compute(int n) { return std::vector<int>(n); }
int *pick(int n);
struct Grid {
  std::vector<int> cells;
  std::vector<int> row(int k) const { return std::vector<int>(k); }
  const std::vector<int> &all() const { return cells; }
};
void work(std::vector<Member> &all, std::vector<std::vector<int>> &rows, Grid &g, int n) {
#pragma omp parallel for
  for (int p = 0; p < n; ++p) {
    auto %s x = %s;
    x[1] = p;
  }
}
"""
COPIES = (
    "all[0].s",
    "all[0].v",
    "rows[0]",
    "compute(p)",
    "g.row(p)",
    "g.all()",
    "std::vector<int>(3)",
    "std::array<int, 3>{}",
)


@pytest.mark.parametrize("given", COPIES)
def test_a_container_of_its_own(given: str) -> None:
    check_silent(LOOP % ("", given), "x[]", path="a.cpp")


def test_a_name_for_what_others_have() -> None:
    check_pairs(LOOP % ("&", "rows[0]"), "rows[][]", "meet=free", path="a.cpp")
    check_pairs(LOOP % ("&", "all[0].v"), "all->v[]", "meet=free", path="a.cpp")
    check_pairs(LOOP % ("", "all[0].raw"), "all->raw[]", "meet=free", path="a.cpp")
    check_pairs(LOOP % ("", "pick(p)"), "pick()[]", "modeA=write", path="a.cpp")
    check_pairs(LOOP % ("", "rows.begin()"), "rows[]", "meet=free", path="a.cpp")
