"""Ranges that pointers and iterators walk over, and ranges of runners that nothing numbers."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

BLOCKS = """static void fill(double *p, double *end) { %s }
void run(double *x, int n) {
#pragma omp parallel for
  for (int b = 0; b < n; b++) { %s }
}
"""


def test_a_pointer_that_a_function_steps_begins_where_it_was_given() -> None:
    for loop in ("for (; p < end; p++) *p = 1;", "while (p < end) *p++ = 1;"):
        own = BLOCKS % (loop, "fill(x + b * 8, x + (b + 1) * 8);")
        check_pairs(own, "x[]", "meet=same meet-by=own-same")
        check_silent(own, "p[]")
        more = BLOCKS % (loop.replace("<", "<="), "fill(x + b * 8, x + (b + 1) * 8);")
        check_pairs(more, "x[]", "meet=other meet-by=own-other")


def test_the_end_that_a_pointer_is_compared_with_is_counted_from_its_start() -> None:
    loop = "double *p = x + b * 8, *end = p + {}; for (; p < end; p++) *p = 1;"
    check_pairs(BLOCKS % ("", loop.format(8)), "x[]", "meet=same meet-by=own-same")
    check_pairs(BLOCKS % ("", loop.format(9)), "x[]", "meet=other meet-by=own-other")


FIRST = """#include <vector>
void add(std::vector<int> &v) {
#pragma omp parallel for
  for (int i = 0; i < 9; i++) { v[i] += 1; %s = 2; }
}
"""


def test_the_data_and_the_begin_of_a_row_are_its_first_element() -> None:
    for same in ("v.data()[i]", "*(v.begin() + i)", "(&v.front())[i]"):
        found = FIRST % same
        check_pairs(found, "v[]", "modeA=update modeB=update meet=same", path="a.cpp")
        check_silent(found, "v[]", "meet=unknown", path="a.cpp")
        check_silent(found, "v[]", "meet=other", path="a.cpp")
    check_pairs(FIRST % "v.data()[i + 1]", "v[]", "meet=other", path="a.cpp")


HALVES = """#include <thread>
#include <vector>
static void job(int *v, int lo, int hi) { for (int i = lo; i < hi; i++) v[i] += 1; }
int v[100];
void run(int n) { int mid = n / 2; std::thread a(job, v, 0, %s); %s; a.join(); }
"""


def test_two_threads_on_the_two_parts_of_an_array() -> None:
    for other in ("job(v, mid, n)", "std::thread b(job, v, mid, n); b.join()"):
        apart, meet = HALVES % ("mid", other), HALVES % ("mid + 1", other)
        check_pairs(apart, "v[]", "meet=never meet-by=split-never", path="a.cpp")
        check_pairs(meet, "v[]", "meet=other meet-by=split-other", path="a.cpp")


CAPTURED = """#include <thread>
#include <vector>
static void job(int *v, int lo, int hi) { for (int i = lo; i < hi; i++) v[i] += 1; }
void run() {
  std::vector<int> v(100);
  int n = v.size(), mid = n / 2;
  std::thread a([&] { job(v.data(), 0, %s); });
  job(v.data(), mid, n);
  a.join();
}
"""


def test_the_middle_that_a_thread_captures_is_that_of_its_maker() -> None:
    check_pairs(CAPTURED % "mid", "v[]", "party=thread/main meet=never", path="a.cpp")
    check_pairs(CAPTURED % "mid + 1", "v[]", "party=thread/main meet=other", path="a.cpp")


SECTIONS = """static char mark[100];
static void set(int from, int step) { for (int k = from; k < 100; k += step) mark[k] = 1; }
void run(int n) {
#pragma omp parallel sections
  {
#pragma omp section
    set(0, 10);
#pragma omp section
    set(%s);
  }
}
"""


def test_two_sections_with_steps_that_interlock_or_coincide() -> None:
    check_pairs(SECTIONS % "5, 10", "mark[]", "meet=never")
    check_pairs(SECTIONS % "5, 5", "mark[]", "meet=other meet-by=split-other")
    for unknown in ("n, 10", "5, n"):
        check_silent(SECTIONS % unknown, "mark[]", "meet=never")
        check_silent(SECTIONS % unknown, "mark[]", "meet=other")


FREED = """#include <pthread.h>
#include <stdlib.h>
struct box { int v; };
static void *use(void *arg) { struct box *b = arg; b->v++; return 0; }
int main(void) {
  pthread_t t; struct box *b = malloc(sizeof *b);
  pthread_create(&t, 0, use, b);
  %s
}
"""


def test_what_is_freed_is_not_apart_from_its_first_element() -> None:
    source = FREED % "free(b); pthread_join(t, 0);"
    check_pairs(source, "b->v", "live=during viaB=whole", path="a.c")
    check_silent(source, "b->v", "meet=never")
    check_silent(FREED % "pthread_join(t, 0); free(b);", "b->v", "live=during")
