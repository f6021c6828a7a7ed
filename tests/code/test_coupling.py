"""Locks taken hand over hand along a list, and what is done without the right one."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

LIST = """#include <pthread.h>
struct node {{ struct node *next; pthread_mutex_t lk; int runs, ends; }};
static struct node *head;
static void sweep(void) {{
  struct node *cur = head, *next;
  pthread_mutex_lock(&cur->lk);
  while ((next = cur->next) != 0) {{
    {step}
  }}
  cur->ends++;
  pthread_mutex_unlock(&cur->lk);
}}
static void *work(void *p) {{ for (int i = 0; i < 9; i++) sweep(); return p; }}
int main(void) {{
  pthread_t t[3];
  for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, work, 0);
  for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
}}
"""
TAKE, GIVE = "pthread_mutex_lock(&next->lk);", "pthread_mutex_unlock(&cur->lk);"


@pytest.mark.parametrize(
    "step",
    [
        f"{TAKE} {GIVE} cur = next; cur->runs++;",
        f"{TAKE} cur->runs++; {GIVE} cur = next;",
    ],
)
def test_the_lock_of_the_next_one_is_taken_first(step: str) -> None:
    check_pairs(LIST.format(step=step), "cur->runs", "self=yes common=own")
    check_pairs(LIST.format(step=step), "cur->ends", "self=yes common=own")


@pytest.mark.parametrize(
    "step",
    [
        f"{TAKE} {GIVE} cur->runs++; cur = next;",
        f"{TAKE} pthread_mutex_unlock(&next->lk); next->runs++; {GIVE} cur = next; {TAKE}",
        f"{GIVE} cur = next; cur->runs++; pthread_mutex_lock(&cur->lk);",
    ],
)
def test_another_ones_lock_is_not_its_own(step: str) -> None:
    for name in ("cur->runs", "next->runs"):
        check_silent(LIST.format(step=step), name, "self=yes common=own")


def test_of_two_holdings_of_a_kind_the_one_named_is_given_back() -> None:
    source = """#include <pthread.h>
struct node {{ struct node *next; pthread_mutex_t lk; int runs; }};
static struct node *head;
static void *one(void *p) {{
  struct node *cur = head;
  pthread_mutex_lock(&cur->lk); pthread_mutex_lock(&cur->next->lk);
  pthread_mutex_unlock(&{}->lk);
  cur->runs++;
  pthread_mutex_unlock(&{}->lk);
  return p;
}}
static void *two(void *p) {{
  pthread_mutex_lock(&head->lk); head->runs++; pthread_mutex_unlock(&head->lk);
  return p;
}}
int main(void) {{
  pthread_t a, b; pthread_create(&a, 0, one, 0); pthread_create(&b, 0, two, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}}
"""
    own, other = source.format("cur->next", "cur"), source.format("cur", "cur->next")
    check_pairs(own, "head->runs", "self=no party=thread/thread common=mutex")
    check_pairs(other, "head->runs", "self=no party=thread/thread common=type")
    check_silent(other, "head->runs", "self=no party=thread/thread common=mutex")
