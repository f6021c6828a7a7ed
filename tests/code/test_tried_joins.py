"""`pthread_tryjoin_np` has joined where it answers 0, and nowhere else."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs

FILE = """#include <errno.h>
#include <pthread.h>
int hits; int done;
void *work(void *a) { hits++; return 0; }
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, work, 0);
  %s
  pthread_join(t, 0);
  return 0;
}
"""
TRY = "pthread_tryjoin_np(t, NULL)"
JOINED = [
    "pthread_join(t, NULL); hits++;",
    f"if ({TRY} == 0) hits++;",
    f"if (!{TRY}) {{ hits++; }}",
    f"if ({TRY}) return 1; hits++;",
    f"int r = {TRY}; if (r == 0) hits++;",
    f"while ({TRY} != 0) done++; hits++;",
    f"int r; while ((r = {TRY}) == EBUSY) done++; hits++;",
    f"int r; do {{ r = {TRY}; }} while (r != 0); hits++;",
    f"for (;;) {{ if ({TRY} == 0) break; done++; }} hits++;",
]
RUNNING = [
    f"{TRY}; hits++;",
    f"if ({TRY} != 0) hits++;",
    f"if ({TRY} == EBUSY) {{ hits++; }}",
    f"int r = {TRY}; if (r) hits++;",
    f"while ({TRY} != 0) hits++;",
    f"for (;;) {{ if ({TRY} == 0) break; hits++; }}",
    "if (pthread_timedjoin_np(t, NULL, &end) == ETIMEDOUT) hits++;",
]


@pytest.mark.parametrize("body", JOINED)
def test_what_follows_a_join_that_came_about(body: str) -> None:
    check_pairs(FILE % body, "hits", "party=thread/main live=after")


@pytest.mark.parametrize("body", RUNNING)
def test_what_runs_beside_the_thread(body: str) -> None:
    check_pairs(FILE % body, "hits", "party=thread/main live=during")


def test_what_one_way_alone_has_joined() -> None:
    text = FILE % f"if ({TRY} == 0) done++; hits++;"
    check_pairs(text, "hits", "party=thread/main live=partly-joined")
