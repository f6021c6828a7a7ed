"""Functions that split the range they are given between the calls that they make of themselves."""

from __future__ import annotations

import pytest

from reviewbot.code.halves import dimensions
from tests.code.checks import check_pairs, check_silent

SOURCE = """
int cells[1024], other[1024];
static void leaf(int lo, int hi) { for (int k = lo; k %s hi; k++) cells[k] += other[k]; }
static void walk(int lo, int hi) {
  if (hi - lo < 16) { leaf(lo, hi); return; }
  int mid = (lo + hi) / 2;
  %s
#pragma omp task
  walk(lo, mid);
#pragma omp task
  walk(%s, hi);
  %s
}
void work(void) {
#pragma omp parallel
#pragma omp single
  %s
}
"""
WAIT = "\n#pragma omp taskwait\n"
ONE = "walk(0, 1000);"
BOTH = "modeA=update modeB=update frameA=task frameB=task"
APART = f"{BOTH} meet=never parts=apart"
SHARED = f"{BOTH} parts=shared"


@pytest.mark.parametrize(("until", "behind"), [("<", "mid"), ("<=", "mid + 1")])
def test_parts_that_do_not_meet(until: str, behind: str) -> None:
    source = SOURCE % (until, "", behind, WAIT, ONE)
    check_pairs(source, "cells[]", APART)
    check_silent(source, "cells[]", SHARED)


@pytest.mark.parametrize(("until", "behind"), [("<=", "mid"), ("<", "mid - 1")])
def test_parts_that_share_an_element(until: str, behind: str) -> None:
    source = SOURCE % (until, "", behind, WAIT, ONE)
    check_pairs(source, "cells[]", SHARED)
    check_silent(source, "cells[]", "parts=apart")


def test_what_is_done_while_the_parts_are_worked_on() -> None:
    late = "for (int k = lo; k < hi; k++) cells[k] += 2;"
    while_running = SOURCE % ("<", "", "mid", late + WAIT, ONE)
    check_pairs(while_running, "cells[]", "modeA=update modeB=update parts=apart")
    for before, after in ((late, WAIT), ("", WAIT + late)):
        source = SOURCE % ("<", before, "mid", after, ONE)
        check_pairs(source, "cells[]", APART)
        check_silent(source, "cells[]", f"{BOTH} meet=free")
    check_pairs(while_running, "cells[]", "modeA=update modeB=update meet=free")


@pytest.mark.parametrize("root", [ONE + "\n#pragma omp task\n" + ONE, "for (;;) " + ONE])
def test_calls_that_are_no_parts_of_one(root: str) -> None:
    source = SOURCE % ("<", "", "mid", WAIT, "{ " + root + " }")
    check_silent(source, "cells[]", "frames=siblings-task-task parts=apart self=no loop=differ")
    if "for" in root:
        check_silent(source, "cells[]", "parts=apart")


def test_another_task_of_the_same_call_is_no_part() -> None:
    beside = "\n#pragma omp task\nfor (int k = lo; k < hi; k++) cells[k] += 3;\n"
    source = SOURCE % ("<", beside, "mid", WAIT, ONE)
    check_pairs(source, "cells[]", f"{BOTH} meet=free")


def test_the_parameters_that_are_split() -> None:
    names = ("lo", "hi", "grain")
    halves = "int mid = lo + (hi - lo) / 2; f(lo, mid, grain); f(mid, hi, grain);"
    assert dimensions("f", names, halves) == ((0, 1, 0),)
    assert dimensions("f", names, halves.replace("f(mid", "f( mid + 1")) == ((0, 1, 1),)
    assert dimensions("f", names, halves.replace("lo, mid", "lo, mid - 1")) == ((0, 1, 1),)
    quads = "f(a, m, c, n); f(m, b, c, n); f(a, m, n, d); f(m, b, n, d); int m = 1, n = 2;"
    assert dimensions("f", ("a", "b", "c", "d"), quads) == ((0, 1, 0), (2, 3, 0))


@pytest.mark.parametrize(
    "body",
    [
        "f(lo, mid); f(lo, mid);",
        "f(lo, mid); f(other, hi);",
        "f(lo, mid); mid = 3; mid++; f(mid, hi);",
        "hi = 9; f(lo, mid); f(mid, hi);",
        "f(lo, mid); f(mid, hi); f(lo, hi);",
        "f(lo, g(mid)); f(g(mid), hi);",
    ],
)
def test_what_is_not_split(body: str) -> None:
    assert dimensions("f", ("lo", "hi"), f"int mid = (lo + hi) / 2; {body}") == ()
    assert dimensions("f", ("lo", "hi"), "f(" * 50_000) == ()
