"""Promises, futures, packaged tasks and bound calls: who waits for what, and who runs it."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_MAKER = """#include <future>
#include <thread>
void make(std::promise<void> done, int &sum) {{ {body} }}
int main() {{
    int sum = 0; std::promise<void> done;
    auto ready = done.get_future();
    std::thread maker(make, std::move(done), std::ref(sum));
    ready.wait(); int seen = sum; maker.join();
    return seen; }}
"""


def test_a_moved_promise_is_the_one_whose_future_is_awaited() -> None:
    before, after = "sum = 7; done.set_value();", "done.set_value(); sum = 7;"
    wanted = "party=thread/main live=during ordering="
    check_pairs(_MAKER.format(body=before), "sum", wanted + "future", path="a.cpp")
    late = _MAKER.format(body=after)
    check_pairs(late, "sum", wanted + "waits-unmatched", path="a.cpp")
    check_silent(late, "sum", "ordering=future", path="a.cpp")


@pytest.mark.parametrize(
    "lambda_", ["[&sum, done = std::move(done)]() mutable", "[&, p = &done]()"]
)
def test_a_promise_that_a_lambda_captures_anew(lambda_: str) -> None:
    name = "done." if "done =" in lambda_ else "p->"
    thread = f"maker({lambda_} {{{{ %s }}}})"
    made = _MAKER.replace("maker(make, std::move(done), std::ref(sum))", thread)
    wanted = "party=thread/main live=during ordering="
    before, after = (f"sum = 7; {name}set_value();", f"{name}set_value(); sum = 7;")
    check_pairs(made.format(body="") % before, "sum", wanted + "future", path="a.cpp")
    check_silent(made.format(body="") % after, "sum", "ordering=future", path="a.cpp")


def test_a_future_gives_the_pointer_that_its_promise_was_given() -> None:
    source = """#include <future>
        #include <thread>
        struct Box {{ int n = 0; }};
        void fill(Box &box, std::promise<Box*> done) {{ {body} }}
        int main() {{
            Box box; std::promise<Box*> p; auto f = p.get_future();
            std::thread t(fill, std::ref(box), std::move(p));
            Box *made = f.get(); int n = made->n; t.join(); return n; }}
        """
    wanted = "party=thread/main live=during ordering="
    done = source.format(body="box.n = 1; done.set_value(&box);")
    check_pairs(done, "box.n", wanted + "future", path="a.cpp")
    soon = source.format(body="done.set_value(&box); box.n = 1;")
    check_pairs(soon, "box.n", wanted + "waits-unmatched", path="a.cpp")
    check_silent(soon, "box.n", "ordering=future", path="a.cpp")


_ASYNC = """#include <future>
    int hits; int count() {{ return ++hits; }}
    int main() {{ {body} }}
    """


@pytest.mark.parametrize(
    "policy", ["std::launch::async", "std::launch::async | std::launch::deferred"]
)
def test_a_call_that_may_be_made_at_once_meets_its_caller(policy: str) -> None:
    body = f"auto f = std::async({policy}, count); hits++; return f.get();"
    check_pairs(_ASYNC.format(body=body), "hits", "party=thread/main live=during", path="a.cpp")


@pytest.mark.parametrize(
    "body",
    [
        "auto f = std::async(std::launch::deferred, count); hits++; return f.get();",
        "auto how = std::launch::deferred; auto f = std::async(how, count); hits++;"
        " return f.get();",
        "auto f = std::async(std::launch::deferred, count); auto g = std::async(std::launch::async,"
        " [] { return 1; }); hits++; return f.get() + g.get();",
    ],
)
def test_a_deferred_call_is_made_by_who_waits(body: str) -> None:
    check_silent(_ASYNC.format(body=body), "hits", path="a.cpp")


def test_a_deferred_call_meets_threads_of_the_time_of_the_wait() -> None:
    body = """auto late = std::async(std::launch::deferred, count);
        auto other = std::async(std::launch::async, count);
        return late.get() + other.get();"""
    check_pairs(_ASYNC.format(body=body), "hits", "party=thread/main live=during", path="a.cpp")
    waited = body.replace("return", "other.wait(); return")
    check_silent(_ASYNC.format(body=waited), "hits", "live=during", path="a.cpp")


def test_a_future_that_nobody_keeps_is_awaited_at_once() -> None:
    kept = "auto a = std::async(count); auto b = std::async(count); return a.get() + b.get();"
    check_pairs(_ASYNC.format(body=kept), "hits", "party=thread/thread live=overlap", path="a.cpp")
    for gone in (
        "int n = std::async(count).get(); return n + std::async(count).get();",
        "(void)std::async(count); (void)std::async(count); return 0;",
        "for (int i = 0; i < 9; i++) std::async(count).wait(); return 0;",
    ):
        check_silent(_ASYNC.format(body=gone), "hits", "live=overlap", path="a.cpp")
        check_silent(_ASYNC.format(body=gone), "hits", "same-party=many", path="a.cpp")


_BOUND = """#include <functional>
#include <future>
#include <thread>
struct Box {{ int n = 0; }};
void fill(Box {how}box) {{ box.n++; }}
struct Meter {{ int ticks = 0; void tick() {{ ticks++; }}
    int run() {{ std::thread t(std::bind(&Meter::tick, this)); {wait} int n = ticks; t.join();
                return n; }} }};
int main() {{
    Box box; std::packaged_task<void()> task(std::bind(fill, {given}));
    auto done = task.get_future(); std::thread t(std::move(task));
    {wait} box.n = 2; t.join(); Meter m; return m.run(); }}
"""


def test_a_bound_call_is_made_with_what_it_was_given() -> None:
    meets = "party=thread/main live=during"
    by_reference = _BOUND.format(how="&", given="std::ref(box)", wait="")
    check_pairs(by_reference, "box.n", meets, path="a.cpp")
    check_pairs(by_reference, "m.ticks", meets, path="a.cpp")
    check_silent(_BOUND.format(how="", given="box", wait=""), "box.n", meets, path="a.cpp")


def test_the_future_of_a_packaged_task_waits_for_all_that_it_does() -> None:
    waited = _BOUND.format(how="&", given="std::ref(box)", wait="done.wait();")
    check_pairs(waited.replace("m.run()", "0"), "box.n", "ordering=future", path="a.cpp")
    free = _BOUND.format(how="&", given="std::ref(box)", wait="")
    check_silent(free, "box.n", "ordering=future", path="a.cpp")


def test_what_is_followed_is_given_by_reference_too() -> None:
    source = """#include <memory>
        #include <thread>
        struct Box {{ int n = 0; }};
        void fill(Box {how}box) {{ box.n++; }}
        int main() {{ auto p = std::make_unique<Box>(); Box *q = p.get();
            std::thread t([q] {{ fill(*q); }}); fill(*q); t.join(); return 0; }}
        """
    found = source.format(how="&")
    check_pairs(found, "p->n", "party=thread/main live=during modeB=update", path="a.cpp")
    check_silent(source.format(how=""), "p->n", "modeB=update", path="a.cpp")
