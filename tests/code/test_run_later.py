"""Handlers that are put into a queue run in the threads that take them out of it."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

QUEUE = """
#include <condition_variable>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
std::queue<std::function<void()>> q;
std::mutex m, own;
std::condition_variable cv;
long hits, cells[99];
void loop() {
  for (;;) {
    std::function<void()> f;
    {
      std::unique_lock<std::mutex> hold(m);
      cv.wait(hold, [] { return !q.empty(); });
      f = std::move(q.front());
      q.pop();
    }
    f();
  }
}
void post(std::function<void()> f) {
  { std::lock_guard<std::mutex> hold(m); q.push(std::move(f)); }
  cv.notify_one();
}
void client() { %s }
int main() {
  %s
  std::thread a(client), b(client);
  a.join(); b.join();
}
"""
ONE, TWO = "std::thread l(loop);", "std::thread l(loop), k(loop);"
COUNT = "post([] { hits++; });"
LOCKED = "post([] { std::lock_guard<std::mutex> hold(own); hits++; });"
RACE = "modeA=update modeB=update common=none party=thread/thread"


def test_handlers_of_one_thread() -> None:
    check_silent(QUEUE % (COUNT, ONE), "hits", path="a.cpp")


@pytest.mark.parametrize(
    ("client", "threads"), [(COUNT, TWO), (COUNT + " hits++;", ONE), (COUNT + " hits++;", TWO)]
)
def test_handlers_of_several_threads(client: str, threads: str) -> None:
    check_pairs(QUEUE % (client, threads), "hits", RACE, path="a.cpp")


def test_handlers_that_lock() -> None:
    source = QUEUE % (LOCKED, TWO)
    check_pairs(source, "hits", "common=mutex", path="a.cpp")
    check_silent(source, "hits", RACE, path="a.cpp")


def test_nobody_takes_them_out() -> None:
    check_pairs(QUEUE % (COUNT, ""), "hits", "common=mutex", path="a.cpp")


def test_number_of_each_turn() -> None:
    turns = "for (int i = 0; i < 99; i++) post([%s] { cells[i]++; });"
    own = "indexA=ticket indexB=ticket index=equal varies=both"
    check_pairs(QUEUE % (turns % "i", TWO), "cells[]", own, path="a.cpp")
    check_silent(QUEUE % (turns % "&", TWO), "cells[]", own, path="a.cpp")
    check_silent(QUEUE % (turns.replace("[i]++", "[0]++") % "i", TWO), "cells[]", own, path="a.cpp")
