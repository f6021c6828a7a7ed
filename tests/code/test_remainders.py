"""Colours and strides: what two turns have in common whose remainders are told."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

SWEEP = """static double g[100][100];
void sweep(int colour) {
#pragma omp parallel for
  for (int r = 1; r < 99; r++)
    for (int c = %s; c < 99; c%s)
      %s g[r][c] = g[r %s 1][c%s];
}
"""


def test_rows_of_a_checkerboard_whose_loops_step_over_the_other_colour() -> None:
    apart = SWEEP % ("1 + (r + colour) % 2", " += 2", "", "-", "")
    check_pairs(apart, "g[][]", "modeB=read meet=never")
    for start, step in (("1 + colour % 2", " += 2"), ("1 + (r + colour) % 2", "++")):
        columns = SWEEP % (start, step, "", "-", "")
        check_pairs(columns, "g[][]", "modeB=read meet=other")
        check_silent(columns, "g[][]", "modeB=read meet=never")


def test_a_condition_on_a_remainder_chooses_turns_of_one_colour() -> None:
    for asks in (
        "if ((r + c) % 2 == colour)",
        "if (((r + c) & 1) != colour) continue; else",
        "if ((r + c) % 2)",
        "if (colour == (r + c) % 4)",
        "if ((r % 2) * 2 + c % 2 == colour)",
    ):
        check_pairs(SWEEP % ("1", "++", asks, "-", ""), "g[][]", "modeB=read meet=never")
    for asks in (
        "if (c % 2 == colour)",
        "if ((r + c) % 3 != colour)",
        "if ((r + c) / 2 == colour)",
    ):
        other = SWEEP % ("1", "++", asks, "-", "")
        check_pairs(other, "g[][]", "modeB=read meet=other")
        check_silent(other, "g[][]", "modeB=read meet=never")


def test_two_colours_are_too_few_for_diagonals() -> None:
    two, four = "if ((r + c) % 2 == colour)", "if ((r & 1) * 2 + (c & 1) == colour)"
    check_pairs(SWEEP % ("1", "++", four, "-", " - 1"), "g[][]", "modeB=read meet=never")
    check_silent(SWEEP % ("1", "++", two, "-", " - 1"), "g[][]", "modeB=read meet=never")


def test_a_colour_of_each_turns_own_says_nothing_of_two_turns() -> None:
    own = SWEEP % ("1", "++", "for (int k = 0; k < 2; k++) if ((r + c) % 2 == k)", "-", "")
    check_pairs(own, "g[][]", "modeB=read meet=other")
    check_silent(own, "g[][]", "modeB=read meet=never")


def test_values_a_cycle_apart_are_one_threads() -> None:
    source = """
long cells[400], ring[7];
void work(int n) {
#pragma omp parallel for
  for (int r = 0; r < 7; r++)
    for (int i = r + 7; i < n; i += 7) {
      cells[i] = cells[i - %s] + 1;
      ring[i %% %s] += cells[i];
    }
}
"""
    reads, updates = "modeB=read meet=same meet-by=cyclic-same", "modeA=update meet=same"
    for far, number in (("7", "7"), ("14", "7")):
        check_pairs(source % (far, number), "cells[]", reads)
        check_pairs(source % (far, number), "ring[]", updates)
    for far, number in (("1", "6"), ("8", "15")):
        check_pairs(source % (far, number), "cells[]", "modeB=read meet=other")
        check_silent(source % (far, number), "ring[]", updates)
    narrow = source.replace("i += 7", "i += 5")
    check_silent(narrow % ("5", "5"), "ring[]", updates)


NESTED = """double u[40][40];
void sweep(int colour) {
#pragma omp parallel for
  for (int i = 1; i < 39; i++)
    for (int j = 1 + (colour + %s) %% 2; j < 39; j += 2)
      u[i][j] = u[i - 1][j] + u[i + 1][j];
}
void all(void) { for (int s = 0; s < 9; s++) sweep(s %% 2); }
"""


def test_a_colour_that_is_a_remainder_itself_keeps_neighbours_apart() -> None:
    check_pairs(NESTED % "i", "u[][]", "modeB=read meet=never")
    check_silent(NESTED % "i", "u[][]", "meet=other")
    check_pairs(NESTED % "2 * i", "u[][]", "modeB=read meet=other")
