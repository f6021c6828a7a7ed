"""A guard among what braces list is held for as long as the object lives that has it."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs

FILE = """
#include <mutex>
#include <thread>
struct Value { int n = 0; };
std::mutex m;
Value value;
struct Locked { std::unique_lock<std::mutex> hold; Value *v; };
%s
void work() { %s }
int main() { std::thread a(work), b(work); a.join(); b.join(); }
"""
LISTED = "Locked access() { return {std::unique_lock<std::mutex>(m), &value}; }"
MAKERS = [
    LISTED,
    "Locked access() { return Locked{std::unique_lock<std::mutex>(m), &value}; }",
    "Locked access() { std::unique_lock<std::mutex> l(m); return {std::move(l), &value}; }",
    "Locked access() { Locked l{std::unique_lock<std::mutex>(m), &value}; return l; }",
]
HELD = [
    "auto a = access(); a.v->n++;",
    "auto &&a = access(); a.v->n++;",
    "access().v->n++;",
    "auto a = access(); auto b = std::move(a); b.v->n++;",
    "Locked a{std::unique_lock<std::mutex>(m), &value}; a.v->n++;",
    "auto a = Locked{std::unique_lock<std::mutex>(m), &value}; a.v->n++;",
]
LET_GO = [
    "Value *p = access().v; p->n++;",
    "{ auto a = access(); } value.n++;",
    "auto a = access(); a.hold.unlock(); a.v->n++;",
    "{ Locked a{std::unique_lock<std::mutex>(m), &value}; } value.n++;",
]


@pytest.mark.parametrize("maker", MAKERS)
def test_a_guard_lives_as_long_as_the_object_that_has_it(maker: str) -> None:
    check_pairs(FILE % (maker, HELD[0]), "value.n", "common=mutex", path="a.cpp")
    check_pairs(FILE % (maker, LET_GO[0]), "value.n", "common=none", path="a.cpp")


@pytest.mark.parametrize("held", HELD)
def test_what_is_done_meanwhile_is_protected(held: str) -> None:
    check_pairs(FILE % (LISTED, held), "value.n", "common=mutex", path="a.cpp")


@pytest.mark.parametrize("after", LET_GO)
def test_what_is_done_after_its_end_is_not(after: str) -> None:
    check_pairs(FILE % (LISTED, after), "value.n", "common=none", path="a.cpp")
