"""Macros around functions: how they are exported, and other names for what the libraries have."""

from __future__ import annotations

import pytest

from reviewbot.code.parse import parse
from reviewbot.code.unit import collect_all
from tests.code.checks import check_pairs, check_silent, read

STORE = """#include <mutex>
struct Store { std::shared_ptr<int> get(); void set(std::shared_ptr<int> p);
  std::mutex m; std::shared_ptr<int> kept; };
%s { %s return kept; }
void Store::set(std::shared_ptr<int> p) { std::lock_guard<std::mutex> held(m); kept = p; }
"""
HEADS = (
    "API std::shared_ptr<int> Store::get()",
    "std::shared_ptr<int> API Store::get()",
    "API\nstd::shared_ptr<int> Store::get()",
)


@pytest.mark.parametrize("head", HEADS)
def test_a_macro_before_a_function_leaves_it_its_class(head: str) -> None:
    bare = STORE % (head, "")
    check_pairs(bare, "this->kept", "common=one-sided", path="a.cpp")
    locked = STORE % (head, "std::lock_guard<std::mutex> held(m);")
    check_silent(locked, "this->kept", "common=one-sided", path="a.cpp")


def test_what_is_no_macro_before_a_function_stays() -> None:
    source = "BOOL x = f(1);\nDWORD g(int a) { return 0; }\nint h() { LOCK l(m); return 1; }\n"
    assert parse("a.cpp", source.encode()).translation.text == source


def test_a_macro_for_a_keyword_is_that_keyword() -> None:
    source = "#define ATTEMPT try\n#define INNER static inline\n#define SIZE 8\n"
    source += "INNER int f() { int a[SIZE]; ATTEMPT { return 1; } catch (...) {} return a[0]; }\n"
    parsed = parse("a.cpp", source.encode())
    assert "a[SIZE]" in parsed.translation.text
    assert not collect_all(parsed).errors
    assert [f.static for f in collect_all(parsed).all_functions()] == [True]


ALIASES = """#include <pthread.h>
#define x_create pthread_create
#define x_end %s
static int hits;
static void *work(void *given) { hits++; return 0; }
int main(void) { pthread_t t; x_create(&t, 0, work, 0); x_end(t, 0); hits = 2; return 0; }
"""


def test_another_name_for_a_function_of_the_library_is_that_function() -> None:
    check_pairs(ALIASES % "pthread_join", "hits", "live=after")
    check_silent(ALIASES % "nobody", "hits", "live=after")
    check_pairs(ALIASES % "nobody", "hits", "live=during")


def test_a_base_that_is_made_by_its_own_constructor_comes_to_an_end() -> None:
    source = """#include <mutex>
static int made;
template <typename T> struct Outer : Outer<int> {
  Outer() : Outer<int>() { made++; }
  std::mutex m;
};
%s
"""
    assert read(source % "Outer<long> one;", "a.cpp").skipped is None
    use = "void f() { std::mutex m; std::lock_guard<std::mutex> held(m); Outer<long> one; }"
    check_pairs(source % use, "made", "locksA=1", path="a.cpp")
