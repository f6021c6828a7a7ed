"""`thread_local` objects end with their threads: their destructors run in each of them."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <mutex>
#include <thread>
#include <vector>
static long total = 0;
static std::mutex m;
struct Tally { long mine = 0; ~Tally() { %s total += mine; } };
static thread_local Tally tally;
static void work(int n) { for (int i = 0; i < n; i++) %s; }
int main() {
  std::vector<std::thread> ts;
  for (int i = 0; i < 4; i++) ts.emplace_back(%s);
  for (auto &t : ts) t.join();
  return (int)total;
}
"""
RUNS = ["work, 100", "[] { work(100); }"]
USES = "tally.mine += i"


@pytest.mark.parametrize("run", RUNS)
def test_each_thread_runs_the_destructor(run: str) -> None:
    check_pairs(FILE % ("", USES, run), "total", "common=none same-party=many", path="a.cpp")


@pytest.mark.parametrize("run", RUNS)
def test_the_destructor_takes_its_locks(run: str) -> None:
    source = FILE % ("std::lock_guard<std::mutex> g(m);", USES, run)
    check_pairs(source, "total", "common=mutex same-party=many", path="a.cpp")
    check_silent(source, "total", "common=none same-party=many", path="a.cpp")


def test_what_a_thread_never_uses_is_never_made() -> None:
    check_silent(FILE % ("", "(void)i", RUNS[0]), "total", path="a.cpp")


def test_a_pointer_ends_nothing() -> None:
    source = FILE % ("", "tally->mine += i", RUNS[0])
    pointer = source.replace("Tally tally;", "Tally *tally = new Tally;")
    check_silent(pointer, "total", path="a.cpp")
