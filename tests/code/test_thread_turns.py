"""Subscripts of known numbers, tried thread by thread; numbers that initialisers list."""

from __future__ import annotations

import time

import pytest

from tests.code.checks import check_pairs, check_silent, read

THREADS = """#include <pthread.h>
struct part {{ int id, lo, hi; }};
static unsigned cells[64]; static unsigned halves[2][8];
static pthread_barrier_t gate;
static const struct part parts[] = {{{listed}}};
static void *work(void *given) {{ const struct part *p = given; {body} return 0; }}
int main(void) {{
  pthread_t t[3];
  for (int k = 0; k < 3; k++) pthread_create(&t[k], 0, work, (void *)&parts[k]);
  for (int k = 0; k < 3; k++) pthread_join(t[k], 0);
}}
"""
APART = "{0, 0, 18}, {1, 18, 40}, {2, 40, 64}"
ODD = "{0, 0, 17}, {1, 17, 40}, {2, 40, 64}"
RANGE = "for (int i = p->lo; i < p->hi; i++) cells[%s]++;"


@pytest.mark.parametrize(
    ("listed", "index", "expected"),
    [
        (APART, "i", "meet=same"),
        ("{0, 0, 19}, {1, 18, 40}, {2, 40, 64}", "i", "meet=other"),
        (APART, "i / 2", "meet=same"),
        (ODD, "i / 2", "meet=other"),
        (APART, "i / 2 * 3 + 1", "meet=same"),
        (ODD, "i % 17", "meet=other"),
    ],
)
def test_ranges_that_are_listed(listed: str, index: str, expected: str) -> None:
    check_pairs(THREADS.format(listed=listed, body=RANGE % index), "cells[]", expected)


def test_a_list_that_somebody_changes_tells_nothing() -> None:
    source = THREADS.replace("const struct part parts", "struct part parts")
    changed = source.replace("pthread_t t[3];", "pthread_t t[3]; parts[1].lo--;")
    check_pairs(source.format(listed=APART, body=RANGE % "i"), "cells[]", "meet=same")
    check_silent(changed.format(listed=APART, body=RANGE % "i"), "cells[]", "meet=same")


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("{0, 0, 0}, {1, 0, 0}, {2, 0, 0}", "meet=same"),
        ("{.id = 4}, {.id = 6}, {.id = 8}", "meet=same"),
        ("{0, 0, 0}, {5, 0, 0}, {2, 0, 0}", "meet=same"),
        ("{0, 0, 0}, {1, 0, 0}, {0, 0, 0}", "meet=other"),
        ("{3, 0, 0}, {3, 0, 0}, {3, 0, 0}", "meet=other"),
        ("{0, 0, 0}, {1, 0, 0}, {SOME, 0, 0}", "meet=unknown"),
    ],
)
def test_numbers_that_are_listed(listed: str, expected: str) -> None:
    check_pairs(THREADS.format(listed=listed, body="cells[p->id]++;"), "cells[]", expected)


def test_plain_numbers_that_are_listed() -> None:
    source = """#include <pthread.h>
static int cells[8];
static void *work(void *given) {{ int me = *(int *)given; cells[me{}]++; return 0; }}
int main(void) {{
  pthread_t t[3]; int ids[3] = {{{}}};
  for (int k = 0; k < 3; k++) pthread_create(&t[k], 0, work, &ids[k]);
  for (int k = 0; k < 3; k++) pthread_join(t[k], 0);
}}
"""
    check_pairs(source.format("", "0, 1, 2"), "cells[]", "meet=same")
    check_pairs(source.format("", "4, 5"), "cells[]", "meet=same")  # and the last is 0
    check_silent(source.format("", "4"), "cells[]", "meet=same")
    check_pairs(source.format(" % 3", "0, 1, 2"), "cells[]", "meet=same")
    check_pairs(source.format(" % 2", "0, 1, 2"), "cells[]", "meet=other")


TURNS = "for (int r = 0; r < 9; r++) {{ {} pthread_barrier_wait(&gate); {} }}"
IDS = "{0, 0, 0}, {1, 0, 0}, {2, 0, 0}"


def test_turns_that_all_threads_take_together() -> None:
    def check(before: str, behind: str, expected: str, name: str = "cells[]") -> None:
        body = TURNS.format(before, behind)
        check_pairs(THREADS.format(listed=IDS, body=body), name, expected)

    check("cells[(p->id + r) % 3]++;", "", "self=yes meet=same")
    check("cells[(p->id + r) % 2]++;", "", "self=yes meet=other")
    check("if (p->id == r % 3) cells[r]++;", "", "guards=turn")
    put, take = "halves[r & 1][p->id] = r;", "cells[p->id] += halves[r & 1][p->id + 1];"
    check(put, take, "modeB=read meet=never", "halves[][]")
    again = "cells[p->id] += halves[(r + 1) & 1][p->id + 1];"
    check(put, again, "modeB=read meet=other", "halves[][]")


def test_turns_that_each_thread_takes_alone() -> None:
    body = "for (int r = 0; r < 9; r++) { cells[(p->id + r) % 3]++; }"
    check_pairs(THREADS.format(listed=IDS, body=body), "cells[]", "self=yes meet=other")
    skipped = "for (int r = 0; r < 9; r++) { cells[(p->id + r) % 3]++; if (r != p->lo) "
    skipped += "pthread_barrier_wait(&gate); }"
    check_silent(THREADS.format(listed=IDS, body=skipped), "cells[]", "self=yes meet=same")


def test_rows_of_two_threads_that_nothing_numbers() -> None:
    source = """#include <pthread.h>
static unsigned cells[99];
static void *even(void *p) {{
  for (int y = 0; y < 8; y += 2) for (int x = 0; x < 8; x++) cells[y * 8 + x]++;
  return p;
}}
static void *odd(void *p) {{
  for (int y = {}; y < 8; y += 2) for (int x = 0; x < {}; x++) cells[y * 8 + x]++;
  return p;
}}
int main(void) {{
  pthread_t a, b; pthread_create(&a, 0, even, 0); pthread_create(&b, 0, odd, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}}
"""
    between = "self=no party=thread/thread"
    check_pairs(source.format(5, 8), "cells[]", f"{between} meet=never")
    check_pairs(source.format(4, 8), "cells[]", f"{between} meet=other")
    check_pairs(source.format(5, 9), "cells[]", f"{between} meet=other")


JOBS = """#include <pthread.h>
struct job {{ int id, lo, hi; int *at; }};
static int cells[64];
static void *work(void *given) {{ struct job *j = given; {body} return 0; }}
int main(void) {{
  pthread_t t[3]; struct job job{many};
  for (int k = 0; k < 3; k++) {{
    job{which}.id = k; job{which}.lo = k * 9; job{which}.hi = k * 9 + 9; job{which}.at = &cells[k];
    pthread_create(&t[k], 0, work, &job{which});
  }}
  for (int k = 0; k < 3; k++) pthread_join(t[k], 0);
}}
"""


@pytest.mark.parametrize(
    "body",
    [
        "cells[j->id]++;",
        "for (int i = j->lo; i < j->hi; i++) cells[i]++;",
        "*j->at += 1;",
    ],
)
def test_a_record_that_all_turns_fill_anew(body: str) -> None:
    check_pairs(JOBS.format(body=body, many="[3]", which="[k]"), "cells[]", "meet=same")
    check_silent(JOBS.format(body=body, many="", which=""), "cells[]", "meet=same")


def test_what_each_thread_is_given_is_compared_by_its_number() -> None:
    body = "for (int i = j->lo; i < j->hi; i++) cells[i] += j->id;"
    made = "party=main/thread live=create-loop meet={}"
    check_pairs(JOBS.format(body=body, many="[3]", which="[k]"), "job[].id", made.format("same"))


def test_a_number_that_a_function_gives_on_to_itself_is_many() -> None:
    source = """#include <pthread.h>
static int cells[64];
static void down(int n) {{ cells[n]++; if (n > 9) {}(n - 1); }}
static void *work(void *given) {{ down((int)(long)given); return 0; }}
int main(void) {{
  pthread_t t[3];
  for (long k = 0; k < 3; k++) pthread_create(&t[k], 0, work, (void *)k);
  for (int k = 0; k < 3; k++) pthread_join(t[k], 0);
}}
"""
    check_pairs(source.format("other"), "cells[]", "meet=same")
    check_silent(source.format("down"), "cells[]", "meet=same")


MANY = """#include <pthread.h>
static int cells[4096]; extern int tab[300];
static void *work(void *p) {{
  int id = (int)(long)p;
  for (int i = 0; i < {turns}; i++) {{ {body} }}
  return p;
}}
int main(void) {{
  pthread_t t[8];
  for (long k = 0; k < {threads}; k++) pthread_create(&t[k], 0, work, (void *)k);
  for (int k = 0; k < {threads}; k++) pthread_join(t[k], 0);
}}
"""


def test_turns_are_all_tried_or_none() -> None:
    def source(turns: int, threads: int = 8) -> str:
        return MANY.format(turns=turns, threads=threads, body="cells[(i % 7 ^ 1) + id * 8]++;")

    check_pairs(source(500), "cells[]", "self=yes meet=same")
    check_pairs(source(600), "cells[]", "self=yes meet=unknown")  # 8 * 600 > MAX_POINTS
    check_pairs(source(9000, 2), "cells[]", "self=yes meet=unknown")
    check_pairs(source(4, 32), "cells[]", "self=yes meet=same")
    check_pairs(source(4, 33), "cells[]", "self=yes meet=unknown")  # more than MAX_THREADS


def test_numbers_that_are_larger_than_those_of_c_are_not_known() -> None:
    def check(number: str, expected: str) -> None:
        body = f"cells[(id ^ {number}) % 8]++;"
        check_pairs(MANY.format(turns=9, threads=8, body=body), "cells[]", expected)

    check("5", "self=yes meet=same")
    check("0xFFFFFFFFFFFFFFFFu", "self=yes meet=unknown")


@pytest.mark.parametrize("index", ["i * {0} + id", "i * {0} + id + tab[i]"])
def test_accesses_by_threads_are_tried_within_bounds(index: str) -> None:
    def seconds(count: int) -> float:
        one = f"if ((i + {{0}}) % 7 < 3) cells[({index}) % 97 + {{0}}]++;\n"
        body = "".join(one.format(number) for number in range(1, count + 1))
        text = MANY.format(turns=300, threads=8, body=body)
        begin = time.perf_counter()
        read(text)
        return time.perf_counter() - begin

    seconds(2)
    assert seconds(200) < 20 * seconds(20) + 1


@pytest.mark.parametrize(
    ("header", "index", "expected"),
    [
        ("unsigned x = n; x != 1; x = x & 1 ? 3 * x + 1 : x / 2", "p->id * 3 / 4", "other"),
        ("unsigned x = n; x != 1; x = x & 1 ? 3 * x + 1 : x / 2", "p->id * 4 / 3", "same"),
        ("int x = 4; x != 0; --x", "4 * p->id + x", "same"),
        ("int x = 5; x != 0; --x", "4 * p->id + x", "other"),
        ("int x = 0; x != 4; ++x", "4 * p->id + x", "same"),
        ("int x = 0; x != 5; ++x", "4 * p->id + x", "other"),
    ],
)
def test_loops_that_end_at_a_number_from_either_side(
    header: str, index: str, expected: str
) -> None:
    source = THREADS.format(
        listed="{0}, {1}, {2}",
        body=f"for (int n = 2; n < 20; n++) for ({header}) cells[{index}]++;",
    )
    check_pairs(source, "cells[]", f"meet={expected}")
    check_silent(source, "cells[]", "meet=never")
