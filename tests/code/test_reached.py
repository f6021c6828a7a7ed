"""What a pointer may reach: one of several variables, a record in a record, another's own copy."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent
from tests.code.test_holdings import two
from tests.code.test_threads_c import HEAD

RECORDS = (
    "struct inner { int level; int depth; }; struct outer { struct inner a, b; };\n"
    "extern struct inner *get_inner(void); extern struct outer *get_outer(void);\n"
)


def test_a_pointer_that_is_given_one_of_two_variables() -> None:
    either = "int *p; if (other) p = &counter; else p = &other; (*p)++;"
    check_pairs(two("counter++;", either), "counter", "modeB=update live=during")
    first = "int *p = &other; if (arc()) p = &counter; (*p)++;"
    check_pairs(two("counter++;", first), "counter", "modeB=update live=during")
    neither = "int x, y; int *p; if (other) p = &x; else p = &y; (*p)++;"
    check_silent(two("counter++;", neither), "counter")


def test_its_fields_too() -> None:
    names = "struct { int up, down; } tally;\n"
    chosen = "int *p; if (other) p = &tally.up; else p = &tally.down; *p = 3;"
    check_pairs(two("tally.up++;", chosen, names), "tally.up", "modeB=write-constant")
    check_silent(two("tally.up++;", chosen.replace("tally.up", "tally.down"), names), "tally.up")


def test_a_pointer_that_walks_over_an_array_is_not_at_its_start() -> None:
    names = "int cells[9];\n"
    walks = "int *p; p = cells; if (other) p = cells + 4; while (other) *p++ = 0;"
    check_pairs(two("cells[0]++;", walks, names), "cells[]", "live=during indexB=update")
    check_silent(two("cells[0]++;", walks, names), "cells[]", "index=constants-equal")


def test_a_record_that_may_lie_within_another() -> None:
    one, main = "get_inner()->level = 1;", "get_outer()->a.level = 2;"
    check_pairs(two(one, main, RECORDS), "get_inner()->level", "base=type live=during")
    check_silent(two(one, main.replace("level", "depth"), RECORDS), "get_inner()->level")
    whole = "struct inner made = { 0 }; get_outer()->a = made;"
    check_pairs(two(one, whole, RECORDS), "get_inner()->level", "base=type live=during")


def test_two_records_within_another_are_apart() -> None:
    one, main = "get_outer()->a.level = 1;", "get_outer()->b.level = 2;"
    for name in ("get_outer()->a.level", "get_outer()->b.level", "get_inner()->level"):
        check_silent(two(one, main, RECORDS), name)


def test_nor_does_a_record_that_was_made_here_lie_within_another() -> None:
    one = "struct inner own; own.level = 1; struct inner *p = &own; p->level = 2;"
    check_silent(two(one, "get_outer()->a.level = 2;", RECORDS), "p->level")


def test_a_threads_own_variable_whose_address_is_given_to_another() -> None:
    source = (
        HEAD + "__thread int mine;\nvoid *run(void *arg) {{ int *p = arg; (*p)++; return 0; }}\n"
        "int main(void) {{ pthread_t t; pthread_create(&t, 0, run, {});"
        " mine++; pthread_join(t, 0); return 0; }}\n"
    )
    check_pairs(source.format("&mine"), "mine", "shareB=static live=during")
    check_silent(source.format("&other"), "mine", "shareB=static")


def test_a_record_copied_whole_with_those_within() -> None:
    names = "struct core { int level; }; struct shell { struct core c; };\n"
    names += "struct box { struct shell s; };\n"
    known = "extern struct core *get_core(void); extern struct box *get_box(void);\n"
    whole = "struct shell made = { 0 }; get_box()->s = made;"
    check_pairs(
        two("get_core()->level = 1;", whole, names + known), "get_core()->level", "viaB=whole"
    )
    other = "struct shell made = { 0 }; made.c.level = 2;"
    check_silent(two("get_core()->level = 1;", other, names + known), "get_core()->level")


def test_each_thread_has_an_errno_of_its_own() -> None:
    check_silent(two("errno = 0;", "errno = 1;"), "errno", "shareA=global")
    check_pairs(two("errors = 0;", "errors = 1;"), "errors", "shareA=global live=during")
