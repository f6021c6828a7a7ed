"""Permits that semaphores start with, against who waits for whom and how many places there are."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

TURNS = """
#include <pthread.h>
#include <semaphore.h>
#define NONE 0
#define PLACES 4
static sem_t mine, yours;
static int cell, ring[PLACES];
static void *me(void *arg) {
    for (int i = 0; i < 50; i++) { sem_wait(&mine); %(touch)s; sem_post(&yours); }
    return arg;
}
static void *you(void *arg) {
    for (int i = 0; i < 50; i++) { sem_wait(&yours); %(touch)s; sem_post(&mine); }
    return arg;
}
int main(void) {
    pthread_t a, b;
    int all = PLACES;
    sem_init(&mine, 0, %(mine)s);
    sem_init(&yours, 0, %(yours)s);
    pthread_create(&a, 0, me, 0);
    pthread_create(&b, 0, you, 0);
    pthread_join(a, 0);
    pthread_join(b, 0);
    return cell;
}
"""


def _turns(mine: str, yours: str, touch: str = "cell++") -> str:
    return TURNS % {"mine": mine, "yours": yours, "touch": touch}


def test_one_of_two_who_wait_for_each_other_begins() -> None:
    for mine, yours in (("1", "0"), ("NONE", "1u"), ("1 - 1", "all / PLACES")):
        check_pairs(_turns(mine, yours), "cell", "ordering=sem mutual=yes")
        check_silent(_turns(mine, yours), "cell", "ordering=waits-unmatched live=overlap")


def test_two_who_both_find_a_permit_wait_for_nobody() -> None:
    for mine, yours in (("1", "1"), ("PLACES", "1")):
        check_pairs(_turns(mine, yours), "cell", "ordering=waits-unmatched live=overlap")
        check_silent(_turns(mine, yours), "cell", "ordering=sem")
        check_silent(_turns(mine, yours), "cell", "mutual=yes")


def test_permits_beyond_the_places_let_one_come_around_again() -> None:
    step = "ring[i % PLACES] += i"
    for fits in ("PLACES", "all - 1", "4"):
        check_pairs(_turns(fits, "0", step), "ring[]", "ordering=sem mutual=yes")
    for more in ("PLACES * 2", "all + 1", "5"):
        check_pairs(_turns(more, "0", step), "ring[]", "ordering=sem live=overlap")
        check_silent(_turns(more, "0", step), "ring[]", "mutual=yes")
    check_silent(_turns("2", "0"), "cell", "mutual=yes")


def test_numbers_that_nobody_knows_say_nothing() -> None:
    for mine in ("argc", "!!arg", "first ? 1 : 0"):
        check_pairs(_turns(mine, "1"), "cell", "ordering=sem mutual=yes")


HANDED = """
#include <semaphore>
#include <thread>
static std::counting_semaphore<8> ready{COUNT};
static int answer;
static void work() { answer = 42; ready.release(); }
int main() {
    std::thread t(work);
    WAIT
    int got = answer;
    t.join();
    return got;
}
"""


def test_a_signal_that_is_there_from_the_first_is_no_ones() -> None:
    for count, wait in (
        ("0", "ready.acquire();"),
        ("1", "ready.acquire(); ready.acquire();"),
        ("2", "for (int i = 0; i < 3; i++) ready.acquire();"),
    ):
        source = HANDED.replace("COUNT", count).replace("WAIT", wait)
        check_pairs(source, "answer", "ordering=sem", path="a.cpp")
    for count, wait in (
        ("1", "ready.acquire();"),
        ("2", "ready.acquire(); ready.acquire();"),
        ("3", "for (int i = 0; i < 3; i++) ready.acquire();"),
    ):
        source = HANDED.replace("COUNT", count).replace("WAIT", wait)
        check_pairs(source, "answer", "ordering=waits-unmatched live=during", path="a.cpp")
        check_silent(source, "answer", "ordering=sem", path="a.cpp")


def test_a_chain_of_three_hands_the_first_permit_on() -> None:
    source = """
#include <pthread.h>
#include <semaphore.h>
static sem_t a, b, c;
static int cell;
static void *one(void *x) { for (;;) { sem_wait(&a); cell++; sem_post(&b); } }
static void *two(void *x) { for (;;) { sem_wait(&b); sem_post(&c); } }
static void *three(void *x) { for (;;) { sem_wait(&c); cell--; sem_post(&a); } }
int main(void) {
    pthread_t t[3];
    sem_init(&a, 0, 1); sem_init(&b, 0, 0); sem_init(&c, 0, 0);
    pthread_create(&t[0], 0, one, 0);
    pthread_create(&t[1], 0, two, 0);
    pthread_create(&t[2], 0, three, 0);
    pthread_join(t[0], 0);
}
"""
    check_pairs(source, "cell", "ordering=sem live=overlap")
    check_silent(source, "cell", "ordering=waits-unmatched live=overlap")
