"""Objects that threads are given by value: what a copy's pointers lead to is everybody's."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """
#include <memory>
#include <mutex>
#include <thread>
#include <vector>
int tokens = 0;
class Bucket {{
  std::shared_ptr<std::mutex> m = std::make_shared<std::mutex>();
  std::vector<int> *all = new std::vector<int>;
  int own = 0;
public:
  Bucket() {{}}
  {copy}
  void take(int n) {{ std::lock_guard<std::mutex> g(*m); tokens -= n; own++; }}
  void add(int n) {{ all->push_back(n); }}
}};
void client(Bucket b, int n) {{ for (int i = 0; i < n; ++i) {{ b.take(1); b.add(i); }} }}
int main() {{
  Bucket one, two;
  std::thread x(client, one, 400), y(client, {other}, 500);
  x.join(); y.join();
}}
"""
BOTH = "party=thread/thread self=yes"
SHARES = (
    "",
    "Bucket(const Bucket &) = default;",
    "Bucket(const Bucket &o) : m(o.m), all(o.all) {}",
)
APART = (
    "Bucket(const Bucket &) {}",
    "Bucket(const Bucket &o) : all(new std::vector<int>(*o.all)) {}",
)


@pytest.mark.parametrize("copy", SHARES)
def test_a_copy_has_the_locks_of_what_it_is_a_copy_of(copy: str) -> None:
    text = SOURCE.format(copy=copy, other="one")
    check_pairs(text, "tokens", f"{BOTH} common=mutex", path="a.cpp")
    check_pairs(text, "one.all[]", f"{BOTH} common=none", path="a.cpp")
    check_silent(text, "b.own", path="a.cpp")
    check_silent(text, "one.own", BOTH, path="a.cpp")
    apart = SOURCE.format(copy=copy, other="two")
    check_pairs(apart, "tokens", BOTH, path="a.cpp")
    check_silent(apart, "tokens", "common=mutex", path="a.cpp")


@pytest.mark.parametrize("copy", APART)
def test_a_copy_with_locks_of_its_own(copy: str) -> None:
    text = SOURCE.format(copy=copy, other="one")
    check_pairs(text, "tokens", BOTH, path="a.cpp")
    check_silent(text, "tokens", "common=mutex", path="a.cpp")
    check_silent(text, "one.all[]", BOTH, path="a.cpp")


def test_a_thread_that_runs_a_method_of_a_copy() -> None:
    text = """
    #include <thread>
    struct Sum { int *out; int all = 0; void run() { all += 2; } };
    int main() {
      int out; Sum sum{&out};
      std::thread x(&Sum::run, %s), y(&Sum::run, %s);
      x.join(); y.join();
    }
    """
    check_silent(text % ("sum", "sum"), "sum.all", BOTH, path="a.cpp")
    check_pairs(text % ("&sum", "&sum"), "sum.all", BOTH, path="a.cpp")
