"""Places that are changed through a variable of type `std::atomic_ref`."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <atomic>
#include <thread>
#include <vector>
struct Survey {{
  std::vector<int> best; int total = 0;
  void lower(int at, int price) {{ {code} }}
}};
int main() {{
  Survey s; s.best.resize(7);
  auto work = [&s] {{ for (int i = 0; i < 9; i++) s.lower(i % 7, i); }};
  std::thread a(work), b(work);
  {main}
  a.join(); b.join();
}}
"""
MADE = ["std::atomic_ref<int> cell(best[at]);", "std::atomic_ref cell{best[at]};"]
DONE = ["cell.fetch_add(price);", "cell++;", "cell += price;", "cell.store(price);"]


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("done", DONE)
def test_what_is_done_to_the_place_is_atomic(made: str, done: str) -> None:
    source = SOURCE.format(code=made + done, main="s.best[3] = 1;")
    check_pairs(source, "s.best[]", "atomicB=- live=during", path="a.cpp")
    check_silent(source, "s.best[]", "atomicA=- atomicB=- live=during", path="a.cpp")
    check_silent(source, "s.best[]", "self=yes atomicA=-", path="a.cpp")


def test_a_member_by_its_name() -> None:
    made = "std::atomic_ref<int> sum{total}; sum.fetch_add(price);"
    source = SOURCE.format(code=made, main="int t = s.total;")
    check_pairs(source, "s.total", "live=during atomicB=-", path="a.cpp")


def test_a_plain_reference_is_not_atomic() -> None:
    source = SOURCE.format(code="int &cell = best[at]; cell++;", main="")
    check_pairs(source, "s.best[]", "self=yes atomicA=-", path="a.cpp")
