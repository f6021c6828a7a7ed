"""Variables of one turn of a loop that tasks share: the next turn begins them anew."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function

MEET = "modeA=write modeB=read self=no frames=siblings-single-task"


def tasks(made: str, clauses: str, read: str, *, wait: str = "", loop: str = "") -> str:
    return function(
        "#pragma omp parallel\n#pragma omp single\n{\n"
        + (loop or "for (int k = 0; k < n; k++)")
        + " {\n"
        + made
        + f"\n#pragma omp task {clauses}\nout[0] += {read};\n{wait}\n}}\n}}",
        "struct tile { int x; int y; };",
    )


@pytest.mark.parametrize(
    ("made", "read", "name"),
    [
        ("int part = in[k];", "part", "part"),
        ("int part = in[k];", "part + n", "part"),
        ("struct tile part = {k, n};", "part.x", "part.x"),
    ],
)
def test_the_next_turn_writes_what_a_task_reads(made: str, read: str, name: str) -> None:
    check_pairs(tasks(made, "shared(part)", read), name, MEET)
    check_silent(tasks(made, "firstprivate(part)", read), name)
    check_silent(tasks(made, "", read), name)


def test_an_object_of_a_class_is_begun_anew() -> None:
    made = "tile part{k, n};"
    check_pairs(tasks(made, "shared(part)", "part.x"), "part.x", MEET, path="a.cpp")
    check_silent(tasks(made, "", "part.x"), "part.x", path="a.cpp")


def test_a_turn_that_waits_for_its_task_comes_before_the_next() -> None:
    waits = tasks("int part = in[k];", "shared(part)", "part", wait="#pragma omp taskwait")
    left = tasks("int part = in[k];", "shared(part)", "part")
    check_pairs(waits, "part", "live=before")
    check_pairs(left, "part", MEET)
    check_silent(left, "part", "live=before")


def test_what_is_begun_once_is_not_written_again() -> None:
    once = tasks("int part = in[0];", "shared(part)", "part", loop="if (n > 3)")
    check_silent(once, "part")
