"""A copy of a pointer stays where the pointer was when that moves on."""

from __future__ import annotations

import time

import pytest

from tests.code.checks import check_pairs, check_silent, read

TEXT = """#include <pthread.h>
struct cell {{ pthread_mutex_t lock; int v; struct cell *next; }};
struct cell cells[8];
void *work(void *arg) {{
  long id = (long)arg;
  for (int k = 0; k < 1000; k++) {{
    struct cell *p = &cells[(k + id) % 6];
    {body}
  }}
  return 0;
}}
int main(void) {{
  pthread_t t[2];
  for (long i = 0; i < 2; i++) pthread_create(&t[i], 0, work, (void *)i);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return 0;
}}
"""
UNDER = " pthread_mutex_lock(&q->lock); %s pthread_mutex_unlock(&q->lock);"
COPY = "struct cell *q = p;"


@pytest.mark.parametrize(
    "step",
    ["p++;", "p = p + 1;", "p = p->next;", "if (k % 2) p = p->next;", "while (p->v) p = p->next;"],
)
def test_a_lock_of_where_a_pointer_was_is_not_that_of_where_it_is(step: str) -> None:
    moved = TEXT.format(body=COPY + step + UNDER % "p->v++;")
    check_pairs(moved, "p->v", "common=type modeB=update")
    check_silent(moved, "p->v", "common=own modeB=update")
    for body in (COPY + step + UNDER % "q->v++;", step + COPY + UNDER % "p->v++;"):
        check_pairs(TEXT.format(body=body), "p->v", "common=own modeB=update")


def test_a_lock_that_is_held_as_its_pointer_moves_on_is_that_of_the_copy() -> None:
    body = "pthread_mutex_lock(&p->lock); struct cell *q = p; p++; %s"
    check_pairs(TEXT.format(body=body % "q->v++;"), "p->v", "common=own")
    check_silent(TEXT.format(body=body % "p->v++;"), "p->v", "common=own")


STORED = """#include <pthread.h>
#include <stdlib.h>
struct node { int v; struct node *next; };
static struct node a, b;
static pthread_mutex_t la, lb;
static void *work(void *arg) {
  pthread_mutex_lock(&la);
  a.next->v++;
  pthread_mutex_unlock(&la);
  return arg;
}
int main(void) {
  pthread_t t;
  struct node *p = malloc(sizeof *p);
  a.next = p;
  ANEW
  b.next = p;
  pthread_create(&t, 0, work, 0);
  pthread_mutex_lock(&lb);
  b.next->v--;
  pthread_mutex_unlock(&lb);
  pthread_join(t, 0);
}
"""


def test_what_is_stored_before_a_pointer_is_made_anew_is_another_object() -> None:
    anew = STORED.replace("ANEW", "p = malloc(sizeof *p);")
    for name in ("p->v", "a.next[].v"):
        check_silent(anew, name, "common=differ base=same")
    check_pairs(STORED.replace("ANEW", ""), "a.next[].v", "common=differ")


def test_many_copies_of_pointers_that_move_take_time_as_they_are_many() -> None:
    def seconds(times: int) -> float:
        names = [f"q{n}" for n in range(times)]
        body = "".join(f"struct cell *{name} = p; p++; {name}->v = 1;\n" for name in names)
        start = time.process_time()
        read(TEXT.format(body=body))
        return time.process_time() - start

    seconds(5)
    assert seconds(400) < 60 * max(seconds(20), 0.01)
