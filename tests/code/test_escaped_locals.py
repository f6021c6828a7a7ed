"""Records of a caller's own whose addresses are stored where the threads that serve it look."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
struct req { int lo; long sum; sem_t done; atomic_int served; struct req *next; };
struct other { long sum; };
static struct req *first, *_Atomic handed; static pthread_mutex_t m;
static long ask(int n) {
  struct req mine = { n };
  struct other near = { n };
  %s
  return mine.sum + near.sum;
}
static void *teller(void *u) {
  for (int i = 0; i < 9; i++) {
    struct req *rq = %s;
    if (rq) { %s }
  }
  return u;
}
int main(void) {
  pthread_t t; long all = 0;
  pthread_create(&t, 0, teller, 0);
  for (int i = 0; i < 9; i++) all += ask(i);
  pthread_join(t, 0);
  return all > 0;
}
"""
TAKE = "atomic_exchange(&handed, 0)"
MEETS = "modeA=update modeB=read base=type party=thread/main shareB=own-stack"


LISTED = "mine.next = first; first = &mine;"


@pytest.mark.parametrize(
    ("give", "take", "name"),
    [
        ("handed = &mine;", TAKE, "rq->sum"),
        ("atomic_store(&handed, &mine);", "handed", "rq->sum"),
        (f"pthread_mutex_lock(&m); {LISTED} pthread_mutex_unlock(&m);", "first", "first->sum"),
    ],
)
def test_a_pointer_leads_to_a_local(give: str, take: str, name: str) -> None:
    check_pairs(SOURCE % (give, take, "rq->sum += rq->lo;"), name, MEETS)


@pytest.mark.parametrize(
    "give",
    ["", "struct req *here = &mine; here->lo = 3;", "first = 0; if (mine.lo) handed = first;"],
)
def test_a_local_that_stays_with_its_thread(give: str) -> None:
    for name in ("rq->sum", "mine.sum"):
        check_silent(SOURCE % (give, TAKE, "rq->sum += rq->lo;"), name, "party=thread/main")


def test_records_of_another_type_are_others() -> None:
    source = SOURCE % ("handed = &mine;", TAKE, "rq->sum += rq->lo;")
    check_silent(source, "near.sum")


def test_what_was_done_before_it_was_shown_is_its_own() -> None:
    written = "modeA=write-constant party=main/thread"
    before = SOURCE % ("mine.sum = 4; handed = &mine;", TAKE, "rq->sum += rq->lo;")
    for name in ("rq->sum", "mine.sum"):
        check_silent(before, name, written)
    behind = SOURCE % ("handed = &mine; mine.sum = 4;", TAKE, "rq->sum += rq->lo;")
    check_pairs(behind, "mine.sum", written)


@pytest.mark.parametrize(
    ("wait", "tell", "told"),
    [
        ("while (!mine.served);", "rq->served = 1;", "ordering=flag awaitsB=loop"),
        ("sem_wait(&mine.done);", "sem_post(&rq->done);", "ordering=sem"),
    ],
)
def test_the_flag_in_it_has_both_names(wait: str, tell: str, told: str) -> None:
    work = "rq->sum += rq->lo;"
    give = "handed = &mine; " + wait
    check_pairs(SOURCE % (give, TAKE, work + tell), "rq->sum", told)
    check_silent(SOURCE % (give, TAKE, tell + work), "rq->sum", told)
    check_silent(SOURCE % ("handed = &mine;", TAKE, work + tell), "rq->sum", told)
