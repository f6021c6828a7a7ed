"""A record given by value has its own lock; what an algorithm of the library fills is written."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

TANK = """#include <omp.h>
typedef struct { omp_lock_t lock; int *level; } Tank;
static void pour(Tank GIVEN, int litres) {
  omp_set_lock(&t ARROW lock);
  *t ARROW level += litres;
  omp_unset_lock(&t ARROW lock);
}
void run(int *level) {
  Tank tank;
  tank.level = level;
  omp_init_lock(&tank.lock);
#pragma omp parallel for
  for (int i = 0; i < 500; i++)
    pour(HANDED, i);
}
"""
SUMS = """#include <numeric>
#include <vector>
#include <omp.h>
long total(std::vector<long> &v, std::vector<long> &part) {
  long mine = 0;
#pragma omp parallel reduction(+ : mine)
  {
#pragma omp master
    std::partial_sum(v.begin(), v.end(), PLACE.begin());
    mine = part[omp_get_thread_num()];
  }
  return mine;
}
"""


def _tank(given: str, arrow: str, handed: str) -> str:
    return TANK.replace("GIVEN", given).replace(" ARROW ", arrow).replace("HANDED", handed)


def test_the_lock_in_a_copy_is_nobody_elses() -> None:
    copied, shown = _tank("t", ".", "tank"), _tank("*t", "->", "&tank")
    check_pairs(copied, "t.level[]", "common=differ")
    check_silent(copied, "t.level[]", "common=mutex")
    check_pairs(shown, "level[]", "common=mutex")


def test_sums_are_written_where_the_third_argument_says() -> None:
    check_pairs(SUMS.replace("PLACE", "part"), "part[]", "modeA=write modeB=read", path="a.cpp")
    check_silent(SUMS.replace("PLACE", "v"), "part[]", path="a.cpp")
