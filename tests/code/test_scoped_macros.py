"""Macros in capitals that hold a lock for a block, or for what they are given."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

BLOCK = """#include <mutex>
#include "macros.h"
static std::mutex m; static int hits, other;
void put(int n) { %s }
int look() { std::lock_guard<std::mutex> g(m); return hits + other; }
"""
WITH = """#include <pthread.h>
#include "macros.h"
static pthread_mutex_t m; static int hits; static int held;
static int put(struct session *s) { hits++; return 0; }
int work(struct session *s) { int ret; pthread_mutex_lock(&m); held++; pthread_mutex_unlock(&m);
  %s return ret; }
int more(struct session *s) { int ret; %s return ret; }
"""
FORMS = ["POOL_SCOPED_LOCK", "SCOPED_LOCK", "LIB_AUTO_LOCK", "LOCK_GUARD", "QEMU_LOCK_GUARD"]


@pytest.mark.parametrize("name", FORMS)
def test_a_macro_that_says_so_holds_a_lock_to_the_end_of_its_block(name: str) -> None:
    source = BLOCK % f"{{ {name}(m); hits += n; }} other += n;"
    check_pairs(source, "hits", "modeB=read common=mutex", path="a.cpp")
    check_silent(source, "hits", "common=one-sided", path="a.cpp")
    check_pairs(source, "other", "modeB=read common=one-sided", path="a.cpp")
    check_silent(source, "other", "common=mutex", path="a.cpp")


def test_a_macro_that_says_nothing_of_a_block_holds_on() -> None:
    source = BLOCK % "{ POOL_LOCK(m); hits += n; } other += n; POOL_UNLOCK(m);"
    check_pairs(source, "other", "modeB=read common=mutex", path="a.cpp")


def test_in_a_branch_it_is_held_in_the_branch_alone() -> None:
    source = BLOCK % "if (n) { SCOPED_LOCK(m); hits += n; } other += n;"
    check_silent(source, "other", "locksA=maybe", path="a.cpp")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("WITH_LOCK(m", "WITH_LOCK(m"),
        ("LIB_WITH_POOL_LOCK(s", "LIB_WITH_POOL_LOCK(s"),
        ("LIB_WITH_POOL_LOCK(s", "LIB_WITH_POOL_LOCK_NOWAIT(s, ret"),
        ("LIB_WITH_POOL_WRITE_LOCK(s", "LIB_WITH_POOL_WRITE_LOCK(s"),
    ],
)
def test_what_is_given_to_a_macro_is_done_under_its_lock(name: str, other: str) -> None:
    source = WITH % (f"{name}, ret = put(s));", f"{other}, ret = put(s));")
    check_pairs(source, "hits", "common=mutex")
    check_silent(source, "hits", "common=one-sided")


@pytest.mark.parametrize(
    "after",
    [
        "ret = put(s);",
        "LIB_WITH_FILE_LOCK(s, ret = put(s));",
        "LIB_WITH_POOL_LOCK(s, ret = 0); put(s);",
    ],
)
def test_what_follows_the_macro_is_not(after: str) -> None:
    source = WITH % ("LIB_WITH_POOL_LOCK(s, ret = put(s));", after)
    check_pairs(source, "hits", "common=differ" if "FILE" in after else "common=one-sided")


def test_readers_of_a_lock_by_name_meet_its_writers_and_each_other() -> None:
    write, read = "LIB_WITH_POOL_WRITE_LOCK(s, %s);", "LIB_WITH_POOL_READ_LOCK(s, %s);"
    source = WITH % (write % "ret = put(s)", read % "ret = hits")
    check_pairs(source, "hits", "modeB=read common=rw")
    source = WITH % (read % "ret = put(s)", read % "ret = put(s)")
    check_pairs(source, "hits", "common=both-shared")
