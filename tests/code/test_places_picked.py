"""One of two objects that a condition picks is reached as either, and under the lock it has."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <mutex>
#include <thread>
struct Bucket {
  std::mutex m;
  int level = 0;
  void plain() { ++level; }
  void locked() { std::lock_guard<std::mutex> g(m); ++level; }
};
struct Gate {
  Bucket small, large;
  std::mutex m;
  Bucket &pick(int k) { return k > 3 ? large : small; }
  void pass(int k) { %s }
};
int main() {
  Gate gate;
  std::thread a([&gate] { gate.pass(1); }), b([&gate] { gate.pass(5); });
  a.join(); b.join();
}
"""


@pytest.mark.parametrize(
    "way",
    [
        "Bucket &b = k > 3 ? large : small; b.plain();",
        "auto &b = k > 3 ? large : small; ++b.level;",
        "(k > 3 ? large : small).plain();",
        "pick(k).plain();",
        "Bucket *b = k > 3 ? &large : &small; b->plain();",
    ],
)
def test_either_of_two_is_changed(way: str) -> None:
    for name in ("gate.large.level", "gate.small.level"):
        check_pairs(FILE % way, name, "modeA=update common=none", path="a.cpp")


@pytest.mark.parametrize(
    "way",
    [
        "Bucket &b = k > 3 ? large : small; b.locked();",
        "Bucket &b = k > 3 ? large : small; std::lock_guard<std::mutex> g(b.m); ++b.level;",
        "pick(k).locked();",
        "Bucket *b = k > 3 ? &large : &small; b->m.lock(); b->level++; b->m.unlock();",
        "Bucket &b = k > 3 ? large : small; std::lock_guard<std::mutex> g(m); ++b.level;",
    ],
)
def test_what_is_picked_has_its_own_lock(way: str) -> None:
    for name in ("gate.large.level", "gate.small.level"):
        check_pairs(FILE % way, name, "common=mutex", path="a.cpp")
        for slot in ("common=none", "common=type", "common=one-sided"):
            check_silent(FILE % way, name, slot, path="a.cpp")


@pytest.mark.parametrize(
    "way",
    [
        "Bucket &b = k > 3 ? large : small; { std::lock_guard<std::mutex> g(b.m); } ++b.level;",
        "Bucket &b = k > 3 ? large : small, &c = k > 3 ? small : large;"
        " std::lock_guard<std::mutex> g(b.m); ++c.level;",
    ],
)
def test_a_lock_given_back_or_of_the_other_one_is_none(way: str) -> None:
    for name in ("gate.large.level", "gate.small.level"):
        check_pairs(FILE % way, name, "modeA=update", path="a.cpp")
        check_silent(FILE % way, name, "common=mutex", path="a.cpp")


def test_reading_is_no_change() -> None:
    way = "const Bucket &b = k > 3 ? large : small; if (b.level > 9) throw 1;"
    check_silent(FILE % way, "gate.large.level", path="a.cpp")
