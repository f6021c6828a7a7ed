"""What the version before guarded is looked for after a change has taken its lock away."""

from __future__ import annotations

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.records import Analysis

LOCK, UNLOCK = "pthread_mutex_lock(&m);", "pthread_mutex_unlock(&m);"
COUNTER = """#include <pthread.h>
static int total; static pthread_mutex_t m;
void add(int n) { %s total += n; %s }
int sum(void) { %s int n = total; %s return n; }
"""
GUARDED = COUNTER % (LOCK, UNLOCK, LOCK, UNLOCK)
HALF = COUNTER % ("", "", LOCK, UNLOCK)
BARE = "static int total;\nvoid add(int n) { total += n; }\nint sum(void) { return total; }\n"


def read(source: str, before: str | None = None, path: str = "a.c") -> Analysis:
    """The analysis of a text, after that of its old version."""
    known = read(before, path=path).guarded if before is not None else None
    return analyse(path, source.encode(), None, known)


def words(found: Analysis, name: str) -> set[str]:
    """What is stated of an object's being guarded, over all its pairs."""
    pairs = [pair for item in found.slices if item.object == name for pair in item.pairs]
    return {dict(pair.relations)["guarded"] for pair in pairs}


def test_places_that_are_guarded_are_counted() -> None:
    assert read(GUARDED).guarded == {"total": 2}
    assert read(HALF).guarded == {"total": 1}
    assert read(BARE).guarded == {}


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (None, BARE, set()),  # threads are out of sight: nothing says that it is shared
        (BARE, BARE, set()),
        (GUARDED, BARE, {"some"}),
        (None, HALF, {"some"}),
        (GUARDED, HALF, {"most"}),
        (HALF, HALF, {"some"}),
        (GUARDED, GUARDED, {"all"}),
        (HALF, GUARDED, {"all"}),
    ],
)
def test_a_change_that_takes_locks_away_leaves_the_object_in_sight(
    before: str | None, after: str, word: set[str]
) -> None:
    assert words(read(after, before), "total") == word


ATOMIC = """#include <atomic>
struct Hits { std::atomic<int> seen; void hit(); int count(); };
void Hits::hit() { seen++; }
int Hits::count() { return seen; }
"""


def test_what_was_atomic_before_is_looked_for_too() -> None:
    plain = ATOMIC.replace("std::atomic<int>", "int").replace("#include <atomic>\n", "")
    assert words(read(plain, path="a.cpp"), "this->seen") == set()
    assert words(read(plain, ATOMIC, "a.cpp"), "this->seen") == {"some"}


def test_other_objects_stay_as_they_were() -> None:
    more = "static int spare;\nvoid other(void) { spare++; }\n"
    found = read(BARE + more, GUARDED + more)
    assert {item.object for item in found.slices} == {"total"}


KEPT = """
#include <mutex>
static std::mutex gate;
int ticket() {{
  static int last = 0;
  {}
  return ++last;
}}
int other() {{
  static int last = 0;
  return ++last;
}}
"""


def test_a_static_of_a_function_is_known_again_whatever_stands_before_it() -> None:
    before = KEPT.format("std::lock_guard<std::mutex> hold(gate);")
    after = "int added;\n" + KEPT.format("")
    assert words(read(after, before, "a.cpp"), "last") == {"some"}
    assert words(read(before, before, "a.cpp"), "last") == {"all"}
    assert words(read(after, None, "a.cpp"), "last") == set()
    assert read(before, None, "a.cpp").guarded == {"last@ticket": 1}


UNNAMED = """#include <pthread.h>
static struct { pthread_mutex_t m; int n; } box;
void put(int k) { pthread_mutex_lock(&box.m); box.n += k; pthread_mutex_unlock(&box.m); }
int get(void) { pthread_mutex_lock(&box.m); int n = box.n; pthread_mutex_unlock(&box.m); return n; }
"""


def test_a_type_without_a_name_is_known_wherever_it_stands() -> None:
    moved = "static int version = 2;\n" + UNNAMED
    assert read(UNNAMED).guarded
    assert read(UNNAMED).guarded == read(moved).guarded
