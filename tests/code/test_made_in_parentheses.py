"""Variables that are made in parentheses, which reads like a function's declaration."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SCRATCH = """#include <vector>
using row = std::vector<float>;
float all[4000];
void smooth(int n) {
#pragma omp parallel
  {
    %s
#pragma omp for
    for (int f = 0; f < 40; f++) {
      for (int i = 0; i < n; i++) buf[i] = f;
      all[f] = buf[0];
    }
  }
}
"""


@pytest.mark.parametrize("made", ["row buf(n);", "row out(n), buf(n);", "row buf(n, 0);"])
def test_a_vector_by_another_name_is_the_threads_own(made: str) -> None:
    check_silent(SCRATCH % made, "buf[]", path="a.cpp")
    check_pairs(SCRATCH % made, "all[]", "meet=same", path="a.cpp")


def test_one_that_is_static_is_shared() -> None:
    check_pairs(SCRATCH % "static row buf(4000);", "buf[]", "shareA=static", path="a.cpp")


def test_a_function_that_is_declared_within_a_function_is_none() -> None:
    source = SCRATCH % "row buf(size_t); int made(row_t);"
    check_pairs(source, "buf[]", "shareA=global", path="a.cpp")
