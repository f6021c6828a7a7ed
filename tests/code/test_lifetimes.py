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


def test_a_name_that_asks_for_what_is_free_ends_nothing() -> None:
    for name in ("close_room", "poolShutdown", "destroy", "uninit", "DeinitRoom", "roomTeardown"):
        source = POOL % f"void Pool::{name}(int n) {{ room = n; }}"
        check_pairs(source, "this->room", "lifeB=teardown", path="pool.cpp")
    for name in ("get_free", "markDelete", "nextFree", "freezeAll", "uninitialized", "finalist"):
        source = POOL % f"void Pool::{name}(int n) {{ room = n; }}"
        check_silent(source, "this->room", "lifeB=teardown", path="pool.cpp")
        check_pairs(source, "this->room", "locksB=0", path="pool.cpp")


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


@pytest.mark.parametrize(
    "loop",
    [
        "int k = 0; while (k < N) pthread_join(t[k++], 0);",
        "int k = -1; while (++k < N) pthread_join(t[k], 0);",
        "int k = N; while (k-- > 0) pthread_join(t[k], 0);",
        "int k = N; while (--k >= 0) { pthread_join(t[k], 0); }",
        "int k = N; while (k--) pthread_join(t[k], 0);",
    ],
)
def test_a_while_loop_counts_where_it_asks_or_at_its_end(loop: str) -> None:
    check_pairs(JOINED % f"{loop} if (0)", "done[]", "party=thread/main live=after")
    check_silent(JOINED % f"{loop} if (0)", "done[]", "live=partly-joined")


@pytest.mark.parametrize(
    "loop",
    [
        "int k = 0; while (++k < N) pthread_join(t[k], 0);",
        "int k = 0; while (k < N - 1) pthread_join(t[k++], 0);",
        "int k = N; while (--k > 0) pthread_join(t[k], 0);",
        "int k = N - 1; while (k--) pthread_join(t[k], 0);",
    ],
)
def test_a_while_loop_that_begins_or_ends_one_too_far_joins_in_part(loop: str) -> None:
    check_pairs(JOINED % f"{loop} if (0)", "done[]", "party=thread/main live=partly-joined")


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


SIZED = """#include <thread>
#include <vector>
static long total;
int main() {
  std::vector<std::thread> crew;
  for (int i = 0; i < 4; i++) crew.emplace_back([] { total++; });
  for (size_t i = %s; i < crew.size()%s; i++) crew[i].join();
  return total;
}
"""


def test_a_loop_to_a_containers_size_joins_all_of_its_threads() -> None:
    check_pairs(SIZED % (0, ""), "total", "party=thread/main live=after", path="a.cpp")
    for low, less in ((0, " - 1"), (1, "")):
        check_pairs(SIZED % (low, less), "total", "live=partly-joined", path="a.cpp")
        check_silent(SIZED % (low, less), "total", "live=after", path="a.cpp")


JOINER = """#include <pthread.h>
static long text, seen;
static void *author(void *u) { text++; return u; }
static void *reader(void *p) { pthread_t who = *(pthread_t *)p; %s return 0; }
int main(void) {
  pthread_t a, r;
  pthread_create(&a, 0, author, 0);
  pthread_create(&r, 0, reader, &a);
  pthread_join(r, 0);
  return text;
}
"""


def test_a_thread_that_joins_another_comes_after_it() -> None:
    join, use = "pthread_join(who, 0);", "text++;"
    check_pairs(JOINER % (join + use), "text", "party=thread/thread live=after")
    check_silent(JOINER % (join + use), "text", "party=thread/thread live=overlap")
    check_pairs(JOINER % (use + join), "text", "party=thread/thread live=overlap")
    check_pairs(JOINER % (use + join), "text", "party=thread/main live=after")
    check_pairs(JOINER % use, "text", "party=thread/main live=during")


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("sum += done[j];", "after"),
        ("sum += done[0];", "partly-joined"),
        ("all += 1;", "partly-joined"),
        ("} for (j = 0; j < 1; j++) { all += 1;", "after"),
    ],
)
def test_until_a_loop_of_joins_is_over_other_threads_may_run(use: str, expected: str) -> None:
    loop = f"long sum = 0; int j; for (j = 0; j < N; j++) {{ pthread_join(t[j], 0); {use} }} if (0)"
    source = JOINED.replace("done[(long)given]++", "done[(long)given]++; all++") % loop
    source = source.replace("done[N]", "all, done[N]").replace("return done[0]", "return 0")
    name = "all" if "all" in use else "done[]"
    check_pairs(source, name, f"party=thread/main live={expected}")
    other = {"after": "partly-joined", "partly-joined": "after"}[expected]
    check_silent(source, name, f"party=thread/main live={other}")


COUNTED = """#include <mutex>
static int live; static std::mutex gate;
struct Book { void %s(int n); void put(int n); std::mutex m; int uses; };
void Book::%s(int n) { uses -= n; }
void Book::put(int n) { std::lock_guard<std::mutex> held(m); uses += n; }
void %s(void *p) { live--; }
void thing_make(void) { std::lock_guard<std::mutex> held(gate); live++; }
"""


@pytest.mark.parametrize(("name", "ends"), [("Release", False), ("Free", False), ("Close", True)])
def test_a_method_that_frees_does_not_end_its_own_object(name: str, ends: bool) -> None:
    source = COUNTED % (name, name, "f")
    check = check_pairs if ends else check_silent
    check(source, "this->uses", "lifeB=teardown", path="a.cpp")


@pytest.mark.parametrize(("name", "ends"), [("thing_free", False), ("thing_shutdown", True)])
def test_who_frees_one_object_does_not_end_what_all_share(name: str, ends: bool) -> None:
    check = check_pairs if ends else check_silent
    check(COUNTED % ("f", "f", name), "live", "lifeB=teardown", path="a.cpp")


def test_who_starts_threads_sets_up_before_other_callers_come() -> None:
    source = """#include <pthread.h>
struct pool { pthread_mutex_t m; pthread_t t; int room; };
static void *work(void *given) { return given; }
int take(struct pool *p) { pthread_mutex_lock(&p->m); p->room--; pthread_mutex_unlock(&p->m); }
int pool_%s(struct pool *p) { p->room = 8; return pthread_create(&p->t, 0, work, p); }
"""
    check_pairs(source % "init", "p->room", "party=caller/main lifeB=setup")
    check_silent(source % "grow", "p->room", "lifeB=setup")
