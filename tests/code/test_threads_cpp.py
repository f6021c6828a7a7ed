"""C++ threads: entry points and captures, RAII locks, atomics, and what hands data over."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

HEAD = (
    "#include <thread>\n#include <mutex>\n#include <atomic>\n#include "
    "<vector>\nint counter; int other; std::mutex m, m2; std::shared_mutex "
    "sm;\n"
)
CPP = "a.cpp"


def finds(source: str, name: str, *wanted: str) -> None:
    check_pairs(source, name, *wanted, path=CPP)


def silent(source: str, name: str, tokens: str = "") -> None:
    check_silent(source, name, tokens, path=CPP)


def two(entry: str, before: str = "") -> str:
    """Two threads with the same code."""
    return (
        HEAD + before + "\nvoid run() {\n" + entry + "\n}\n"
        "int main() {\n std::thread a(run); std::thread b(run);\n a.join(); b.join();\n}\n"
    )


def lambdas(capture: str, body: str) -> str:
    return (
        HEAD + "int main() {\n int sum = 0; std::vector<std::thread> ts;\n"
        f" for (int i = 0; i < 4; i++) ts.emplace_back([{capture}] {{ {body} }});\n"
        " for (auto& t : ts) t.join();\n return sum;\n}\n"
    )


def test_two_threads_share_a_global() -> None:
    finds(two("counter++;"), "counter", "party=thread/thread live=overlap common=none")
    silent(two("int mine = 0; mine++;"), "mine")


def test_captures_by_reference_and_by_value() -> None:
    finds(lambdas("&", "sum++;"), "sum", "modeA=update same-party=many")
    finds(lambdas("&sum", "sum++;"), "sum", "modeA=update same-party=many")
    silent(lambdas("=", "int k = sum; k++;"), "sum", "modeA=update")
    silent(lambdas("sum", "int k = sum; k++;"), "k")


def test_the_loop_variable_captured_by_value_differs_by_thread() -> None:
    source = lambdas("&, i", "cells[i] = 1;").replace("int sum = 0;", "int sum = 0; int cells[4];")
    finds(source, "cells[]", "indexA=targ index=equal")
    finds(source.replace("cells[i]", "cells[0]"), "cells[]", "index=constants-equal")


@pytest.mark.parametrize(
    "guard",
    [
        "std::lock_guard<std::mutex> g(m);",
        "std::lock_guard g(m);",
        "std::lock_guard<std::mutex> g{m};",
        "std::unique_lock<std::mutex> g(m);",
        "std::scoped_lock g(m);",
        "std::scoped_lock g(m, m2);",
        "m.lock();",
    ],
)
def test_locks_of_every_form(guard: str) -> None:
    finds(two(guard + " counter++;"), "counter", "common=mutex")
    finds(two("counter++;"), "counter", "common=none")
    silent(two(guard + " counter++;"), "counter", "common=none")


def test_a_guard_ends_with_its_block() -> None:
    finds(two("{ std::lock_guard<std::mutex> g(m); } counter++;"), "counter", "common=none")
    finds(two("{ std::lock_guard<std::mutex> g(m); counter++; }"), "counter", "common=mutex")


def test_unique_lock_can_be_deferred_and_released() -> None:
    deferred = "std::unique_lock<std::mutex> g(m, std::defer_lock); {} counter++;"
    finds(two(deferred.format("")), "counter", "common=none")
    finds(two(deferred.format("g.lock();")), "counter", "common=mutex")
    finds(
        two("std::unique_lock<std::mutex> g(m); g.unlock(); counter++;"), "counter", "common=none"
    )


def test_shared_locks() -> None:
    body = "{{ std::shared_lock<std::shared_mutex> g(sm); other = counter; }} {} g(sm); counter++;"
    finds(
        two(body.format("std::unique_lock<std::shared_mutex>")), "counter", "modeB=read common=rw"
    )
    finds(two(body.format("std::shared_lock<std::shared_mutex>")), "counter", "common=both-shared")


@pytest.mark.parametrize(
    "kind", ["std::mutex", "std::recursive_mutex", "std::timed_mutex", "std::shared_mutex"]
)
def test_mutex_kinds(kind: str) -> None:
    body = "std::lock_guard<decltype(own)> g(own); counter++;"
    finds(two(body, before=f"{kind} own;"), "counter", "common=mutex")
    finds(two("counter++;", before=f"{kind} own;"), "counter", "common=none")


def test_a_guard_made_in_a_called_function_is_gone_when_it_returns() -> None:
    before = "void locked() { std::lock_guard<std::mutex> g(m); }\nvoid bump() { counter++; }"
    finds(two("locked(); counter++;", before=before), "counter", "common=none")
    finds(
        two("std::lock_guard<std::mutex> g(m); bump();", before=before), "counter", "common=mutex"
    )


@pytest.mark.parametrize(
    ("statement", "tokens"),
    [
        ("hits++;", "modeA=update atomicA=seq_cst"),
        ("hits = 1;", "atomicA=seq_cst"),
        ("hits.store(1);", "modeA=write atomicA=seq_cst"),
        ("hits.store(1, std::memory_order_relaxed);", "modeA=write atomicA=relaxed"),
        ("hits.store(1, std::memory_order::release);", "modeA=write atomicA=release"),
        ("hits.fetch_add(1, std::memory_order_acq_rel);", "modeA=update atomicA=acq_rel"),
        ("int e = 0; hits.compare_exchange_strong(e, 1);", "modeA=update atomicA=seq_cst"),
        ("std::atomic_fetch_add(&hits, 1);", "modeA=update atomicA=seq_cst"),
    ],
)
def test_atomics(statement: str, tokens: str) -> None:
    finds(two(statement, before="std::atomic<int> hits;"), "hits", tokens)
    silent(two(statement, before="std::atomic<int> hits;"), "hits", "atomicA=-")


def test_check_then_act_on_an_atomic_is_two_accesses() -> None:
    body = "if (hits.load() < 5) hits.store(hits.load() + 1);"
    finds(
        two(body, before="std::atomic<int> hits;"),
        "hits",
        "modeA=write checkedA=yes atomicA=seq_cst",
    )
    silent(two("hits.store(1);", before="std::atomic<int> hits;"), "hits", "checkedA=yes")


def handover(give: str, take: str, before: str) -> str:
    return (
        HEAD + before + "\nvoid run() {\n" + take + "\n other = counter;\n}\n"
        "int main() {\n std::thread a(run);\n counter = 3;\n" + give + "\n a.join();\n}\n"
    )


@pytest.mark.parametrize(
    ("before", "give", "take", "kind"),
    [
        (
            "std::atomic<bool> f;",
            "f.store(true, std::memory_order_release);",
            "while (!f.load(std::memory_order_acquire)) {}",
            "flag",
        ),
        ("std::latch f{1};", "f.count_down();", "f.wait();", "wait"),
        ("std::counting_semaphore<1> f{0};", "f.release();", "f.acquire();", "sem"),
        ("std::binary_semaphore f{0};", "f.release();", "f.acquire();", "sem"),
        ("std::promise<int> p; std::future<int> f;", "p.set_value(1);", "f.get();", "future"),
    ],
)
def test_what_hands_data_over(before: str, give: str, take: str, kind: str) -> None:
    source = handover(give, take, before)
    if kind != "future":  # a promise and its future are two names
        finds(source, "counter", f"ordering={kind}")
    finds(source, "counter", "modeB=read live=during")
    silent(handover("", take, before), "counter", f"ordering={kind}")


def test_a_relaxed_flag_hands_nothing_over() -> None:
    source = handover(
        "f.store(true, std::memory_order_relaxed);",
        "while (!f.load(std::memory_order_relaxed)) {}",
        "std::atomic<bool> f;",
    )
    silent(source, "counter", "ordering=flag")
    fenced = source.replace(
        "f.store", "std::atomic_thread_fence(std::memory_order_release);\n f.store"
    )
    fenced = fenced.replace("{}\n", "{}\n std::atomic_thread_fence(std::memory_order_acquire);\n")
    finds(fenced, "counter", "ordering=fence")


def test_condition_variables() -> None:
    before = "std::condition_variable cv; bool ready;"
    give = "{ std::lock_guard<std::mutex> g(m); ready = true; } cv.notify_one();"
    take = "std::unique_lock<std::mutex> g(m); cv.wait(g, [] { return ready; });"
    finds(handover(give, take, before), "counter", "ordering=wait")
    finds(handover(give, take, before), "ready", "common=mutex")
    silent(handover(give, "std::unique_lock<std::mutex> g(m);", before), "counter", "ordering=wait")


def test_call_once() -> None:
    before = "std::once_flag once;"
    finds(
        two("std::call_once(once, [] { counter = 1; });", before=before), "counter", "common=once"
    )
    finds(two("[] { counter = 1; }();", before=before), "counter", "common=none")


def test_thread_local() -> None:
    finds(two("mine++;", before="thread_local int mine;"), "mine", "shareA=threadprivate")
    finds(two("mine++;", before="int mine;"), "mine", "shareA=global")


def test_barriers() -> None:
    body = "counter = 1;\n{}\n other = counter;"
    before = "std::barrier<> sync(2);"
    finds(
        two(body.format("sync.arrive_and_wait();"), before=before),
        "counter",
        "modeB=read phase=differ",
    )
    finds(
        two(body.format("sync.wait(sync.arrive());"), before=before),
        "counter",
        "modeB=read phase=differ",
    )
    silent(two(body.format("sync.arrive();"), before=before), "counter", "phase=differ")
    silent(two(body.format(""), before=before), "counter", "phase=differ")


def test_jthread_joins_at_the_end_of_its_block() -> None:
    source = (
        HEAD
        + "void run() {{ counter++; }}\nint main() {{ {{ std::{} t(run); }} other = counter; }}\n"
    )
    finds(source.format("jthread"), "counter", "live=after")
    silent(source.format("thread"), "counter", "live=after")


def test_async_and_its_future() -> None:
    source = HEAD + (
        "int run() {{ return ++counter; }}\nint main() {{ auto f = std::async(std::launch::async, "
        "run);\n {} other = counter; f.get(); }}\n"
    )
    finds(source.format(""), "counter", "party=thread/main live=during")
    finds(source.format("f.get();"), "counter", "live=after")


def test_member_functions_as_entries() -> None:
    source = HEAD + (
        "class Pool {{ public: void start() {{ a = std::thread(&Pool::run, this);\n"
        " b = std::thread([this] {{ run(); }}); }}\n"
        " void stop() {{ a.join(); b.join(); }}\n private: void run() {{ {} hits++; }}\n"
        " int hits = 0; std::mutex mu; std::thread a, b; }};\n"
        "int main() {{ Pool p; p.start(); p.stop(); }}\n"
    )
    finds(source.format(""), "p.hits", "party=thread/thread common=none")
    finds(source.format("std::lock_guard<std::mutex> g(mu);"), "p.hits", "common=mutex")


def test_containers_are_written_by_methods() -> None:
    before = "std::vector<int> items;"
    finds(
        two("items.push_back(1);", before=before),
        "items",
        "modeA=update viaA=method kind=container",
    )
    silent(two("int n = items.size(); n++;", before=before), "items")


def test_arguments_by_reference() -> None:
    source = (
        HEAD + "void add(int& to) { to++; }\nint main() { int sum = 0;\n"
        " std::thread a(add, std::ref(sum)); std::thread b(add, %s);\n a.join(); b.join(); }\n"
    )
    finds(source % "std::ref(sum)", "sum", "modeA=update live=overlap")
    silent(source % "std::ref(other)", "sum", "live=overlap self=yes")


def test_a_thread_assigned_at_its_declaration_is_joined_by_name() -> None:
    source = (
        HEAD + "void run() { counter++; }\n"
        "int main() { std::thread t = std::thread(run); %s other = counter; t.join(); }\n"
    )
    finds(source % "t.join();", "counter", "live=after")
    silent(source % "", "counter", "live=after")


def test_a_reference_parameter_is_the_object_that_is_passed() -> None:
    before = "int cells[8]; void bump(int& to) { to++; }"
    finds(two("bump(counter);", before=before), "counter", "modeA=update function=same-called")
    finds(two("bump(cells[3]);", before=before), "cells[]", "modeA=update index=constants-equal")
    silent(two("bump(counter);", before=before.replace("int&", "int")), "counter")


def test_a_lambda_passed_by_reference_is_walked() -> None:
    before = "template <typename F> void apply(F&& act) { act(); }"
    body = "auto act = [] { %s; }; apply(act);"
    finds(two(body % "counter++", before=before), "counter", "modeA=update party=thread/thread")
    silent(two(body % "", before=before), "counter")


@pytest.mark.parametrize("kind", ["auto", "const auto &", "auto &&"])
def test_a_lambda_by_the_name_of_a_reference_is_walked(kind: str) -> None:
    text = (
        "#include <thread>\nint total; int spare;\nvoid step() {\n"
        f"  {kind} body = [&](int by) {{ total += by; }};\n"
        "  std::thread first([&] { body(1); }); body(2);\n  first.join(); spare++;\n}\n"
    )
    check_pairs(text, "total", "live=during", path="a.cpp")
    check_silent(text, "spare", path="a.cpp")


def test_a_lambda_moved_into_the_capture_of_a_thread_is_walked() -> None:
    source = HEAD + (
        "void go(std::vector<std::thread>& ts, std::function<void()> f) {"
        " ts.emplace_back([work = std::move(f)] { work(); }); }\n"
        "int main() { std::vector<std::thread> ts; go(ts, [] { %s; }); other = counter; }\n"
    )
    finds(source % "counter++", "counter", "party=thread/main")
    silent(source % "", "counter")


def test_a_guard_class_of_the_house_is_known_by_the_end_of_its_name() -> None:
    source = """
#include <thread>
class Cache {
  HouseMutex mutex_;
  int hits_ = 0;
 public:
  void hit() { %s hits_++; }
  int peek() { HouseAutoLock lock(&mutex_); return hits_; }
};
"""
    finds(source % "HouseAutoLock lock(&mutex_);", "this->hits_", "common=mutex")
    finds(source % "Logger lock(&mutex_);", "this->hits_", "common=one-sided")


@pytest.mark.parametrize("call", ["replace(1, 2, 3)", "emplace_hint(row.end(), 4)"])
def test_members_that_change_the_elements_in_place(call: str) -> None:
    before = "std::array<int, 9> row;"
    finds(two(f"row.{call};", before), "row", "modeA=update modeB=update viaA=method")
    silent(two("row.size();", before), "row", "modeA=update")


def test_filling_an_array_writes_its_elements() -> None:
    before = "std::array<int, 9> row;"
    for seen in ("for (int v : row) counter = v;", "counter = row[3];"):
        finds(two(f"row.fill(3); {seen}", before), "row[]", "modeA=write modeB=read viaA=method")
        silent(two(f"row.size(); {seen}", before), "row[]")


LOCKS = """#include <map>
#include <memory>
#include <mutex>
class Rooms {{
  std::map<int, std::shared_ptr<std::mutex>> locks_; std::mutex gate_;
 public:
  void open(int id) {{ std::lock_guard<std::mutex> hold(gate_); locks_[id] = nullptr; }}
  void close(int id) {{ {} locks_.erase(id); }}
}};
"""


def test_a_container_of_locks_is_data() -> None:
    bare, held = LOCKS.format(""), LOCKS.format("std::lock_guard<std::mutex> hold(gate_);")
    check_pairs(bare, "this->locks_", "common=one-sided modeA=update", path="a.cpp")
    check_pairs(held, "this->locks_", "common=own modeA=update modeB=update", path="a.cpp")
    check_silent(held, "this->locks_", "common=one-sided", path="a.cpp")
