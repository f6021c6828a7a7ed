"""An object that a thread marks as its own under a lock is its own until the mark is taken away."""

from __future__ import annotations

import pytest

from reviewbot.model.readings import readings
from tests.code.checks import check_pairs, check_silent, pairs

POOL = """
#include <pthread.h>
struct slot { int busy; long n; };
static struct slot pool[8];
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static %s claim(void) {
  %s
  pthread_mutex_lock(&m);
  for (int i = 0; i < 8; i++) { %s }
  pthread_mutex_unlock(&m);
  return got;
}
static void *work(void *arg) {
  %s
  return 0;
}
int main(void) {
  pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, work, 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  return 0;
}
"""
BACK = "pthread_mutex_lock(&m); %s.busy = 0; pthread_mutex_unlock(&m);"
POINTER = ("struct slot *", "struct slot *got = 0;")
NUMBER = ("int", "int got = -1;")
USE = f"struct slot *s = claim(); if (s) {{ s->n++; {BACK % '(*s)'} }}"
USE_NUMBER = f"int s = claim(); if (s >= 0) {{ pool[s].n++; {BACK % 'pool[s]'} }}"
CLAIMS = [
    (POINTER, "if (!pool[i].busy) { pool[i].busy = 1; got = &pool[i]; break; }", USE),
    (
        POINTER,
        "struct slot *s = &pool[i]; if (s->busy == 0) { got = s; s->busy = 1; break; }",
        USE,
    ),
    (NUMBER, "if (!pool[i].busy) { pool[i].busy = 1; got = i; break; }", USE_NUMBER),
]
OWN = "indexA=ticket indexB=ticket index=equal varies=both"


@pytest.mark.parametrize(("kind", "claim", "use"), CLAIMS)
def test_marked(kind: tuple[str, str], claim: str, use: str) -> None:
    source = POOL % (*kind, claim, use)
    told = pairs(source, "pool[].n")
    assert told and all(("indexA", "ticket") in pair.relations for pair in told)
    assert any("elements apart" in readings(pair) for pair in told)


@pytest.mark.parametrize(("kind", "claim", "use"), CLAIMS)
@pytest.mark.parametrize("left", [" = 1;", "lock"])
def test_not_marked(kind: tuple[str, str], claim: str, use: str, left: str) -> None:
    claim = (
        claim
        if left == "lock"
        else claim.replace(".busy = 1;", ".n;").replace("->busy = 1;", "->n;")
    )
    source = POOL % (*kind, claim, use)
    if left == "lock":
        source = source.replace("pthread_mutex_lock(&m);\n", "\n")
    check_pairs(source, "pool[].n", "modeA=update modeB=update")
    check_silent(source, "pool[].n", OWN)


def test_marked_by_what_it_is_not_asked_for() -> None:
    claim = "if (!pool[i].busy) { pool[i].n = 1; got = &pool[i]; break; }"
    check_silent(POOL % (*POINTER, claim, USE), "pool[].n", OWN)


def test_used_after_the_mark_is_taken_away() -> None:
    use = f"struct slot *s = claim(); if (s) {{ {BACK % '(*s)'} s->n++; }}".replace("(*s).", "s->")
    check_pairs(POOL % (*CLAIMS[0][0], CLAIMS[0][1], use), "pool[].n", "givenA=yes givenB=yes")


def test_looked_at_by_others_under_the_lock() -> None:
    look = "pthread_mutex_lock(&m); long sum = pool[3].n; pthread_mutex_unlock(&m);"
    source = POOL % (*CLAIMS[0][0], CLAIMS[0][1], look + USE)
    check_pairs(source, "pool[].n", "modeA=update modeB=read locksA=0 locksB=1 ordering=none")
    check_silent(source, "pool[].n", "ordering=after-lock")
