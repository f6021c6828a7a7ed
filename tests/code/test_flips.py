"""Halves of a buffer that change places each turn: what a number is flipped to, it is not."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """
int half[2][100], now;
void work(int n) {
#pragma omp parallel
for (int s = 0; s < n; s++) {
  const int cur = s %% 2;
#pragma omp for
  for (int i = 1; i < 99; i++) half[%s][i] = half[%s][i - 1];
}
}
"""
READS = "modeA=write modeB=read meet=never"


@pytest.mark.parametrize("other", ["!cur", "1 - cur", "cur ^ 1", "~s & 1", "(s + 1) & 1"])
def test_the_half_of_the_other_turns_is_never_that_of_this_turn(other: str) -> None:
    same = "s & 1" if "s " in other else "cur"
    check_pairs(SOURCE % (other, same), "half[][]", READS)
    check_silent(SOURCE % (other, other), "half[][]", READS)


@pytest.mark.parametrize("other", ["!!cur", "2 - cur", "cur ^ 0", "~~s & 1", "!i", "half[1][i]"])
def test_what_may_be_the_same_half_is_not_apart(other: str) -> None:
    check_silent(SOURCE % (other, "s & 1" if "s " in other else "cur"), "half[][]", READS)


def test_a_condition_that_is_denied_asks_for_the_other_colour() -> None:
    source = """
int cells[100];
void work(int colour) {
#pragma omp parallel for
  for (int i = 1; i < 99; i++)
    if (%s((i + colour) %% 2)) cells[i] = cells[i %s 1];
}
"""
    for asked in ("", "!"):
        check_pairs(source % (asked, "-"), "cells[]", READS)
    check_silent(source.replace("% 2", "% 3") % ("!", "- 2 -"), "cells[]", READS)


def test_numbers_under_one_mask_are_equal_where_they_were() -> None:
    source = """
int cells[256];
int slot(int i) { return i ^ %s; }
void work(void) {
#pragma omp parallel for
  for (int i = 0; i < 256; i++) cells[slot(i%s)] += i;
}
"""
    for mask in ("0", "5"):
        check_pairs(source % (mask, ""), "cells[]", "meet=same meet-by=pv-same")
        check_silent(source % (mask, " / 2"), "cells[]", "meet=same")
    check_pairs(source % ("(i / 2)", ""), "cells[]", "meet=same")  # Gray code
    check_silent(source % ("(i % 3)", ""), "cells[]", "meet=same")
