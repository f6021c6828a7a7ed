"""A loop over a range of one number makes one thread, and no more."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <pthread.h>
#define WORKERS %s
static int total;
static void *work(void *p) { total++; return p; }
int main(void) {
  pthread_t t[4];
  for (int i = 0; i < WORKERS; i++) pthread_create(&t[i], 0, work, 0);
  %s
  for (int i = 0; i < WORKERS; i++) pthread_join(t[i], 0);
  return total;
}
"""


def test_one_thread_is_not_many() -> None:
    check_silent(SOURCE % ("1", ""), "total", "party=thread/thread")
    check_pairs(SOURCE % ("1", ""), "total", "party=thread/main live=after")
    check_pairs(SOURCE % ("1", "total++;"), "total", "party=thread/main live=during")


@pytest.mark.parametrize("number", ["2", "1 + 1", "workers()", "(int)sizeof total"])
def test_several_are(number: str) -> None:
    check_pairs(SOURCE % (number, ""), "total", "party=thread/thread same-party=many")
