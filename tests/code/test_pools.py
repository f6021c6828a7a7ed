"""Pools of threads that a file defines: when what was submitted to them is over."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

POOL = """
#include <condition_variable>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>
class Pool {
public:
  explicit Pool(int n) {
    for (int i = 0; i < n; ++i) hands.emplace_back([this] { serve(); });
  }
  ~Pool() {
    { std::lock_guard<std::mutex> hold(m); closing = true; }
    wake.notify_all();
    %(end)s
  }
  void submit(std::function<void()> job) {
    { %(guard)s jobs.push(std::move(job)); ++open; }
    wake.notify_one();
  }
  void drain() {
    std::unique_lock<std::mutex> hold(m);
    idle.wait(hold, [this] { return open == 0; });
  }
private:
  void serve() {
    for (;;) {
      std::unique_lock<std::mutex> hold(m);
      wake.wait(hold, [this] { return closing || !jobs.empty(); });
      if (jobs.empty()) return;
      std::function<void()> job = std::move(jobs.front());
      jobs.pop();
      %(serve)s
    }
  }
  std::mutex m;
  std::condition_variable wake, idle;
  std::queue<std::function<void()>> jobs;
  std::vector<std::thread> hands;
  int open = 0;
  bool closing = false;
};
int total;
int main() { %(main)s }
"""
GUARD = "std::lock_guard<std::mutex> hold(m);"
AFTER = "hold.unlock(); job(); hold.lock(); if (--open == 0) idle.notify_all();"
BEFORE = "if (--open == 0) idle.notify_all(); hold.unlock(); job();"
JOIN = "for (auto& hand : hands) hand.join();"
LET_GO = "for (auto& hand : hands) hand.detach();"
ADD = "pool.submit([] { total += 2; });"
READ = "party=thread/main modeA=update modeB=read"


def pool(main: str, *, serve: str = AFTER, end: str = JOIN, guard: str = GUARD) -> str:
    return POOL % {"main": main, "serve": serve, "end": end, "guard": guard}


def test_until_all_jobs_are_done() -> None:
    waits = pool(f"Pool pool(3); {ADD} pool.drain(); return total;")
    check_pairs(waits, "total", f"{READ} live=during ordering=wait", path="a.cpp")
    early = pool(f"Pool pool(3); {ADD} pool.drain(); return total;", serve=BEFORE)
    check_pairs(early, "total", READ, path="a.cpp")
    check_silent(early, "total", f"{READ} ordering=wait", path="a.cpp")


def test_a_job_submitted_after_the_wait() -> None:
    source = pool(f"Pool pool(3); pool.drain(); {ADD} return total;")
    check_pairs(source, "total", f"{READ} live=during ordering=waits-unmatched", path="a.cpp")


@pytest.mark.parametrize(("end", "live"), [(JOIN, "after"), (LET_GO, "during")])
def test_the_pool_is_put_away(end: str, live: str) -> None:
    source = pool(f"{{ Pool pool(3); {ADD} }} return total;", end=end)
    check_pairs(source, "total", f"{READ} live={live}", path="a.cpp")
    other = "during" if end == JOIN else "after"
    check_silent(source, "total", f"{READ} live={other}", path="a.cpp")


def test_what_submitting_does_itself() -> None:
    locked = pool(f"Pool pool(3); {ADD} pool.drain(); return 0;")
    check_pairs(locked, "pool.open", "modeA=update modeB=update common=mutex", path="a.cpp")
    check_silent(locked, "pool.open", "common=one-sided", path="a.cpp")
    bare = pool(f"Pool pool(3); {ADD} pool.drain(); return 0;", guard="")
    check_pairs(bare, "pool.open", "party=main/thread common=one-sided", path="a.cpp")
