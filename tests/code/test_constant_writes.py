"""Writes of one number by all: literals, enumerators, constants by their names."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

MARKS = """
enum {{ OPEN, SHUT = 7 }};
static const int gone = 2;
int state[64], door[64], limit;
void f(int n, int k) {{
  const int far = n + 1;
  int day = k;
  #pragma omp parallel for
  for (int i = 0; i < n; i++) state[door[i]] = {value};
}}
"""
SELF = "self=yes modeA=write-constant"


@pytest.mark.parametrize("value", ["2", "-1", "'x'", "SHUT", "gone", "0.5"])
def test_a_number_that_all_write_is_told(value: str) -> None:
    check_pairs(MARKS.format(value=value), "state[]", SELF)


@pytest.mark.parametrize("value", ["i", "far", "day", "limit", "door[i]", "gone + i"])
def test_a_number_that_may_differ_is_not(value: str) -> None:
    check_silent(MARKS.format(value=value), "state[]", SELF)
