"""Ranges that begin alike, neighbours that a serial loop reaches, pointers that tasks copy."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

SCANNED = """static int lower(const char *w) {
  static char buf[32];
  int k;
  for (k = %s; w[k]; k++) buf[k] = w[k];
  return buf[0];
}
int count(const char **words, int n) {
  int s = 0;
#pragma omp parallel for reduction(+:s)
  for (int i = 0; i < n; i++) s += lower(words[i]);
  return s;
}
"""


def test_ranges_that_begin_alike_meet_however_far_each_goes() -> None:
    check_pairs(SCANNED % "0", "buf[]", "modeA=write modeB=write meet=free")


NEIGHBOURS = """void blur(double *in, double *out, int n) {
#pragma omp parallel for
  for (int i = 1; i < n; i++) {
    double s = 0;
    for (int d = %s; d <= 1; d++) s += in[i + d];
    %s[i] = s;
  }
}
"""


def test_a_serial_shift_that_reaches_the_neighbours_meets_them() -> None:
    check_pairs(NEIGHBOURS % ("-1", "in"), "in[]", "modeB=read meet=other")
    check_silent(NEIGHBOURS % ("1", "out"), "in[]")


TASKED = """#include <stdlib.h>
static void fill(double *to, int n) {
#pragma omp taskloop %s
  for (int i = 0; i < n; i++) to[i] = i;
}
double use(int n) {
  double *data = calloc(n, sizeof(double)), sum = 0;
#pragma omp parallel
#pragma omp single
  {
    fill(data, n);
    for (int k = 0; k < n; k++) sum += data[k];
  }
  return sum;
}
"""


def test_a_tasks_copy_of_a_pointer_leads_to_what_the_pointer_does() -> None:
    check_pairs(TASKED % "nogroup", "data[]", "modeA=write modeB=read group=same")
    check_pairs(TASKED % "", "data[]", "modeA=write modeB=read group=differ")


BROADCAST = """#include <stdlib.h>
#include <omp.h>
void each(int n) {
#pragma omp parallel
  {
    int *area;
#pragma omp single copyprivate(area)
    area = calloc(n, sizeof *area);
    int *mine = area %s;
    for (int k = 0; k < 8; k++) mine[k] = k;
  }
}
"""


def test_a_pointer_that_is_broadcast_leads_everyone_to_one_block() -> None:
    check_pairs(BROADCAST % "", "area[]", "meet=free")
    check_pairs(BROADCAST % "+ omp_get_thread_num() * 8", "area[]", "meet=same")
