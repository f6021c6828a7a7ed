"""Ranges whose ends a function works out and cuts short for its caller."""

from __future__ import annotations

import pytest

from reviewbot.code.assigned import clamps
from tests.code.checks import check_pairs, check_silent

NUMBERS = "omp_get_thread_num(), omp_get_num_threads()"
BY_POINTER = (
    "static void part(int me, int all, int *lo, int *hi)\n{{\n"
    "int per = (N + all - 1) / all;\n*lo = me * per;\n{}\n}}\n"
)
BY_REFERENCE = (
    "static void part(int me, int all, int &lo, int &hi)\n{{\n"
    "int per = (N + all - 1) / all;\nlo = me * per;\n{}\n}}\n"
)


def team(helper: str, call: str, use: str) -> str:
    return (
        "#define N 1000\nint cells[N];\n" + helper + "void work(void)\n{\n"
        "#pragma omp parallel\n{\nint lo, hi;\n" + call + "\n" + use + "\n}\n}\n"
    )


LOOP = "for (int i = lo; i < hi; i++) cells[i] += 1;"
ONE_MORE = "for (int i = lo; i <= hi; i++) cells[i] += 1;"


@pytest.mark.parametrize(
    "end",
    [
        "*hi = *lo + per; if (*hi > N) *hi = N;",
        "*hi = *lo + per; if (*hi > N) { *hi = N; }",
        "int h = *lo + per; if (h > N) h = N; *hi = h;",
    ],
)
def test_an_end_that_is_cut_for_the_caller(end: str) -> None:
    call = f"part({NUMBERS}, &lo, &hi);"
    check_pairs(team(BY_POINTER.format(end), call, LOOP), "cells[]", "self=yes meet=same")
    check_pairs(team(BY_POINTER.format(end), call, ONE_MORE), "cells[]", "self=yes meet=other")
    one = team(BY_POINTER.format(end), call, "cells[hi] = 1;")
    check_silent(one, "cells[]", "meet=same")  # several threads may have been cut to one number


def test_an_end_that_is_cut_by_reference() -> None:
    helper, call = (
        BY_REFERENCE.format("hi = lo + per; if (hi > N) hi = N;"),
        f"part({NUMBERS}, lo, hi);",
    )
    check_pairs(team(helper, call, LOOP), "cells[]", "meet=same", path="a.cpp")
    check_pairs(team(helper, call, ONE_MORE), "cells[]", "meet=other", path="a.cpp")


def test_an_end_that_is_cut_and_returned() -> None:
    cut = "int h = (me + 1) * per;\nif (h > N) h = N;\nreturn h;"
    helper = f"static int end(int me, int per)\n{{\n{cut}\n}}\n"
    call = (
        "int me = omp_get_thread_num(), per = 1 + N / omp_get_num_threads();\n"
        "lo = me * per; hi = end(me, per);"
    )
    check_pairs(team(helper, call, LOOP), "cells[]", "meet=same")
    check_pairs(team(helper, call, ONE_MORE), "cells[]", "meet=other")
    check_silent(team(helper, call, "cells[hi - 1] = 1;"), "cells[]", "meet=same")


def test_what_is_set_through_a_pointer_to_something_else_is_not_cut() -> None:
    call = f"part({NUMBERS}, &lo, &hi);"
    for end in ("*hi = *lo + per; if (*lo > N) *hi = N;", "*hi = *lo + per; if (N > 7) *hi = 3;"):
        check_silent(team(BY_POINTER.format(end), call, LOOP), "cells[]", "meet=same")


def test_what_a_function_keeps_for_its_own_subscripts_is_not_cut() -> None:
    body = "int f(int k)\n{\nint h = k;\nif (h > 9) h = 9;\nreturn a[h];\n}\n"
    assert not clamps(body)
    assert clamps(body.replace("a[h]", "h"))


@pytest.mark.parametrize("kind", ["long", "unsigned", "int", "double"])
def test_casts_that_are_written_as_calls(kind: str) -> None:
    body = (
        "void work(int n)\n{\n#pragma omp parallel\n{\n"
        "const int me = omp_get_thread_num(), all = omp_get_num_threads();\n"
        "const int lo = (int)(KIND(n) * me / all), hi = (int)(KIND(n) * (me + MORE) / all);\n"
        "for (int i = lo; i < hi; i++) cells[i] += 1;\n}\n}\n"
    )
    source = "int cells[1000];\n" + body.replace("KIND", kind)
    check_pairs(source.replace("MORE", "1"), "cells[]", "meet=same", path="a.cpp")
    check_silent(source.replace("MORE", "2"), "cells[]", "meet=same", path="a.cpp")
