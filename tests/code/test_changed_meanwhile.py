"""What the creator of threads and tasks changes while they run is the own of none of them."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

THREADS = """
#include <pthread.h>
#include <stdlib.h>
struct job { int lo, hi; };
int out[400];
static void *work(void *p) {
  struct job *j = p;
  for (int i = j->lo; i < j->hi; i++) out[i] = i;
  return 0;
}
int main(void) {
  pthread_t t[4];
  %s
  for (int k = 0; k < 4; k++) {
    %s
    one.lo = k * 100; one.hi = k * 100 + 100;
    pthread_create(&t[k], 0, work, &one);
  }
  for (int k = 0; k < 4; k++) pthread_join(t[k], 0);
  return out[3];
}
"""
OWN = "modeA=write modeB=write meet=same meet-by=own-same"


def test_one_record_for_all_threads() -> None:
    check_silent(THREADS % ("struct job one;", ""), "out[]", OWN)
    several = (THREADS % ("struct job all[4];", "")).replace("one", "all[k]")
    check_pairs(several, "out[]", OWN)
    fresh = (THREADS % ("", "struct job *one = malloc(sizeof *one);")).replace("one.", "one->")
    check_pairs(fresh.replace("&one", "one"), "out[]", OWN)


CAPTURED = """
#include <thread>
#include <vector>
int out[400];
int main() {
  std::vector<std::thread> pool;
  for (int w = 0; w < 4; ++w)
    pool.emplace_back([%s] { for (int i = w * 100; i < w * 100 + 100; ++i) out[i] = w; });
  for (auto &t : pool) t.join();
  return out[3];
}
"""


@pytest.mark.parametrize(
    ("captures", "own"), [("w", True), ("=", True), ("&w", False), ("&", False)]
)
def test_the_variable_that_counts_threads(captures: str, own: bool) -> None:
    (check_pairs if own else check_silent)(CAPTURED % captures, "out[]", OWN, path="a.cpp")


TASKS = """
struct job { int lo, hi; };
int out[400];
static void work(const struct job *j) { for (int i = j->lo; i < j->hi; i++) out[i] = i; }
void run(void) {
#pragma omp parallel
#pragma omp single
  {
    struct job one;
    for (int k = 0; k < 4; k++) {
      one.lo = k * 100; one.hi = k * 100 + 100;
#pragma omp task %s(one)
      work(&one);
    }
#pragma omp taskwait
  }
}
"""


@pytest.mark.parametrize(("clause", "own"), [("firstprivate", True), ("shared", False)])
def test_one_record_for_all_tasks(clause: str, own: bool) -> None:
    (check_pairs if own else check_silent)(TASKS % clause, "out[]", OWN)
