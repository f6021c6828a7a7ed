"""What lies in a container by a smart pointer: whoever takes the pointer reaches the object."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
struct Job { int id = 0; int priority = 0; };
static std::queue<std::shared_ptr<Job>> jobs;
static std::mutex m;
static void use(int n);
static void worker() {
  std::unique_lock<std::mutex> lk(m);
  if (jobs.empty()) return;
  %s
  jobs.pop();
  lk.unlock();
  use(job->priority);
}
int main() {
  std::thread t(worker);
  auto job = std::make_shared<Job>();
  %s
  { std::lock_guard<std::mutex> lk(m); jobs.push(job); }
  %s
  t.join();
}
"""
SETS = "job->priority = 3;"
TAKES = [
    "auto job = jobs.front();",
    "std::shared_ptr<Job> job = jobs.front();",
    "auto job = std::move(jobs.front());",
    "std::shared_ptr<Job> job; job = std::move(jobs.front());",
]


@pytest.mark.parametrize("take", TAKES)
def test_a_write_after_it_was_given_away_meets_the_taker(take: str) -> None:
    check_pairs(FILE % (take, "", SETS), "job->priority", "givenA=yes common=none", path="a.cpp")


@pytest.mark.parametrize("take", TAKES)
def test_a_write_before_that_is_to_what_nobody_else_has(take: str) -> None:
    check_silent(FILE % (take, SETS, ""), "job->priority", "givenA=yes", path="a.cpp")
    check_pairs(FILE % (take, SETS, ""), "job->priority", "freshA=yes", path="a.cpp")
