"""Across the functions of a file: entries, locks held at calls, paths through pointers."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent, pairs, read

HEAD = "#include <pthread.h>\nint counter; pthread_mutex_t m;\n"
MAIN = (
    "int main(void) { pthread_t t[4]; for (int i = 0; i < 4; i++) "
    "pthread_create(&t[i], 0, run, %s);\n for (int i = 0; i < 4; i++) "
    "pthread_join(t[i], 0); }\n"
)


def program(code: str, argument: str = "0") -> str:
    return HEAD + code + "\n" + MAIN % argument


def test_what_a_threads_entry_calls() -> None:
    source = (
        "static void deep(void) { counter++; }\nstatic void mid(void) "
        "{ deep(); }\nvoid *run(void *p) { %s return 0; }"
    )
    check_pairs(program(source % "mid();"), "counter", "function=same-called party=thread/thread")
    check_silent(program(source % ""), "counter", "party=thread/thread")


def test_the_function_named_is_the_one_that_holds_the_access() -> None:
    source = program(
        "static void bump(void) { counter++; }\nvoid *run(void *p) { bump(); return 0; }"
    )
    assert {p.first.function for p in pairs(source, "counter")} == {"bump"}
    assert {s.function for s in read(source).slices} == {"bump"}


def test_a_lock_held_at_the_call() -> None:
    source = "static void bump(void) { counter++; }\nvoid *run(void *p) { %s bump(); %s return 0; }"
    locked = source % ("pthread_mutex_lock(&m);", "pthread_mutex_unlock(&m);")
    check_pairs(program(locked), "counter", "common=mutex")
    check_pairs(program(source % ("", "")), "counter", "common=none")


def test_a_function_that_takes_the_lock_and_one_that_gives_it_back() -> None:
    source = (
        "static void enter(void) { pthread_mutex_lock(&m); }\nstatic void "
        "leave(void) { pthread_mutex_unlock(&m); }\nvoid *run(void *p) "
        "{ %s counter++; %s return 0; }"
    )
    check_pairs(program(source % ("enter();", "leave();")), "counter", "common=mutex")
    check_pairs(program(source % ("enter(); leave();", "")), "counter", "common=none")


def test_an_early_return_leaves_with_its_locks() -> None:
    source = (
        "static void bump(int k) { pthread_mutex_lock(&m); if (k) { %s "
        "return; } counter++; pthread_mutex_unlock(&m); }\nvoid *run(void "
        "*p) { bump(rand()); counter--; return 0; }"
    )
    check_pairs(program(source % ""), "counter", "locksA=maybe")
    check_silent(program(source % "pthread_mutex_unlock(&m);"), "counter", "locksA=maybe")


def test_paths_through_pointers_and_fields() -> None:
    before = (
        "struct inner { int hits; }; struct box { struct inner in; struct "
        "inner *to; int cells[8]; };\n"
    )
    entry = "void *run(void *p) { struct box *b = p; b->%s; return 0; }"
    make = before + entry + "\nstatic struct box shared;"
    check_pairs(program(make % "in.hits++", "&shared"), "shared.in.hits", "kind=field")
    check_pairs(
        program(make % "cells[3] = 1", "&shared"),
        "shared.cells[]",
        "kind=field-element index=constants-equal",
    )
    check_silent(program(make % "in.hits++", "&shared"), "shared.cells[]")


def test_a_lock_in_the_same_object() -> None:
    code = (
        "struct acc { pthread_mutex_t m; int sum; }; static struct acc "
        "accs[4];\nstatic void add(struct acc *a) { pthread_mutex_lock(&a->m);"
        " a->sum++; pthread_mutex_unlock(&%s); }\nvoid *run(void *p) { "
        "for (int i = 0; i < 4; i++) add(&accs[i]); return 0; }"
    )
    check_pairs(program(code % "a->m"), "accs[].sum", "common=striped")
    check_silent(
        program(code % "a->m").replace("pthread_mutex_lock(&a->m);", ""),
        "accs[].sum",
        "common=striped",
    )


def test_an_index_passed_to_a_function_stays_an_index() -> None:
    code = (
        "static void put(int *to, int k) {{ to[k] = 1; }}\nvoid fill(int "
        "*out, int n) {{\n#pragma omp parallel for\nfor (int i = 0; i "
        "< n; i++) put(out, {});\n}}\n"
    )
    check_pairs(code.format("i"), "out[]", "index=equal indexA=pv function=same-called")
    check_pairs(code.format("i / 2"), "out[]", "indexA=div")
    check_silent(code.format("i"), "out[]", "indexA=div")


def test_an_unknown_function_is_recorded() -> None:
    source = program("void *run(void *p) { counter++; %s return 0; }")
    assert "call:mystery" in read(source % "mystery(1);").slices[0].unresolved
    check_pairs(source % "mystery(p);", "counter", "unresolved=call")
    check_pairs(source % "mystery(1);", "counter", "unresolved=none")
    assert read(source % "").slices[0].unresolved == ()
    check_pairs(source % "", "counter", "unresolved=none")


def test_what_an_unknown_function_gets_by_address_it_may_write() -> None:
    source = program("void *run(void *p) { mystery(%scounter); return 0; }")
    check_pairs(source % "&", "counter", "modeA=write viaA=call")
    check_silent(source % "", "counter")


def test_a_table_of_functions_is_followed() -> None:
    code = (
        "static void a(void) {{ counter++; }}\nstatic void b(void) {{ "
        "}}\nstatic void (*table[])(void) = {{ {} }};\nvoid *run(void "
        "*p) {{ table[*(int *)p](); return 0; }}"
    )
    check_pairs(program(code.format("a, b")), "counter", "modeA=update party=thread/thread")
    check_silent(program(code.format("b, b")), "counter")


def test_a_function_pointer_in_a_field_is_followed() -> None:
    code = (
        "static void a(void) {{ counter++; }}\nstatic void b(void) {{ "
        "}}\nstruct ops {{ void (*go)(void); }};\nstatic const struct "
        "ops ops = {{ .go = {} }};\nvoid *run(void *p) {{ ops.go(); return "
        "0; }}"
    )
    check_pairs(program(code.format("a")), "counter", "modeA=update party=thread/thread")
    check_silent(program(code.format("b")), "counter")


def test_memory_that_a_thread_allocates_itself_is_fresh() -> None:
    code = (
        "struct n { int v; }; struct n *list;\nvoid *run(void *p) { struct "
        "n *x = %s; x->v = 1; list = x; return 0; }"
    )
    check_pairs(program(code % "malloc(8)"), "list", "modeA=write")
    check_silent(program(code % "list"), "list->v", "freshA=yes")
    check_silent(program(code % "malloc(8)"), "list->v", "freshA=-")


def test_a_thread_that_starts_threads_like_itself() -> None:
    code = "void *run(void *p) { pthread_t t; counter++; if (p) %s; return 0; }"
    source = (
        HEAD
        + code
        + "\nint main(void) { pthread_t t; pthread_create(&t, 0, run, &t); pthread_join(t, 0); }\n"
    )
    check_pairs(source % "pthread_create(&t, 0, run, 0)", "counter", "party=thread/thread")
    check_silent(source % "return 0", "counter", "party=thread/thread")


_TABLE = "static void table(int *own) {{ {} }}\nstatic void one(void) {{ ++counter; }}\n"


def _after_many_calls(calls: int, last: str) -> str:
    """A region that calls a long function time and again, and then does something itself."""
    long = _TABLE.format(" ".join(f"own[{n}] = own[{n}] * 3 + n;" for n in range(80)))
    body = f"{{ int own[80]; {'table(own); ' * calls} {last} }}"
    return f"int counter, n;\n{long}void work(void) {{\n#pragma omp parallel\n{body}\n}}\n"


def test_a_region_is_read_to_its_end_however_long_what_it_calls_is() -> None:
    for calls in (2, 90):
        for last in ("++counter;", "one();"):  # a small function is followed even then
            check_pairs(_after_many_calls(calls, last), "counter", "modeA=update shareA=global")
    check_silent(_after_many_calls(90, ""), "counter")
    told = read(_after_many_calls(90, "++counter;")).slices
    assert any("truncated" in item.unresolved for item in told)


def test_a_function_may_be_called_in_parentheses() -> None:
    source = (
        "#include <pthread.h>\nstatic pthread_mutex_t m; static int count;\n"
        "static void step(void) { count++; }\n"
        "void locked(void) { pthread_mutex_lock(&m); (step)(); pthread_mutex_unlock(&m); }\n"
    )
    check_pairs(source, "count", "modeA=update common=mutex")
    check_silent(source, "count", "locksA=0")
    bare = source + "void bare(void) { (step)(); }\n"
    check_pairs(bare, "count", "modeA=update modeB=update common=one-sided")
