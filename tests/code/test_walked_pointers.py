"""A pointer that is stepped from the one place that it was given stays in that array."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

WALK = """static int q[200];
int *next_free(int *p);
void fill(int n) {
#pragma omp parallel for
  for (int d = 0; d < n; d++) {
    int *p = q + 4 * d;
    int *end = q + 4 * d + 4;
    BODY
  }
}
"""


@pytest.mark.parametrize(
    "body",
    [
        "do { *p = d; } while (++p < end);",
        "while (p != end) { *p = *p + 1; ++p; }",
        "while (p < end) { *p = d; p += 2; }",
    ],
)
def test_a_pointer_that_is_only_stepped(body: str) -> None:
    check_pairs(WALK.replace("BODY", body), "q[]", "indexA=pv")
    check_silent(WALK.replace("BODY", body), "p[]")


def test_a_pointer_that_is_given_more_may_be_anywhere() -> None:
    body = "while (p != end) { *p = d; { ++p; } if (*p) p = next_free(p); }"
    check_pairs(WALK.replace("BODY", body), "p[]", "meet=free")
    check_pairs(WALK.replace("BODY", body), "q[]", "indexA=pv")


def test_a_pointer_that_all_threads_share() -> None:
    shared = WALK.replace("    int *p = q", "    p = q").replace("#pragma", "  int *p;\n#pragma")
    body = "for (int k = 0; k < 4; k++) *p++ = d;"
    check_pairs(shared.replace("BODY", body), "p[]", "meet=free")
    check_silent(shared.replace("BODY", body), "q[]", "meet=same")
    rows = shared.replace("q[200]", "q[50][4]").replace("q + 4 * d", "q[d]")
    check_silent(rows.replace("BODY", body), "q[][]", "meet=same")
    own = rows.replace("int *p;", "").replace("    p =", "    int *p =")
    check_pairs(own.replace("BODY", body), "q[][]", "meet=same")


PRIVATE = """
void fill(int rows, int cols, double **tab, double *other) {
  double *line; int r, c;
#pragma omp parallel for private(c%s)
  for (r = 0; r < rows; r++) {
    line = tab[r];
    %s
    for (c = 0; c < cols; c++) *line++ = r;
  }
}
"""


def test_a_private_copy_that_is_given_one_place() -> None:
    check_silent(PRIVATE % (", line", ""), "line[]")
    check_pairs(PRIVATE % (", line", ""), "tab[][]", "meet=same")
    check_pairs(PRIVATE % ("", ""), "line[]", "meet=free")
    check_pairs(PRIVATE % (", line", "if (r > 9) line = other;"), "line[]", "meet=free")
