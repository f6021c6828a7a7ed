"""Statements that call an element, which the grammar would read as `auto [i]();` is read."""

from __future__ import annotations

import pytest

from reviewbot.code.initialisers import with_calls
from tests.code.checks import check_pairs, check_silent

FILE = """
#include <functional>
#include <mutex>
#include <thread>
#include <vector>
static long hits = 0;
static std::mutex m;
int main() {
  std::vector<std::function<void(%s)>> tasks;
  for (int i = 0; i < 4; i++) tasks.push_back([](%s) { %s hits++; });
  std::vector<std::thread> ts;
  for (int i = 0; i < 4; i++) ts.emplace_back([&tasks, i] { %s });
  for (auto &t : ts) t.join();
  return (int)hits;
}
"""
CALLS = [("", "tasks[i]();"), ("int", "tasks[i](i);"), ("", "if (i < 9)\n    tasks[i]();")]


@pytest.mark.parametrize(("given", "call"), CALLS)
def test_what_an_element_holds_runs_in_each_thread(given: str, call: str) -> None:
    source = FILE % (given, given, "", call)
    check_pairs(source, "hits", "common=none same-party=many", path="a.cpp")


@pytest.mark.parametrize(("given", "call"), CALLS)
def test_with_the_locks_that_it_takes(given: str, call: str) -> None:
    source = FILE % (given, given, "std::lock_guard<std::mutex> g(m);", call)
    check_pairs(source, "hits", "common=mutex same-party=many", path="a.cpp")
    check_silent(source, "hits", "common=none same-party=many", path="a.cpp")


@pytest.mark.parametrize(
    "text", [" auto [i](x);", " int f[n](x);", " x = t[i](y);", " t[i + 1]();", " a.t[i]();"]
)
def test_what_is_no_such_statement_stays(text: str) -> None:
    assert with_calls(text) == text


def test_offsets_stay() -> None:
    assert with_calls("{ t[i](); }\n\tt[k](a, b);") == "{+t[i](); }\n+t[k](a, b);"
