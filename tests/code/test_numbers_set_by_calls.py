"""Local numbers that functions and macros out of sight set: they derive from what those get."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function

LOOP = """#pragma omp parallel for
for (int t = 0; t < 8; t++) {{ {}
  for (long i = {}; i < {}; i++) cells[i] += 1; }}"""
UNSEEN = (
    ("long lo, hi; split(&lo, &hi, n, t);", "lo", "hi"),
    ("long lo, hi; SPLIT(lo, hi, n, t);", "lo", "hi"),
    ("long lo = 0, hi = n; split(&lo, &hi, n, t);", "lo", "hi"),
    ("struct part p; split(&p, n, t);", "p.lo", "p.hi"),
    ("long p[2]; split(p, n, t);", "p[0]", "p[1]"),
)
FOR_ALL = (
    ("long lo, hi; split(&lo, &hi, n, 8);", "lo", "hi"),
    ("long lo, hi; SPLIT(lo, hi, n, 8);", "lo", "hi"),
    ("long lo = 0, hi = n; show(lo, hi, t);", "lo", "hi"),
    ("struct part p; split(&p, n, 8);", "p.lo", "p.hi"),
)


@pytest.mark.parametrize("parts", UNSEEN)
def test_bounds_that_a_call_makes_of_the_turn_may_be_apart(parts: tuple[str, str, str]) -> None:
    source = function(LOOP.format(*parts))
    check_pairs(source, "cells[]", "meet=unknown meet-by=pv-unknown indexA=seq-pv")
    check_silent(source, "cells[]", "meet=free")


@pytest.mark.parametrize("parts", FOR_ALL)
def test_bounds_that_no_turn_decides_are_those_of_all(parts: tuple[str, str, str]) -> None:
    check_pairs(function(LOOP.format(*parts)), "cells[]", "meet=free meet-by=pv-free")


def test_bounds_that_the_team_shares_are_nobodys_own() -> None:
    body = "long lo, hi;\n" + LOOP.format("split(&lo, &hi, n, t);", "lo", "hi")
    check_pairs(function(body), "cells[]", "meet=free meet-by=pv-free")
    check_pairs(function(body), "lo", "modeA=write viaA=call")


def test_a_private_copy_is_set_by_a_call() -> None:
    loop = LOOP.replace("for\nfor", "for private(lo, hi)\nfor")
    body = "long lo, hi;\n" + loop.format("split(&lo, &hi, n, t);", "lo", "hi")
    check_pairs(function(body), "cells[]", "meet=unknown meet-by=pv-unknown")


def test_what_is_declared_to_be_a_plain_reference_is_set() -> None:
    body = LOOP.format("long lo = 0, hi = n; split(lo, hi, n, t);", "lo", "hi")
    for kind, meet in (("long &", "unknown"), ("const long &", "free"), ("long ", "free")):
        declared = f"void split({kind}lo, {kind}hi, int n, int t);\n"
        check_pairs(function(body, declared), "cells[]", f"meet={meet}", path="a.cpp")


def test_the_part_of_a_thread_that_a_call_tells() -> None:
    source = """#include <pthread.h>
long cells[100];
void *job(void *arg) {{ long id = (long)arg, lo, hi; split(&lo, &hi, {});
  for (long i = lo; i < hi; i++) cells[i] += 1; return 0; }}
void run(void) {{ pthread_t t[4];
  for (long k = 0; k < 4; k++) pthread_create(&t[k], 0, job, (void *)k);
  for (int k = 0; k < 4; k++) pthread_join(t[k], 0); }}
"""
    check_pairs(source.format("id"), "cells[]", "indexA=seq-targ")
    check_silent(source.format("8"), "cells[]", "indexA=seq-targ")


FIRST = """
void work(const Table &table, int n) {
  %s
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    %s
    if (table.locate(i, best, count)) table.note(i, best);
  }
}
"""
WRITTEN = "modeA=update modeB=update common=none"


@pytest.mark.parametrize(
    ("outside", "inside"), [("double best; int count;", ""), ("", "static double best; int count;")]
)
def test_what_nothing_else_sets_is_set_by_reference(outside: str, inside: str) -> None:
    check_pairs(FIRST % (outside, inside), "best", WRITTEN, path="a.cpp")


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ("", "double best; int count;"),
        ("double best = 1; int count = n;", ""),
        ("double best; int count; table.sum(best, count);", ""),  # once, for all
        ("bool locate(int, double, int); double best; int count;", ""),
    ],
)
def test_what_has_a_value_may_be_given_by_value(outside: str, inside: str) -> None:
    check_silent(FIRST % (outside, inside), "best", WRITTEN, path="a.cpp")


def test_a_macro_in_c_sets_what_it_is_given_first() -> None:
    source = (
        "void f(int n) { long first; %s\n#pragma omp parallel for\n"
        "for (int t = 0; t < n; t++) { PART(first, t, n); use(first); } }"
    )
    check_pairs(source % "", "first", WRITTEN)
    check_silent(source.replace("PART", "part") % "", "first")
    check_silent(source % "PART(first, 0, n);", "first")
