"""Algorithms with an execution policy: many threads call what they are given."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

CODE = """
#include <algorithm>
#include <execution>
#include <mutex>
#include <vector>
struct Body {{ double x; double v; }};
int total;
void step(std::vector<int> &cells, std::vector<Body> &bodies, std::vector<int> &out) {{
  int sum = 0;
  std::mutex m;
  {}
}}
"""
EACH = "std::for_each({}, cells.begin(), cells.end(), [&](int x) {{ sum += x; }});"


def code(statement: str) -> str:
    return CODE.format(statement)


@pytest.mark.parametrize("policy", ["std::execution::par", "execution::par_unseq"])
def test_what_is_captured_is_shared(policy: str) -> None:
    check_pairs(code(EACH.format(policy)), "sum", "shareA=shared self=yes", path="a.cpp")


@pytest.mark.parametrize("policy", ["std::execution::seq", "std::execution::unseq"])
def test_a_policy_of_one_thread_shares_nothing(policy: str) -> None:
    check_silent(code(EACH.format(policy)), "sum", path="a.cpp")


def test_each_call_has_its_own_element() -> None:
    moved = (
        "std::for_each(std::execution::par, bodies.begin(), bodies.end(),\n"
        "    [](Body &body) {{ body.x += body.v; }});"
    )
    check_pairs(code(moved.format()), "bodies[].x", "meet=same meet-by=pv-same", path="a.cpp")
    check_silent(code(moved.format()), "bodies[].x", "meet=other", path="a.cpp")


def test_a_lock_within_is_seen() -> None:
    locked = EACH.replace("{{ sum", "{{ std::lock_guard<std::mutex> hold(m); sum")
    text = code(locked.format("std::execution::par"))
    check_pairs(text, "sum", "common=mutex", path="a.cpp")


@pytest.mark.parametrize(
    "statement",
    [
        "auto any = std::any_of(std::execution::par, cells.begin(), cells.end(), [&](int x) "
        "{ total++; return x > 3; });",
        "if (cells.size()) std::transform(std::execution::par, cells.begin(), cells.end(), "
        "out.begin(), [](int x) { total++; return x; });",
        "return std::sort(std::execution::par, cells.begin(), cells.end(), [](int a, int b) "
        "{ total++; return a < b; });",
    ],
)
def test_other_algorithms_and_other_places(statement: str) -> None:
    check_pairs(code(statement), "total", "shareA=global self=yes", path="a.cpp")
    after = statement + "\nfor (int i = 0; i < 3; i++) sum += i;"
    check_silent(code(after), "sum", path="a.cpp")
