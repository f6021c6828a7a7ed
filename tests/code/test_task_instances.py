"""Tasks of which each call, or each turn, has its own objects; and those that share one."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

MANY = "modeA=write modeB=write taskA=looped taskB=looped self=yes"
HALVES = """
int halves(int n) {
  if (n < 2) return n;
  %s int left, right;
#pragma omp task shared(left)
  left = halves(n / 2);
  right = halves(n - n / 2);
#pragma omp taskwait
  return left + right;
}
int main(void) {
  int sums[4];
#pragma omp parallel
#pragma omp single
  for (int i = 0; i < 4; i++) sums[i] = halves(100 + i);
  return sums[2];
}
"""
TURNS = """
int out[9];
void work(void) {
#pragma omp parallel
#pragma omp single
{ %s
  for (int i = 0; i < 9; i++) {
    %s
#pragma omp task shared(found)
    found = i;
    %s
  }
}
}
"""


def test_each_call_of_a_function_has_a_local_of_its_own() -> None:
    check_pairs(HALVES % "", "left", "modeA=write modeB=write taskA=once taskB=once self=yes")
    check_silent(HALVES % "", "left", MANY)
    check_pairs(HALVES % "static", "left", MANY)
    check_pairs(HALVES.replace("#pragma omp taskwait", "") % "", "left", "modeB=read group=same")


def test_each_turn_has_what_its_block_declares() -> None:
    wait = "\n#pragma omp taskwait\nout[i] = found;"
    check_silent(TURNS % ("", "int found;", wait), "found", MANY)
    check_pairs(TURNS % ("int found;", "", ""), "found", MANY)
    place = "int place[2];"
    through = TURNS.replace("found = i", "*found = i")
    check_pairs(through % (place, "int *found = place;", ""), "place[]", MANY)


def test_what_a_loops_header_declares_is_of_all_turns() -> None:
    source = TURNS.replace("int i = 0", "int i = 0, found = 0")
    check_pairs(source % ("", "", ""), "found", MANY)


def test_each_thread_has_what_the_region_declares() -> None:
    source = TURNS.replace("#pragma omp single\n", "").replace("for (int i = 0; i < 9; i++)", "")
    source = source.replace("= i", "= 1").replace("void work(void) {", "void work(void) {%s")
    check_silent(source % ("", "int found;", "", ""), "found", "taskA=looped")
    many = MANY.replace("write", "write-constant")
    check_pairs(source % ("int found;", "", "", ""), "found", many)


COPIES = """
int f(int);
int work(void) {
  int gold = 0;
#pragma omp parallel %s
  {
#pragma omp single
    for (int m = 0; m < 30; ++m) {
#pragma omp task firstprivate(m) %s
      gold += f(m);
    }
  }
  return gold;
}
"""


@pytest.mark.parametrize(
    ("region", "task", "share"),
    [
        ("reduction(task, + : gold)", "shared(gold)", "task-shared"),
        ("reduction(task, + : gold)", "in_reduction(+ : gold)", "reduction"),
        ("private(gold)", "shared(gold)", "task-shared"),
        ("private(gold)", "", "task-firstprivate"),
    ],
)
def test_tasks_that_share_the_copy_of_the_thread_that_makes_them(
    region: str, task: str, share: str
) -> None:
    both = f"modeA=update modeB=update shareA={share} shareB={share}"
    check_pairs(COPIES % (region, task), "gold", both)
