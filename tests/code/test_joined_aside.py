"""Joins on a way that leaves: those who go on have joined nobody."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

POOL = """#include <pthread.h>
#include <stdlib.h>
struct pool { pthread_mutex_t lock; pthread_t *threads; int limit; int made; };
static void *run(void *arg) {
  struct pool *p = arg;
  pthread_mutex_lock(&p->lock);
  int n = p->limit;
  pthread_mutex_unlock(&p->lock);
  return n ? arg : NULL;
}
static void stop(struct pool *p) {
  for (int i = 0; i < p->made; i++) pthread_join(p->threads[i], NULL);
}
struct pool *start(int n) {
  struct pool *p = calloc(1, sizeof *p);
  pthread_mutex_init(&p->lock, NULL);
  p->threads = calloc(n, sizeof(pthread_t));
  for (int i = 0; i < n; i++)
    if (pthread_create(&p->threads[i], NULL, run, p)) {
      p->made = i;
      stop(p);
      ASIDE
    }
  p->made = n;
  ON
  return p;
}
int main(int argc, char **argv) {
  struct pool *p = start(argc);
  stop(p);
  return 0;
}
"""
WRITES, DURING = "p->limit = n;", "modeA=write live=during"
PARTLY = "live=partly-joined"


def _pool(aside: str, on: str) -> str:
    return POOL.replace("ASIDE", aside).replace("ON", on)


def test_who_goes_on_has_joined_nobody() -> None:
    source = _pool("return NULL;", WRITES)
    check_pairs(source, "p->limit", DURING)
    check_silent(source, "p->limit", PARTLY)


def test_who_leaves_has_joined_some() -> None:
    source = _pool(f"{WRITES} return NULL;", "")
    check_pairs(source, "p->limit", PARTLY)
    check_silent(source, "p->limit", DURING)


def test_a_way_that_leads_on_has_joined_some_for_all() -> None:
    source = _pool("", WRITES)
    check_pairs(source, "p->limit", PARTLY)
    check_silent(source, "p->limit", DURING)


def test_the_other_way_may_be_the_one_that_leaves() -> None:
    source = _pool("", "if (n > 2) p->limit = n; else { stop(p); return NULL; }")
    source = source.replace("stop(p);\n      \n", "\n")
    check_pairs(source, "p->limit", DURING)
    check_silent(source, "p->limit", PARTLY)
