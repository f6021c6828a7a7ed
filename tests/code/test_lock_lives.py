"""Who makes or destroys a lock is alone with what it protects."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

STORE = """#include <pthread.h>
struct store { pthread_mutex_t lock, other; int used; };
void store_put(struct store *s) {
  pthread_mutex_lock(&s->lock); s->used++; pthread_mutex_unlock(&s->lock);
}
void store_%s(struct store *s) { %s }
"""
MADE, ENDED = "pthread_mutex_init(&s->%s, 0);", "pthread_mutex_destroy(&s->%s);"


@pytest.mark.parametrize("body", [MADE + " s->used = 0;", "s->used = 0; " + MADE])
def test_what_stands_beside_the_making_of_its_lock_is_setup(body: str) -> None:
    check_pairs(STORE % ("ready", body % "lock"), "s->used", "lifeB=setup locksB=0")
    check_silent(STORE % ("ready", body % "other"), "s->used", "lifeB=setup")
    check_silent(STORE % ("ready", "s->used = 0;"), "s->used", "lifeB=setup")


def test_a_lock_that_a_condition_makes_says_nothing_of_what_is_always_done() -> None:
    lazy = "if (!s->ready) { %s s->ready = 1; } s->used = 0;" % (MADE % "lock")
    check_silent(STORE % ("reset", lazy), "s->used", "lifeB=setup")
    within = "if (!s->ready) { %s s->ready = 1; s->used = 0; }" % (MADE % "lock")
    check_pairs(STORE % ("reset", within), "s->used", "lifeB=setup")


LAST = "pthread_mutex_lock(&s->lock); s->used = 1; pthread_mutex_unlock(&s->lock); "


def test_what_follows_the_end_of_its_lock_is_teardown() -> None:
    after = LAST + ENDED % "lock" + " s->used = 0;"
    check_pairs(STORE % ("drop", after), "s->used", "lifeB=teardown modeB=write-constant")
    before = LAST + "s->used = 0; " + ENDED % "lock"  # who locks is not alone yet
    check_silent(STORE % ("drop", before), "s->used", "lifeB=teardown")
    check_silent(STORE % ("drop", after.replace("_destroy", "_trace")), "s->used", "lifeB=teardown")


HANDLE = """#include <pthread.h>
static Mutex *gate; static int used;
void put(void) { SDL_LockMutex(gate); used++; SDL_UnlockMutex(gate); }
void go(void) { %s used = 0; }
"""


@pytest.mark.parametrize(
    ("call", "time"),
    [
        ("gate = SDL_CreateMutex();", "setup"),
        ("SDL_DestroyMutex(gate);", "teardown"),
        ("Look(gate);", ""),
    ],
)
def test_a_lock_behind_a_pointer_is_made_and_destroyed_too(call: str, time: str) -> None:
    for kind in ("setup", "teardown"):
        check = check_pairs if kind == time else check_silent
        check(HANDLE % call, "used", f"lifeB={kind}")
