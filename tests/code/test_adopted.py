"""Threads that change hands are waited for by whoever has them last."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <array>
#include <memory>
#include <thread>
#include <utility>
#include <vector>
long total;
void work() { for (int i = 0; i < 10; i++) total++; }
@BEGIN@
class Scoped {
  std::thread t_;
public:
  explicit Scoped(std::thread t) : t_(std::move(t)) {}
  ~Scoped() { t_.join(); }
};
class Crew {
public:
  std::vector<std::thread> all_;
  std::thread last_;
  void take(std::thread t) { all_.push_back(std::move(t)); }
  void keep(std::thread &&t) { last_ = std::move(t); }
  ~Crew() { for (auto &t : all_) t.join(); if (last_.joinable()) last_.join(); }
};
struct Joiner {
  std::vector<std::thread> &all;
  explicit Joiner(std::vector<std::thread> &threads) : all(threads) {}
  ~Joiner() { for (auto &t : all) if (t.joinable()) t.join(); }
};
int main() {
  %s
}
"""
BEGIN = "std::thread begin() { return std::thread(work); }"
MAKE = "std::thread t(work);"
MOVE = "std::move(t)"
SCOPES = [
    "Scoped s{std::thread(work)};",
    "Scoped s{std::thread{work}};",
    f"{MAKE} Scoped s({MOVE});",
    "Crew c; c.take(std::thread(work));",
    f"{MAKE} Crew c; c.take({MOVE});",
    f"{MAKE} Crew c; c.keep({MOVE});",
    "Crew c; c.take(begin());",
    "std::vector<std::thread> all; Joiner j(all); all.emplace_back(work);",
    "auto t = std::make_unique<std::jthread>(work);",
    "std::unique_ptr<std::jthread> t(new std::jthread(work));",
    "std::array<std::jthread, 1> all{std::jthread(work)};",
    "std::jthread t(work); std::jthread u(std::move(t));",
]
JOINS = [
    ("auto *t = new std::thread(work);", "t->join();"),
    ("std::thread *t = new std::thread(work);", "t->join();"),
    ("auto t = std::make_unique<std::thread>(work);", "t->join();"),
    ("std::thread t; t = std::thread{work};", "t.join();"),
    ("std::vector<std::thread> all; all.push_back(std::thread{work});", "all[0].join();"),
    (f"{MAKE} std::thread u; u = {MOVE};", "u.join();"),
    (f"{MAKE} std::thread u({MOVE});", "u.join();"),
    (f"{MAKE} std::vector<std::thread> all; all.push_back({MOVE});", "all[0].join();"),
    ("auto t = begin();", "t.join();"),
    ("std::thread t = begin();", "t.join();"),
    ("std::thread t; t = begin();", "t.join();"),
    ("Crew c; c.last_ = begin();", "c.last_.join();"),
    ("std::vector<std::thread> all; all.push_back(begin());", "all[0].join();"),
]
AFTER, DURING = "live=after", "live=during"


def _source(body: str) -> str:
    return FILE.replace("@BEGIN@", BEGIN if "begin()" in body else "") % body


@pytest.mark.parametrize("scope", SCOPES)
def test_joined_at_the_end_of_a_scope(scope: str) -> None:
    after, within = f"{{ {scope} }} total = 0;", f"{{ {scope} total = 0; }}"
    check_pairs(_source(after), "total", AFTER, path="a.cpp")
    check_silent(_source(after), "total", DURING, path="a.cpp")
    check_silent(_source(after), "total", "party=thread/thread", path="a.cpp")
    check_pairs(_source(within), "total", DURING, path="a.cpp")


@pytest.mark.parametrize(("make", "join"), JOINS)
def test_joined_by_its_last_handle(make: str, join: str) -> None:
    after, before = f"{make} {join} total = 0;", f"{make} total = 0; {join}"
    check_pairs(_source(after), "total", AFTER, path="a.cpp")
    check_silent(_source(after), "total", DURING, path="a.cpp")
    check_silent(_source(after), "total", "party=thread/thread", path="a.cpp")
    check_pairs(_source(before), "total", DURING, path="a.cpp")


def test_another_handle_joined() -> None:
    source = _source(f"{MAKE} std::thread u(work); Crew c; c.take({MOVE}); u.join(); total = 0;")
    check_pairs(source, "total", DURING, path="a.cpp")
