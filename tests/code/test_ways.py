"""Ways through the code: exits, counted while loops, joins, locks that were tried or lent."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent
from tests.code.test_threads_c import HEAD, one_thread, program

TWO = "pthread_t t, u; pthread_create(&t, 0, {}, 0); pthread_create(&u, 0, {}, 0);"


def threads(routines: str, main: str) -> str:
    return f"{HEAD}{routines}\nint main(int argc, char **argv) {{ {main} return 0; }}\n"


def test_no_access_follows_an_exit() -> None:
    check_pairs(program("if (arg) counter++;"), "counter")
    check_silent(program("abort(); counter++;"), "counter")
    die = "static void die(void) { exit(1); }\n"
    check_silent(program("die(); counter++;", before=die), "counter")
    check_pairs(program("if (probe()) die(); counter++;", before=die), "counter", "guardA=-")


def test_a_check_of_an_error_guards_nothing() -> None:
    check_pairs(program("if (probe()) return 0; counter++;"), "counter", "guardA=-")
    check_pairs(program("if (other) return 0; counter++;"), "counter", "guardA=shared")


def test_a_new_value_made_of_the_old_one_is_an_update() -> None:
    check_pairs(program("counter = counter + 2;"), "counter", "modeA=update")
    check_pairs(program("counter = 2 + (other - counter);"), "counter", "modeA=write")
    check_pairs(program("counter = other + 2;"), "counter", "modeA=write")


def region(loop: str) -> str:
    return (
        "#include <omp.h>\nvoid f(double *a, int n) {\n#pragma omp parallel\n{\n"
        f"int id = omp_get_thread_num();\n{loop}\n}}\n}}\n"
    )


FOR = "for (int i = id * n; i < id * n + n; i++) { a[i] += 1.0; }"


@pytest.mark.parametrize(
    "loop",
    [
        FOR,
        "int i = id * n; while (i < id * n + n) { a[i] += 1.0; i++; }",
        "int i; i = id * n; while (i < id * n + n) { a[i] += 1.0; i += 1; }",
    ],
)
def test_a_counted_while_loop_is_a_for_loop(loop: str) -> None:
    check_pairs(region(loop), "a[]", "meet=same meet-by=own-same indexA=seq-tid")


def test_a_counter_stepped_twice_counts_no_turns() -> None:
    loop = "int i = id * n; while (i < id * n + n) { a[i] += 1.0; if (a[i] > 2) i++; i++; }"
    check_pairs(region(loop), "a[]", "indexA=local")
    check_silent(region(loop), "a[]", "meet=same")


def test_a_row_of_pointers_keeps_its_element() -> None:
    source = (
        "void f(double **t, int n) {\n#pragma omp parallel for\n"
        "for (int i = 0; i < n; i++) { double *row = t[ROW]; *(row + 1) = t[i][1]; }\n}\n"
    )
    check_pairs(source.replace("ROW", "i + 1"), "t[][]", "meet=other meet-by=pv-other")
    check_silent(source.replace("ROW", "i"), "t[][]", "meet=other")


# --- threads -------------------------------------------------------------------------------------

CHILD = "void *leaf(void *p) { counter++; return 0; }\n"
PARENT = "void *mid(void *p) { pthread_t t; pthread_create(&t, 0, leaf, 0); JOIN return 0; }\n"


def test_threads_of_threads_end_with_who_joined_them() -> None:
    main = "pthread_t t; pthread_create(&t, 0, mid, 0); pthread_join(t, 0); counter = 2;"
    joined = threads(CHILD + PARENT.replace("JOIN", "pthread_join(t, 0);"), main)
    check_pairs(joined, "counter", "party=thread/main live=after")
    check_silent(joined, "counter", "live=during")
    left = threads(CHILD + PARENT.replace("JOIN", ""), main)
    check_pairs(left, "counter", "party=thread/main live=during")


def test_a_thread_of_a_thread_meets_the_others() -> None:
    other = "void *run(void *p) { counter = 1; return 0; }\n"
    source = threads(CHILD + PARENT.replace("JOIN", "") + other, TWO.format("run", "mid"))
    check_pairs(source, "counter", "party=thread/thread live=overlap")


def test_handles_of_an_array_are_told_apart() -> None:
    create = "pthread_t t[2]; pthread_create(&t[0], 0, leaf, 0); pthread_create(&t[1], 0, leaf, 0);"
    one = create + " pthread_join(t[0], 0); counter = 2;"
    check_pairs(threads(CHILD, one), "counter", "party=thread/main live=during")
    both = create + " pthread_join(t[0], 0); pthread_join(t[1], 0); counter = 2;"
    check_silent(threads(CHILD, both), "counter", "live=during")


# --- locks ---------------------------------------------------------------------------------------

LOCKED = "pthread_mutex_lock(&m); counter++; pthread_mutex_unlock(&m);"


@pytest.mark.parametrize(
    "test", ["rc == 0", "!rc", "rc != EBUSY", "rc) { return 0; } else if (rc == 0"]
)
def test_an_answer_that_was_kept_tells_of_the_lock(test: str) -> None:
    tried = "int rc = pthread_mutex_trylock(&m); if (TEST) { counter++; pthread_mutex_unlock(&m); }"
    check_pairs(program(tried.replace("TEST", test)), "counter", "common=mutex")
    check_silent(program(tried.replace("TEST", "rc == EBUSY")), "counter", "common=mutex")


def test_two_branches_that_ask_the_same() -> None:
    asked = "int on = probe(); if (on) pthread_mutex_lock(&m); if (ASK) counter++;"
    asked += " if (on) pthread_mutex_unlock(&m);"
    check_pairs(program(asked.replace("ASK", "on")), "counter", "common=mutex")
    check_pairs(program(asked.replace("ASK", "probe()")), "counter", "common=maybe")
    changed = asked.replace("if (ASK)", "on = 1; if (on)")
    check_pairs(program(changed), "counter", "common=maybe")


def test_a_lock_inside_the_element() -> None:
    cells = "struct cell { int v; pthread_mutex_t g; } cells[8]; pthread_mutex_t gs[8];\n"
    entry = "for (int i = 0; i < 8; i++) { LOCK cells[i].v++; }"
    other = "for (int k = 0; k < 8; k++) { LOCK cells[k].v++; }"
    lock = "pthread_mutex_lock(&{});"

    def source(mine: str, theirs: str) -> str:
        body = entry.replace("LOCK", lock.format(mine)), other.replace("LOCK", lock.format(theirs))
        return one_thread(*body).replace(HEAD, HEAD + cells)

    check_pairs(source("cells[i].g", "cells[k].g"), "cells[].v", "common=own")
    check_silent(source("cells[i].g", "cells[0].g"), "cells[].v", "common=own")
    check_pairs(source("gs[i]", "gs[k]"), "cells[].v", "common=striped")
    check_pairs(source("gs[i]", "gs[7 - k]"), "cells[].v", "common=striped-differ")


def test_a_lock_held_while_a_thread_runs_is_lent_to_it() -> None:
    free = "void *run(void *p) { " + LOCKED + " return 0; }\n"
    main = "pthread_t t, u; pthread_create(&u, 0, run, 0); pthread_mutex_lock(&m);"
    main += " pthread_create(&t, 0, leaf, 0); EARLY pthread_join(t, 0); pthread_mutex_unlock(&m);"
    check_pairs(threads(CHILD + free, main.replace("EARLY", "")), "counter", "common=mutex")
    early = threads(CHILD + free, main.replace("EARLY", "pthread_mutex_unlock(&m);"))
    check_pairs(early, "counter", "common=one-sided")
    both = threads(CHILD, main.replace("EARLY", "counter++;").replace("&u, 0, run", "&u, 0, none"))
    check_pairs(both, "counter", "party=thread/main common=differ")


def test_an_unknown_lock_may_be_any() -> None:
    check_pairs(program(LOCKED), "counter", "common=mutex")
    loose = LOCKED.replace("counter++", "pthread_mutex_t *q; pthread_mutex_unlock(q); counter++")
    check_pairs(program(loose), "counter", "common=maybe")
