"""Loops whose turns threads take together: what another turn does is over, or not begun."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

TEAM = """
#include <pthread.h>
pthread_barrier_t meet;
double h[9][400], total;
static void *work(void *arg) {
  int id = (int)(long)arg;
  for (int t = 0; t < 8; t++) {
    %s
  }
  return 0;
}
int main(void) {
  pthread_t team[4];
  for (long k = 0; k < 4; k++) pthread_create(&team[k], 0, work, (void *)k);
  for (int k = 0; k < 4; k++) pthread_join(team[k], 0);
  return 0;
}
"""
STEP = "for (int x = id * 100; x < (id + 1) * 100; x++) h[t + 1][x] = h[t][(x + 1) % 400];"
MEET = "pthread_barrier_wait(&meet);"
ROWS = "modeA=write modeB=read meet=never"


def test_rows_of_one_turn_between_barriers() -> None:
    check_pairs(TEAM % (STEP + MEET), "h[][]", ROWS)
    check_silent(TEAM % STEP, "h[][]", ROWS)
    check_silent(TEAM % (STEP + f"if (t > 3) continue; {MEET}"), "h[][]", ROWS)


@pytest.mark.parametrize("work", ["total += t;", "for (int i = id; i < 9; i++) total += i;"])
def test_who_has_the_turn(work: str) -> None:
    asked = f"if (t == id) {{ {work} }}"
    check_pairs(TEAM % (asked + MEET), "total", "modeA=update modeB=update guards=turn")
    check_silent(TEAM % asked, "total", "modeA=update guards=turn")
    other = asked.replace("t == id", "t == id / 2")
    check_silent(TEAM % (other + MEET), "total", "modeA=update guards=turn")


TASKS = """
double h[9][400], first, norm;
void work(int n) {
#pragma omp parallel
#pragma omp single
  for (int t = 0; t < 8; t++) {
    %s
    for (int k = 0; k < 4; k++) {
#pragma omp task firstprivate(t, k)
      for (int x = k * 100; x < (k + 1) * 100; x++) h[t + 1][x] = h[t][(x + 1) %% 400];
    }
    %s
  }
}
"""
TASKWAIT = "\n#pragma omp taskwait\n"


def test_tasks_that_each_turn_waits_for() -> None:
    check_pairs(TASKS % ("", TASKWAIT), "h[][]", ROWS)
    check_silent(TASKS % ("", ""), "h[][]", ROWS)
    check_silent(TASKS % ("", f"if (n > 3) {{ {TASKWAIT} }}"), "h[][]", ROWS)


@pytest.mark.parametrize(
    ("leap", "waited"), [("break", True), ("return", True), ("continue", False)]
)
def test_a_turn_that_is_left_before_the_wait(leap: str, waited: bool) -> None:
    check = check_pairs if waited else check_silent
    check(TASKS % (f"if (first < 0) {leap};", TASKWAIT), "h[][]", ROWS)


GROUP = """
double sum, part[40];
void work(int n) {
#pragma omp parallel
#pragma omp single
  for (int t = 0; t < 8; t++) {
    sum = t;
#pragma omp %s
    {
      for (int k = 0; k < 4; k++) {
#pragma omp task firstprivate(k)
        part[k] += sum;
      }
    }
  }
}
"""


def test_what_is_done_before_a_group_of_tasks() -> None:
    check_pairs(GROUP % "taskgroup", "sum", "modeB=read live=before")
    check_silent(GROUP % "critical", "sum", "modeB=read live=before")


ONE = """
int cells[400], turns;
static void put(int i) { for (int k = 0; k < 3; k++) cells[(i * 7 + k) %% 400] += i; }
void work(int n) {
#pragma omp parallel
  for (int t = 0; t < 8; t++) {
#pragma omp single %s
    {
#pragma omp task
      put(t);
    }
  }
}
"""


def test_the_one_task_of_a_turn() -> None:
    check_pairs(ONE % "", "cells[]", "modeA=update modeB=update group=turn")
    check_silent(ONE % "nowait", "cells[]", "modeA=update modeB=update group=turn")


@pytest.mark.parametrize(("group", "waited"), [("taskgroup", True), ("critical", False)])
def test_a_group_that_ends_in_each_turn(group: str, waited: bool) -> None:
    """Its end waits for the tasks within, and for no others."""
    grouped = TASKS.replace("for (int k", f"\n#pragma omp {group}\nfor (int k")
    (check_pairs if waited else check_silent)(grouped % ("", ""), "h[][]", ROWS)
    beside = "\n#pragma omp taskgroup\n{\n#pragma omp task shared(norm)\nnorm = t;\n}\n"
    check_silent(TASKS % ("", beside), "h[][]", ROWS)


AFTER = """
int first[40], second[40], got;
static void fill(int *row) { for (int i = 0; i < 40; i++) row[i] = i; }
void work(int n) {
#pragma omp parallel
  {
#pragma omp single nowait
    {
#pragma omp task
      fill(first);
#pragma omp taskgroup
      {
#pragma omp task
        fill(second);
      }
      %s
    }
    %s
  }
}
"""
READ = "modeA=write modeB=read"


def test_a_group_waits_for_what_is_within() -> None:
    source = AFTER % ("got = first[3] + second[4];", "")
    check_pairs(source, "first[]", f"{READ} group=same")
    check_silent(source, "first[]", f"{READ} group=differ")
    check_pairs(source, "second[]", f"{READ} group=differ")
    waited = AFTER % (TASKWAIT + "got = first[3];", "")
    check_pairs(waited, "first[]", f"{READ} group=differ")


def test_other_threads_wait_for_no_tasks_but_their_own() -> None:
    check_pairs(AFTER % ("", TASKWAIT + "got = first[3];"), "first[]", f"{READ} group=same")
    met = "\n#pragma omp barrier\n"
    check_pairs(AFTER % ("", met + "got = first[3];"), "first[]", f"{READ} group=differ")


OPENMP = """
#include <omp.h>
double total;
void work(int n) {
#pragma omp parallel
  {
    int id = omp_get_thread_num(), all = omp_get_num_threads();
    for (int t = %s; t < all; t++) {
      if (%s) total += t;
      %s
    }
  }
}
"""
BARRIER = "\n#pragma omp barrier\n"


def test_who_of_a_team_has_the_turn() -> None:
    turn = "modeA=update modeB=update guards=turn"
    for asked in ("t == id", "t == all - 1 - id", "t == omp_get_thread_num()"):
        check_pairs(OPENMP % ("0", asked, BARRIER), "total", turn)
        check_silent(OPENMP % ("0", asked, ""), "total", turn)
        check_silent(OPENMP % ("0", asked, f"if (n > t) {{ {BARRIER} }}"), "total", turn)
    check_silent(OPENMP % ("id", "t == id", BARRIER), "total", turn)
    check_silent(OPENMP % ("0", "t == id / 2", BARRIER), "total", turn)
    check_silent(OPENMP % ("0", "t >= id", BARRIER), "total", turn)
