"""Which branches are of another build than the directive ahead of them."""

from __future__ import annotations

import time

import pytest

from reviewbot.code.preprocessor import translate
from tests.code.checks import check_pairs, check_silent

SOURCE = """#include "tags.h"
void gather(int n, std::vector<int> &found, int *out) {
%s
#pragma omp parallel for
%s
  for (int i = 0; i < n; i++) {
%s
    found.push_back(i);
#else
    out[i] = i;
#endif
  }
}
"""
OTHERS = (
    ("#if defined(TEAMS) && !defined(GPU)", "#endif", "#ifdef GPU"),
    ("#if !defined GPU", "#endif", "#if defined(GPU)"),
    ("#ifndef GPU", "#endif", "#if GPU"),
    ("#ifdef GPU\n  setup(n);\n#else", "#endif", "#ifdef GPU"),
)
ALIKE = (
    ("#ifdef TEAMS", "#endif", "#ifdef GPU"),
    ("#if defined(TEAMS) && defined(GPU)", "#endif", "#ifdef GPU"),
    ("#if !defined(GPU) || defined(TEAMS)", "#endif", "#ifdef GPU"),
    ("#if !(defined(GPU) && defined(SLOW))", "#endif", "#ifdef GPU"),
    ("#if !defined(CPU)", "#endif", "#ifdef GPU"),
    ("#ifdef GPU\n  setup(n);\n#endif", "", "#ifdef GPU"),
)


@pytest.mark.parametrize("parts", OTHERS)
def test_what_the_directive_is_not_built_with_is_not_read(parts: tuple[str, str, str]) -> None:
    check_silent(SOURCE % parts, "found", path="a.cpp")
    check_pairs(SOURCE % parts, "out[]", path="a.cpp")


@pytest.mark.parametrize("parts", ALIKE)
def test_what_it_may_be_built_with_is_read(parts: tuple[str, str, str]) -> None:
    check_pairs(SOURCE % parts, "found", "modeA=update self=yes common=none", path="a.cpp")


def test_in_the_next_function_it_may_be_another_build() -> None:
    before = SOURCE % OTHERS[0]
    after = SOURCE.replace("gather", "collect") % ALIKE[0]
    check_pairs(before + after, "found", "modeA=update self=yes", path="a.cpp")
    own = before.replace("#ifdef GPU\n", "#ifdef GPU\n#pragma omp critical\n")
    check_pairs(own, "found", path="a.cpp")


def test_a_long_file_takes_its_time_once() -> None:
    one = "#if !defined(GPU)\n#pragma omp parallel for\n#endif\n#ifdef GPU\nf();\n#endif\n"
    begun = time.perf_counter()
    translate(one * 2000)
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    translate(one * 8000)
    assert time.perf_counter() - begun < 12 * first + 1
