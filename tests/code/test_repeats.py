"""Constructs that one thread takes, in a loop: with nothing to wait for, turns run at once."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

MANY = "frameA=task frameB=task taskA=looped taskB=looped frames=same group=same self=yes"
ONE = "frameA=single frameB=single frames=same self=yes"
TURNS = """
int found, cells[100];
void note(int i) { found += i; }
void work(int n, const int *in) {
#pragma omp parallel
  {
    %s
  }
}
"""


@pytest.mark.parametrize(
    "body",
    [
        "for (int i = 0; i < n; i++) {\n#pragma omp single nowait\n found += in[i];\n}",
        "for (int i = 0; i < n; i++) {\n#pragma omp single nowait\n { note(in[i]); }\n}",
        "int i = 0; while (i < n) {\n#pragma omp single nowait\n found += in[i];\n i++; }",
        "for (int i = 0; i < n; i++) {\n#pragma omp sections nowait\n{\n#pragma omp section\n"
        " found += in[i];\n#pragma omp section\n note(0);\n}\n}",
        # What waits for tasks, and a barrier of another loop, part no turns of this one.
        "for (int i = 0; i < n; i++) {\n#pragma omp single nowait\n found += in[i];\n"
        "#pragma omp taskwait\n}",
        "for (int k = 0; k < 3; k++) {\n for (int i = 0; i < n; i++) {\n#pragma omp single nowait\n"
        " found += in[i];\n}\n#pragma omp barrier\n}",
    ],
)
def test_turns_of_whoever_comes_first_meet(body: str) -> None:
    check_pairs(TURNS % body, "found", MANY)


@pytest.mark.parametrize(
    "body",
    [
        "\n#pragma omp single nowait\n found += in[0];\n",
        "\n#pragma omp single nowait\n for (int i = 0; i < n; i++) found += in[i];\n",
        "for (int i = 0; i < n; i++) {\n#pragma omp single\n found += in[i];\n}",
        "for (int i = 0; i < n; i++) {\n#pragma omp single nowait\n found += in[i];\n"
        "#pragma omp barrier\n}",
    ],
)
def test_turns_with_a_barrier_do_not_meet(body: str) -> None:
    check_pairs(TURNS % body, "found", ONE)
    check_silent(TURNS % body, "found", "frameA=task")


def test_master_takes_every_turn_alone() -> None:
    body = "for (int i = 0; i < n; i++) {\n#pragma omp master\n found += in[i];\n}"
    check_pairs(TURNS % body, "found", "frameA=master frameB=master frames=same")


def test_each_turn_has_its_element() -> None:
    body = "for (int i = 1; i < n; i++) {\n#pragma omp single nowait\n cells[i] += %s;\n}"
    own = TURNS % (body % "i")
    check_pairs(own, "cells[]", MANY + " meet=same")
    shared = TURNS % (body % "cells[i - 1]")
    check_pairs(shared, "cells[]", "meet=other modeA=update modeB=read frames=same")
    check_silent(own, "cells[]", "meet=other")


def test_tasks_of_such_turns_meet() -> None:
    body = "for (int i = 0; i < n; i++) {\n#pragma omp single%s\n{\n#pragma omp task\n %s }\n}"
    check_pairs(TURNS % (body % (" nowait", "note(i);")), "found", MANY)
    check_pairs(TURNS % (body % (" nowait", "cells[i]++;")), "cells[]", MANY + " meet=same")
    # The barrier of a `single` waits for its tasks.
    check_pairs(TURNS % (body % ("", "note(i);")), "found", "taskA=looped group=turn")


def test_two_such_constructs_meet_in_one_turn() -> None:
    source = TURNS % (
        "for (int i = 0; i < n; i++) {\n#pragma omp single nowait\n cells[i]++;\n"
        "#pragma omp single nowait\n cells[i] += 2;\n}"
    )
    check_pairs(source, "cells[]", "frames=apart-task-task meet=same self=no")


def test_elements_looped_over_are_those_of_a_turn() -> None:
    source = """
#include <map>
struct Mark { int value; };
void work(std::map<int, Mark> &marks, Mark &one) {
#pragma omp parallel
  for (auto &entry : marks) {
#pragma omp single nowait
    { entry.second.value = 1; one.value = 2; }
  }
}
"""
    check_pairs(source, "marks[].value", MANY + " meet=same", path="a.cpp")
    check_pairs(source, "one.value", MANY, path="a.cpp")


def test_a_loop_around_the_region_makes_no_tasks_meet() -> None:
    source = """
int found;
void work(int n, const int *in) {
  %s
#pragma omp parallel
#pragma omp single
  {
    %s
#pragma omp task
    found += in[0];
  }
}
"""
    turn = "for (int i = 0; i < n; i++)"
    check_pairs(source % (turn, ""), "found", "taskA=once taskB=once frames=same")
    check_silent(source % (turn, ""), "found", "taskA=looped")
    check_pairs(source % ("", turn), "found", MANY)
