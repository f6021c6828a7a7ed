"""Methods of classes that only a header out of sight declares."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

ENGINE = """#include "engine.h"
#include <mutex>
void Engine::%(first)s() { std::lock_guard<std::mutex> held(gate); count = 0; }
int Engine::get() { %(lock)s return count; }
%(more)s
"""
LOCK = "std::lock_guard<std::mutex> held(gate);"


def engine(lock: str = "", more: str = "", first: str = "set") -> str:
    return ENGINE % {"lock": lock, "more": more, "first": first}


def test_what_nothing_declares_is_a_member_in_methods() -> None:
    check_pairs(engine(), "this->count", "common=one-sided shareA=this", path="engine.cpp")
    check_silent(engine(LOCK), "this->count", "common=one-sided", path="engine.cpp")
    check_silent(engine(), "count", path="engine.cpp")


@pytest.mark.parametrize(
    "more",
    [
        "void reset(void) { count = 2; }",  # a function of no class: it is a variable of all
        "namespace Engine { void set(); }",
        "extern int count;",
        "class Engine { public: void set(); int get(); std::mutex gate; };",
    ],
)
def test_what_a_function_without_a_class_uses_is_none(more: str) -> None:
    check_pairs(engine(more=more), "count", "common=one-sided shareA=global", path="engine.cpp")
    check_silent(engine(more=more), "this->count", path="engine.cpp")


@pytest.mark.parametrize("known", ["", "class Engine { public: void set(); int get(); };\n"])
def test_a_name_that_begins_as_no_global_may_is_a_member(known: str) -> None:
    source = known + engine().replace("count", "_count")
    check_pairs(source, "this->_count", "common=one-sided shareA=this", path="engine.cpp")
    check_silent(engine().replace("count", "g_count"), "this->g_count", path="engine.cpp")


def test_a_constructor_of_an_unseen_class_is_called_once() -> None:
    wanted = "lifeA=setup common=one-sided"
    source = engine(LOCK, first="Engine").replace(LOCK, "", 1)
    check_pairs(source, "this->count", wanted, path="engine.cpp")
    check_silent(source.replace("::Engine", "::renew"), "this->count", wanted, path="engine.cpp")
