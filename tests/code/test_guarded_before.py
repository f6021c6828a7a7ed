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


ENDS = """#include <pthread.h>
struct end { int closed; int seen; pthread_mutex_t m; };
void end_close(struct end *e) { %s e->closed = 1; %s }
void end_look(struct end *e) {
    pthread_mutex_lock(&e->m); if (!e->closed) e->seen++; pthread_mutex_unlock(&e->m); }
"""
TOOK, GAVE = "pthread_mutex_lock(&e->m);", "pthread_mutex_unlock(&e->m);"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, ENDS % ("", ""), True),  # nobody else has it any more, says the name
        (ENDS % ("", ""), ENDS % ("", ""), True),
        (ENDS % (TOOK, GAVE), ENDS % ("", ""), False),  # who locked was not alone
        (ENDS % (TOOK, GAVE), ENDS % (TOOK, GAVE), False),
    ],
)
def test_who_locked_before_is_not_alone_by_its_name(
    before: str | None, after: str, told: bool
) -> None:
    found = read(after, before)
    pairs = [pair for item in found.slices if item.object == "e->closed" for pair in item.pairs]
    assert pairs
    lives = {value for pair in pairs for slot, value in pair.relations if slot[:-1] == "life"}
    assert lives == ({"teardown"} if told else set())


def test_another_function_that_locked_says_nothing_of_this_one() -> None:
    other = ENDS.replace("end_look", "end_stop_close")
    pairs = [
        dict(pair.relations)
        for item in read(other % ("", ""), other % ("", "")).slices
        if item.object == "e->closed"
        for pair in item.pairs
    ]
    assert {pair.get("lifeA") for pair in pairs} == {"teardown"}
