"""Teams beside threads: what a region touches meets what the other threads touch."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

BESIDE = """
#include <thread>
#include <omp.h>
int table[64], sums[64], total;
void load() { for (int i = 0; i < 64; i++) table[i] = i; }
int main() {
    std::thread loader(load);
    BODY
    if (loader.joinable()) loader.join();
}
"""
LOOP = """
    #pragma omp parallel for private(total)
    for (int i = 0; i < 64; i++) { total = table[i]; sums[i] = total; }
"""


def test_a_region_beside_a_thread_that_fills_what_it_reads() -> None:
    check_pairs(
        BESIDE.replace("BODY", LOOP), "table[]", "party=thread/main live=during", path="a.cpp"
    )
    joined = BESIDE.replace("BODY", "loader.join();" + LOOP)
    check_silent(joined, "table[]", "live=during", path="a.cpp")


def test_what_is_private_to_the_team_meets_no_thread() -> None:
    source = BESIDE.replace("table[i] = i;", "total += table[i];").replace("BODY", LOOP)
    check_silent(source, "total", "party=thread/main", path="a.cpp")
    shared = source.replace("private(total)", "")
    check_pairs(shared, "total", "party=thread/main", path="a.cpp")


def test_a_join_by_one_thread_of_the_team() -> None:
    source = """
    #pragma omp parallel
    {
        #pragma omp WHO
        loader.join();
        #pragma omp for
        for (int i = 0; i < 64; i++) sums[i] = table[i];
    }
    total = table[0];
"""
    alone = BESIDE.replace("BODY", source.replace("WHO", "master"))
    check_pairs(alone, "table[]", "modeB=read live=during", "modeB=read live=after", path="a.cpp")
    for who in ("single", "master\n        loader.join();\n        #pragma omp barrier"):
        told = BESIDE.replace("BODY", source.replace("WHO", who))
        check_pairs(told, "table[]", "modeB=read live=after", path="a.cpp")
        check_silent(told, "table[]", "modeB=read live=during", path="a.cpp")


def test_two_threads_with_a_team_each() -> None:
    source = """
#include <pthread.h>
int cells[64], others[64];
void *up(void *p) {
    #pragma omp parallel for
    for (int i = 0; i < 32; i++) cells[i]++;
    return p;
}
void *down(void *p) {
    #pragma omp parallel for
    for (int i = 0; i < 32; i++) NAME[i]--;
    return p;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, 0, up, 0);
    pthread_create(&b, 0, down, 0);
    pthread_join(a, 0);
    pthread_join(b, 0);
}
"""
    same = source.replace("NAME", "cells")
    check_pairs(same, "cells[]", "party=thread/thread live=overlap")
    check_silent(source.replace("NAME", "others"), "cells[]", "party=thread/thread")
