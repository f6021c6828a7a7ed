"""Depend items that name what a task accesses: the element, its row, the head of its tile."""

from __future__ import annotations

import time

import pytest

from tests.code.checks import check_pairs, check_silent, read

SOURCE = """
#define S 12
double cell[40], rows[9][40], tiles[4][4][9], flat[120];
static void bump(double *x) { *x = *x * 2; }
static void fill(double *t) { for (int k = 0; k < 9; k++) t[k] += k; }
static void block(int b) {
  for (int i = b * S; i < (b + 1) * S; i++)
    for (int j = i + 1; j < (b + 1) * S; j++) flat[j] += flat[i];
}
void work(void) {
#pragma omp parallel
#pragma omp single
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 4; k++) {
#pragma omp task firstprivate(i, k) depend(%s)
      %s
    }
}
"""
ACCESSES = "frameA=task frameB=task depend=accesses"


@pytest.mark.parametrize(
    ("named", "other", "does", "what"),
    [
        ("inout: cell[i]", "inout: cell[k]", "bump(&cell[i]);", "cell[]"),
        ("inout: tiles[i][k]", "inout: tiles[k][i]", "fill(tiles[i][k]);", "tiles[][][]"),
        ("inout: flat[i * S]", "inout: flat[k * S]", "block(i);", "flat[]"),
        ("inout: flat[i * S:S]", "inout: flat[i * 10]", "block(i);", "flat[]"),
    ],
)
def test_items_that_name_what_is_accessed(named: str, other: str, does: str, what: str) -> None:
    check_pairs(SOURCE % (named, does), what, ACCESSES)
    check_silent(SOURCE % (other, does), what, ACCESSES)


def test_heads_of_rows() -> None:
    step = "for (int c = 0; c < 40; c++) rows[i + 1][c] = rows[i][c] + 1;"
    both = "in: rows[i][0]) depend(out: rows[i + 1][0]"
    check_pairs(SOURCE % (both, step), "rows[][]", f"{ACCESSES} modeA=write modeB=read")
    for less in ("out: rows[i + 1][0]", "in: rows[i][1]) depend(out: rows[i + 1][0]"):
        source = SOURCE % (less, step)
        check_pairs(source, "rows[][]", f"{ACCESSES} modeA=write modeB=write")
        check_silent(source, "rows[][]", f"{ACCESSES} modeA=write modeB=read")


def test_items_that_only_read_order_nothing() -> None:
    check_silent(SOURCE % ("in: cell[i]", "bump(&cell[i]);"), "cell[]", ACCESSES)


def test_two_tasks_that_name_one_element_in_two_ways() -> None:
    two = """
    double tiles[4][4][9];
    static void fill(double *t) { for (int k = 0; k < 9; k++) t[k] += k; }
    void work(void) {
    #pragma omp parallel
    #pragma omp single
      for (int k = 0; k < 4; k++) {
    #pragma omp task firstprivate(k) depend(inout: tiles[k][k])
        fill(tiles[k][k]);
        for (int i = k; i < 4; i++) {
    #pragma omp task firstprivate(i, k) depend(inout: %s)
          fill(tiles[i][k]);
        }
      }
    }
    """
    siblings = "frames=siblings-task-task"
    check_pairs(two % "tiles[i][k]", "tiles[][][]", f"{siblings} depend=accesses")
    check_silent(two % "tiles[i][k][3]", "tiles[][][]", f"{siblings} depend=accesses")


def test_many_items_take_time_in_proportion() -> None:
    took = []
    for times in (1, 20):
        clause = ", ".join(f"cell[i + {n}]" for n in range(40 * times))
        begin = time.perf_counter()
        read(SOURCE % (f"inout: {clause}", "bump(&cell[i]);" * times))
        took.append(time.perf_counter() - begin)
    assert took[1] < 60 * max(took[0], 0.01)
