"""Tests that frameworks name by text: `TEST_CASE("two threads", "[tag]") { … }`."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, read

CODE = """#include <thread>
#include <mutex>
#include "catch.hpp"
static int total, spare; static std::mutex gate;
static void run() {{ {lock} total++; }}
{head} {{
  std::thread first(run), second(run);
  SECTION("both run") {{ first.join(); second.join(); }}
  spare++;
}}
{head} {{ spare--; }}
"""
HEADS = [
    'TEST_CASE("two threads")',
    'TEST_CASE("two (or more) threads",\n  "[threads]")',
    'TEST_CASE_METHOD(Fixture, "two threads", "[threads]")',
    '  SCENARIO ("two threads")\n',
]


@pytest.mark.parametrize("head", HEADS)
def test_its_body_is_read_as_a_function(head: str) -> None:
    check_pairs(CODE.format(head=head, lock=""), "total", "common=none", path="a.cpp")
    held = CODE.format(head=head, lock="std::lock_guard<std::mutex> hold(gate);")
    check_silent(held, "total", "common=none", path="a.cpp")
    check_silent(held, "spare", path="a.cpp")


def test_lines_and_other_calls_stay() -> None:
    text = CODE.format(head=HEADS[1], lock="")
    found = [p for item in read(text, "a.cpp").slices for p in item.pairs]
    assert {p.first.line for p in found} == {5}
    assert {region.line for region in read(text, "a.cpp").regions} == {8}
    check_silent('void f() {\n  TEST_CASE("x");\n  { int n = 0; n++; }\n}\n', "n", path="a.cpp")
