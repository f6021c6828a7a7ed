"""Loops that have a turn for sure: what is waited for, taken or given back in it has been."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs

SOURCE = """
#include <pthread.h>
#include <semaphore.h>
#define TURNS %s
sem_t done;
pthread_mutex_t m;
int data, many;
static void *work(void *arg) { data = 7; sem_post(&done); return arg; }
int main(int argc, char **argv) {
  pthread_t one;
  many = argc;
  pthread_create(&one, 0, work, 0);
  %s
  int got = data;
  pthread_join(one, 0);
  return got;
}
"""
FOR = "for (int i = 0; i < TURNS; i++) sem_wait(&done);"
WHILE = "int i = 0; while (i < TURNS) { sem_wait(&done); i++; }"


@pytest.mark.parametrize("loop", [FOR, WHILE])
@pytest.mark.parametrize(("turns", "word"), [("1", "sem"), ("0", "none")])
def test_what_was_waited_for(loop: str, turns: str, word: str) -> None:
    check_pairs(SOURCE % (turns, loop), "data", f"live=during modeB=read ordering={word}")


@pytest.mark.parametrize(("turns", "word"), [("0", "none"), ("(1 - 1)", "none")])
def test_a_loop_without_a_turn(turns: str, word: str) -> None:
    check_pairs(SOURCE % (turns, FOR), "data", f"live=during modeB=read ordering={word}")


def test_a_turn_that_may_leave_before() -> None:
    leaves = FOR.replace("sem_wait", "{ if (many > 2) break; sem_wait") + " }"
    check_pairs(SOURCE % ("4", leaves), "data", "live=during modeB=read ordering=none")
