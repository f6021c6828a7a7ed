"""What lambdas capture by reference is another object for each thread, or the same for all."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <functional>
#include <future>
#include <thread>
#include <vector>
struct Block { long sum; };
int main() {
  std::vector<Block> blocks(8);
  std::vector<std::thread> all;
  %s
  for (auto &t : all) t.join();
}
"""
EACH = "for (auto &b : blocks) {\n %s\n }"
COUNTED = "for (int i = 0; i < 8; i++) {\n auto &b = blocks[i];\n %s\n }"
BEFORE = "auto &b = blocks[0];\n for (int i = 0; i < 8; i++) {\n %s\n }"
OUTER = "for (auto &b : blocks)\n for (int i = 0; i < 8; i++) {\n %s\n }"
WORKS = [
    "all.emplace_back([&b] { b.sum++; });",
    "all.emplace_back([&] { b.sum++; });",
    "auto job = [&b] { b.sum++; }; all.emplace_back(job);",
    "auto job = [&b] { b.sum++; }; all.emplace_back(std::move(job));",
    "std::packaged_task<void()> job([&b] { b.sum++; }); all.emplace_back(std::move(job));",
    "std::function<void(int)> job([&b](int n) { b.sum += n; });"
    " all.emplace_back(std::move(job), 3);",
]
SUM, EACHS_OWN = "blocks[].sum", "indexA=targ varies=both"
ONE = "party=thread/thread varies=none"


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("loop", [EACH, COUNTED])
def test_bound_in_each_turn(loop: str, work: str) -> None:
    source = FILE % (loop % work)
    check_pairs(source, SUM, EACHS_OWN, path="a.cpp")
    check_silent(source, SUM, ONE, path="a.cpp")


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize(("loop", "name"), [(BEFORE, "blocks->sum"), (OUTER, SUM)])
def test_bound_before_the_loop(loop: str, name: str, work: str) -> None:
    source = FILE % (loop % work)
    check_pairs(source, name, "party=thread/thread", path="a.cpp")
    check_silent(source, name, "varies=both", path="a.cpp")
