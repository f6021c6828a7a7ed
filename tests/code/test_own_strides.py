"""Strides by which threads take turns, and elements by the thread's number within such loops."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

TALLIED = """#include <omp.h>
long tally[64], all[512];
void count(int n) {
#pragma omp parallel num_threads(4)
  {
    int me = omp_get_thread_num();
    for (int i = me; i < 512; i += 4)
      %s;
  }
}
"""


def test_an_element_by_number_is_the_threads_own_in_a_loop_with_strides() -> None:
    check_pairs(TALLIED % "tally[me] += i", "tally[]", "meet=same meet-by=tid-same")
    check_pairs(TALLIED % "tally[me / 2] += i", "tally[]", "meet=other")
    check_pairs(TALLIED % "all[i] += me", "all[]", "meet=same meet-by=cyclic-same")


STRIDDEN = """int door[151];
void toggle(int step) {
#pragma omp parallel for
  for (int walker = 1; walker <= 150; walker++)
    for (int d = walker; d <= 150; d += %s)
      door[d] = !door[d];
}
"""


def test_multiples_of_each_turns_number_are_no_turns_own() -> None:
    check_silent(STRIDDEN % "walker", "door[]", "meet=same")
    check_pairs(STRIDDEN % "walker", "door[]", "modeA=write modeB=write")


STORED = """void count(const int *in, int n, long *out) {
  long hits = 0;
#pragma omp parallel for
  for (int i = 0; i < n; i++)
    if (in[i]) {
#pragma omp atomic %s
      %s;
    }
  *out = hits;
}
"""


def test_an_atomic_write_reads_what_it_adds_to_without_protection() -> None:
    check_pairs(STORED % ("write", "hits = hits + 1"), "hits", "modeB=read atomicB=-")
    check_silent(STORED % ("update", "hits = hits + 1"), "hits", "atomicB=-")
    check_silent(STORED % ("write", "hits = in[i]"), "hits", "atomicB=-")


BLOCKS = """
int row[900];
void paint(int n, int *stop) {
#pragma omp parallel for
  for (int k = 0; k < n; k++)
    for (int x = 8 * k; %s; x++) row[x] = k;
}
"""


def test_an_end_beside_another_condition() -> None:
    for asked in (
        "x < 8 * k + 8 && !*stop",
        "!*stop && x < 8 * k + 8",
        "stop != 0 && x < 8 * k + 8",
    ):
        check_pairs(BLOCKS % asked, "row[]", "modeA=write modeB=write meet=same")
    for asked in ("!*stop && x < 8 * k + 9", "!*stop && row[x] < 8 * k + 8"):
        check_silent(BLOCKS % asked, "row[]", "modeA=write modeB=write meet=same")


BATCHES = """#include <stdlib.h>
void run(int n, char **first, char *base, char *arg) {{
  long i;
  {}
  #pragma omp parallel
  {{
    #pragma omp for
    for (i = 0; i < n; i += size) {{ int batch = i / {}; first[batch] = base + i; }}
  }}
}}
"""
SIZES = (
    "int size = atoi(arg);",
    "int size = 0; size = atoi(arg);",
    "int size; size = atoi(arg); if (n < size) size = n;",
    "const long size = ask(arg);",
)


@pytest.mark.parametrize("made", SIZES)
def test_a_stride_that_was_made_before_the_loop_is_one_number(made: str) -> None:
    check_pairs(BATCHES.format(made, "size"), "first[]", "meet=same")
    check_silent(BATCHES.format(made, "(2 * size)"), "first[]", "meet=same")
    check_pairs(BATCHES.format(made, "4"), "first[]")
    check_silent(BATCHES.format(made, "other"), "first[]", "meet=same")
