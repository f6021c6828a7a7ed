"""Memory that a thread keeps for itself: under a key, or behind a pointer of its own."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

KEPT = """#include <pthread.h>
#include <stdlib.h>
struct bag {{ int n; struct bag *next; }};
static pthread_key_t key; static struct bag common, *all;
{own}
static struct bag *mine(void) {{
  {find}
  return m;
}}
static void step(struct bag *b) {{ b->n++; }}
static void *work(void *p) {{ for (int i = 0; i < 9; i++) step(mine()); return p; }}
int main(void) {{
  pthread_t t[3]; pthread_key_create(&key, free);
  for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, work, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
}}
"""
BY_KEY = (
    "struct bag *m = pthread_getspecific(key);"
    "if (!m) {{ m = {made}; {shown} pthread_setspecific(key, m); }}"
)
OWN = "static __thread struct bag *own;"
PRIVATE = "shareA=threadprivate shareB=threadprivate"


@pytest.mark.parametrize("made", ["malloc(sizeof *m)", "(struct bag *)calloc(1, sizeof *m)"])
def test_memory_kept_under_a_key(made: str) -> None:
    check_pairs(KEPT.format(own="", find=BY_KEY.format(made=made, shown="")), "m->n", PRIVATE)


@pytest.mark.parametrize(
    ("made", "shown"),
    [("&common", ""), ("malloc(sizeof *m)", "all = m;"), ("pick()", ""), ("all", "")],
)
def test_memory_of_others_kept_under_a_key(made: str, shown: str) -> None:
    source = KEPT.format(own="struct bag *pick(void);", find=BY_KEY.format(made=made, shown=shown))
    for name in ("m->n", "common.n", "all->n"):
        check_silent(source, name, PRIVATE)


def test_what_another_function_keeps_counts_too() -> None:
    find = BY_KEY.format(made="malloc(sizeof *m)", shown="")
    other = "static void share(struct bag *b) { pthread_setspecific(key, b); }"
    check_silent(KEPT.format(own=other, find=find), "m->n", PRIVATE)
    none = "static void drop(void) { pthread_setspecific(key, NULL); }"
    check_pairs(KEPT.format(own=none, find=find), "m->n", PRIVATE)


def test_memory_behind_a_pointer_of_the_thread() -> None:
    find = "if (!own) own = {}; own->n++; struct bag *m = &common;"
    alone = KEPT.format(own=OWN, find=find.format("malloc(sizeof *own)"))
    check_pairs(alone, "own->n", PRIVATE)
    check_silent(KEPT.format(own=OWN, find=find.format("all")), "own->n", PRIVATE)
    kept = find.format("malloc(sizeof *own)") + " all = own;"
    check_silent(KEPT.format(own=OWN, find=kept), "own->n", PRIVATE)
