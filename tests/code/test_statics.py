"""Static variables of functions are made once, whoever comes first."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

SOURCE = """
#include <thread>
#include <vector>
static int made;
static int make() { made = made + 1; return made; }
struct Pool {
  int *cells; std::vector<int> all; int size;
  Pool() : cells(new int[4]) { all.reserve(12); size = 3; }
};
static int work() {
  %s
}
static void other() { %s }
int main() { std::thread a(work), b(work), c(other); a.join(); b.join(); c.join(); }
"""
ONCE = "party=thread/thread same-party=twins self=yes common=once"
BARE = "party=thread/thread common=none"


def source(body: str, other: str = "") -> str:
    return SOURCE % (body, other)


def test_an_object_is_made_before_all_who_use_it() -> None:
    text = source("static Pool pool; return pool.size + pool.all.size();")
    check_pairs(text, "pool.size", ONCE, "modeB=read ordering=once", path="a.cpp")
    check_silent(text, "pool.size", BARE + " ordering=none", path="a.cpp")
    check_silent(text, "pool.all", BARE + " ordering=none", path="a.cpp")
    for changed in ("pool.size++;", "pool.size = 4;"):
        late = source(f"static Pool pool; {changed} return 0;")
        check_pairs(late, "pool.size", BARE + " self=yes", path="a.cpp")
    each = source("Pool pool; return pool.size;")
    check_silent(each, "pool.size", BARE, path="a.cpp")


def test_what_an_initialiser_does_is_done_once() -> None:
    text = source("static int first = make(); return first;")
    check_pairs(text, "made", ONCE, path="a.cpp")
    check_silent(text, "made", BARE, path="a.cpp")
    check_pairs(source("int first = make(); return first;"), "made", BARE, path="a.cpp")
    beside = source("static int first = make(); return first;", "made = 3;")
    check_pairs(beside, "made", "party=thread/thread common=one-sided", path="a.cpp")
