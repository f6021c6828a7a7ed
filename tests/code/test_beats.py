"""Barriers in loops: what parts the stretches of a turn, of two turns, and what is behind."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

WRITE, READ = "cells[(i + 1) % 100] = i;", "out[i] += cells[i];"
MEETS = "modeA=write modeB=read phase=same"
BARRIER = "\n#pragma omp barrier\n"


def team(body: str) -> str:
    """A region in which every thread takes these statements."""
    return (
        "int cells[100], out[100], done, n;\nvoid note(int i) { if (i > 3) return; out[i] = i; }\n"
        "void work(void) {\n#pragma omp parallel\n{ int i = n;\n" + body + "\n}\n}\n"
    )


def both(body: str, race: str) -> None:
    """Only in the second the write and the read meet in one phase."""
    check_pairs(team(race), "cells[]", MEETS)
    check_silent(team(body), "cells[]", MEETS)


@pytest.mark.parametrize(
    "turns",
    ["for (int t = 0; t < 9; t++) {{{}}}", "while (n < 9) {{{}}}", "do {{{}}} while (n < 9);"],
)
def test_what_follows_a_loop_is_behind_the_barrier_of_its_last_turn(turns: str) -> None:
    first, last = turns.format(WRITE + BARRIER), turns.format(BARRIER + WRITE)
    both(first + READ, last + READ)
    both(READ + last, READ + first)


def test_the_end_of_a_turn_meets_the_start_of_the_next() -> None:
    turns = "for (int t = 0; t < 9; t++) {{ {} {} {} {} }}"
    once = turns.format(WRITE, BARRIER, READ, "")
    both(turns.format(WRITE, BARRIER, READ, BARRIER), once)


def test_turns_of_loops_in_turns_follow_one_another() -> None:
    halves = "#pragma omp for\nfor (i = c; i < 99; i += 2) cells[i] = i;\n"
    asked = "#pragma omp for{}\nfor (int k = 0; k < 99; k++) out[k] = cells[k + 1];\n"
    turns = f"for (int t = 0; t < 9; t++) {{ for (int c = 0; c < 2; c++) {{\n{halves}}}\n%s}}"
    both(turns % asked.format(""), turns % asked.format(" nowait"))


@pytest.mark.parametrize("leap", ["break", "continue", "goto out"])
def test_a_turn_left_before_the_barrier_meets_what_follows(leap: str) -> None:
    turns = "for (int t = 0; t < 9; t++) {" + WRITE + "note(i);" + BARRIER + "}\nout:" + READ
    both(turns, turns.replace("note(i)", f"if (n > 4) {leap}"))


def test_what_a_loop_asks_is_of_its_turns() -> None:
    turns = "while (!done) {{ note(i); {} \n#pragma omp single {}\n done = n > 3;\n }}\n"
    check_pairs(team(turns.format(BARRIER, "nowait")), "done", "modeB=read phase=same")
    check_silent(team(turns.format(BARRIER, "")), "done", "modeB=read phase=same frameA=single")
    again = "do {{ {} \n#pragma omp barrier\n }} while (!done);\n"
    check_pairs(team(again.format("done = n;")), "done", "modeB=read phase=same")
    check_silent(team(again.format(BARRIER + "done = n;")), "done", "modeB=read phase=same")
