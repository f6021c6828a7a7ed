"""Condition variables of projects: waited for and signalled by calls that are named so."""

from __future__ import annotations

import pytest

from reviewbot.code.threads import condition_call
from tests.code.checks import check_pairs, check_silent

SOURCE = """
#include <pthread.h>
struct queue { own_mutex lock; own_cond cond; int ready; int jobs; };
void put(struct queue *q)
{ q->jobs = 1; own_mutex_lock(&q->lock); q->ready = 1; %(wake)s; own_mutex_unlock(&q->lock); }
int take(struct queue *q)
{ own_mutex_lock(&q->lock); while (!q->ready) %(wait)s; own_mutex_unlock(&q->lock);
  return q->jobs; }
void *run(void *arg) { put(arg); return 0; }
int main(void)
{ struct queue q = {0}; pthread_t t; pthread_create(&t, 0, run, &q); int n = take(&q);
  pthread_join(t, 0); return n; }
"""
CALLS = [
    ("pthread_cond_signal(&q->cond)", "pthread_cond_wait(&q->cond, &q->lock)"),
    ("mp_cond_broadcast(&q->cond)", "mp_cond_wait(&q->cond, &q->lock)"),
    ("nni_cv_wake(&q->cond)", "nni_cv_until(&q->cond, 5)"),
    ("SDL_SignalCondition(q->cond)", "SDL_WaitConditionTimeout(q->cond, q->lock, 5)"),
    ("__own_cond_signal(session, &q->cond)", "__own_cond_wait(session, &q->cond, 5)"),
]


def source(wake: str, wait: str) -> str:
    return SOURCE % {"wake": wake, "wait": wait}


@pytest.mark.parametrize(("wake", "wait"), CALLS)
def test_a_wait_sees_what_was_before_its_signal(wake: str, wait: str) -> None:
    told = source(wake, wait)
    check_pairs(told, "q.jobs", "ordering=cond waitedB=cond party=thread/main")
    check_pairs(told, "q.ready", "common=mutex party=thread/main")
    check_silent(told, "q->cond")
    end = "own_mutex_unlock(&q->lock); }\nint take"
    late = told.replace("q->jobs = 1; ", "").replace(end, f"q->jobs = 1; {end}", 1)
    late = late.replace(f"{wake}; q->jobs = 1; own_mutex_unlock(&q->lock);", f"{wake}; GIVE")
    late = late.replace("GIVE", "own_mutex_unlock(&q->lock); q->jobs = 1;")
    check_pairs(late, "q.jobs", "ordering=waits-unmatched common=none party=thread/main")
    check_silent(late, "q.jobs", "ordering=cond")


@pytest.mark.parametrize(
    "name", ["recv_wait", "recv_until", "conditional_wait", "cond_init", "second_signal", "wait"]
)
def test_what_waits_need_not_be_a_condition(name: str) -> None:
    assert not condition_call(name)
