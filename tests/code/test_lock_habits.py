"""What names of unseen functions say of locks: taken again by their holder, held, none at all."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

AGAIN = """#include <pthread.h>
%s
static int inside, after;
static void inner(void) { %s(m); inside++; %s(m); }
void work(void) { %s(m); inner(); after++; %s(m); }
int look(void) { %s(m); int n = inside + after; %s(m); return n; }
int bare(void) { return after; }
"""
STATED = """#include <pthread.h>
#include "jobs.h"
static int hits;
void add(void) { %s; hits++; }
int total(void) { int n; LIB_LockJobs(); n = hits; LIB_UnlockJobs(); return n; }
int bare(void) { return hits; }
"""


@pytest.mark.parametrize(
    ("kind", "lock", "unlock"),
    [
        ("static SDL_Mutex *m;", "SDL_LockMutex", "SDL_UnlockMutex"),
        ("static rec_mutex_t *m;", "rec_mutex_lock", "rec_mutex_unlock"),
    ],
)
def test_a_mutex_that_its_holder_may_take_again_is_held_on(
    kind: str, lock: str, unlock: str
) -> None:
    source = AGAIN % (kind, *((lock, unlock) * 3))
    check_pairs(source, "after", "modeB=read common=mutex", "common=one-sided")
    check_silent(
        source.replace("int bare(void) { return after; }", ""), "after", "common=one-sided"
    )


def test_another_one_is_given_back_at_once() -> None:
    kind = "static pthread_mutex_t *m;"
    source = AGAIN % (kind, *(("pthread_mutex_lock", "pthread_mutex_unlock") * 3))
    check_silent(source, "after", "common=mutex")


def test_who_states_that_the_lock_is_taken_holds_it() -> None:
    source = STATED % "LIB_AssertJobsLocked()"
    check_pairs(source, "hits", "modeB=read common=mutex", "modeB=read common=one-sided")
    bare = source.replace("int bare(void) { return hits; }", "")
    check_silent(bare, "hits", "common=one-sided")


@pytest.mark.parametrize("said", ["LIB_AssertFilesLocked()", "LIB_AssertJobs()", "CheckJobs()"])
def test_what_is_said_of_others_or_of_nothing_is_no_lock(said: str) -> None:
    check_silent(STATED % said, "hits", "modeB=read common=mutex")


@pytest.mark.parametrize("call", ["LockResource(p)", "LIB_LockSurface(p)", "LOCKS_EXCLUDED(p)"])
def test_data_that_is_mapped_is_no_lock(call: str) -> None:
    source = (
        "#include <pthread.h>\npthread_mutex_t m; int n;\n"
        f"void put(void *p) {{ {call}; n++; }}\n"
        "int get(void) { pthread_mutex_lock(&m); int k = n; pthread_mutex_unlock(&m); return k; }\n"
    )
    check_pairs(source, "n", "modeA=update locksA=0")
    check_silent(source, "n", "locksA=1")
