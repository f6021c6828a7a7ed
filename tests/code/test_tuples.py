"""`std::get<1>(results)`: two threads that have one part each share nothing."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>
using Stats = std::tuple<double, double, int>;
static void mean(int n, Stats &stats) { std::get<0>(stats) = n; }
static void width(double &out) { out = 2; }
int main() {
  Stats stats{0, 0, 0};
  std::pair<int, int> pair;
  std::tuple<int, std::vector<int>> rows;
  std::variant<int, double> either;
  %s
}
"""
THREADS = "std::thread a(mean, 3, std::ref(stats)); std::thread b([&] { %s }); a.join(); b.join();"
TWO = "std::thread a([&] { %s }); std::thread b([&] { %s }); a.join(); b.join();"


@pytest.mark.parametrize("part", [0, 2])
def test_a_part_of_a_tuple(part: int) -> None:
    text = FILE % (THREADS % f"std::get<{part}>(stats) += 1;")
    if part:
        check_silent(text, "stats.get0", path="a.cpp")
        check_silent(text, "stats.get2", path="a.cpp")
    else:
        check_pairs(text, "stats.get0", "modeA=write modeB=update", path="a.cpp")


def test_a_part_that_is_handed_on() -> None:
    run = "std::thread a(width, std::ref(std::get<1>(stats))); std::get<%d>(stats) += 1; a.join();"
    check_pairs(FILE % (run % 1), "stats.get1", "common=none", path="a.cpp")
    check_silent(FILE % (run % 2), "stats.get1", path="a.cpp")


@pytest.mark.parametrize(
    ("one", "racy", "clean", "name"),
    [
        ("pair.first++;", "std::get<0>(pair)++;", "std::get<1>(pair)++;", "pair.first"),
        (
            "std::get<1>(rows).push_back(1);",
            "std::get<1>(rows).push_back(2);",
            "std::get<0>(rows) = 2;",
            "rows.get1",
        ),
        ("stats = Stats{1, 2, 3};", "std::get<2>(stats)++;", "pair.first++;", "stats.get2"),
        ("std::get<int>(either) = 1;", "std::get<double>(either) = 1;", "", "either.value"),
    ],
)
def test_parts_by_other_names(one: str, racy: str, clean: str, name: str) -> None:
    check_pairs(FILE % (TWO % (one, racy)), name, "common=none", path="a.cpp")
    check_silent(FILE % (TWO % (one, clean)), name, path="a.cpp")
