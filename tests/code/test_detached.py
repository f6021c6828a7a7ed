"""A list, a buffer or a batch that is swapped out under a lock is of who swapped it out."""

from __future__ import annotations

import pytest

from tests.code.checks import _tokens, check_pairs, check_silent, read

OWN = "indexA=ticket indexB=ticket index=equal varies=both"
LOCK, UNLOCK = "pthread_mutex_lock(&m);", "pthread_mutex_unlock(&m);"
LIST = """
#include <pthread.h>
#include <stdlib.h>
struct node { struct node *next; int use; };
static struct node *list;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static struct node *take(void) { struct node *all; %s return all; }
static void *put(void *arg) {
  struct node *n = malloc(sizeof *n);
  pthread_mutex_lock(&m); n->next = list; list = n; pthread_mutex_unlock(&m);
  return 0;
}
static void *drain(void *arg) {
  struct node *n, *next, *old;
  %s
  return 0;
}
int main(void) {
  pthread_t p, c, d;
  pthread_create(&p, 0, put, 0);
  pthread_create(&c, 0, drain, 0);
  pthread_create(&d, 0, drain, 0);
  pthread_join(p, 0); pthread_join(c, 0); pthread_join(d, 0);
  return 0;
}
"""
ALL = f"{LOCK} all = list; list = NULL; {UNLOCK}"
ONE = f"{LOCK} all = list; if (list) list = list->next; {UNLOCK}"
WALKS = [
    "n = take(); while (n) { next = n->next; n->use++; n = next; }",
    "n = take(); while (n) { n->use++; n = n->next; }",
    "for (n = take(); n; n = next) { next = n->next; n->use++; }",
]


@pytest.mark.parametrize("walk", WALKS)
def test_walked_along_what_was_taken(walk: str) -> None:
    check_pairs(LIST % (ALL, walk), "n[].use", OWN)


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize(
    "left", [ONE, ALL.replace(LOCK, "").replace(UNLOCK, ""), ALL.replace("list = NULL;", "")]
)
def test_walked_along_what_others_find(walk: str, left: str) -> None:
    told = [_tokens(pair) for item in read(LIST % (left, walk)).slices for pair in item.pairs]
    uses = [have for have in told if {"modeA=update", "modeB=update"} <= have]
    assert uses and not any(set(OWN.split()) <= have for have in uses)


@pytest.mark.parametrize("other", ["n = list;", "n = find(n);"])
def test_walks_elsewhere_too(other: str) -> None:
    walk = f"n = take(); while (n) {{ n->use++; n = n->next; }} {other} n->use++;"
    check_silent(LIST % (ALL, walk), "n->use", OWN)


BUFFER = """
#include <pthread.h>
#include <stdlib.h>
struct buf { struct buf *before; int n; };
static struct buf *cur;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void *fill(void *arg) {
  pthread_mutex_lock(&m); cur->n++; pthread_mutex_unlock(&m);
  return 0;
}
static void *drain(void *arg) {
  struct buf *fresh = calloc(1, sizeof *fresh);
  %s
  mine->n = 0;
  return 0;
}
int main(void) {
  pthread_t p, c, d;
  pthread_create(&p, 0, fill, 0);
  pthread_create(&c, 0, drain, 0);
  pthread_create(&d, 0, drain, 0);
  pthread_join(p, 0); pthread_join(c, 0); pthread_join(d, 0);
  return 0;
}
"""
SWAP = f"{LOCK} struct buf *mine = cur; cur = fresh; {UNLOCK}"


def test_replaced_under_the_lock() -> None:
    source = BUFFER % SWAP
    check_pairs(source, "cur->n", OWN, "modeA=update locksA=1 locksB=0 ordering=after-lock")


@pytest.mark.parametrize(
    "swap",
    [
        SWAP.replace(LOCK, ""),
        SWAP.replace("cur = fresh;", ""),
        SWAP.replace("cur =", "fresh->before = mine; cur ="),
        SWAP.replace("struct buf", "fresh->before = cur; struct buf"),
    ],
)
def test_left_where_others_find_it(swap: str) -> None:
    source = BUFFER % swap
    check_pairs(source, "cur->n", "modeA=update locksA=1 locksB=0 ordering=none")
    check_silent(source, "cur->n", OWN)


BATCH = """
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>
struct Job { int use = 0; };
std::mutex m;
std::%s pending;
void produce() { std::lock_guard<std::mutex> hold(m); pending.emplace_back(new Job); }
void consume() {
  %s
  %s
}
int main() {
  std::thread a(produce), b(consume), c(consume);
  a.join(); b.join(); c.join();
}
"""
HOLD = "std::unique_lock<std::mutex> hold(m);"
LET_GO = "hold.unlock();"
TAKES = [
    "decltype(pending) batch; batch.swap(pending);",
    "decltype(pending) batch; pending.swap(batch);",
    "decltype(pending) batch; std::swap(batch, pending);",
    "decltype(pending) batch; batch = std::move(pending);",
    "auto batch = std::move(pending); pending.clear();",
    "auto batch = std::exchange(pending, {});",
    "auto batch = pending; pending.clear();",
]
USES = [
    "for (auto &one : batch) one->use++;",
    "for (size_t i = 0; i < batch.size(); i++) batch[i]->use++;",
    "while (!batch.empty()) { auto one = std::move(batch.back()); batch.pop_back(); one->use++; }",
]
KINDS = ["vector<Job *>", "deque<Job *>", "vector<std::shared_ptr<Job>>"]


def _batch(kind: str, take: str, use: str) -> str:
    take = take.replace("decltype(pending)", f"std::{kind}").replace("auto", f"std::{kind}")
    return BATCH % (kind, take, use)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("take", TAKES)
@pytest.mark.parametrize("use", USES)
def test_batch_of_ones_own(kind: str, take: str, use: str) -> None:
    check_pairs(_batch(kind, f"{HOLD} {take} {LET_GO}", use), "batch[].use", OWN, path="a.cpp")


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "take",
    [
        TAKES[0],
        f"{HOLD} auto batch = pending; {LET_GO}",
        f"{HOLD} auto batch = pending; {LET_GO} hold.lock(); pending.clear(); {LET_GO}",
        f"{HOLD} auto &batch = pending; {LET_GO}",
        f"{HOLD} {TAKES[0]} batch = pending; {LET_GO}",
        f"std::vector<Job *> batch; {{ {HOLD} batch = pending; }} pending.clear();",
    ],
)
def test_batch_that_others_have_too(take: str, use: str) -> None:
    source = _batch(KINDS[0], take, use)
    told = [_tokens(pair) for item in read(source, "a.cpp").slices for pair in item.pairs]
    assert not any(set(OWN.split()) <= have for have in told)
