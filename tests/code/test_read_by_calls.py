"""What calls that order threads read themselves: the handle of a join, the routine of a once."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

HANDLES = """#include <pthread.h>
pthread_t crew[4];
void *work(void *arg) { MINE return arg; }
void *sweep(void *arg) {
  for (int i = 0; i < 4; i++) pthread_join(crew[i], 0);
  return arg;
}
int main(void) {
  pthread_t sweeper, other;
  pthread_create(&sweeper, 0, sweep, 0);
  pthread_create(&other, 0, work, 0);
  pthread_join(sweeper, 0);
  pthread_join(other, 0);
  return 0;
}
"""


def test_a_join_reads_its_handle() -> None:
    check_pairs(HANDLES.replace("MINE", "crew[1] = pthread_self();"), "crew[]", "modeB=read")
    check_silent(HANDLES.replace("MINE", ""), "crew[]")


ONCE = """#include <pthread.h>
pthread_once_t once = PTHREAD_ONCE_INIT;
void first(void);
void (*routine)(void) = first;
int made;
void first(void) { made = 1; }
void *work(void *arg) {
  LATE
  pthread_once(&once, routine);
  return arg;
}
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, work, 0);
  pthread_create(&b, 0, work, 0);
  pthread_join(a, 0);
  pthread_join(b, 0);
  return made;
}
"""


def test_the_routine_of_a_once_is_read_before_it() -> None:
    late = ONCE.replace("LATE", "routine = first;")
    check_pairs(late, "routine", "modeB=read common=none")
    check_silent(late, "routine", "common=one-sided")
    check_silent(ONCE.replace("LATE", ""), "routine")
