"""Who locks to reach an object is not alone with it, nor who did before a change."""

from __future__ import annotations

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.records import Analysis


def read(source: str, before: str | None = None) -> Analysis:
    """The analysis of a text, after that of its old version."""
    known = analyse("a.c", before.encode()).guarded if before is not None else None
    return analyse("a.c", source.encode(), None, known)


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
