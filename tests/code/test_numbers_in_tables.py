"""Numbers that tables were filled with, where the index alone tells them."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

LISTED = """int near[40][8], all[40];
void count(int n) {
  int i, j, k;
  for (i = 0; i < 40; i++)
    for (k = 0; k < 8; k++) {
      j = (i * 7 + k) %% 40;
      near[i][k] = %s;
    }
#pragma omp parallel for private(j, k)
  for (i = 0; i < 40; i++)
    for (k = 0; k < 8; k++) {
      j = near[i][k];
      all[j] += n;
    }
}
void scatter(int n) {
  int from[40], i, j;
  for (i = 0; i < 40; i++)
    for (j = 0; j < n; j++) from[i] = %s;
#pragma omp parallel for
  for (i = 0; i < 40; i++) all[from[i]] = i;
}
"""


def test_a_number_of_a_turn_that_no_index_names_is_not_known() -> None:
    check_silent(LISTED % ("j", "j"), "all[]", "meet=same")
    check_silent(LISTED % ("k", "j"), "all[]", "meet=same")
    check_pairs(LISTED % ("j", "39 - i"), "all[]", "modeA=write meet=same")
