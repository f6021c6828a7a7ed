"""Constructors and destructors: many may run at once, each with an object of its own."""

from __future__ import annotations

import pytest

from reviewbot.code.analyse import analyse
from tests.code.checks import check_pairs, check_silent

GUARD = "std::lock_guard<std::mutex> g(all);"
ITEM = """#include <mutex>
static std::mutex all; static int made; static int spare;
static int next() { %s return ++made; }
class Item { public: Item(); ~Item(); private: int id; };
Item::Item() { id = next(); spare = 1; }
Item::~Item() { %s }
"""
MANY = "party=caller/caller same-party=many function=same-called"


def test_what_a_constructor_guards_it_shares_with_other_constructions() -> None:
    check_pairs(ITEM % (GUARD, ""), "made", f"{MANY} common=mutex", path="a.cpp")
    check_silent(ITEM % ("", ""), "made", path="a.cpp")  # nothing says that others make any
    check_silent(ITEM % (GUARD, ""), "spare", path="a.cpp")


def test_a_constructor_that_guards_once_and_once_not_meets_itself() -> None:
    text = ITEM.replace("spare = 1;", "made--;")
    bare = "same-party=many common=one-sided modeA=update modeB=update self=no"
    check_pairs(text % (GUARD, ""), "made", bare, path="a.cpp")
    held = text.replace("Item::Item() {", f"Item::Item() {{ {GUARD}").replace("made--", "id--")
    check_silent(held % ("", ""), "made", "common=one-sided", path="a.cpp")
    check_pairs(held % ("", ""), "made", "same-party=many common=mutex", path="a.cpp")


def test_its_own_object_no_other_construction_has() -> None:
    own = ITEM.replace("id = next();", f"{GUARD} id = ++made;")
    check_pairs(own % ("", ""), "made", "same-party=many common=mutex", path="a.cpp")
    check_silent(own % ("", ""), "this->id", "same-party=many", path="a.cpp")


SUM = """#include <mutex>
struct Total { std::mutex m; };
class Sum {
 public:
  Sum(Total& t, double& all) : total(t), all(all), part(0) {}
  ~Sum();
  void operator()(int i) { part += i; }
 private:
  Total& total; double& all; double part;
};
Sum::~Sum() { %s all += part; }
"""


def test_what_a_member_refers_to_several_objects_have() -> None:
    held = SUM % "std::lock_guard<std::mutex> g(total.m);"
    check_pairs(held, "all", "same-party=many common=mutex shareA=parameter", path="a.cpp")
    check_silent(held, "all", "lifeA=teardown", path="a.cpp")
    check_silent(SUM % "", "all", path="a.cpp")
    known = analyse("a.cpp", held.encode()).guarded
    found = analyse("a.cpp", (SUM % "").encode(), None, known).slices
    facts = [dict(p.relations) for s in found if s.object == "all" for p in s.pairs]
    assert [f["common"] for f in facts] == ["none"]
    assert "lifeA" not in facts[0]


@pytest.mark.parametrize(("word", "objects"), [("std::atomic<int>", {"seen"}), ("int", set())])
def test_a_static_that_was_atomic_is_looked_for_by_its_function(
    word: str, objects: set[str]
) -> None:
    text = "#include <atomic>\nint other(int a) { int b = a; return b; }\n"
    text += "int next() { static %s seen; return ++seen; }\n"
    known = analyse("a.cpp", (text % word).encode()).guarded
    bare = f"int early(int n) {{ int m = n; return m; }}\n{text % 'int'}"  # all numbers move on
    found = analyse("a.cpp", bare.encode(), None, known)
    assert {item.object for item in found.slices} == objects
