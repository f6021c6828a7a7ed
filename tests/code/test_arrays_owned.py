"""Arrays that a smart pointer owns: methods of their elements are followed."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
struct Box {{
  {count} count{{0}}; std::mutex m;
  void put() {{ {guard} count++; }}
}};
struct Office {{
  explicit Office(int n) : boxes(new Box[n]) {{}}
  {pointer} boxes;
}};
int main() {{
  Office office(9);
  auto work = [&] {{ for (int i = 0; i < 9; i++) office.boxes[i].put(); }};
  std::thread a(work), b(work);
  a.join(); b.join();
}}
"""
GUARD = "std::lock_guard<std::mutex> g(m);"


@pytest.mark.parametrize("pointer", ["std::unique_ptr<Box[]>", "std::shared_ptr<Box []>", "Box *"])
def test_a_method_of_an_owned_element(pointer: str) -> None:
    bare = SOURCE.format(pointer=pointer, count="int", guard="")
    check_pairs(bare, "office.boxes[].count", "modeA=update common=none", path="a.cpp")
    held = SOURCE.format(pointer=pointer, count="int", guard=GUARD)
    check_silent(held, "office.boxes[].count", "common=none", path="a.cpp")
    atomic = SOURCE.format(pointer=pointer, count="std::atomic<int>", guard="")
    check_silent(atomic, "office.boxes[].count", "atomicA=-", path="a.cpp")
