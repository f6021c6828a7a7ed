"""Code that a condition leaves to whoever comes to one turn: of loops over ranges of the own."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

TEAM = """
#include <pthread.h>
#define N 400
int cells[N], last;
static void note(int at, int value) { if (at == N - 1) last = value; }
static void *work(void *arg) {
  int id = (int)(long)arg;
  %s
  return 0;
}
int main(void) {
  pthread_t team[4];
  for (long t = 0; t < 4; t++) pthread_create(&team[t], 0, work, (void *)t);
  for (int t = 0; t < 4; t++) pthread_join(team[t], 0);
  return last;
}
"""
OWN = ["int i = id * 100; i < (id + 1) * 100; i++", "int i = id; i < N; i += 4"]
SHARED = [
    "int i = 0; i < N; i++",
    "int i = id * 100; i < (id + 1) * 100 + 1; i++",
    "int i = id; i < N; i += 3",
]
ASKED = [
    "if (i == N - 1) last = cells[i];",
    "if (cells[i] > 3 && i == 7) last = i;",
    "if (i != 7) continue; last = i;",
    "note(i, cells[i]);",
]
ONE = "modeA=write modeB=write guards=turn"


@pytest.mark.parametrize("over", OWN)
@pytest.mark.parametrize("asked", ASKED)
def test_one_thread_has_that_turn(over: str, asked: str) -> None:
    check_pairs(TEAM % f"for ({over}) {{ {asked} }}", "last", ONE)


@pytest.mark.parametrize("over", SHARED)
@pytest.mark.parametrize("asked", ASKED)
def test_several_threads_have_it(over: str, asked: str) -> None:
    source = TEAM % f"for ({over}) {{ {asked} }}"
    check_pairs(source, "last", "modeA=write modeB=write")
    check_silent(source, "last", "guards=turn")


@pytest.mark.parametrize(
    "asked",
    [
        "if (i == cells[id]) last = i;",
        "if (i != 7) last = i;",
        "if (i == 7 || cells[i] > 3) last = i;",
        "for (int k = 0; k < 9; k++) if (i == k) last = i;",
    ],
)
def test_several_turns(asked: str) -> None:
    check_silent(TEAM % f"for ({OWN[0]}) {{ {asked} }}", "last", ONE)
