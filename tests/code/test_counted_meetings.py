"""Barriers, latches and semaphores by their numbers; loops that reuse a variable; enumerators."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

_TEAM = """#include <pthread.h>
enum {{ TEAM = 4, PAIR = TEAM / 2 }};
static pthread_barrier_t meet; static int cells[TEAM], sums[TEAM];
static void *work(void *p) {{
    long me = (long)p;
    cells[me] = (int)me;
    pthread_barrier_wait(&meet);
    for (int i = 0; i < TEAM; i++) sums[me] += cells[i];
    return p;
}}
int main(void) {{
    pthread_t t[TEAM];
    pthread_barrier_init(&meet, NULL, {count});
    for (long i = 0; i < TEAM; i++) pthread_create(&t[i], NULL, work, (void *)i);
    for (int i = 0; i < TEAM; i++) pthread_join(t[i], NULL);
    return 0;
}}
"""


def test_a_barrier_for_fewer_threads_than_come_parts_no_phases() -> None:
    for count in ("TEAM", "4", "TEAM + 1", "unknown()"):
        check_pairs(_TEAM.format(count=count), "cells[]", "modeB=read phase=differ")
    for count in ("TEAM / 2", "PAIR", "3"):
        check_pairs(_TEAM.format(count=count), "cells[]", "modeB=read phase=same")
        check_silent(_TEAM.format(count=count), "cells[]", "phase=differ")


_DONE = """#include <pthread.h>
#include <semaphore.h>
#define N 8
static sem_t done; static int cells[N];
static void *work(void *p) {{ long me = (long)p; cells[me] = 1; sem_post(&done); return p; }}
int main(void) {{
    pthread_t t; int sum = 0;
    sem_init(&done, 0, 0);
    for (long k = 0; k < N; k++) pthread_create(&t, NULL, work, (void *)k);
    {waits}
    for (int i = 0; i < N; i++) sum += cells[i];
    return sum;
}}
"""


def test_a_loop_takes_as_many_signals_as_it_has_turns() -> None:
    for waits in (
        "for (int i = 0; i < N; i++) sem_wait(&done);",
        "for (int i = 1; i < N; i++) sem_wait(&done); sem_wait(&done);",
    ):
        check_pairs(_DONE.format(waits=waits), "cells[]", "party=thread/main ordering=sem")
    for waits in (
        "for (int i = 1; i < N; i++) sem_wait(&done);",
        "sem_wait(&done);",
        "for (int i = 0; i < N; i++) { if (sem_wait(&done)) break; }",
    ):
        check_pairs(_DONE.format(waits=waits), "cells[]", "party=thread/main")
        check_silent(_DONE.format(waits=waits), "cells[]", "ordering=sem")


_LATCH = """#include <latch>
#include <thread>
#include <vector>
int main() {{
    constexpr int team = 4; int cells[team] = {{}}; int sum = 0;
    std::latch ready{{{count}}};
    std::vector<std::jthread> crew;
    for (int k = 0; k < team; ++k)
        crew.emplace_back([&, k] {{ cells[k] = 1; ready.count_down(); }});
    ready.wait();
    for (int i = 0; i < team; ++i) sum += cells[i];
    return sum;
}}
"""


def test_a_latch_is_open_once_its_count_is_down() -> None:
    whole, short = _LATCH.format(count="team"), _LATCH.format(count="team - 1")
    check_pairs(whole, "cells[]", "party=thread/main ordering=wait", path="a.cpp")
    check_pairs(short, "cells[]", "party=thread/main", path="a.cpp")
    check_silent(short, "cells[]", "ordering=wait", path="a.cpp")
