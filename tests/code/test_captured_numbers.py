"""Numbers of threads that lambdas capture, and records that functions return by their fields."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

LAMBDA = """
#include <thread>
#include <vector>
int out[40], total;
int main() {
  std::vector<std::thread> crew;
  for (int t = 0; t < 4; ++t)
    crew.emplace_back([%s]() %s { %s });
  for (auto &c : crew) c.join();
  return total;
}
"""
BOTH = "party=thread/thread modeA=write modeB=write"


@pytest.mark.parametrize("captures", ["t", "=", "&, t"])
def test_the_number_is_the_thread_s_own(captures: str) -> None:
    own = LAMBDA % (captures, "", "out[t] = t;")
    check_pairs(own, "out[]", f"{BOTH} meet=same meet-by=targ-same", path="a.cpp")
    shared = LAMBDA % (captures, "", "out[t / 2] = t;")
    check_silent(shared, "out[]", f"{BOTH} meet=same", path="a.cpp")


def test_a_number_that_is_changed_is_not() -> None:
    on = LAMBDA % ("t", "mutable", "t = total; out[t] = t;")
    check_silent(on, "out[]", f"{BOTH} meet=same", path="a.cpp")


RANGE = """
#include <thread>
#include <vector>
struct Range { int begin, end; %s };
int pos[96];
static Range of(int t, int n) { return %s; }
static void move(Range r) { for (int e = r.begin; e < r.end; ++e) pos[e] = e; }
int main() {
  std::vector<std::thread> crew;
  for (int t = 0; t < 3; ++t) crew.emplace_back([t] { %s });
  for (auto &c : crew) c.join();
  return pos[0];
}
"""
PARTS = "{96 * t / n, 96 * (t + 1) / n}"


@pytest.mark.parametrize(
    ("given", "work"),
    [
        (PARTS, "const Range mine = of(t, 3); move(mine);"),
        ("Range" + PARTS, "auto mine = of(t, 3); move(mine);"),
        (PARTS, "move(of(t, 3));"),
        (PARTS, "move(Range{t * 32, t * 32 + 32});"),
    ],
)
def test_a_record_of_a_range(given: str, work: str) -> None:
    parts = RANGE % ("", given, work)
    check_pairs(parts, "pos[]", f"{BOTH} meet=same meet-by=own-same", path="a.cpp")
    wider = parts.replace("(t + 1) / n", "(t + 1) / n + 1").replace("+ 32}", "+ 33}")
    check_silent(wider, "pos[]", f"{BOTH} meet=same", path="a.cpp")


def test_a_record_that_its_constructor_makes() -> None:
    made = RANGE % ("Range(int a, int b) : begin(0), end(a + b) {}", PARTS, "move(of(t, 3));")
    check_silent(made, "pos[]", f"{BOTH} meet=same", path="a.cpp")


SOME = """
#include <thread>
#include <vector>
void run(std::vector<int> &out) {
  std::vector<int> mine(8);
  auto work = [=, &out]() mutable { out[0]++; mine[0]++; };
  std::thread a(work), b([=, &out]() mutable { out[0]++; mine[0]++; });
  a.join();
  b.join();
}
"""


def test_what_is_named_by_reference_is_not_copied_with_the_rest() -> None:
    check_pairs(SOME, "out[]", "modeA=update modeB=update common=none", path="a.cpp")
    check_silent(SOME, "mine[]", path="a.cpp")
