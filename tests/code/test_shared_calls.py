"""Loops that a call shares out among threads: `parallel_for(0, n, [&](int i) { … });`."""

from __future__ import annotations

import time

import pytest

from reviewbot.code.analyse import analyse
from tests.code.checks import check_pairs, check_silent

CODE = """
#include <map>
#include <mutex>
#include <vector>
struct Cell {{ int v; }};
std::mutex m;
int total, bad;
std::map<int, Cell> cells;
void step(int n, std::vector<int> &out, std::vector<Cell> &all) {{
  std::vector<int> sums(8);
  {}
}}
"""
HEADS = [
    "parallel_for(n, [&](int i) {",
    "igl::parallel_for(n, [&](const int i) {",
    "parallel_for(0, n, 16, [&](auto i) {",
    "pool.parallel_for(0, n, [&](std::size_t i) {",
    "pool->parallelFor<int>(0, n, [&](size_t i) {",
    "ParallelFor(n, [=, &out](int64_t i) {",
    "parallel_for_each(0, n, [&](int i) {",
]
PARTS = [
    "parallel_for(0, n, 8, [&](int lo, int hi) { for (int i = lo; i < hi; i++) {",
    "cv::parallel_for_(Range(0, n), [&](const Range &r) { for (int i = r.start; i < r.end; ++i) {",
    "parallel_for(range(0, n), [&](const range &r) { for (int i = r.begin(); i != r.end(); i++) {",
]
OTHER = "meet=other"


def code(head: str, body: str) -> str:
    return CODE.format(f"{head}\n    {body}\n  {'}' * head.count('{')});")


@pytest.mark.parametrize("head", HEADS + PARTS)
def test_what_is_captured_is_shared(head: str) -> None:
    check_pairs(code(head, "total += i;"), "total", "common=none self=yes", path="a.cpp")
    held = code(head, "std::lock_guard<std::mutex> hold(m); total += i;")
    check_pairs(held, "total", "common=mutex self=yes", path="a.cpp")
    check_silent(held, "total", "common=none", path="a.cpp")


@pytest.mark.parametrize("head", HEADS + PARTS)
def test_each_turn_has_its_own_element(head: str) -> None:
    check_pairs(code(head, "out[i] = 2 * out[i];"), "out[]", "meet=same", path="a.cpp")
    check_silent(code(head, "out[i] = 2 * out[i];"), "out[]", OTHER, path="a.cpp")
    check_pairs(code(head, "out[i] = out[i + 1];"), "out[]", OTHER, path="a.cpp")


@pytest.mark.parametrize("head", PARTS)
def test_a_part_that_is_left_is_not_ones_own(head: str) -> None:
    begin, _, end = head.rpartition(";")
    wider = begin.replace("< hi", "< hi + 1").replace("r.end", "1 + r.end") + ";" + end
    check_silent(code(wider, "out[i] = 1;"), "out[]", "meet=same", path="a.cpp")


def test_a_worker_has_its_own_sum() -> None:
    head = "parallel_for(n, [&](int i, int tid) {"
    check_pairs(code(head, "sums[tid] += i;"), "sums[]", "meet-by=tid-same", path="a.cpp")
    check_pairs(code(head, "sums[0] += i;"), "sums[]", "meet=free", path="a.cpp")


def test_the_worker_may_come_first() -> None:
    head = "ThreadPool::ParallelFor(0, n, [&](unsigned int thread, size_t i) {"
    check_pairs(code(head, "sums[thread] += i;"), "sums[]", "meet-by=tid-same", path="a.cpp")
    check_pairs(code(head, "out[i] = 1;"), "out[]", "meet=same", path="a.cpp")
    check_pairs(code(head, "out[i] = out[i + 1];"), "out[]", OTHER, path="a.cpp")


def test_a_lambda_with_a_name() -> None:
    named = "auto one = [&](int i) { total += out[i]; };\n  parallel_for(n, one);"
    check_pairs(CODE.format(named), "total", "self=yes scope=omp", path="a.cpp")
    called = named.replace("parallel_for(n, one)", "one(n)")
    check_silent(CODE.format(called), "total", "scope=omp", path="a.cpp")


@pytest.mark.parametrize(
    "call",
    [
        "parallel_for_each(all.begin(), all.end(), [&](Cell &c) {",
        "all.visit_all(std::execution::par, [&](Cell &c) {",
    ],
)
def test_elements_are_those_of_what_is_gone_over(call: str) -> None:
    check_pairs(code(call, "c.v++; bad++;"), "all[].v", "meet=same", path="a.cpp")
    check_silent(code(call, "c.v++; bad++;"), "all[].v", OTHER, path="a.cpp")
    check_pairs(code(call, "c.v++; bad++;"), "bad", "self=yes", path="a.cpp")


def test_what_comes_before_and_after_all_turns_is_of_one_thread() -> None:
    three = (
        "parallel_for(n, [&](int) { bad = 0; }, [&](int i) { total += i; }, [&](int) { bad++; });"
    )
    check_pairs(CODE.format(three), "total", "self=yes", path="a.cpp")
    check_silent(CODE.format(three), "bad", path="a.cpp")


def test_who_shares_the_loop_out_itself_is_followed() -> None:
    own = """#include <thread>
template <class F> void parallel_for(int n, F f) {
  std::thread a([&] { f(0); }), b([&] { f(1); });
  a.join(); b.join();
}
int hits;
void run() {
  parallel_for(4, [&](int i) { hits++; });
}
"""
    check_pairs(own, "hits", "scope=threads", path="a.cpp")
    check_silent(own, "hits", "scope=omp", path="a.cpp")


def test_an_entry_is_known_by_its_key() -> None:
    own = code(HEADS[0], "cells.find(i)->second.v = 1;")
    check_pairs(own, "cells[].v", "meet=same", path="a.cpp")
    one = own.replace("find(i)", "find(bad)")
    check_pairs(one, "cells[].v", "meet=free", path="a.cpp")


def test_time_grows_with_the_calls() -> None:
    body = "parallel_for(n, [&](int i) { out[i] = 1; total += i; });\n"

    def taken(times: int) -> float:
        begin = time.perf_counter()
        analyse("a.cpp", CODE.format(body * times).encode())
        return time.perf_counter() - begin

    taken(2)
    assert taken(40) < 40 * max(taken(4), 0.01)
