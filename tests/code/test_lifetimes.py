"""When in an object's life a function runs: its name says so, and so does who calls it."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

POOL = """#include <mutex>
struct Pool {
  Pool();
  ~Pool();
  void reset(int n);
  void put(int n);
  void fill(int n);
  std::mutex gate;
  int room;
};
void Pool::fill(int n) { room = n; }
void Pool::put(int n) {
  std::lock_guard<std::mutex> held(gate);
  room += n;
}
%s
"""


def test_a_constructor_sets_up_and_another_method_does_not() -> None:
    check_pairs(
        POOL % "Pool::Pool() { room = 8; }", "this->room", "lifeA=setup locksA=0", path="pool.cpp"
    )
    check_silent(
        POOL % "void Pool::reset(int n) { room = n; }", "this->room", "lifeA=setup", path="pool.cpp"
    )


def test_what_a_constructor_calls_is_done_while_it_sets_up() -> None:
    check_pairs(
        POOL % "Pool::Pool() { fill(8); }", "this->room", "lifeA=setup locksA=0", path="pool.cpp"
    )
    other = "void Pool::reset(int n) { fill(n); }"
    check_silent(POOL % other, "this->room", "lifeA=setup", path="pool.cpp")


def test_what_a_destructor_calls_is_done_while_it_tears_down() -> None:
    check_pairs(
        POOL % "Pool::~Pool() { fill(0); }", "this->room", "lifeA=teardown", path="pool.cpp"
    )
    other = "void Pool::reset(int n) { fill(n); }"
    check_silent(POOL % other, "this->room", "lifeA=teardown", path="pool.cpp")
