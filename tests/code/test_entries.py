"""What an iterator into a map, or a pointer out of a container, leads to."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>
struct Item { long n = 0; std::atomic<long> k{0}; };
std::map<int, %s> table;
std::vector<Item *> list;
std::pair<int, Item> both;
std::mutex m;
void work() {
  %s
}
int main() {
  std::thread a(work), b(work);
  a.join(); b.join();
}
"""
FIND = "auto it = table.find(1); if (it == table.end()) return;"
HOLD = "std::lock_guard<std::mutex> hold(m);"
WRITES = "modeA=update modeB=update common="
WAYS = [
    ("std::shared_ptr<Item>", FIND, "it->second->%s++;", "table[][]"),
    ("Item *", FIND, "it->second->%s++;", "table[][]"),
    ("Item", FIND, "it->second.%s++;", "table[]"),
    ("Item", FIND, "auto &one = it->second; one.%s++;", "table[]"),
    ("Item", "", "for (auto &entry : table) entry.second.%s++;", "table[]"),
    ("std::unique_ptr<Item>", "", "for (auto &e : table) e.second->%s++;", "table[][]"),
    ("Item", "auto it = table.begin();", "for (; it != table.end(); ++it) it->second.%s++;", ""),
    ("std::shared_ptr<Item>", "", "table.at(1)->%s++;", "table[][]"),
    ("Item", "", "list.back()->%s++;", "list[][]"),
]


@pytest.mark.parametrize(("kind", "find", "use", "name"), WAYS)
def test_found_in_a_container(kind: str, find: str, use: str, name: str) -> None:
    name = name or "table[]"
    bare, held = (FILE % (kind, f"{lock} {find} {use % 'n'}") for lock in ("", HOLD))
    check_pairs(bare, f"{name}.n", WRITES + "none", path="a.cpp")
    check_pairs(held, f"{name}.n", WRITES + "mutex", path="a.cpp")
    check_silent(held, f"{name}.n", WRITES + "none", path="a.cpp")


@pytest.mark.parametrize(("kind", "find", "use", "name"), WAYS)
def test_atomic_in_a_container(kind: str, find: str, use: str, name: str) -> None:
    source, name = FILE % (kind, f"{find} {use % 'k'}"), name or "table[]"
    check_silent(source, f"{name}.k", "atomicA=-", path="a.cpp")


def test_one_entry_by_two_ways() -> None:
    source = FILE % ("Item", f"table[1].n++; {FIND} it->second.n++;")
    check_pairs(source, "table[].n", WRITES + "none self=no", path="a.cpp")


def test_second_of_a_pair() -> None:
    check_pairs(FILE % ("Item", "both.second.n++;"), "both.second.n", WRITES + "none", path="a.cpp")


MAPS = """
#include <map>
#include <unordered_map>
#include <vector>
std::vector<std::map<int, int>> rows;
std::map<int, int> one;
void fill(int n, std::vector<std::unordered_map<int *, int>> &more) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    rows[i].emplace(i, 1);
    more[i][nullptr] = 2;
    one[i] = 3;
  }
}
"""


def test_an_element_that_is_a_map_is_not_put_in() -> None:
    check_silent(MAPS, "rows", "modeA=update", path="a.cpp")
    check_silent(MAPS, "more", "modeA=update", path="a.cpp")
    check_pairs(MAPS, "rows[]", "modeA=update meet=same", path="a.cpp")
    check_pairs(MAPS, "one", "modeA=update modeB=update", path="a.cpp")
