"""A thread's own copy of a variable that one place of the construct gives its number."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

TILES = """double a[64][64];
void add(int nb) {
  int bi, i, j, i0, i1;
#pragma omp parallel for private(i, j, i0, i1)
  for (bi = 0; bi < nb; bi++) {
    i0 = bi * 8;
    i1 = i0 + REACH;
    for (i = i0; i < i1; i++)
      for (j = 0; j < 64; j++)
        a[i][j] += 1;
  }
}
"""
COLOURS = """double u[66][66];
void relax(int n, int colour) {
  int i, j, first;
#pragma omp parallel for private(j, first)
  for (i = 1; i <= n; i++) {
    first = 1 + (i + colour) % STEP;
    for (j = first; j <= n; j += STEP)
      u[i][j] = u[i - 1][j] + u[i + 1][j];
  }
}
"""
LATE = """int out[100];
void fill(int n) {
  int i, last;
#pragma omp parallel for private(last)
  for (i = 0; i < n; i++) {
    if (i > 5)
      out[last] = i;
    last = i;
  }
}
"""


def test_a_private_number_is_what_its_one_place_gives() -> None:
    check_pairs(TILES.replace("REACH", "8"), "a[][]", "meet=same meet-by=own-same")
    check_silent(TILES.replace("REACH", "8"), "a[][]", "meet=other")
    check_pairs(TILES.replace("REACH", "9"), "a[][]", "meet=other meet-by=own-other")


def test_a_private_number_that_chooses_the_colour() -> None:
    check_pairs(COLOURS.replace("STEP", "2"), "u[][]", "index=shift1 meet=never")
    check_silent(COLOURS.replace("STEP", "2"), "u[][]", "meet=other")
    check_pairs(COLOURS.replace("STEP", "1"), "u[][]", "index=shift1 meet=other")


def test_numbers_that_several_places_give_are_not_told() -> None:
    again = TILES.replace("    i1 =", "    if (nb > 9)\n      i0 = 3;\n    i1 =")
    check_silent(again.replace("REACH", "8"), "a[][]", "meet=same")
    check_silent(LATE, "out[]", "meet=same")
    check_silent(LATE, "out[]", "indexA=invariant")


def test_an_own_array_behind_a_private_pointer_is_nobody_elses() -> None:
    walk = """void diffuse(int n, double *all) {
  double *row;
  int i, k;
#pragma omp parallel for private(row, k)
  for (i = 0; i < n; i++) {
    double own[8];
    row = ROW;
    for (k = 0; k < 8; k++)
      row[k] = i;
  }
}
"""
    check_silent(walk.replace("ROW", "own"), "row[]")
    check_silent(walk.replace("ROW", "own"), "own[]")
    check_pairs(walk.replace("ROW", "all + 8 * i"), "all[]", "meet=same")
    check_pairs(walk.replace("ROW", "all + 7 * i"), "all[]", "meet=other")
