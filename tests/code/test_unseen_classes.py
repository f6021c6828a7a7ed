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


GATHERS = """
IdList found;
void gather(const Grid &grid, int n) {
  IdList own;
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    if (!grid.selects(i)) { %s }
  }
}
"""


@pytest.mark.parametrize("method", ["Insert", "InsertSort", "PushBack", "append", "RemoveLast"])
def test_a_list_of_an_unseen_class_grows(method: str) -> None:
    grows = f"own.{method}(i);"
    check_pairs(GATHERS % grows, "own", "modeA=update modeB=update common=none", path="a.cpp")
    guarded = f"\n#pragma omp critical\n{grows}"
    check_silent(GATHERS % guarded, "own", "common=none", path="a.cpp")


@pytest.mark.parametrize(
    "asked",
    [
        "use(own.Inserted(i));",
        "use(own.Append);",
        "IdList mine; mine.Append(i);",
        "own.Contains(i);",
    ],
)
def test_a_list_of_an_unseen_class_is_asked(asked: str) -> None:
    check_silent(GATHERS % asked, "own", path="a.cpp")


COPIES = """
template <typename T> class Image : public Array2D<T> {
public:
  using Base = Array2D<T>;
  Image &operator=(const Base &other) { %s return *this; }
};
void copies(const Shots &shots, int n) {
  Image<int> image;
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    %s image = shots.at(i);
  }
}
"""


def test_the_assignment_of_an_unseen_base_writes() -> None:
    wanted = "modeA=write modeB=write shareA=shared"
    base = "Base::operator=(other);"
    check_pairs(COPIES % (base, ""), "image", wanted, path="a.cpp")
    check_silent(COPIES % (base, "Image<int> image;"), "image", path="a.cpp")
    check_silent(COPIES % ("log(other);", ""), "image", path="a.cpp")
