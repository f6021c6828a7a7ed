"""Functions and memory that are handed on: callbacks, tables, freed memory, records by member."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent
from tests.code.test_threads_c import HEAD, one_thread

BUMP = "static void bump(void) { counter++; }\n"
CALL = "void *run(void *arg) { hook(); return 0; }\n"
ONE = "pthread_t t; pthread_create(&t, 0, run, 0); counter = 2; pthread_join(t, 0);"


def main(body: str) -> str:
    return f"int main(void) {{ {body} return 0; }}\n"


@pytest.mark.parametrize(
    "given",
    [
        "void (*hook)(void) = bump;\n" + CALL,
        "void (*hook)(void);\n" + CALL + "void set(void) { hook = &bump; }\n",
        "struct ops { void (*go)(void); }; struct ops o = { .go = bump };\n"
        "void *run(void *arg) { o.go(); return 0; }\n",
        "struct ops { void (*go)(void); };\n"
        "void *run(void *arg) { struct ops *o = arg; o->go(); return 0; }\n"
        "void fill(struct ops *o) { o->go = bump; }\n",
    ],
)
def test_a_call_through_a_pointer_runs_what_it_was_given(given: str) -> None:
    source = HEAD + BUMP + given + main(ONE)
    check_pairs(source, "counter", "party=thread/main live=during")
    check_silent(source.replace("counter++", "other++"), "counter")


def test_a_pointer_to_a_function_is_read_where_it_is_called() -> None:
    change = main("pthread_t t; pthread_create(&t, 0, run, 0); hook = bump; pthread_join(t, 0);")
    check_pairs(
        HEAD + BUMP + "void (*hook)(void);\n" + CALL + change,
        "hook",
        "party=main/thread live=during modeA=write modeB=read",
    )


def test_a_callback_is_called_by_anybody() -> None:
    create = "pthread_t t; pthread_create(&t, 0, run, 0);"
    run = "void *run(void *arg) { counter = 1; return 0; }\n"
    given = HEAD + BUMP + run + main(create + " set_handler(bump); pthread_join(t, 0);")
    check_pairs(given, "counter", "party=caller/thread")
    check_silent(given.replace("set_handler(bump)", "set_handler(0)"), "counter")
    check_silent(given.replace("set_handler(bump)", "atexit(bump)"), "counter")


def test_what_sorts_calls_at_once() -> None:
    order = "static int order(const void *a, const void *b) { counter++; return 0; }\n"
    sort = "static int v[9]; void *run(void *arg) { counter = 1; return 0; }\n"
    body = "pthread_t t; qsort(v, 9, sizeof *v, order); pthread_create(&t, 0, run, 0);"
    check_pairs(HEAD + order + sort + main(body), "counter", "party=main/thread live=before")


def test_a_thread_that_a_library_starts() -> None:
    run = "#include <thr.h>\nstatic void *loop(void *arg) { counter++; return 0; }\n"
    started = HEAD + run + main("int h; thread_start(&h, loop, 0); counter++; thread_join(&h);")
    check_pairs(started, "counter", "party=thread/main live=during")
    ended = HEAD + run + main("int h; thread_start(&h, loop, 0); thread_join(&h); counter++;")
    check_pairs(ended, "counter", "party=thread/main live=after")
    check_silent(ended, "counter", "live=during")


@pytest.mark.parametrize("chosen", ["arg ? one : two", "pick"])
def test_a_routine_that_is_chosen(chosen: str) -> None:
    routines = (
        "void *one(void *p) { counter++; return 0; }\nvoid *two(void *p) { other++; return 0; }\n"
    )
    body = (
        f"void *(*pick)(void *) = one; if (arg) pick = two; pthread_t t;"
        f" pthread_create(&t, 0, {chosen}, 0); counter = 3; other = 3; pthread_join(t, 0);"
    )
    source = HEAD + routines + f"int main(int arg, char **v) {{ {body} return 0; }}\n"
    check_pairs(source, "counter", "party=thread/main live=during")
    check_pairs(source, "other", "party=thread/main live=during")


# --- memory --------------------------------------------------------------------------------------

BOX = "#include <stdlib.h>\nstruct box { int n; int k; };\n"
USE = "void *run(void *arg) { struct box *b = arg; b->n++; return 0; }\n"


def boxed(after: str, joined: str = "") -> str:
    made = (
        "struct box *b = malloc(sizeof *b); b->n = 0; pthread_t t; pthread_create(&t, 0, run, b);"
    )
    return HEAD + BOX + USE + main(f"{made} {after} pthread_join(t, 0); {joined}")


def test_memory_given_to_a_thread_is_not_its_makers_own() -> None:
    check_pairs(boxed("b->n = 1;"), "b->n", "party=thread/main live=during")
    check_silent(boxed("b->n = 1;"), "b->n", "live=during freshB=yes")
    check_pairs(boxed(""), "b->n", "live=before freshB=yes")


def test_memory_is_shown_where_its_pointer_is_stored() -> None:
    made = "struct box *b = malloc(sizeof *b); pthread_mutex_lock(&m); b->n = 1; all = b; b->k = 2;"
    add = HEAD + BOX + f"struct box *all;\nvoid add(void) {{ {made} pthread_mutex_unlock(&m); }}\n"
    check_pairs(add, "b->n", "freshA=yes locksA=1")
    check_pairs(add, "b->k", "locksA=1")
    check_silent(add, "b->k", "freshA=yes")


def test_freeing_takes_the_memory_away() -> None:
    check_pairs(boxed("free(b);"), "b->n", "live=during viaB=whole modeB=write")
    check_pairs(boxed("", "free(b);"), "b->n", "live=after viaB=whole")
    check_silent(boxed("", "free(b);"), "b->n", "live=during")
    check_pairs(boxed("realloc(b, 64);"), "b->n", "live=during viaB=whole")


def test_a_struct_copied_whole_reaches_its_inner_fields() -> None:
    types = "struct in { int x; }; struct out { struct in i; } all, none;\n"
    run = "void *run(void *arg) { all.i.x = 1; return 0; }\n"
    create = "pthread_t t; pthread_create(&t, 0, run, 0);"
    check_pairs(HEAD + types + run + main(create + " all = none;"), "all.i.x", "viaB=whole")
    check_silent(HEAD + types + run + main(create + " none = none;"), "all.i.x")


def test_a_global_pointer_stands_for_what_it_was_given() -> None:
    source = one_thread("(*p)++;", "counter = 2;").replace(
        "int other;", "int other; int *p = &counter;"
    )
    check_pairs(source, "counter", "party=thread/main live=during")
    moved = source.replace("pthread_create", "p = &other; pthread_create")
    check_silent(moved, "counter")


def test_what_an_unseen_function_returns_is_one_thing() -> None:
    get = BOX + "extern struct box *the_box(void);\nextern struct box *box_new(void);\n"
    entry = "struct box *b = the_box(); b->n++;"
    check_pairs(
        one_thread(entry, "the_box()->n = 0;").replace(HEAD, HEAD + get),
        "the_box()->n",
        "live=during",
    )
    made = one_thread(entry, "struct box *c = box_new(); c->n = 0;").replace(HEAD, HEAD + get)
    check_pairs(made, "the_box()->n", "live=during freshB=yes")


def test_buffers_of_the_library_are_shared() -> None:
    check_pairs(one_thread("localtime(0);", "localtime(0);"), "localtime()[]", "live=during")
    check_silent(one_thread("localtime_r(0, 0);", "localtime_r(0, 0);"), "localtime()[]")


KERNEL = "#define member_of(p, T, m) ((T *)((char *)(p) - offsetof(T, m)))\n"
GNU = (
    "#define member_of(p, T, m) ({ const typeof(((T *)0)->m) *q = (p);"
    " (T *)((char *)q - offsetof(T, m)); })\n"
)


@pytest.mark.parametrize(
    ("macro", "name"), [(KERNEL, "member_of"), (GNU, "member_of"), ("", "container_of")]
)
def test_the_record_around_a_member(macro: str, name: str) -> None:
    item = "struct link { int z; }; struct item { int v; struct link l; } it;\n"
    run = (
        "void *run(void *arg) { struct link *p = arg;"
        f" struct item *i = {name}(p, struct item, l); i->v++; return 0; }}\n"
    )
    body = "pthread_t t; pthread_create(&t, 0, run, &it.l); {} pthread_join(t, 0);"
    source = HEAD + macro + item + run + main(body)
    check_pairs(source.replace("{}", "it.v = 1;"), "it.v", "party=thread/main live=during")
    check_silent(source.replace("{}", ""), "it.v")
