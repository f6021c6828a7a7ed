"""Subscripts that are worked out turn by turn, where the laws of linear forms do not tell."""

from __future__ import annotations

import time

import pytest

from reviewbot.code.team_turns import MAX_TRIALS
from tests.code.checks import check_pairs, check_silent, read

TURNED = """int m[48][48];
void flip(void) {
#pragma omp parallel for
  for (int r = 0; r < 48; r++)
    for (int c = %s; c < 48; c++) {
      int t = m[r][c];
      m[r][c] = m[c][r];
      m[c][r] = t;
    }
}
"""


def test_the_two_triangles_of_a_matrix_are_apart() -> None:
    check_pairs(TURNED % "r + 1", "m[][]", "meet=never meet-by=pv-never")
    check_silent(TURNED % "r + 1", "m[][]", "meet=other")
    check_pairs(TURNED % "0", "m[][]", "modeA=write modeB=write meet=other")


FLAT = """void flip(float *m, int n) {
#pragma omp parallel for
  for (int r = 0; r < n; r++)
    for (int c = 0; c < %s; c++)
      m[r * n + c] += m[c * n + r];
}
"""


def test_sizes_that_nobody_knows_are_given_values() -> None:
    check_pairs(FLAT % "r", "m[]", "modeB=read meet=never")
    check_pairs(FLAT % "n", "m[]", "modeB=read meet=other")


BUTTERFLIES = """void stage(double *re, int n, int half) {
#pragma omp parallel for
  for (int i = 0; i < n / 2; i++) {
    int j = i / half * %s * half + i %% half;
    re[j] += re[j + half];
    re[j + half] *= 0.5;
  }
}
"""


def test_pairs_that_a_quotient_and_a_remainder_number_are_each_turns_own() -> None:
    check_pairs(BUTTERFLIES % "2", "re[]", "modeA=update modeB=update meet=same")
    check_silent(BUTTERFLIES % "2", "re[]", "meet=other")
    check_silent(BUTTERFLIES % "1", "re[]", "meet=never")
    check_pairs(BUTTERFLIES % "1", "re[]", "modeA=update modeB=read meet=unknown")


GUARDED = """int enc[640], tail[640];
void undo(void) {
#pragma omp parallel for schedule(%s) num_threads(4)
  for (int i = 0; i < 640; i++)
    if (i %% %s != 0)
      enc[i] += enc[i - 1];
}
"""


def test_a_chunk_that_a_condition_keeps_to_itself_is_one_threads() -> None:
    check_pairs(GUARDED % ("static, 32", "32"), "enc[]", "modeB=read meet=same")
    check_pairs(GUARDED % ("static, 640", "7"), "enc[]", "modeB=read meet=same")
    for schedule, number in (("static, 32", "31"), ("static, 16", "32"), ("static", "32")):
        check_pairs(GUARDED % (schedule, number), "enc[]", "modeB=read meet=other")


SLOTS = """float slot[%s];
void all(const float *in, int n) {
#pragma omp parallel for num_threads(%s) schedule(%s, 1)
  for (int r = 0; r < 64; r++)
    slot[r %% 4] += in[r];
}
"""


def test_turns_dealt_to_as_many_threads_as_there_are_slots() -> None:
    check_pairs(SLOTS % ("4", "4", "static"), "slot[]", "meet=same")
    for threads, schedule in (("3", "static"), ("4", "dynamic")):
        check_pairs(SLOTS % ("4", threads, schedule), "slot[]", "meet=other")


BLOCKS = """#include <omp.h>
void sums(int *x, int n) {
#pragma omp parallel num_threads(4)
  {
    int t = omp_get_thread_num(), nt = omp_get_num_threads();
    int lo = n * t / nt, hi = n * (t + 1) / nt;
    for (int i = lo + %s; i < hi; i++)
      x[i] += x[i - 1];
    x[hi - 1]++;
  }
}
"""


def test_a_block_that_begins_one_later_keeps_its_first_to_itself() -> None:
    check_pairs(BLOCKS % "1", "x[]", "modeB=read meet=same")
    check_silent(BLOCKS % "1", "x[]", "meet=other")
    check_pairs(BLOCKS % "0", "x[]", "modeB=read meet=other")


BORDER = """double u[64];
void step(int n) {
#pragma omp parallel
  {
#pragma omp for nowait
    for (int i = %s; i < 63; i++) u[i] *= 0.5;
#pragma omp single
    u[0] = n;
  }
}
"""


def test_a_border_that_one_thread_sets_is_apart_from_what_is_within() -> None:
    check_pairs(BORDER % "1", "u[]", "frameB=single meet=never meet-by=split-never")
    check_pairs(BORDER % "0", "u[]", "frameB=single meet=other")


FAR = """int grid[9000];
void f(int n) {
#pragma omp parallel
  for (int d = 2; d < n; d++) {
#pragma omp for nowait
    for (int r = 1; r < d; r++) grid[r * %s + d - r] += d;
  }
}
"""


@pytest.mark.parametrize("stride", ["64", "700"])
def test_ranges_are_tried_beyond_the_strides_that_are_written(stride: str) -> None:
    check_silent(FAR % stride, "grid[]", "meet=same")


def test_what_overflows_or_is_read_from_memory_is_not_worked_out() -> None:
    source = """int a[512]; extern int t[512];
void f(void) {
#pragma omp parallel for
  for (unsigned i = 0; i < 512; i++) a[%s] = i;
}
"""
    for index in ("(i * 2654435761u) >> 23", "t[i]", "t[i] % 64 + i"):
        check_pairs(source % index, "a[]", "meet=unknown")
    check_pairs(source % "i ^ (i >> 1)", "a[]", "meet=same")
    check_pairs(source % "i ^ (i / 64)", "a[]", "meet=same")
    check_pairs(source % "i & (i >> 1)", "a[]", "meet=other")


def test_many_accesses_are_not_all_tried() -> None:
    def seconds(count: int) -> float:
        body = "".join(f"a[i ^ (i >> {k % 9 + 1})] += a[i ^ {k}];\n" for k in range(count))
        loop = "#pragma omp parallel for\nfor (int i = 0; i < n; i++) {\n" + body + "}\n"
        text = "int a[4096];\n" + f"void f(int n) {{\n{loop}}}\n"
        begin = time.perf_counter()
        read(text)
        return time.perf_counter() - begin

    seconds(2)
    assert MAX_TRIALS < 100
    assert seconds(200) < 20 * seconds(20) + 1


def test_numbers_that_are_made_of_one_another_are_worked_out_once() -> None:
    def seconds(count: int) -> float:
        steps = "".join(
            f"int x{k + 1} = (x{k} ^ (x{k} >> 1)) % 9 + x{k} % 5 + x{k} / 7;\n"
            for k in range(count)
        )
        text = "int a[4096];\nvoid f(int n) {\n#pragma omp parallel for\n"
        text += f"for (int x0 = 0; x0 < n; x0++) {{\n{steps} a[x{count}] = n;\n}}\n}}\n"
        begin = time.perf_counter()
        read(text)
        return time.perf_counter() - begin

    seconds(2)
    assert seconds(11) < 1
    assert seconds(30) < 1


def test_numbers_that_are_larger_than_those_of_c_are_not_worked_out() -> None:
    body = "#pragma omp parallel for\nfor (int i = 0; i < 64; i++) a[(i ^ %s) %% 64]++;"
    source = "int a[64];\nvoid f(void) {\n" + body + "\n}\n"
    check_pairs(source % "5", "a[]", "meet=same")
    for number in ("0xFFFFFFFFFFFFFFFFu", "9" * 32):
        check_pairs(source % number, "a[]", "meet=unknown")
