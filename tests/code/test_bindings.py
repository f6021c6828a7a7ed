"""`auto [from, to] = cut(part, n);`: each name has one part of what is given, by value."""

from __future__ import annotations

import time

from tests.code.checks import check_pairs, check_silent, read

CUT = """
#include <vector>
struct range { int from, to; };
range cut(int p, int n) { return {n * p / 4, n * (p + 1) / 4}; }
void put(std::vector<int>& v) {
  const int n = v.size();
#pragma omp parallel for
  for (int p = 0; p < 4; ++p) {
    const auto [from, to] = cut(p, n);
    for (int i = %s; i < %s; ++i) v[i] += 1;
  }
}
"""
LOCKED = """
#include <mutex>
#include <vector>
struct edge { int a, b; };
std::vector<std::vector<int>> adj(40);
std::vector<std::mutex> row(40);
void put(const std::vector<edge>& edges) {
#pragma omp parallel for
  for (long e = 0; e < 100; ++e) {
    const auto [u, v] = edges[e];
    std::lock_guard<std::mutex> hold(row[%s]);
    adj[v].push_back(u);
  }
}
"""
PARTS = """
#include <vector>
struct pools { std::vector<int> one, two; int seen[8]; };
pools make(int n);
void put(int n, pools *from) {
  %s
#pragma omp parallel for
  for (int p = 0; p < n; ++p) { one[p] = 1; two[p / 2] += 1; seen[%s] += 1; }
}
"""


def test_bounds_of_a_range_that_a_call_gives() -> None:
    check_pairs(CUT % ("from", "to"), "v[]", "meet=same", path="a.cpp")
    check_silent(CUT % ("from", "n"), "v[]", "meet=same", path="a.cpp")
    check_silent(CUT % ("from", "from + n"), "v[]", "meet=same", path="a.cpp")


def test_a_lock_by_the_other_part() -> None:
    check_pairs(LOCKED % "v", "adj[]", "stripeA=same", path="a.cpp")
    check_silent(LOCKED % "u", "adj[]", "stripeA=same", path="a.cpp")


def test_a_part_that_is_changed_is_a_variable() -> None:
    text = LOCKED % "v"
    changed = text.replace("const auto [u, v] = edges[e];", "auto [u, v] = edges[e]; v = v + 1;")
    check_pairs(changed, "adj[]", "stripeA=same indexA=pv", path="a.cpp")
    ahead = text.replace("    const auto [u, v] = edges[e];\n", "").replace(
        "#pragma", "  auto [u, v] = edges[0];\n#pragma"
    )
    check_pairs(
        ahead.replace("push_back(u);", "push_back(u++);"), "u", "modeA=update", path="a.cpp"
    )
    check_silent(ahead, "u", path="a.cpp")


def test_parts_of_classes_and_arrays() -> None:
    for given in ("auto [one, two, seen] = make(n);", "auto [one, two, seen] = *from;"):
        text = PARTS % (given, "p")
        check_pairs(text, "one[]", "meet=same kind=element", path="a.cpp")
        check_pairs(text, "two[]", "meet=other", path="a.cpp")
    array = "int both[2] = {0, n}; auto [low, high] = both; std::vector<int> one, two, seen;"
    body = PARTS % (array, "low")
    check_pairs(body.replace("one[p] = 1", "high = p"), "high", "modeA=write", path="a.cpp")
    check_silent(body, "low", path="a.cpp")


def test_reading_takes_time_in_proportion() -> None:
    once = CUT % ("from", "to")
    body = once[once.index("#pragma") : once.rindex("}")]

    def seconds(times: int) -> float:
        start = time.perf_counter()
        read(once.replace(body, body * times), "a.cpp")
        return time.perf_counter() - start

    seconds(1)
    assert seconds(24) < 10 * max(seconds(6), 0.02)
