"""Where loops and conditions bound their variables by one another, subscripts agree or do not."""

from __future__ import annotations

import time

import pytest

from reviewbot.code.analyse import analyse
from tests.code.checks import check_pairs, check_silent

MIRROR = """double d[64][64];
double far(int a, int b);
void fill(int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++)
    for (int j = FROM; j < n; j++) {
      d[i][j] = far(i, j);
      d[j][i] = 1;
    }
}
"""
PIVOT = """double m[32][33];
void eliminate(int n, int k) {
#pragma omp parallel for
  for (int r = 0; r < n; r++) {
    if (ASKED)
      continue;
    for (int c = k; c <= n; c++)
      m[r][c] -= m[r][k] * m[k][c];
  }
}
"""
FLAT = """double low[1024];
double part(int i, int j) {
  double s = 0;
  for (int k = 0; k < END; k++)
    s += low[j * 32 + k];
  return s;
}
void column(void) {
  for (int j = 0; j < 32; j++) {
#pragma omp parallel for
    for (int i = j + 1; i < 32; i++)
      low[i * 32 + j] = part(i, j);
  }
}
"""
TWO_WAYS = """double a[64][64];
void solve(double *u, int stride) {
  for (int k = 1; k < 64; k++)
    u[k * stride] += u[(k - 1) * stride];
}
void both(void) {
#pragma omp parallel
  {
#pragma omp for nowait
    for (int i = 0; i < 64; i++)
      solve(&a[i][0], 1);
#pragma omp for nowait
    for (int j = 0; j < 64; j++)
      solve(&a[0][j], 64);
  }
}
"""


@pytest.mark.parametrize(("start", "met"), [("i", "same"), ("i + 1", "never")])
def test_a_triangle_and_its_mirror_image(start: str, met: str) -> None:
    check_pairs(MIRROR.replace("FROM", start), "d[][]", f"index=differ meet={met}")
    check_silent(MIRROR.replace("FROM", start), "d[][]", "meet=unknown")


def test_a_square_and_its_mirror_image() -> None:
    check_silent(MIRROR.replace("FROM", "0"), "d[][]", "index=differ meet=same")
    check_silent(MIRROR.replace("FROM", "i - 1"), "d[][]", "index=differ meet=same")


@pytest.mark.parametrize("asked", ["r == k", "k == r", "!(r != k)", "r == k || n == 3", "r <= k"])
def test_what_a_condition_excludes(asked: str) -> None:
    check_pairs(PIVOT.replace("ASKED", asked), "m[][]", "index=differ meet=never")
    check_silent(PIVOT.replace("ASKED", asked), "m[][]", "meet=unknown")


@pytest.mark.parametrize("asked", ["n == k", "r == k && n == 3", "r != k", "r < k", "r == 3"])
def test_what_a_condition_leaves_open(asked: str) -> None:
    check_silent(PIVOT.replace("ASKED", asked), "m[][]", "index=differ meet=never")


def test_columns_before_and_at_the_one_that_is_written() -> None:
    check_silent(FLAT.replace("END", "j"), "low[]", "meet=unknown")
    check_pairs(FLAT.replace("END", "j"), "low[]", "modeB=read meet=never")
    check_silent(
        FLAT.replace("j * 32 + k", "k * 32 + j").replace("END", "32"), "low[]", "meet=never"
    )


def test_a_column_that_is_one_of_other_rows() -> None:
    check_silent(TWO_WAYS, "a[][]", "frames=apart-for-for meet=never")


SHARES = """double x[200];
void step(int n) {
#pragma omp parallel
  {
#pragma omp for nowait
    for (int i = 0; i < n / 4; i++)
      x[4 * i + 3] += 1;
#pragma omp single
    for (int i = n - n % 4 - EARLIER; i < n; i++)
      x[i] = 0;
  }
}
int main(void) { step(150); }
"""
EDGE = """double a[64][64];
void scale(void) {
#pragma omp parallel
  for (int k = 0; k < 64; k++) {
    double inverse = a[k][k];
#pragma omp for
    for (int c = k + 1 - MORE; c < 64; c++)
      a[k][c] *= inverse;
  }
}
"""


def test_accesses_that_two_constructs_divide() -> None:
    check_pairs(SHARES.replace("EARLIER", "0"), "x[]", "frames=apart-for-single meet=never")
    check_silent(SHARES.replace("EARLIER", "1"), "x[]", "frames=apart-for-single meet=never")
    check_pairs(EDGE.replace("MORE", "0"), "a[][]", "frames=one meet=never")
    check_silent(EDGE.replace("MORE", "1"), "a[][]", "frames=one meet=never")


def test_the_time_grows_with_the_text_alone() -> None:
    body = MIRROR[MIRROR.index("#pragma") : MIRROR.rindex("}")].replace("FROM", "i")

    def seconds(times: int) -> float:
        text = MIRROR[: MIRROR.index("#pragma")] + body * times + "}\n"
        began = time.process_time()
        analyse("a.c", text.encode())
        return time.process_time() - began

    seconds(1)
    assert seconds(20) < 40 * max(seconds(2), 0.01)
