"""`*access` where a class says what that is: what it gives lives on, its lock does not."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <mutex>
#include <thread>
struct Zone { int n; int m; };
struct Guarded {
  class Access {
  public:
    explicit Access(Guarded &g) : lock_(g.mutex_), value_(g.value_) {}
    Zone *operator->() { return &value_; }
    Zone &operator*() { return value_; }
  private:
    std::unique_lock<std::mutex> lock_;
    Zone &value_;
  };
  Access lock() { return Access(*this); }
  std::mutex mutex_;
  Zone value_;
};
static Guarded zone;
static void one() { auto z = zone.lock(); z->n++; }
static void two() { %s }
int main() { std::thread a(one), b(two); a.join(); b.join(); }
"""
KEPT = [
    "auto &&z = zone.lock(); z->n++;",
    "const auto &z = zone.lock(); z->n++;",
    "auto z = zone.lock(); (*z).n++;",
    "auto g = zone.lock(); Zone &z = *g; z.n++;",
]


def test_the_lock_of_a_temporary_is_gone() -> None:
    text = FILE % "Zone &z = *zone.lock(); z.n++;"
    check_pairs(text, "zone.value_.n", "common=one-sided", path="a.cpp")


@pytest.mark.parametrize("kept", KEPT)
def test_the_lock_of_a_named_one_is_held(kept: str) -> None:
    check_pairs(FILE % kept, "zone.value_.n", "common=mutex", path="a.cpp")
    check_silent(FILE % kept, "zone.value_.n", "common=one-sided", path="a.cpp")
