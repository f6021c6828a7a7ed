"""Locks whose types are out of sight, while functions out of sight are given their addresses."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

STORE = """#include "store.h"
void put(struct store *s) {
  st_spin_lock(s, &s->lock);
  %s
  s->used++;
  st_spin_unlock(s, &s->lock);
}
"""


@pytest.mark.parametrize("told", ["", "check_owner(&s->lock);", "trace(s, &s->lock, sizeof(*s));"])
def test_who_is_told_of_a_lock_does_not_give_it_back(told: str) -> None:
    check_pairs("struct store { struct spin lock; int used; };\n" + STORE % told, "s->used")
    check_silent(STORE % told, "s->used", "locksA=0")
    check_silent(STORE % told, "s->lock")


def test_a_lock_that_is_given_back_is_not_held() -> None:
    told = "st_spin_unlock(s, &s->lock); s->left++; st_spin_lock(s, &s->lock);"
    check_pairs(STORE % told, "s->used", "common=mutex")
    check_pairs(
        STORE % told + "int left(struct store *s) { st_spin_lock(s, &s->lock);"
        " int n = s->left; st_spin_unlock(s, &s->lock); return n; }",
        "s->left",
        "locksA=0",
    )


WORD = """#include <pthread.h>
#include <stdatomic.h>
static atomic_int busy; static int used;
static void *work(void *given) {
  int free = 0;
  while (!atomic_compare_exchange_strong(&busy, &free, 1)) free = 0;
  %s
  used++;
  atomic_store(&busy, 0);
  return given;
}
int main(void) { pthread_t a, b; pthread_create(&a, 0, work, 0);
  pthread_create(&b, 0, work, 0); pthread_join(a, 0); pthread_join(b, 0); return used; }
"""


def test_a_word_that_is_claimed_ends_as_before() -> None:
    check_silent(WORD % "", "used", "locksA=0 modeA=update")
    check_pairs(WORD % "busy = 0;", "used", "locksA=0 modeA=update")


RING = """#include <pthread.h>
static int current;
void put(int n) { slot_lock(current); current = n; slot_unlock(current); }
int get(void) { return current; }
"""


def test_a_number_by_which_a_lock_is_chosen_stays_data() -> None:
    check_pairs(RING, "current", "modeA=write modeB=read locksA=1 locksB=0")
    check_silent(RING.replace("current = n;", ""), "current")
