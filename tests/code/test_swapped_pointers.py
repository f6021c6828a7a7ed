"""`std::swap(now, next)` of pointers: what they lead to is left alone."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <utility>
#include <vector>
struct Rod { std::vector<double> a, b; };
void relax(Rod& rod, int steps) {
  double* now = rod.a.data();
  double* next = rod.b.data();
  const int n = static_cast<int>(rod.a.size());
#pragma omp parallel %s
  for (int s = 0; s < steps; ++s) {
#pragma omp for
    for (int i = 1; i < n - 1; ++i)
      next[i] = now[i - 1] + now[i + 1];
    %s
  }
}
"""
COPIES = "firstprivate(now, next)"


@pytest.mark.parametrize(
    "swap", ["std::swap(now, next);", "double* t = now; now = next; next = t;"]
)
def test_each_threads_own_pointers(swap: str) -> None:
    text = FILE % (COPIES, swap)
    check_silent(text, "rod.b[]", path="a.cpp")
    check_pairs(text, "next[]", "shareA=pointee-firstprivate meet=same", path="a.cpp")
    check_pairs(FILE % ("", swap), "next", "shareA=shared", path="a.cpp")


def test_the_swapped_containers_change() -> None:
    text = FILE % (COPIES, "std::swap(rod.a, rod.b);")
    check_pairs(text, "rod.b", "modeA=update", path="a.cpp")


def test_a_call_that_may_touch_what_they_lead_to() -> None:
    check_pairs(FILE % (COPIES, "mix(now, next);"), "rod.b[]", "unresolved=call", path="a.cpp")
