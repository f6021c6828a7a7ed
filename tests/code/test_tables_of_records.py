"""Records that list functions may list anything else as well."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs

GIVEN = """
#include <pthread.h>
static pthread_mutex_t lock; static int uses;
struct options { int size; };
struct entry { const void *defaults; void (*open)(void); };
extern void install(const struct entry *);
static void open_it(void) { uses++; }
static const struct entry entry = { .open = open_it, %s };
void set_up(void) {
  pthread_mutex_lock(&lock); install(&entry); uses = 0; pthread_mutex_unlock(&lock);
}
"""


@pytest.mark.parametrize("other", ["0", ".defaults = &(const struct options){ .size = 4 }"])
def test_a_record_with_the_address_of_a_literal_is_read(other: str) -> None:
    check_pairs(GIVEN % other, "uses", "modeA=update modeB=write-constant locksA=0 locksB=1")
