"""Locks that depend on the way taken: one of two gates, or none where a mode says so."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

GATES = """#include <pthread.h>
struct gate { pthread_mutex_t mx; int queued; };
static struct gate east, west; static long total;
static void cross(struct gate *g) { g->queued++; %s }
static void *traffic(void *arg) {
  int way = rand() & 1;
  if (way) pthread_mutex_lock(&east.mx); else pthread_mutex_lock(&%s.mx);
  %s
  if (way) { cross(&east); pthread_mutex_unlock(&east.mx); }
  else { cross(&west); pthread_mutex_unlock(&%s.mx); }
  return 0;
}
int main(void) {
  pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, traffic, 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
}
"""


def test_one_of_two_locks_is_no_lock_for_what_both_ways_touch() -> None:
    check_pairs(GATES % ("total++;", "west", "", "west"), "total", "common=type")
    check_silent(GATES % ("total++;", "east", "", "east"), "total", "common=type")
    check_pairs(GATES % ("", "west", "total++;", "west"), "total", "common=type")
    check_silent(GATES % ("", "west", "total++;", "west"), "total", "common=mutex")
    check_pairs(GATES % ("", "east", "total++;", "east"), "total", "common=mutex")


def test_each_way_holds_the_lock_of_its_own_object() -> None:
    check_silent(GATES % ("", "west", "", "west"), "east.queued", "common=type")
    check_pairs(GATES % ("", "west", "", "west"), "east.queued", "common=mutex")
    check_silent(GATES % ("", "east", "", "east"), "east.queued", "common=type")


def test_two_locks_in_either_order_are_both_held() -> None:
    one = "pthread_mutex_lock(&east.mx); pthread_mutex_lock(&west.mx);"
    two = "pthread_mutex_lock(&west.mx); pthread_mutex_lock(&east.mx);"
    free = "pthread_mutex_unlock(&east.mx); pthread_mutex_unlock(&west.mx);"
    body = f"if (way) {{ {one} }} else {{ {two} }} total++; {free} return 0;"
    check_silent(GATES % ("", "west", body, "west"), "total", "common=type")
    check_pairs(GATES % ("", "west", body, "west"), "total", "common=mutex")


def test_one_lock_taken_by_a_helper_on_both_ways_is_one() -> None:
    grab = "static void grab(struct gate *g) { pthread_mutex_lock(&g->mx); }\n"
    body = "if (way) grab(&east); else { grab(&%s); } total++; return 0;"
    source = GATES.replace("static void cross", grab + "static void cross")
    check_silent(source % ("", "west", body % "east", "west"), "total", "common=type")
    check_pairs(source % ("", "west", body % "west", "west"), "total", "common=type")


POOL = """#include <pthread.h>
struct pool { int threaded; pthread_mutex_t mx; int free; };
static int mode;
static void enter(struct pool *p) { if (FLAG) pthread_mutex_lock(&p->mx); }
static void leave(struct pool *p) { if (FLAG) pthread_mutex_unlock(&p->mx); }
static void *writer(void *arg) { struct pool *p = arg; enter(p); p->free++; leave(p); return 0; }
int main(void) {
  struct pool p = START;
  pthread_t t;
  SET
  pthread_create(&t, 0, writer, &p);
  enter(&p); p.free--; leave(&p);
  pthread_join(t, 0);
}
"""


def _pool(flag: str = "p->threaded", start: str = "{0}", set_: str = "") -> str:
    return POOL.replace("FLAG", flag).replace("START", start).replace("SET", set_)


@pytest.mark.parametrize("set_", ["", "p.threaded = 0;", "memset(&p, 0, sizeof p);"])
def test_a_lock_for_a_mode_that_nothing_sets_is_not_taken(set_: str) -> None:
    check_silent(_pool(set_=set_), "p.free", "common=mutex")
    check_pairs(_pool(set_=set_), "p.free", "locksA=0 locksB=0")
    check_pairs(_pool("mode"), "p.free", "locksA=0 locksB=0")


@pytest.mark.parametrize(
    "set_",
    [
        "p.threaded = 1;",
        "p.threaded = ncpus() > 1;",
        "ask(&p.threaded);",
        "p.threaded++;",
        "p.threaded |= 1;",
        "SWITCH(p, threaded);",
    ],
)
def test_a_lock_for_a_mode_that_something_may_set_is_taken(set_: str) -> None:
    check_pairs(_pool(set_=set_), "p.free", "common=mutex")
    check_silent(_pool(set_=set_), "p.free", "locksA=0 locksB=0")


@pytest.mark.parametrize("start", ["{1}", "{ .threaded = 1 }"])
def test_a_mode_may_be_set_as_the_object_is_made(start: str) -> None:
    check_pairs(_pool(start=start), "p.free", "common=mutex")


def test_a_mode_that_others_may_set() -> None:
    check_pairs(_pool("mode", set_="mode = 1;"), "p.free", "common=mutex")
    visible = _pool("mode").replace("static int mode", "int mode")
    check_pairs(visible, "p.free", "common=mutex")
    check_pairs(_pool().replace("int threaded; ", ""), "p.free", "common=mutex")


POLICY = """#include <mutex>
#include <thread>
struct NoMutex { void lock() { BODY } void unlock() { /* none */ } };
template <class T, class Mutex = DEFAULT> class Ids {
public:
  T take() { std::lock_guard<Mutex> g(mutex_); return next_++; }
  T last() { mutex_.lock(); T n = next_; mutex_.unlock(); return n; }
private:
  Mutex mutex_;
  T next_ = 0;
};
static Ids<GIVEN> ids;
static void work() { ids.take(); ids.last(); }
int main() { std::thread a(work), b(work); a.join(); b.join(); }
"""


def _policy(given: str, default: str = "NoMutex", body: str = "") -> str:
    made = POLICY.replace("GIVEN", given).replace("DEFAULT", default)
    return made.replace("BODY", body)


@pytest.mark.parametrize("given", ["int, NoMutex", "int"])
def test_a_lock_that_does_nothing_is_none(given: str) -> None:
    check_pairs(_policy(given), "ids.next_", "modeB=update locksA=0", path="a.cpp")
    check_silent(_policy(given), "ids.next_", "common=mutex", path="a.cpp")
    real = "while (busy.exchange(true)) { }"
    check_silent(_policy(given, body=real), "ids.next_", "locksA=0", path="a.cpp")


def test_a_mutex_given_to_a_class_is_one() -> None:
    named = "using Real = std::mutex;\n" + _policy("int, Real")
    for source in (_policy("int", "std::mutex"), _policy("int, std::mutex"), named):
        check_pairs(source, "ids.next_", "common=mutex", path="a.cpp")
        check_silent(source, "ids.next_", "locksA=0", path="a.cpp")


BASE = """#include <thread>
#include <functional>
class Timer {
public:
  explicit Timer(std::function<void()> step) : step_(step) { FIRST }
  ~Timer() { stop(); }
  void start() { thread_ = std::thread([this] { loop(); }); }
  void stop() { thread_.join(); }
private:
  void loop() { step_(); }
  std::function<void()> step_;
  std::thread thread_;
};
class Gain : public Timer {
public:
  explicit Gain(double first) : Timer([this] { adapt(); }) { gain_ = first; }
private:
  void adapt() { lower(); }
  void lower() { gain_ = gain_ * 0.9; }
  double gain_ = 0;
};
int main() { Gain g(2); LAST }
"""


def test_a_base_starts_the_thread_before_the_derived_members_are_set() -> None:
    early = BASE.replace("FIRST", "start();").replace("LAST", "")
    late = BASE.replace("FIRST", "").replace("LAST", "g.start();")
    check_pairs(early, "g.gain_", "live=during", path="a.cpp")
    check_silent(late, "g.gain_", "live=during", path="a.cpp")


OPTIONAL = """#include <mutex>
#include <optional>
#include <thread>
static std::mutex m; static int words; static bool busy();
static void add() { std::optional<std::lock_guard<std::mutex>> lk; { PUT } words++; }
int main() { std::thread a(add), b(add); a.join(); b.join(); }
"""


def test_a_guard_put_into_an_optional_is_held_while_that_lives() -> None:
    for put, locks in (
        ("lk.emplace(m);", "common=mutex"),
        ("if (busy()) lk.emplace(m);", "common=maybe"),
        ("lk.emplace(m); lk.reset();", "locksA=0"),
        ("", "locksA=0"),
    ):
        check_pairs(OPTIONAL.replace("PUT", put), "words", locks, path="a.cpp")
    check_silent(OPTIONAL.replace("PUT", "lk.emplace(m);"), "words", "locksA=0", path="a.cpp")


HELD_BY_MEMBER = """#include <mutex>
#include <thread>
static std::mutex m; static int open_count;
class Transaction {
public:
  Transaction() : lock_(m) { }
  ~Transaction() { EARLY open_count--; }
private:
  std::unique_lock<std::mutex> lock_;
};
static void edit() { Transaction t; }
int main() { std::thread a(edit), b(edit); a.join(); b.join(); }
"""


def test_a_destructor_still_holds_what_a_member_holds() -> None:
    check_pairs(HELD_BY_MEMBER.replace("EARLY", ""), "open_count", "common=mutex", path="a.cpp")
    check_silent(HELD_BY_MEMBER.replace("EARLY", ""), "open_count", "locksA=0", path="a.cpp")
    early = HELD_BY_MEMBER.replace("EARLY", "lock_.unlock();")
    check_pairs(early, "open_count", "locksA=0", path="a.cpp")
