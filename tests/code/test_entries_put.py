"""What an insertion into a map gives leads to the entry, which the lock that is gone kept safe."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <map>
#include <mutex>
#include <thread>
struct Memo {
  std::mutex m;
  std::map<int, long> memo;
  void count(int key) {
    std::unique_lock<std::mutex> lock(m);
    %s
    %s
  }
};
int main() {
  Memo memo;
  auto run = [&] { for (int i = 0; i < 9; i++) memo.count(i); };
  std::thread a(run), b(run);
  a.join(); b.join();
}
"""
WAYS = [
    ("auto [it, added] = memo.try_emplace(key, 0);", "it->second += 3;"),
    ("auto [it, added] = memo.try_emplace(key, 0); long &cell = it->second;", "cell += 3;"),
    ("auto it = memo.emplace(key, 0).first;", "it->second += 3;"),
    ("auto put = memo.insert({key, 0});", "put.first->second += 3;"),
    ("auto it = memo.lower_bound(key);", "it->second += 3;"),
]


@pytest.mark.parametrize(("find", "use"), WAYS)
def test_an_entry_is_changed_after_the_unlock(find: str, use: str) -> None:
    text = FILE % (find, "lock.unlock(); " + use)
    check_pairs(text, "memo.memo[]", "modeA=update modeB=update common=none", path="a.cpp")


@pytest.mark.parametrize(("find", "use"), WAYS)
def test_an_entry_is_changed_under_the_lock(find: str, use: str) -> None:
    text = FILE % (find, use + " lock.unlock();")
    check_pairs(text, "memo.memo[]", "modeA=update modeB=update common=mutex", path="a.cpp")
    check_silent(text, "memo.memo[]", "common=none", path="a.cpp")


def test_whether_it_is_new_leads_nowhere() -> None:
    find = "auto [it, added] = memo.try_emplace(key, 0);"
    text = FILE % (find, "lock.unlock(); if (added) { int n = added; n += 1; }")
    check_silent(text, "memo.memo[]", path="a.cpp")
