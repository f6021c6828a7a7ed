"""Functions in containers: which of them threads take out."""

from __future__ import annotations

import time

import pytest

from reviewbot.code.analyse import analyse
from tests.code.checks import check_pairs, check_silent

FILE = """#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>
using Task = std::function<void()>;
int hits; int other;
void one() { hits++; }
void two() { %s++; }
int main() {
  std::vector<std::thread> threads;
  %s
  for (auto &x : threads) x.join();
}
"""
LISTS = [
    "std::vector<std::function<void()>> tasks = {one, two};",
    "std::vector<Task> tasks; tasks.push_back(one); tasks.push_back([] { two(); });",
    "std::vector<std::function<void()>> tasks{[] { one(); }, [] { two(); }};",
    "std::function<void()> tasks[] = {one, [] { two(); }};",
]
TAKEN = [
    "std::thread a(tasks[0]), b(tasks[1]); a.join(); b.join();",
    "for (int i = 0; i < 2; i++) threads.emplace_back(tasks[i]);",
    "for (auto &t : tasks) threads.emplace_back(t);",
    "for (auto t : tasks) threads.push_back(std::thread(t));",
    "for (int i = 0; i < 2; i++) threads.emplace_back([&, i] { tasks[i](); });",
    "for (int i = 0; i < 2; i++) threads.emplace_back([&, i] { auto f = tasks[i]; f(); });",
]
MAPS = [
    'std::map<std::string, Task> tasks{{"a", one}, {"b", [] { two(); }}};',
    'std::map<std::string, std::function<void()>> tasks; tasks["a"] = one; tasks["b"] = two;',
]
ASKED = [
    'std::thread a([&] { tasks.at("a")(); }), b([&] { tasks.at("b")(); }); a.join(); b.join();',
    'std::thread a([&] { tasks["a"](); }), b([&] { tasks["b"](); }); a.join(); b.join();',
    'auto f = tasks.at("a"), g = tasks["b"]; std::thread a(f), b(g); a.join(); b.join();',
    "for (auto &kv : tasks) threads.emplace_back(kv.second);",
]


@pytest.mark.parametrize("listed", LISTS)
@pytest.mark.parametrize("taken", TAKEN)
def test_tasks_that_change_one_thing_meet(listed: str, taken: str) -> None:
    text = FILE % ("hits", listed + taken)
    check_pairs(text, "hits", "common=none party=thread/thread self=no", path="a.cpp")


@pytest.mark.parametrize("listed", LISTS)
@pytest.mark.parametrize("taken", TAKEN)
def test_each_thread_runs_its_own(listed: str, taken: str) -> None:
    text = FILE % ("other", listed + taken)
    check_silent(text, "hits", "party=thread/thread guardA=-", path="a.cpp")
    check_silent(text, "other", "party=thread/thread guardA=-", path="a.cpp")


@pytest.mark.parametrize("listed", MAPS)
@pytest.mark.parametrize("asked", ASKED)
def test_keys_tell_what_is_called(listed: str, asked: str) -> None:
    told = "common=none party=thread/thread self=no"
    check_pairs(FILE % ("hits", listed + asked), "hits", told, path="a.cpp")
    check_silent(FILE % ("other", listed + asked), "hits", told, path="a.cpp")
    check_silent(FILE % ("other", listed + asked), "hits", "same-party=twins", path="a.cpp")


def test_so_it_is_of_globals() -> None:
    for second, found in (("hits", True), ("other", False)):
        text = FILE % (second, TAKEN[0])
        text = text.replace("int main", "static std::vector<Task> tasks = {one, two};\nint main")
        check = check_pairs if found else check_silent
        check(text, "hits", "party=thread/thread self=no", path="a.cpp")


def test_what_a_loop_puts_in_runs_in_many() -> None:
    loop = "std::vector<Task> tasks; for (int i = 0; i < 4; i++) tasks.push_back(one);"
    text = FILE % ("other", loop + TAKEN[2])
    check_pairs(text, "hits", "same-party=many self=yes", path="a.cpp")


def test_time_grows_with_the_lists() -> None:
    def taken(times: int) -> float:
        body = "{" + LISTS[2] + TAKEN[0] + TAKEN[4] + "}\n"
        begin = time.perf_counter()
        analyse("a.cpp", (FILE % ("hits", body * times)).encode())
        return time.perf_counter() - begin

    taken(1)
    assert taken(20) < 60 * max(taken(1), 0.01)


def test_calls_in_calls_are_read_once() -> None:
    deep = "tasks[" * 25 + "0" + "]()" * 25 + "; tasks.at(0)" + "(1)" * 40 + ";"
    begin = time.perf_counter()
    analyse("a.cpp", (FILE % ("hits", LISTS[2] + TAKEN[0] + deep)).encode())
    assert time.perf_counter() - begin < 5
