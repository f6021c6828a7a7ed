"""What `auto` is a copy of: a container of its own, or a pointer to what others have."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, read

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


SUMS = """#include <mutex>
#include <set>
#include <thread>
#include "hash.h"
struct Worker {
  void add(const char *data, int n);
  void run();
  std::mutex m;
  std::set<int> todo;
};
void Worker::add(const char *data, int n) {
  std::lock_guard<std::mutex> hold(m);
  todo.insert(n);
  std::thread(&Worker::run, this).detach();
}
void Worker::run() {
  for (;;) {
    { std::lock_guard<std::mutex> hold(m); if (todo.empty()) return; todo.clear(); }
    auto sum = %s;
    sum.add("x", 1);
  }
}
"""


@pytest.mark.parametrize("made", ["Hash{}", "lib::Hash{3}"])
def test_what_is_made_of_a_class_out_of_sight_is_asked_for_no_method_here(made: str) -> None:
    assert not [s for s in read(SUMS % made, "a.cpp").slices if s.object.startswith("sum.")]


@pytest.mark.parametrize("made", ["Worker{}", "some()"])
def test_what_may_be_of_a_class_here_is_asked_for_its_method(made: str) -> None:
    check_pairs(SUMS % made, "sum.todo", path="a.cpp")
