"""Rings against how many numbers are taken for their places."""

from __future__ import annotations

import time

from reviewbot.code.analyse import analyse
from tests.code.checks import check_pairs, check_silent

LOOP = """
#include <omp.h>
static int ring[SIZE];
static struct { unsigned head, tail; } log;
static unsigned head;
void work(int n) {
%(before)s
#pragma omp parallel for %(clause)s
  for (int i = 0; i < %(turns)s; i++) {
    unsigned at;
    %(take)s
    ring[at %% %(size)s] = i;
  }
}
"""
CAPTURE = "\n#pragma omp atomic capture\n    at = %s++;"


def _loop(
    size: str, turns: str = "500", take: str = CAPTURE % "head", before: str = "", clause: str = ""
) -> str:
    given = {"size": size, "turns": turns, "take": take, "before": before, "clause": clause}
    return (LOOP % given).replace("SIZE", size)


def test_a_ring_as_long_as_the_loop_gives_each_turn_a_place() -> None:
    for size in ("500", "512"):
        check_pairs(_loop(size), "ring[]", "indexA=ticket")
        check_silent(_loop(size), "ring[]", "indexA=mod")
    for size in ("32", "499", "n"):
        check_pairs(_loop(size), "ring[]", "indexA=ticket indexA=mod")
    check_pairs(_loop("512", turns="n"), "ring[]", "indexA=mod")
    check_silent(_loop("512", before="for (int k = 0; k < 9; k++)"), "ring[]", "indexA=mod")


def test_all_that_take_from_the_counter_count() -> None:
    more = "if (i % 50 == 0) { unsigned b;" + CAPTURE.replace("at =", "b =") % "head"
    twice = (CAPTURE % "head") + "\n    " + more + " }"
    check_pairs(_loop("512", take=twice), "ring[]", "indexA=mod")
    check_silent(_loop("1000", take=twice), "ring[]", "indexA=mod")
    inner = f"for (int k = 0; k < 2; k++) {{ {CAPTURE % 'head'} }}"
    check_pairs(_loop("512", take=inner), "ring[]", "indexA=mod")
    other = (CAPTURE % "log.head") + "\n    if (i > 3) {" + (CAPTURE % "log.tail") + " }"
    check_pairs(_loop("512", take=other), "ring[]", "indexA=ticket")


def test_a_counter_that_goes_back_or_in_strides_says_nothing() -> None:
    back = (CAPTURE % "head") + "\n    if (at > 99) head = 0;"
    check_pairs(_loop("512", take=back), "ring[]", "indexA=mod")
    strides = "\n#pragma omp atomic capture\n    { at = head; head += 4; }"
    check_pairs(_loop("512", take=strides), "ring[]", "indexA=mod")


THREADS = """
#include <atomic>
#include <thread>
#include <vector>
static std::atomic<unsigned> next{0};
static int cell[%(size)s];
static void put(int v) { cell[next.fetch_add(1) %% %(size)s] = v; }
static void trace(int who) { for (int i = 0; i < 100; i++) put(who); }
int main() {
  std::vector<std::thread> all;
  for (int t = 0; t < %(threads)s; t++) all.emplace_back(trace, t);
  %(main)s
  for (auto &t : all) t.join();
}
"""


def test_each_of_the_threads_takes_as_many() -> None:
    def source(size: int, threads: str, main: str = "") -> str:
        return THREADS % {"size": size, "threads": threads, "main": main}

    for size, threads, main in ((300, "3", ""), (301, "3", "put(9);"), (512, "4", "trace(9);")):
        check_silent(source(size, threads, main), "cell[]", "indexA=mod", path="a.cpp")
        check_pairs(source(size, threads, main), "cell[]", "indexA=ticket", path="a.cpp")
    for size, threads, main in ((299, "3", ""), (300, "3", "put(9);"), (300, "count", "")):
        check_pairs(source(size, threads, main), "cell[]", "indexA=mod", path="a.cpp")


def test_time_grows_with_the_rings_of_one_counter() -> None:
    def taken(rings: int) -> float:
        declared = "".join(f"static int ring{k}[64];\n" for k in range(rings))
        filled = "".join(f"ring{k}[atomic_fetch_add(&head, 1) % 64] = i;\n" for k in range(rings))
        text = (
            f"#include <pthread.h>\n#include <stdatomic.h>\nstatic atomic_uint head;\n{declared}"
            f"static void *run(void *p) {{ for (int i = 0; i < 10; i++) {{ {filled} }} return p; }}"
            "int main(void) { pthread_t a, b; pthread_create(&a, 0, run, 0);"
            " pthread_create(&b, 0, run, 0); pthread_join(a, 0); pthread_join(b, 0); }"
        )
        begin = time.process_time()
        analyse("a.c", text.encode())
        return time.process_time() - begin

    taken(2)
    # A walk over all accesses for each ring took 80 times as long.
    assert taken(1600) < 30 * max(taken(160), 0.02)
