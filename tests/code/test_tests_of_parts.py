"""Conditions that ask for a part of a number, which many threads and turns have."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

TURN = """
int last;
void work(int n, int j) {
#pragma omp parallel for
  for (int i = 0; i < n; i++)
    if (%s) last = i;
}
"""
THREAD = """
int omp_get_thread_num(void);
int last;
void work(int n) {
#pragma omp parallel
  {
    int id = omp_get_thread_num();
    if (%s) last = id;
  }
}
"""


@pytest.mark.parametrize("asked", ["i == 3", "i == n / 2", "n >> 1 == i", "!i", "j && i == n - 1"])
def test_one_turn_has_the_number(asked: str) -> None:
    check_pairs(TURN % asked, "last", "guardA=pv-eq")


@pytest.mark.parametrize("asked", ["!(i & j)", "(i & 1) == 0", "i / 4 == 2", "(i >> 3) == j"])
def test_many_turns_have_a_part_of_it(asked: str) -> None:
    check_silent(TURN % asked, "last", "guardA=pv-eq")
    check_pairs(TURN % asked, "last", "guardA=pv")


def test_all_but_some_turns() -> None:
    check_pairs(TURN % "i != n / 2", "last", "guardA=pv-ne")
    check_silent(TURN % "(i & 1) != 0", "last", "guardA=pv-ne")


def test_threads_by_a_part_of_their_number() -> None:
    check_pairs(THREAD % "id == n / 2", "last", "guardA=tid-eq")
    for asked in ("(id & 1) == 0", "id / 2 == 0", "!(id >> 1)"):
        check_silent(THREAD % asked, "last", "guardA=tid-eq")
        check_pairs(THREAD % asked, "last", "guardA=tid")


INNER = """
int last, side[90];
void work(int n) {
  for (int t = 0; t < n; t++) {
#pragma omp parallel for
    for (int i = 0; i < n; i++)
      for (int k = 0; k < n; k++)
        if (%s) last = i;
  }
}
"""


def test_each_turn_has_its_own_turn_of_an_inner_loop() -> None:
    check_pairs(INNER % "i == t", "last", "guardA=pv-eq")
    for asked in ("i == k", "k == i", "n > 3 && i == k"):
        check_silent(INNER % asked, "last", "guardA=pv-eq")
        check_pairs(INNER % asked, "last", "guardA=pv")
