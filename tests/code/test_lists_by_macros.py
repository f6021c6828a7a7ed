"""Lists of C that macros out of sight change: given as they stand, they are records by name."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

POOL = """#include <pthread.h>
void add(struct pool *p, struct item *item) {
  pthread_mutex_lock(&p->m); da_push_back(p->items, item); pthread_mutex_unlock(&p->m);
}
int count(struct pool *p) {
  pthread_mutex_lock(&p->m); int n = p->items.num; pthread_mutex_unlock(&p->m);
  return n;
}
"""
BARE = "pthread_mutex_lock(&p->m); da_push_back(p->items, item); pthread_mutex_unlock(&p->m);"


@pytest.mark.parametrize("call", ["da_push_back(p->items, item)", "kv_push(int, p->items, 1)"])
def test_a_record_given_by_name_is_changed(call: str) -> None:
    source = POOL.replace("da_push_back(p->items, item)", call)
    for name in ("p->items", "p->items.num"):
        check_pairs(source, name, "locksA=1 locksB=1")
        check_silent(source, name, "common=one-sided")
    racy = POOL.replace(BARE, call + ";")
    check_pairs(racy, "p->items.num", "common=one-sided locksA=0")


@pytest.mark.parametrize(
    "call", ["da_count(p->items)", "da_push_back(p->list, item)", "da_push_back(p->items.num, 1)"]
)
def test_what_is_only_read_or_no_record_is_not(call: str) -> None:
    check_silent(POOL.replace(BARE, call + ";"), "p->items.num")


def test_a_copy_of_an_object_is_not() -> None:
    check_silent(POOL.replace("int n", "auto n"), "p->items.num", path="a.cpp")
