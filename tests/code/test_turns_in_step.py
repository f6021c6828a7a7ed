"""A barrier in each turn of a loop keeps all threads of a team in one turn."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

WAVES = """#include <omp.h>
int g[48 * 48];
void relax(int r, int c) { g[r * 48 + c] = g[(r - 1) * 48 + c] + g[r * 48 + c - 1]; }
void sweep(void) {
#pragma omp parallel
  {
    int me = omp_get_thread_num(), all = omp_get_num_threads();
    for (int d = 2; d < 90; d++) {
      for (int r = 1 + me; r < 40; r += all)
        relax(r, d - r);
      ENDS
    }
  }
}
"""
HALVES = """int b[2][64];
long total;
void load(int *p, int k) {
  for (int i = 0; i < 64; i++)
    p[i] = k + i;
}
void stream(void) {
#pragma omp parallel
  for (int k = 0; k < 9; k++) {
#pragma omp single nowait
    load(b[(k + AHEAD) & 1], k);
#pragma omp for reduction(+ : total) WAIT
    for (int i = 0; i < 64; i++)
      total += b[k & 1][i];
  }
}
"""


def test_one_diagonal_at_a_time() -> None:
    check_pairs(WAVES.replace("ENDS", "\n#pragma omp barrier"), "g[]", "index=equal meet=same")
    check_silent(WAVES.replace("ENDS", "\n#pragma omp barrier"), "g[]", "meet=other")
    check_silent(WAVES.replace("ENDS", "\n#pragma omp barrier"), "g[]", "meet=unknown")


def test_diagonals_that_nobody_keeps_apart() -> None:
    check_silent(WAVES.replace("ENDS", ""), "g[]", "meet=same")
    check_silent(WAVES.replace("ENDS", ""), "g[]", "meet=never")
    skipped = WAVES.replace("ENDS", "if (g[d] > 3)\n        continue;\n#pragma omp barrier")
    check_silent(skipped, "g[]", "meet=same")


def test_a_loop_that_begins_with_the_threads_number_is_in_no_step() -> None:
    own = WAVES.replace("ENDS", "\n#pragma omp barrier").replace("d = 2; d < 90", "d = me; d < 90")
    check_silent(own, "g[]", "meet=same")


def test_halves_by_turns() -> None:
    wanted = "frames=apart-for-single meet=never"
    check_pairs(HALVES.replace("AHEAD", "1").replace("WAIT", ""), "b[][]", wanted)
    check_silent(HALVES.replace("AHEAD", "2").replace("WAIT", ""), "b[][]", wanted)
    check_silent(HALVES.replace("AHEAD", "1").replace("WAIT", "nowait"), "b[][]", wanted)
