"""Locks that a condition took, of an object from which the pointer is moved on."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

WALK = """#include <pthread.h>
struct item { pthread_mutex_t lock; int used; struct item *next; };
void put(struct item *i) {
  pthread_mutex_lock(&i->lock); i->used++; pthread_mutex_unlock(&i->lock);
}
void walk(struct item *i, int all) {
  if (all) pthread_mutex_lock(&i->lock);
  %s
  if (all) { i->used++; }
}
"""


def test_a_condition_that_is_asked_again_of_another_object_tells_no_lock() -> None:
    check_pairs(WALK % "i = i->next;", "i->used", "locksB=maybe")
    check_silent(WALK % "i = i->next;", "i->used", "locksB=1 common=own")


def test_a_condition_that_is_asked_again_of_the_same_object_tells_its_lock() -> None:
    check_silent(WALK % "", "i->used", "locksB=maybe")
    check_pairs(WALK % "", "i->used", "locksB=1 common=own")
