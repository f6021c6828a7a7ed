"""Threads that a member of a record counts are all waited for by who goes over that many."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """
#include <pthread.h>
struct router { int *routes; int n; int others; pthread_t crew[4]; };
static void *forward(void *arg) {
  struct router *r = arg;
  return r->routes + 1;
}
static void up(struct router *r) {
  for (r->n = 0; r->n < 4; r->n++)
    if (pthread_create(&r->crew[r->n], 0, forward, r)) break;
}
static void down(struct router *r) {
  %s
  r->routes = 0;
}
int main(void) {
  static struct router r;
  up(&r);
  down(&r);
  return 0;
}
"""


@pytest.mark.parametrize(
    "way",
    [
        "while (r->n > 0) pthread_join(r->crew[--r->n], 0);",
        "while (r->n-- > 0) pthread_join(r->crew[r->n], 0);",
        "while (r->n) { pthread_join(r->crew[--r->n], 0); }",
        "for (int i = 0; i < r->n; i++) pthread_join(r->crew[i], 0);",
    ],
)
def test_who_goes_over_all_of_them(way: str) -> None:
    check_pairs(FILE % way, "r.routes", "live=after")
    check_silent(FILE % way, "r.routes", "live=partly-joined")


@pytest.mark.parametrize(
    "way",
    [
        "while (r->n > 1) pthread_join(r->crew[--r->n], 0);",
        "while (r->n > 0) { pthread_join(r->crew[r->n], 0); r->n -= 2; }",
        "while (r->others > 0) pthread_join(r->crew[--r->others], 0);",
        "for (int i = 1; i < r->n; i++) pthread_join(r->crew[i], 0);",
        "for (int i = 0; i < r->n; i += 2) pthread_join(r->crew[i], 0);",
    ],
)
def test_who_leaves_some_out(way: str) -> None:
    check_silent(FILE % way, "r.routes", "live=after")
