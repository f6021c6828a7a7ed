"""Memory made in a loop's turn and given to the thread that the turn makes is another each time."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

C = """#include <pthread.h>
#include <stdlib.h>
struct job { int n; long out; };
static void *work(void *p) { struct job *j = p; j->out += j->n; free(j); return NULL; }
void run(void) {
  pthread_t t;
  %s
  for (int i = 0; i < 9; i++) {
    %s
    pthread_create(&t, NULL, work, j);
  }
}
"""
MADE = "struct job *j = malloc(sizeof *j); j->n = 3; j->out = 0;"
CPP = """#include <memory>
#include <thread>
struct Job { int n; long out; };
void run() {
  %s
  while (more()) {
    %s
    std::thread([j] { j->out += 1; }).detach();
  }
}
"""
SHARED = "auto j = std::make_shared<Job>();"
NEW = "Job* j = new Job;"


def test_what_each_turn_allocates_is_its_thread_s_own() -> None:
    own = "party=thread/thread indexA=targ indexB=targ"
    check_pairs(C % ("", MADE), "j[].out", own)
    check_silent(C % ("", MADE), "j[].out", "party=thread/thread index=constants-equal")


def test_what_is_allocated_before_the_loop_is_one_for_all() -> None:
    check_pairs(C % (MADE, ""), "j->out", "party=thread/thread index=constants-equal")


@pytest.mark.parametrize("made", [SHARED, NEW])
def test_what_a_lambda_copies_of_each_turn_is_its_thread_s_own(made: str) -> None:
    check_pairs(CPP % ("", made), "j[].out", "party=thread/thread indexA=targ", path="a.cpp")
    outside = "party=thread/thread index=constants-equal"
    check_pairs(CPP % (made, ""), "j->out", outside, path="a.cpp")


def test_a_pointer_that_is_fetched_each_turn_may_lead_to_one_object() -> None:
    fetched = "struct job *j = next_job();"
    check_silent(C % ("", fetched), "j[].out", "indexA=targ")
