"""Pointers to a record that are cast to the record around it: one object by two types."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """
#include <pthread.h>
%(seen)s
struct store { struct plug plug; pthread_mutex_t lock; int users; };
void add(struct plug *p)
{ CAST pthread_mutex_lock(&s->lock); s->users++; pthread_mutex_unlock(&s->lock); }
int users(struct store *s)
{ %(take)s int n = s->users; %(give)s return n; }
"""
SEEN = ["", "struct plug { int kind; };"]
CASTS = [
    ("a.c", "struct store *s = (struct store *)p;"),
    ("a.cpp", "struct store *s = reinterpret_cast<struct store *>(p);"),
    ("a.cpp", "auto *s = static_cast<store *>(p);"),
]


def source(cast: str, seen: str, *, locked: bool) -> str:
    take, give = ("pthread_mutex_lock(&s->lock);", "pthread_mutex_unlock(&s->lock);")
    given = {"take": take, "give": give} if locked else {"take": "", "give": ""}
    return (SOURCE % {"seen": seen, **given}).replace("CAST", cast)


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize(("path", "cast"), CASTS)
def test_a_record_is_reached_by_what_it_begins_with(path: str, cast: str, seen: str) -> None:
    bare = source(cast, seen, locked=False)
    check_pairs(bare, "p->users", "function=differ common=one-sided", path=path)
    held = source(cast, seen, locked=True)
    check_pairs(held, "p->users", "function=differ common=own", path=path)
    check_silent(held, "p->users", "common=one-sided", path=path)
    check_silent(held, "p->users", "common=differ", path=path)


@pytest.mark.parametrize(("path", "cast"), CASTS)
def test_a_record_that_is_seen_elsewhere_is_left_what_it_is(path: str, cast: str) -> None:
    apart = "struct plug { int kind; int users; };\nstruct other { int n; struct plug plug; };"
    text = source(cast, apart, locked=False).replace("struct plug plug; pthread", "pthread")
    check_silent(text, "p->users", "function=differ", path=path)
