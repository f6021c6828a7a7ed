"""Programs that make no threads in sight: a library's threads may call what locks."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

POOL = """
#include <library/server.h>
#include <map>
#include <mutex>
class Handler : public library::Handler {{
  std::map<int, int> seen_;
  std::mutex mutex_;
 public:
  void opened(int id) override {{ std::lock_guard<std::mutex> hold(mutex_); seen_[id] = 1; }}
  void closed(int id) override {{ {} seen_.erase(id); }}
}};
struct Plain {{ int size; void grow() {{ size++; }} }};
{}
int main() {{ library::Server server; server.add(new Handler()); server.run(); {} }}
"""
HOLD = "std::lock_guard<std::mutex> hold(mutex_);"


def test_methods_of_a_class_that_locks_are_called_by_any_thread() -> None:
    check_pairs(POOL.format("", "", ""), "this->seen_", "common=one-sided", path="a.cpp")
    check_silent(POOL.format(HOLD, "", ""), "this->seen_", "common=one-sided", path="a.cpp")
    check_silent(POOL.format("", "", ""), "this->size", path="a.cpp")


def test_a_program_that_makes_its_threads_is_known_by_them() -> None:
    started = "std::thread other([] { }); other.join();"
    check_silent(POOL.format("", "", started), "this->seen_", path="a.cpp")
    team = "\n#pragma omp parallel\n{ server.size(); }"
    check_silent(POOL.format("", "", team), "this->seen_", path="a.cpp")


ADD = (
    "static std::mutex gate; static int sum; "
    "static void tally() { gate.lock(); sum++; gate.unlock(); }"
)


@pytest.mark.parametrize(("use", "found"), [("library::on_idle(tally);", True), ("", False)])
def test_what_nobody_names_is_called_by_nobody(use: str, found: bool) -> None:
    text = POOL.format("", ADD, use)
    (check_pairs if found else check_silent)(text, "sum", path="a.cpp")
