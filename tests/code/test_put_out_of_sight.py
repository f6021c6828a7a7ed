"""What is put into a queue by a function out of sight belongs to who takes it from there."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_QUEUE = """
#include <pthread.h>
#include <stdlib.h>
#include "queue.h"
struct job {{ int size; int uses; }};
struct pool {{ struct queue *jobs; pthread_mutex_t lock; }};
void give(struct pool *pool) {{
  struct job *job = malloc(sizeof *job);
  job->size = 1;
  {early}
  pthread_mutex_lock(&pool->lock);
  {put}
  pthread_mutex_unlock(&pool->lock);
  {late}
}}
void take(struct pool *pool) {{
  pthread_mutex_lock(&pool->lock);
  struct job *job = queue_pop(pool->jobs);
  job->size++;
  job->uses++;
  pthread_mutex_unlock(&pool->lock);
}}
"""
_PUTS = ["queue_push(pool->jobs, job);", "g_queue_push_tail(pool->jobs, job);"]


@pytest.mark.parametrize("put", [*_PUTS, "QueueAppend(pool->jobs, job);"])
def test_what_was_put_into_a_queue_is_no_longer_new(put: str) -> None:
    late = _QUEUE.format(early="", put=put, late="job->uses++;")
    check_pairs(late, "job->uses", "givenA=yes common=one-sided modeA=update modeB=update")
    check_silent(late, "job->uses", "freshA=yes")
    early = _QUEUE.format(early="job->uses++;", put=put, late="")
    check_pairs(early, "job->uses", "freshA=yes handed=lock")
    check_silent(early, "job->uses", "givenA=yes")


@pytest.mark.parametrize(
    "put",
    [
        "queue_count(pool->jobs, job);",
        "if (queue_push(pool->jobs, job)) pool->jobs = 0;",
        "struct queue own; queue_push(&own, job);",
    ],
)
def test_what_was_not_surely_put_there_stays_the_threads_own(put: str) -> None:
    late = _QUEUE.format(early="", put=put, late="job->uses++;")
    check_pairs(late, "job->uses", "freshA=yes common=one-sided")
    check_silent(late, "job->uses", "givenA=yes")
