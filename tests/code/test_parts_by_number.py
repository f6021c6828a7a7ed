"""A pointer that a method gives by a number leads to that part of what all threads have."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """class Mat; class Matrix;
void run(int n, int w, Mat &b, int *to) {{
  #pragma omp {construct}
  for (int i = 0; i < n; ++i) {{
    {made}
    for (int k = 0; k < w; ++k) p[k] += 2;
  }}
}}
"""
PARTS = ("channel", "plane", "getSlice", "at", "row", "ptr<float>")


@pytest.mark.parametrize("part", PARTS)
def test_each_turn_has_a_part_of_its_own(part: str) -> None:
    name = f"b.{part.partition('<')[0]}()[][]"
    made = f"float* p = b.{part}(%s);"
    apart = SOURCE.format(construct="parallel for", made=made % "i")
    check_pairs(apart, name, "meet=same meet-by=pv-same", path="a.cpp")
    check_silent(apart, "p[]", path="a.cpp")
    met = SOURCE.format(construct="parallel for", made=made % "i / 2")
    check_pairs(met, name, "meet=other", path="a.cpp")
    fixed = SOURCE.format(construct="parallel for", made=made % "0")
    check_pairs(fixed, "p[]", "meet=free meet-by=pv-free", path="a.cpp")


@pytest.mark.parametrize("part", PARTS)
def test_threads_that_all_take_all_parts_meet_in_each(part: str) -> None:
    source = SOURCE.format(construct="parallel", made=f"float* p = b.{part}(i);")
    wanted = "shareA=shared meet=free meet-by=tid-free"
    check_pairs(source, f"b.{part.partition('<')[0]}()[][]", wanted, path="a.cpp")


@pytest.mark.parametrize(
    "made",
    [
        "float* p = b.parent(i);",
        "auto p = b.depth(i);",
        "float* p = b.channel();",
        "Mat m = b.view(); float* p = m.channel(to[0]);",
    ],
)
def test_what_may_lead_anywhere_is_no_part(made: str) -> None:
    source = SOURCE.format(construct="parallel for", made=made)
    check_pairs(source, "p[]", "meet=free", path="a.cpp")


def test_a_local_may_show_what_others_have() -> None:
    made = "Mat m = b.view(); for (int j = 0; j < n; j++) { float *p = m.row(j); p[0] = 1; }"
    source = SOURCE.format(construct="parallel for", made=made + " int *p = to;")
    check_pairs(source, "p[]", "meet=free", path="a.cpp")
