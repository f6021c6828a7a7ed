"""Numbers that a clause makes private and that each turn is given anew."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

LISTED = """int votes[64], half[400];
void count(int n) {
  int k, row, other;
#pragma omp parallel
  {
#pragma omp for private(row, other)
    for (k = 0; k < 64; k++) {
      %s
      votes[row]++;
    }
  }
}
"""


def test_a_private_number_stands_for_what_its_turn_gives_it() -> None:
    check_pairs(LISTED % "row = k;", "votes[]", "meet=same meet-by=pv-same")
    check_pairs(LISTED % "row = k; other = row / 2; half[other] = 1;", "half[]", "meet=other")
    check_pairs(LISTED % "other = 63; row = other - k;", "votes[]", "meet=same")


def test_a_number_of_an_earlier_turn_is_not_known() -> None:
    for kept in ("if (n > k) row = k;", "row = k; row += n % 2;"):
        check_silent(LISTED % kept, "votes[]", "modeA=update modeB=update meet=same")
        check_pairs(LISTED % kept, "votes[]", "modeA=update indexA=local")
    check_silent(
        LISTED % "votes[row] = 0; row = k;", "votes[]", "modeA=write modeB=write meet=same"
    )
    check_silent(LISTED % "scan(&row);", "votes[]", "meet=same")
