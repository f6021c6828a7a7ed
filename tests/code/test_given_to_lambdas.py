"""What a lambda that is called by a name is given by reference: the place itself, and no copy."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

GUARDED = """
#include <functional>
#include <mutex>
#include <thread>
struct Zone { int n; };
template <class T> class Guarded {
public:
  template <class F> auto with(F %suse) { std::lock_guard<std::mutex> hold(mutex_); %s(value_); }
  template <class F> auto bare(F %suse) { %s(value_); }
private:
  std::mutex mutex_;
  T value_{};
};
static Guarded<Zone> zone;
static void step(Zone &z) { z.n++; }
static void run() { zone.%s(%s); }
int main() { std::thread a(run), b(run); a.join(); b.join(); }
"""
MEMBER = """
#include <functional>
#include <thread>
struct Gauge {
  std::function<void(long &)> on_tick;
  Gauge() { on_tick = [](long %sv) { v += 2; }; }
  long total = 0;
  void tick() { on_tick(total); }
};
int main() {
  Gauge gauge;
  std::thread a([&] { gauge.tick(); }), b([&] { gauge.tick(); });
  a.join(); b.join();
}
"""
LOCAL = """
#include <thread>
#include <vector>
int main() {
  long total = 0;
  auto add = [](long %s slot, long by) { slot += by; };
  std::thread a([&] { add(total, 1); }), b([&] { add(total, 2); });
  a.join(); b.join();
}
"""
GIVEN = ["[](Zone &z) { z.n++; }", "[&](auto &z) { z.n++; }", "step"]


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("sort", ["&&", ""])
def test_a_wrapper_gives_what_it_guards(sort: str, given: str) -> None:
    text = GUARDED % (sort, "return use", sort, "use", "%s", given)
    check_pairs(text % "bare", "zone.value_.n", "common=none modeA=update", path="a.cpp")
    check_pairs(text % "with", "zone.value_.n", "common=mutex", path="a.cpp")
    check_silent(text % "with", "zone.value_.n", "common=none", path="a.cpp")


def test_a_copy_is_the_lambdas_own() -> None:
    text = GUARDED % ("", "use", "", "use", "bare", "[](Zone z) { z.n++; }")
    check_silent(text, "zone.value_.n", "modeA=update", path="a.cpp")


def test_a_lambda_of_the_same_function() -> None:
    check_pairs(LOCAL % "&", "total", "common=none modeA=update modeB=update", path="a.cpp")
    check_silent(LOCAL % "", "total", path="a.cpp")


def test_a_lambda_that_a_member_keeps() -> None:
    check_pairs(MEMBER % "&", "gauge.total", "modeA=update modeB=update", path="a.cpp")
    check_silent(MEMBER % "", "gauge.total", path="a.cpp")
