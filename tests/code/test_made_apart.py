"""Memory made for a pointer is no other pointer's; a function's own threadprivate names."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

BLUR = """#include <stdlib.h>
typedef struct { int rows; float d[64][64]; } plane;
static void blur(const plane *from, plane *to) {
#pragma omp parallel for
  for (int r = 1; r < 63; r++)
    for (int c = 0; c < 64; c++)
      to->d[r][c] = from->d[r - 1][c] + from->d[r + 1][c];
}
void run(void) {
  plane *p = malloc(sizeof *p), *q = SECOND;
  blur(p, q);
  free(p);
}
"""


def test_two_blocks_of_memory_do_not_meet() -> None:
    for second in ("malloc(sizeof *q)", "(plane *)calloc(1, sizeof(plane))"):
        check_silent(BLUR.replace("SECOND", second), "q->d[][]", "modeA=write modeB=read")
    for second in ("p", "find_plane(3)", "plane_alloc()"):
        source = BLUR.replace("SECOND", second)
        name = "p->d[][]" if second == "p" else "q->d[][]"
        check_pairs(source, name, "modeA=write modeB=read")


def test_a_pointer_that_is_set_again_is_not_told_apart() -> None:
    again = BLUR.replace("SECOND", "malloc(sizeof *q)").replace("blur(p, q);", "q = p; blur(p, q);")
    check_pairs(again, "q->d[][]", "modeA=write modeB=read")


def test_what_records_point_to_may_be_one() -> None:
    source = """#include <stdlib.h>
struct grid { double *cells; };
void add(struct grid *a, struct grid *b, int n) {
#pragma omp parallel for
  for (int i = 1; i < n; i++) a->cells[i] = b->cells[i - 1];
}
void run(int n) {
  struct grid *x = malloc(sizeof *x), *y = malloc(sizeof *y);
  fill(x, y);
  add(x, y, n);
}
"""
    check_pairs(source, "x->cells[]", "modeA=write modeB=read")
    unseen = source.replace("struct grid { double *cells; };", "#include <grid.h>")
    check_pairs(unseen, "x->cells[]", "modeA=write modeB=read")


STATIC = """static double row(int m) {
  static double work[8];
  NAMED
  for (int l = 1; l < 8; l++) work[l] = work[l - 1] * m;
  return work[7];
}
void all(int n, double *out) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) out[i] = row(i);
}
"""


def test_a_function_may_have_a_threadprivate_variable_of_its_own() -> None:
    check_pairs(STATIC.replace("NAMED", ""), "work[]", "shareA=static")
    own = STATIC.replace("NAMED", "\n#pragma omp threadprivate(work)\n")
    check_silent(own, "work[]", "shareA=static")
