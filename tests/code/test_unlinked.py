"""What is taken out of a list or container under a lock is of one thread until it is put back."""

from __future__ import annotations

import pytest

from reviewbot.model.readings import readings
from tests.code.checks import check_pairs, check_silent, pairs

LIST = """
#include <pthread.h>
struct node { struct node *next; int use; };
struct pool { pthread_mutex_t m; struct node *head; int size; } pool;
static struct node *take(struct pool *p) {
  struct node *n;
  %s
  return n;
}
static void put(struct pool *p, struct node *n) {
  pthread_mutex_lock(&p->m); n->next = p->head; p->head = n; pthread_mutex_unlock(&p->m);
}
static void *work(void *arg) {
  struct node *n = take(&pool);
  if (n) { %s }
  return 0;
}
int main(void) {
  pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, work, 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  return 0;
}
"""
LOCK, UNLOCK = "pthread_mutex_lock(&p->m);", "pthread_mutex_unlock(&p->m);"
TAKE = f"{LOCK} n = p->head; if (n) p->head = n->next; {UNLOCK}"
USE = "n->use++; put(&pool, n);"
OWN = "indexA=ticket indexB=ticket index=equal varies=both"


@pytest.mark.parametrize(
    "take",
    [
        TAKE,
        TAKE.replace("n->next", "p->head->next"),
        f"{LOCK} n = (struct node *)p->head; p->head = NULL; p->size--; {UNLOCK}",
    ],
)
def test_unlinked(take: str) -> None:
    check_pairs(LIST % (take, USE), "pool.head[].use", OWN)


@pytest.mark.parametrize(
    "take",
    [
        f"{LOCK} n = p->head; {UNLOCK}",
        "n = p->head; if (n) p->head = n->next;",
        f"{LOCK} n = p->head; {UNLOCK} {LOCK} if (n) p->head = n->next; {UNLOCK}",
        f"{LOCK} n = p->head; p->head = p->head; {UNLOCK}",
    ],
)
def test_only_looked_at(take: str) -> None:
    source = LIST % (take, USE)
    check_pairs(source, "pool.head[].use", "modeA=update modeB=update")
    check_silent(source, "pool.head[].use", OWN)


def test_put_back_before_it_is_used() -> None:
    late = LIST % (TAKE, "put(&pool, n); n->use++;")
    check_pairs(late, "pool.head[].use", f"{OWN} givenA=yes givenB=yes")
    early = LIST % (TAKE, USE)
    check_silent(early, "pool.head[].use", "givenA=yes")
    told = [[readings(pair) for pair in pairs(s, "pool.head[].use")] for s in (late, early)]
    assert "elements apart" not in told[0][0] and "elements apart" in told[1][0]


QUEUE = """
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>
struct Link { int use = 0; };
std::mutex m;
std::deque<%s> idle;
void work() {
  %s
  one->use++;
}
int main() {
  for (int i = 0; i < 8; i++) idle.emplace_back(new Link);
  std::vector<std::thread> crew;
  for (int i = 0; i < 4; i++) crew.emplace_back(work);
  for (auto& one : crew) one.join();
}
"""
GUARD = "std::unique_lock<std::mutex> hold(m);"
ENDS = [("front", "pop_front"), ("back", "pop_back")]
KINDS = [("Link *", "idle.%s()"), ("std::unique_ptr<Link>", "std::move(idle.%s())")]


@pytest.mark.parametrize(("end", "drop"), ENDS)
@pytest.mark.parametrize(("kind", "get"), KINDS)
def test_out_of_a_container(kind: str, get: str, end: str, drop: str) -> None:
    taken = f"auto one = {get % end}; idle.{drop}();"
    source = QUEUE % (kind, f"{GUARD} {taken} hold.unlock();")
    check_pairs(source, "idle[][].use", OWN, path="a.cpp")
    check_silent(QUEUE % (kind, taken), "idle[][].use", OWN, path="a.cpp")


@pytest.mark.parametrize("after", ["", "idle.pop_back();", "more.pop_front();"])
def test_left_in_the_container(after: str) -> None:
    source = QUEUE % ("Link *", f"{GUARD} auto one = idle.front(); {after} hold.unlock();")
    check_pairs(source, "idle[][].use", "modeA=update modeB=update", path="a.cpp")
    check_silent(source, "idle[][].use", OWN, path="a.cpp")
