"""Owners, functors, moves and locks of the file's own: what they protect, change or wait for."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_HEAD = """#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <utility>
#include <vector>
"""
_BOTH = "party=thread/thread locksA=1 locksB=1 common=mutex"
_ONE = "party=thread/thread common=one-sided"


def _two(classes: str, first: str, second: str, objects: str = "") -> str:
    return (
        f"{_HEAD}{classes}\nint main() {{ {objects}\n"
        f"std::thread t([&] {{ {first} }}); std::thread u([&] {{ {second} }});\n"
        "t.join(); u.join(); return 0; }\n"
    )


_HUB = """struct Hub { std::mutex m; int hits = 0; };
struct Leaf { std::weak_ptr<Hub> up;
    void held() { if (auto h = up.lock()) { std::lock_guard<std::mutex> g(h->m); h->hits++; } }
    void bare() { auto h = up.lock(); if (!h) return; h->hits++; } };
"""


def test_a_weak_pointer_that_is_locked_gives_the_object_and_protects_nothing() -> None:
    made = "auto hub = std::make_shared<Hub>(); Leaf l; l.up = hub;"
    check_pairs(_two(_HUB, "l.held();", "l.bare();", made), "hub->hits", _ONE, path="a.cpp")
    safe = _two(_HUB, "l.held();", "l.held();", made)
    check_pairs(safe, "hub->hits", _BOTH, path="a.cpp")
    check_silent(safe, "hub->hits", "party=thread/thread common=one-sided", path="a.cpp")


_RW = """struct Table { std::shared_mutex m; int sum = 0; };
void put(Table& a, Table& b) { std::unique_lock<std::shared_mutex> g(b.m); a.sum++; }
void get(Table& a) { std::shared_lock<std::shared_mutex> g(a.m); int now = a.sum; }
"""


def test_a_readers_lock_protects_from_writers_of_the_same_object_alone() -> None:
    made = "Table one, two;"
    other = _two(_RW, "put(one, two);", "get(one);", made)
    check_silent(other, "one.sum", "common=rw", path="a.cpp")
    check_pairs(other, "one.sum", "party=thread/thread locksB=shared", path="a.cpp")
    own = _two(_RW, "put(one, one);", "get(one);", made)
    check_pairs(own, "one.sum", "party=thread/thread common=rw", path="a.cpp")


_FUNCTORS = """struct Own { int n = 0; void operator()() { n++; } };
struct To { int& sum; void operator()() const { sum++; } };
struct Far { int& sum; explicit Far(int& s) : sum(s) {} void operator()(int k) { sum += k; } };
struct Held { std::mutex& m; int& sum;
    void operator()() { std::lock_guard<std::mutex> g(m); sum++; } };
"""


def _run(start: str) -> str:
    body = f"int sum = 0; std::mutex m; Own one; std::vector<std::thread> ts; {start}"
    return f"{_HEAD}{_FUNCTORS}int main() {{ {body} for (auto& t : ts) t.join(); return one.n; }}\n"


def test_a_thread_runs_a_copy_of_an_object_or_by_reference_the_object() -> None:
    shared = _run("std::thread t{std::ref(one)}; one.n++; t.join();")
    check_pairs(shared, "one.n", "party=thread/main live=during modeB=update", path="a.cpp")
    early = _run("std::thread t{std::ref(one)}; t.join(); one.n++;")
    check_silent(early, "one.n", "live=during", path="a.cpp")
    for copied in (
        "std::thread t(one);",
        "std::thread t{Own{}};",
        "std::thread t(std::move(one));",
    ):
        check_silent(
            _run(f"{copied} one.n++; t.join();"), "one.n", "party=thread/main", path="a.cpp"
        )


@pytest.mark.parametrize(
    "start",
    [
        "std::thread t(To{sum}), u(To{sum}); t.join(); u.join();",
        "std::thread t(Far(sum), 1), u{Far{sum}, 2}; t.join(); u.join();",
        "for (int i = 0; i < 3; ++i) ts.emplace_back(To{sum});",
        "for (int i = 0; i < 3; ++i) ts.push_back(std::thread(To{sum}));",
    ],
)
def test_what_a_copied_functor_refers_to_is_shared(start: str) -> None:
    check_pairs(_run(start), "sum", "party=thread/thread locksA=0 locksB=0", path="a.cpp")
    locked = start.replace("To{sum}", "Held{m, sum}")
    if locked != start:
        check_pairs(_run(locked), "sum", _BOTH, path="a.cpp")
        check_silent(_run(locked), "sum", "locksA=0 party=thread/thread", path="a.cpp")


def test_a_thread_runs_the_method_of_its_own_objects_class() -> None:
    classes = (
        "struct A { std::mutex m; int n = 0;\n"
        "void run() { std::lock_guard<std::mutex> g(m); n++; } };"
        "struct B { int n = 0; void run() { n++; } };"
    )
    source = (
        f"{_HEAD}{classes}\nint main() {{ A a; B b; std::thread s(&A::run, &a), t(&B::run, &b);\n"
        "b.run(); a.run(); s.join(); t.join(); return 0; }\n"
    )
    check_pairs(source, "b.n", "party=thread/main live=during locksA=0 locksB=0", path="a.cpp")
    check_pairs(source, "a.n", "party=thread/main live=during common=mutex", path="a.cpp")


def test_a_wait_with_a_limit_that_nobody_heeds_is_no_join() -> None:
    def source(wait: str) -> str:
        made = "auto f = std::async(std::launch::async, [&] { sum++; });"
        return f"{_HEAD}int main() {{ int sum = 0; {made} {wait} sum++; f.get(); return sum; }}\n"

    limit = "f.wait_for(std::chrono::milliseconds(5))"
    check_pairs(source(f"{limit};"), "sum", "live=during modeB=update", path="a.cpp")
    waits = source(f"while ({limit} != std::future_status::ready) {{}}")
    check_silent(waits, "sum", "live=during", path="a.cpp")
    check_silent(source("f.wait();"), "sum", "live=during", path="a.cpp")


_SLOT = """struct Slot { std::mutex m; std::function<int()> f;
    void give(std::function<int()> g) { std::lock_guard<std::mutex> l(m); f = g; }
    void late() { std::function<int()> g = std::move(f); std::lock_guard<std::mutex> l(m); }
    void held() { std::lock_guard<std::mutex> l(m); std::function<int()> g = std::move(f); } };
"""


def test_what_is_moved_from_is_changed() -> None:
    late = _two(_SLOT, "s.give([] { return 1; });", "s.late();", "Slot s;")
    check_pairs(late, "s.f", f"{_ONE} modeB=update", path="a.cpp")
    held = _two(_SLOT, "s.give([] { return 1; });", "s.held();", "Slot s;")
    check_pairs(held, "s.f", f"{_BOTH} modeB=update", path="a.cpp")
    check_silent(held, "s.f", _ONE, path="a.cpp")


@pytest.mark.parametrize("guard", ["Guard{m}", "Guard(m)", "std::lock_guard<std::mutex>{m}"])
def test_a_guard_without_a_name_lasts_for_its_expression(guard: str) -> None:
    def source(read: str) -> str:
        classes = (
            "struct Meter { std::mutex m; long sum = 0; using Guard = std::lock_guard<std::mutex>;"
            f"void add() {{ Guard g(m); sum++; }} long get() {{ {read} }} }};"
        )
        return _two(classes, "s.add();", "s.get();", "Meter s;")

    check_pairs(source(f"return {guard}, sum / 2;"), "s.sum", _BOTH, path="a.cpp")
    check_silent(source(f"return {guard}, sum / 2;"), "s.sum", "locksB=0", path="a.cpp")
    check_pairs(source(f"{guard}; return sum / 2;"), "s.sum", _ONE, path="a.cpp")


def _spin(take: str, give: str) -> str:
    lock = (
        "struct Spin { std::atomic_flag flag = ATOMIC_FLAG_INIT;\n"
        f"void lock() {{ while (flag.test_and_set({take})) {{}} }}\n"
        f"void unlock() {{ flag.clear({give}); }} }};\n"
        "struct Box { Spin m; int sum = 0; void add() { std::lock_guard<Spin> g(m); sum++; } };"
    )
    return _two(lock, "box.add();", "box.add();", "Box box;")


def test_a_lock_made_of_relaxed_atomics_orders_nothing() -> None:
    lax, takes, gives = (f"std::memory_order_{o}" for o in ("relaxed", "acquire", "release"))
    for take, give in ((lax, gives), (takes, lax)):
        check_pairs(_spin(take, give), "box.sum", "party=thread/thread common=maybe", path="a.cpp")
        check_silent(_spin(take, give), "box.sum", "common=mutex", path="a.cpp")
    for take, give in ((takes, gives), ("", "")):
        check_pairs(_spin(take, give), "box.sum", _BOTH, path="a.cpp")
        check_silent(_spin(take, give), "box.sum", "common=maybe", path="a.cpp")


def test_a_guard_that_is_assigned_another_has_its_locks_and_gives_back_its_own() -> None:
    classes = "std::mutex a, b; int x, y, z; bool many;"
    other = "std::lock_guard g(a); x++; y++; z++;"
    late = "std::unique_lock<std::mutex> k; k = std::unique_lock<std::mutex>(a); x++;"
    check_pairs(_two(classes, late, other), "x", _BOTH, path="a.cpp")
    moved = "std::unique_lock k(a); x++; k = std::unique_lock<std::mutex>(b); y++;"
    check_pairs(_two(classes, moved, other), "x", _BOTH, path="a.cpp")
    check_pairs(_two(classes, moved, other), "y", "common=differ locksA=1 locksB=1", path="a.cpp")
    asked = (
        "std::unique_lock<std::mutex> k; if (many) { k = std::unique_lock<std::mutex>(a); } z++;"
    )
    check_pairs(_two(classes, asked, other), "z", "common=maybe", path="a.cpp")
    ended = f"{{ {late} }} y++;"
    check_pairs(_two(classes, ended, other), "y", "common=one-sided locksA=0", path="a.cpp")
