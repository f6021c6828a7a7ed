"""Threads and futures taken out of a container, each waited for, until nobody is left in it."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

STARTED = """
#include <deque>
#include <future>
#include <thread>
#include <vector>
int total;
void run() {
  %s crew;
  for (int t = 0; t < 4; ++t) crew.push_back(%s([] { total++; return 1; }));
  while (%s) { %s }
  total = 7;
  if (!crew.empty()) crew.front().%s();
}
int main() { run(); }
"""


def drained(until: str, body: str, kind: str = "std::thread") -> str:
    """Four threads or futures in a container, and the loop that takes them out of it."""
    future = "future" in kind
    made = "std::async" if future else kind
    return STARTED % (f"std::deque<{kind}>", made, until, body, "get" if future else "join")


@pytest.mark.parametrize("until", ["!crew.empty()", "crew.size() > 0", "crew.size()"])
def test_until_none_is_left(until: str) -> None:
    source = drained(until, "crew.back().join(); crew.pop_back();")
    check_pairs(source, "total", "live=after", path="a.cpp")
    check_silent(source, "total", "live=during", path="a.cpp")


def test_until_few_are_left() -> None:
    source = drained("crew.size() > 2", "crew.back().join(); crew.pop_back();")
    check_silent(source, "total", "live=after", path="a.cpp")


def test_another_container_is_emptied() -> None:
    source = drained("!more.empty()", "crew.back().join(); crew.pop_back();")
    check_silent(source, "total", "live=after", path="a.cpp")


@pytest.mark.parametrize(
    ("kind", "end"),
    [("std::thread", "join"), ("std::future<int>", "get"), ("std::jthread", "join")],
)
def test_moved_out_first(kind: str, end: str) -> None:
    body = f"auto one = std::move(crew.front()); crew.pop_front(); one.{end}();"
    check_pairs(drained("!crew.empty()", body, kind), "total", "live=after", path="a.cpp")
    without = body.replace(f"one.{end}()", "one.swap(one)")
    check_silent(drained("!crew.empty()", without, kind), "total", "live=after", path="a.cpp")


def test_others_run_on_while_one_is_waited_for() -> None:
    source = drained("!crew.empty()", "crew.back().join(); crew.pop_back(); total--;")
    check_pairs(source, "total", "live=partly-joined", "live=after", path="a.cpp")


def test_a_member_of_an_object() -> None:
    source = """
#include <thread>
#include <vector>
struct Crew {
  std::vector<std::thread> hands; long n = 0;
  void start() { for (int t = 0; t < 4; ++t) hands.emplace_back([this] { n++; }); }
  void stop() { while (!hands.empty()) { hands.back().join(); hands.pop_back(); } }
};
int main() { Crew c; c.start(); c.stop(); return c.n; }
"""
    check_pairs(source, "c.n", "party=thread/main live=after", path="a.cpp")
    late = source.replace("c.stop(); return c.n;", "long n = c.n; c.stop(); return n;")
    check_pairs(late, "c.n", "party=thread/main live=during", path="a.cpp")
