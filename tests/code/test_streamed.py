"""Objects that a call gives a reference to, and operators that take an object on their right."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

LIMITER = """
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>
class Limiter {
public:
  void take() { std::scoped_lock hold(lock); tokens -= 1; }
  %s std::ostream &operator<<(std::ostream &os, const Limiter &r) {
    %s
    return os << "tokens=" << r.tokens;
  }
  mutable std::mutex lock;
  int tokens = 20;
};
int main() {
  Limiter limiter;
  std::thread one([&] { limiter.take(); });
  std::thread two([&] { std::ostringstream line; line << %s; });
  one.join();
  two.join();
  return 0;
}
"""


@pytest.mark.parametrize("streamed", ["limiter", '"now " << limiter << 3'])
def test_what_is_streamed(streamed: str) -> None:
    locked = LIMITER % ("friend", "std::scoped_lock hold(r.lock);", streamed)
    check_pairs(locked, "limiter.tokens", "modeB=read live=overlap common=mutex", path="a.cpp")
    check_silent(locked, "limiter.tokens", "live=overlap common=one-sided", path="a.cpp")
    bare = LIMITER % ("friend", "", streamed)
    check_pairs(bare, "limiter.tokens", "modeB=read live=overlap common=one-sided", path="a.cpp")
    check_silent(bare, "limiter.tokens", "live=overlap common=mutex", path="a.cpp")


STUDIO = """
#include <mutex>
#include <thread>
#include <vector>
struct Canvas { std::mutex m; int layers = 0; };
struct Studio {
  std::vector<Canvas> all;
  Canvas &at(int i) { return all[i %% all.size()]; }
};
static void put(Canvas %s, int n) { %s to.layers += n; }
static void paint(Studio *s, int id) { put(s->at(id), 1); }
int main() {
  Studio s;
  std::thread a(paint, &s, 1), b(paint, &s, 2);
  a.join();
  b.join();
  return s.all[0].layers;
}
"""
LOCKED = "std::scoped_lock lock(to.m);"


def test_a_reference_that_a_call_gives_is_handed_on() -> None:
    both = "modeA=update modeB=update live=overlap"
    check_pairs(STUDIO % ("&to", LOCKED), "s.all[].layers", f"{both} common=own", path="a.cpp")
    check_silent(STUDIO % ("&to", LOCKED), "s.all[].layers", "viaB=whole", path="a.cpp")
    check_pairs(STUDIO % ("&to", ""), "s.all[].layers", f"{both} common=none", path="a.cpp")
    check_silent(STUDIO % ("to", LOCKED), "s.all[].layers", both, path="a.cpp")
