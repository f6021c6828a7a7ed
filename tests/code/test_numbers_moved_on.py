"""A lock keeps the number that it was taken by, whatever its variable is given afterwards."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <pthread.h>
pthread_mutex_t keys[8];
long cells[8];
int hash_of(int value);
void *work(void *arg) {
  int k = *(int *)arg;
  int at = hash_of(k);
  BEFORE
  pthread_mutex_lock(&keys[at]);
  UNDER
  cells[at]++;
  pthread_mutex_unlock(&keys[LAST]);
  return NULL;
}
int main(void) {
  pthread_t a, b;
  int one = 1, two = 2;
  pthread_create(&a, NULL, work, &one);
  pthread_create(&b, NULL, work, &two);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  return 0;
}
"""


def _source(before: str, under: str, last: str = "at") -> str:
    return SOURCE.replace("BEFORE", before).replace("UNDER", under).replace("LAST", last)


def test_a_number_drawn_anew_under_the_lock_is_not_the_locks() -> None:
    drawn = _source("int first = at;", "at = hash_of(k + 1);", "first")
    check_pairs(drawn, "cells[]", "stripeA=apart stripeB=apart")
    check_silent(drawn, "cells[]", "stripeA=same")


def test_a_number_drawn_anew_before_the_lock_is_the_locks() -> None:
    drawn = _source("at = hash_of(k + 1);", "")
    check_pairs(drawn, "cells[]", "stripeA=same stripeB=same common=striped")
    check_silent(drawn, "cells[]", "stripeA=apart")
