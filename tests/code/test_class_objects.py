"""Objects of classes: what constructors start, what members share, what references lead to."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

CPP = "a.cpp"

STARTED = """#include <thread>
class Pulse {
  bool stop_ = false;
  std::thread worker_;
  void loop() { while (!stop_) {} }
public:
  %s
  ~Pulse() { worker_.join(); }
  void end() { stop_ = true; }
};
int main() { Pulse p; p.end(); }
"""


@pytest.mark.parametrize(
    "made",
    [
        "Pulse() : worker_([this] { loop(); }) {}",
        "Pulse() : worker_{[this] { loop(); }} {}",
        "Pulse() { worker_ = std::thread([this] { loop(); }); }",
    ],
)
def test_a_constructor_starts_a_thread_wherever_it_says_so(made: str) -> None:
    check_pairs(STARTED % made, "p.stop_", "party=main/thread live=during", path=CPP)


def test_a_constructor_that_starts_none_is_no_party() -> None:
    check_silent(STARTED % "Pulse() : stop_(true) {}", "p.stop_", path=CPP)


COUNTED = """#include <mutex>
#include <thread>
class Line {
  std::mutex m;
  %s int open = 0;
public:
  void up() { std::lock_guard<std::mutex> g(m); ++open; }
};
void serve() { Line own; own.up(); }
int main() { std::thread a(serve), b(serve); a.join(); b.join(); }
"""


def test_a_static_member_is_one_object_whatever_object_asks() -> None:
    check_pairs(COUNTED % "inline static", "Line::open", "shareA=global common=differ", path=CPP)
    check_silent(COUNTED % "", "Line::open", path=CPP)


def test_a_member_of_a_base_is_known_by_its_type() -> None:
    source = """#include <thread>
struct Base { int hits = 0; };
struct Page : public Base { void seen() { hits++; } };
int main() {
  Page p;
  std::thread a([&p] { p.seen(); }), b([&p] { p.seen(); });
  a.join(); b.join();
}
"""
    check_pairs(source, "p.hits", "live=overlap", path=CPP)


ASSIGNED = """#include <mutex>
#include <thread>
class Range {
  mutable std::mutex m; int low = 0;
public:
  %s
  void widen() { std::lock_guard<std::mutex> g(m); this->low--; }
};
int main() {
  Range a, b;
  std::thread one([&] { a = b; }), two([&] { b.widen(); });
  one.join(); two.join();
}
"""


def test_an_assignment_operator_of_its_own_is_called() -> None:
    own = """Range& operator=(const Range& o) {
    std::scoped_lock l(m, o.m); low = o.low; return *this;
  }"""
    check_pairs(ASSIGNED % own, "b.low", "locksA=1 locksB=2+", path=CPP)
    check_pairs(ASSIGNED % "", "b.low", "common=one-sided", path=CPP)


def test_another_classs_operator_is_not_called() -> None:
    source = """struct Till {
  long total = 0;
  Till& operator+=(int c) { total += c; return *this; }
};
template <class T, int N> T bump(T (&cells)[N], int at) { return cells[at] += 1; }
int all[4];
void run(int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) bump(all, 2);
}
"""
    check_pairs(source, "all[][]", "modeA=update modeB=update", path=CPP)


KEPT = """#include <mutex>
#include <thread>
class Board {
  std::mutex m; long best = 0;
public:
  %s top() { std::lock_guard<std::mutex> g(m); return best; }
  void put(long v) { std::lock_guard<std::mutex> g(m); best = v; }
};
int main() {
  Board b; long seen = 0;
  std::thread w([&] { b.put(3); });
  std::thread r([&] { seen = b.top(); });
  w.join(); r.join();
  return seen;
}
"""


def test_what_a_returned_reference_leads_to_is_read_where_the_call_stands() -> None:
    check_pairs(KEPT % "const long&", "b.best", "modeB=read locksB=0 common=one-sided", path=CPP)
    check_silent(KEPT % "long", "b.best", "common=one-sided", path=CPP)


SHARED = """#include <memory>
#include <thread>
struct Meter { int value = 0; };
int main() {
  %s
  std::thread a([m] { m->value++; }), b([m] { m->value++; });
  a.join(); b.join();
}
"""


@pytest.mark.parametrize(
    "made",
    [
        "auto m = std::make_shared<Meter>();",
        "std::shared_ptr<Meter> m = std::make_shared<Meter>();",
        "auto m = new Meter;",
        "Meter* m = new Meter();",
    ],
)
def test_copies_of_a_pointer_lead_to_one_object(made: str) -> None:
    check_pairs(SHARED % made, "m->value", "base=same live=overlap", path=CPP)


def test_copies_of_an_object_are_two_objects() -> None:
    source = (SHARED % "Meter m;").replace("m->", "m.").replace("[m]", "[m]() mutable")
    check_silent(source, "m.value", path=CPP)


GROWN = """#include <mutex>
#include <thread>
#include <vector>
std::mutex m; std::vector<int> rows; long sum;
void feed() { std::lock_guard<std::mutex> g(m); rows.push_back(1); }
void look() { %s }
int main() { std::thread a(feed), b(look); a.join(); b.join(); }
"""


@pytest.mark.parametrize(
    "look",
    [
        "for (int r : rows) sum += r;",
        "sum += rows[0];",
        "const auto& all = rows; for (int r : all) sum += r;",
        "auto it = std::find(rows.begin(), rows.end(), 3); if (it != rows.end()) *it = 4;",
    ],
)
def test_an_insertion_may_move_every_element(look: str) -> None:
    check_pairs(GROWN % look, "rows", "modeA=update common=one-sided", path=CPP)


def test_elements_of_a_container_that_keeps_its_size_are_no_access_of_it() -> None:
    source = GROWN.replace("rows.push_back(1)", "rows[1] = 1") % "sum += rows[0];"
    check_silent(source, "rows", path=CPP)


PACKED = """#include <vector>
void mark(std::vector<%s>& seen, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) seen[i] = true;
}
"""


def test_neighbours_of_a_packed_container_lie_in_one_word() -> None:
    check_pairs(PACKED % "bool", "seen[]", "indexA=div meet=other", path=CPP)
    check_silent(PACKED % "char", "seen[]", "meet=other", path=CPP)


BITS = """#include <pthread.h>
struct state { unsigned up %s; unsigned down %s; int other; } st;
void *one(void *x) { st.up = 1; return x; }
void *two(void *x) { st.down = 1; return x; }
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, one, 0); pthread_create(&b, 0, two, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}
"""


def test_bit_fields_side_by_side_are_one_memory_location() -> None:
    check_pairs(BITS % (": 1", ": 1"), "st.up", "live=overlap modeB=write-constant")
    check_silent(BITS % (": 1", ": 1; int : 0"), "st.down")
    check_silent(BITS % ("", ""), "st.up")


def test_an_atomic_pointer_is_atomic_itself() -> None:
    source = """#include <pthread.h>
struct table { int n; };
static struct table *%s shown;
void *put(void *x) { shown = x; return x; }
void *get(void *x) { return shown ? x : 0; }
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, put, 0); pthread_create(&b, 0, get, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}
"""
    check_pairs(source % "", "shown", "atomicA=- atomicB=-")
    check_silent(source % "_Atomic", "shown", "atomicA=-")


GUARDED = """#include <mutex>
#include <thread>
%s
std::mutex mu; int n;
void up() { %s n++; }
int main() { std::thread a(up), b(up); a.join(); b.join(); }
"""
OWN_GUARD = """class Holds {
  std::mutex& m;
public:
  explicit Holds(std::mutex& x) : m(x) { m.lock(); }
  ~Holds() { m.unlock(); }
};"""
OF_ANY = """template <class M> struct Keeps {
  M& m;
  explicit Keeps(M& x) : m(x) { m.lock(); }
  ~Keeps() { m.unlock(); }
};"""


@pytest.mark.parametrize(
    ("made", "held"),
    [
        (OWN_GUARD, "Holds h(mu);"),
        (OWN_GUARD, "Holds h{mu};"),
        (OF_ANY, "Keeps<std::mutex> k(mu);"),
    ],
)
def test_an_object_that_locks_as_long_as_it_lives(made: str, held: str) -> None:
    check_pairs(GUARDED % (made, held), "n", "common=mutex", path=CPP)
    check_silent(GUARDED % (made, f"{{ {held} }}"), "n", "common=mutex", path=CPP)


def test_a_guard_of_an_elements_lock() -> None:
    source = """#include <omp.h>
struct Cell { long worth = 0; omp_lock_t m; };
class Hold {
  omp_lock_t& l;
public:
  explicit Hold(Cell& c) : l(c.m) { omp_set_lock(&l); }
  ~Hold() { omp_unset_lock(&l); }
};
void add(Cell* cells, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) { Hold h(cells[0]); cells[0].worth++; }
}
"""
    check_pairs(source, "cells->worth", "locksA=1", path=CPP)
    check_silent(source.replace("Hold h(cells[0]); ", ""), "cells->worth", "locksA=1", path=CPP)
