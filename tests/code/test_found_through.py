"""What a stored pointer leads to belongs to the place that it lies in, and to that place's lock."""

from __future__ import annotations

import time

from tests.code.checks import check_pairs, check_silent, read

LISTS = """#include <pthread.h>
#include <stdlib.h>
struct node { int value; struct node *next; };
pthread_mutex_t keys[10];
struct node *heads[10];
int pick(void *arg);

struct node *make(int x) {
  struct node *p = malloc(sizeof(struct node));
  p->value = x;
  p->next = NULL;
  return p;
}

void insert(struct node *fresh, struct node *list) {
  struct node *rest = list->next;
  list->next = fresh;
  fresh->next = rest;
}

void *add(void *arg) {
  int i = pick(arg);
  pthread_mutex_lock(&keys[%s]);
  insert(make(3), heads[i]);
  pthread_mutex_unlock(&keys[%s]);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t id;
  int j = argc %% 10;
  heads[j] = make(1);
  insert(make(2), heads[j]);
  pthread_create(&id, NULL, add, argv);
  pthread_mutex_lock(&keys[j]);
  heads[j]->next->value++;
  struct node *first = heads[j]->next;
  pthread_mutex_unlock(&keys[j]);
  pthread_join(id, NULL);
  return first->value;
}
"""


def test_a_list_that_is_found_by_a_number_is_under_the_lock_of_that_number() -> None:
    own, next_one = LISTS % ("i", "i"), LISTS % ("i + 1", "i + 1")
    check_pairs(own, "p->next", "live=during stripeA=same stripeB=same common=striped")
    check_silent(own, "p->next", "live=during common=striped-differ")
    check_pairs(next_one, "p->next", "live=during common=striped-differ")
    check_silent(next_one, "p->next", "live=during common=striped")


PUT = """#include <pthread.h>
#include <stdlib.h>
struct node { int value; };
pthread_mutex_t keys[10];
struct node *heads[10];
int pick(void *arg);

void *add(void *arg) {
  int i = pick(arg);
  struct node *p = malloc(sizeof(struct node));
  pthread_mutex_lock(&keys[%s]);
  heads[i] = p;
  p->value = 1;
  pthread_mutex_unlock(&keys[%s]);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t id;
  int j = argc %% 10;
  pthread_create(&id, NULL, add, argv);
  pthread_mutex_lock(&keys[j]);
  if (heads[j]) heads[j]->value++;
  pthread_mutex_unlock(&keys[j]);
  pthread_join(id, NULL);
  return 0;
}
"""


def test_what_is_put_into_a_place_belongs_to_it() -> None:
    given = "live=during givenA=yes"
    check_pairs(PUT % ("i", "i"), "p->value", f"{given} stripeA=same stripeB=same common=striped")
    check_pairs(PUT % ("i + 1", "i + 1"), "p->value", f"{given} common=striped-differ")
    check_silent(PUT % ("i + 1", "i + 1"), "p->value", f"{given} common=striped")


EMBEDDED = """#include <pthread.h>
#include <stddef.h>
struct link { struct link *next; };
struct item { int value; struct link at; };
struct table { struct link heads[8]; pthread_mutex_t keys[8]; } t;
#define ITEM(p) ((struct item *)((char *)(p) - offsetof(struct item, at)))

void *walk(void *arg) {
  for (int j = 0; j < 8; j++) {
    pthread_mutex_lock(&t.keys[%s]);
    struct item *each = ITEM(t.heads[j].next);
    while (&each->at != &t.heads[j]) {
      each->value++;
      each = ITEM(each->at.next);
    }
    pthread_mutex_unlock(&t.keys[%s]);
  }
  return NULL;
}

int main(void) {
  pthread_t a, b;
  pthread_create(&a, NULL, walk, NULL);
  pthread_create(&b, NULL, walk, NULL);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  return 0;
}
"""


def test_the_record_around_a_link_is_found_as_the_link_is() -> None:
    name = "each->value"
    check_pairs(EMBEDDED % ("j", "j"), name, "stripeA=same stripeB=same common=striped")
    check_silent(EMBEDDED % ("3", "3"), name, "stripeA=same")


def test_time_grows_with_the_lists() -> None:
    body = "  insert(make(4), heads[j]);\n  heads[j]->next->value++;\n"
    one = LISTS % ("i", "i")
    spans = []
    for count in (10, 200):
        text = one.replace("  pthread_create", body * count + "  pthread_create")
        start = time.perf_counter()
        read(text)
        spans.append(time.perf_counter() - start)
    assert spans[1] < 60 * spans[0]
