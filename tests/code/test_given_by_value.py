"""Records that are given or copied as values: their numbers go with them."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

TEAM = """
#include <pthread.h>
struct range { int begin, end; };
int cells[144];
static void fill(struct range r) { %s for (int i = r.begin; i < r.end; i++) cells[i] = i; }
static void *work(void *arg) {
  int id = (int)(long)arg;
  struct range own;
  own.begin = id * 36;
  own.end = %s;
  %s
  return 0;
}
int main(void) {
  pthread_t t[4];
  for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, work, (void *)i);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  return 0;
}
"""
END = "id * 36 + 36"


@pytest.mark.parametrize(
    "how", ["fill(own);", "struct range copy = own; fill(copy);", "struct range r = own; fill(r);"]
)
def test_a_copy_has_the_same_numbers(how: str) -> None:
    check_pairs(TEAM % ("", END, how), "cells[]", "meet=same", path="a.cpp")
    check_silent(TEAM % ("", "id * 36 + 37", how), "cells[]", "meet=same", path="a.cpp")


def test_a_copy_that_is_changed() -> None:
    check_silent(TEAM % ("r.begin = 0;", END, "fill(own);"), "cells[]", "meet=same", path="a.cpp")
    other = "struct range copy = own; copy.begin = 0; fill(copy);"
    check_silent(TEAM % ("", END, other), "cells[]", "meet=same", path="a.cpp")
    first = "struct range copy = own; copy.begin = 0; fill(own);"
    check_pairs(TEAM % ("", END, first), "cells[]", "meet=same", path="a.cpp")
