"""When in an object's life a function runs: its name says so, and so does who calls it."""

from __future__ import annotations

import pytest

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
        POOL % "Pool::Pool() { room = 8; }", "this->room", "lifeB=setup locksB=0", path="pool.cpp"
    )
    check_silent(
        POOL % "void Pool::reset(int n) { room = n; }", "this->room", "lifeB=setup", path="pool.cpp"
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


JOINED = """#include <pthread.h>
#define N 4
static long done[N];
static void *work(void *given) {
  done[(long)given]++;
  return 0;
}
long run(void) {
  pthread_t t[N];
  for (int i = 0; i < N; i++) pthread_create(&t[i], 0, work, (void *)(long)i);
  %s
    pthread_join(t[j], 0);
  return done[0];
}
"""


@pytest.mark.parametrize(
    "loop",
    [
        "for (int j = 0; j < N; ++j)",
        "for (long j = 0; j < N; j += 1)",
        "for (int j = 0; j <= N - 1; j = j + 1)",
        "for (int j = 0; j != N; j++)",
        "for (int j = 0; N > j; j++)",
        "for (int j = N - 1; j >= 0; --j)",
    ],
)
def test_a_loop_joins_all_however_it_is_written(loop: str) -> None:
    check_pairs(JOINED % loop, "done[]", "party=thread/main live=after")
    check_silent(JOINED % loop, "done[]", "live=partly-joined")


@pytest.mark.parametrize(
    "loop",
    [
        "for (int j = 1; j < N; j++)",
        "for (int j = 0; j < N - 1; j += 1)",
        "for (int j = 0; j < N; j += 2)",
        "for (int j = N - 1; j > 0; --j)",
    ],
)
def test_a_loop_that_leaves_one_out_joins_in_part(loop: str) -> None:
    check_pairs(JOINED % loop, "done[]", "party=thread/main live=partly-joined")
    check_silent(JOINED % loop, "done[]", "live=after")


ALONE = """#include <mutex>
struct Pool {
  Pool();
  ~Pool();
  void reset();
  std::mutex gate;
  int room;
};
%s { room++; }
int size(Pool *pool) {
  std::lock_guard<std::mutex> held(pool->gate);
  return pool->room;
}
"""


@pytest.mark.parametrize("name", ["Pool::Pool()", "Pool::~Pool()"])
def test_an_object_is_made_once_and_ended_once(name: str) -> None:
    twice = "self=yes same-party=many"
    check_pairs(ALONE % "void Pool::reset()", "this->room", twice, path="pool.cpp")
    check_silent(ALONE % name, "this->room", twice, path="pool.cpp")


CLEARED = """#include <atomic>
#include <mutex>
struct Log {
  void add(int line) { std::lock_guard<std::mutex> held(gate); lines.push_back(line); }
  void drop() { lines.clear(); }
  std::mutex gate;
  %s lines;
};
"""


def test_a_container_of_a_type_out_of_sight_is_not_cleared_atomically() -> None:
    check_silent(CLEARED % "Lines", "this->lines", "atomicA=seq_cst", path="log.cpp")
    check_silent(CLEARED % "Lines", "this->lines", "atomicB=seq_cst", path="log.cpp")
    flag = (CLEARED % "std::atomic_flag").replace("push_back(line)", "test_and_set()")
    check_pairs(flag, "this->lines", "atomicB=seq_cst", path="log.cpp")
