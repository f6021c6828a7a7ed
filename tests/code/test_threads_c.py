"""POSIX and C11 threads, and the atomics of C and of the compilers."""

from __future__ import annotations

import pytest

from reviewbot.code.analyse import analyse
from tests.code.checks import check_pairs, check_silent, read

HEAD = (
    "#include <pthread.h>\n#include <stdatomic.h>\nint counter; int other; pthread_mutex_t m, m2;\n"
)


def program(entry: str, main: str = "", before: str = "", threads: int = 4) -> str:
    """Several threads that run `entry` while main runs `main` before it joins them."""
    return (
        HEAD + before + "\nvoid *run(void *arg) {\n" + entry + "\nreturn 0;\n}\n"
        f"int main(void) {{\n pthread_t t[{threads}];\n"
        f" for (int i = 0; i < {threads}; i++) pthread_create(&t[i], 0, run, 0);\n{main}\n"
        f" for (int i = 0; i < {threads}; i++) pthread_join(t[i], 0);\n return 0;\n}}\n"
    )


def one_thread(entry: str, after_create: str, after_join: str = "", before_create: str = "") -> str:
    return (
        HEAD
        + "void *run(void *arg) {\n"
        + entry
        + "\nreturn 0;\n}\nint main(void) {\n pthread_t t;\n"
        + before_create
        + "\npthread_create(&t, 0, run, 0);\n"
        + after_create
        + "\npthread_join(t, 0);\n"
        + after_join
        + "\nreturn 0;\n}\n"
    )


def test_threads_of_one_loop_are_many() -> None:
    check_pairs(
        program("counter++;"),
        "counter",
        "scope=threads party=thread/thread same-party=many modeA=update common=none shareA=global",
    )
    check_silent(one_thread("counter++;", ""), "counter")


def test_main_is_a_party_while_a_thread_lives() -> None:
    check_pairs(
        one_thread("counter++;", "other = counter;"), "counter", "party=thread/main live=during"
    )
    check_pairs(one_thread("counter++;", "", "other = counter;"), "counter", "live=after")
    check_pairs(one_thread("other = counter;", "", "", "counter = 1;"), "counter", "live=before")
    check_silent(one_thread("counter++;", "", "other = counter;"), "counter", "live=during")


def test_two_threads_with_code_of_their_own() -> None:
    source = (
        HEAD + "void *a(void *p) { counter = 1; return 0; }\n"
        "void *b(void *p) { return counter ? p : 0; }\n"
        "int main(void) {\n pthread_t x, y;\n pthread_create(&x, 0, a, 0);\n%s\n"
        " pthread_create(&y, 0, b, 0);\n%s\n pthread_join(y, 0);\n}\n"
    )
    check_pairs(source % ("", "pthread_join(x, 0);"), "counter", "live=overlap same-party=no")
    check_silent(source % ("pthread_join(x, 0);", ""), "counter", "live=overlap")
    check_pairs(source % ("pthread_join(x, 0);", ""), "counter", "live=apart")


def test_joining_only_some_threads() -> None:
    source = program("counter++;").replace("return 0;\n}\n", "other = counter;\n return 0;\n}\n")
    source = source.replace("counter++;\nother = counter;", "counter++;")
    check_pairs(source, "counter", "party=thread/main live=after")
    partly = source.replace("i < 4; i++) pthread_join", "i < 3; i++) pthread_join")
    check_pairs(partly, "counter", "live=partly-joined")


@pytest.mark.parametrize(
    ("kind", "lock", "unlock"),
    [
        ("pthread_mutex_t", "pthread_mutex_lock", "pthread_mutex_unlock"),
        ("pthread_spinlock_t", "pthread_spin_lock", "pthread_spin_unlock"),
        ("pthread_rwlock_t", "pthread_rwlock_wrlock", "pthread_rwlock_unlock"),
        ("mtx_t", "mtx_lock", "mtx_unlock"),
        ("struct guard", "guard_lock", "guard_unlock"),
    ],
)
def test_locks_of_every_kind(kind: str, lock: str, unlock: str) -> None:
    body = f"{lock}(&%s); counter++; {unlock}(&%s);"
    before = f"{kind} l1, l2;"
    check_pairs(program(body % ("l1", "l1"), before=before), "counter", "common=mutex locksA=1")
    both = body % ("l1", "l1") + (body % ("l2", "l2")).replace("++", "--")
    check_pairs(program(both, before=before), "counter", "common=differ")
    check_silent(program(body % ("l1", "l1"), before=before), "counter", "common=none")


def test_readers_and_writers() -> None:
    body = (
        "pthread_rwlock_rdlock(&l); other = counter; pthread_rwlock_unlock(&l);"
        "\n{}(&l); counter++; pthread_rwlock_unlock(&l);"
    )
    before = "pthread_rwlock_t l;"
    check_pairs(
        program(body.format("pthread_rwlock_wrlock"), before=before),
        "counter",
        "modeB=read common=rw",
    )
    wrong = program(body.format("pthread_rwlock_rdlock"), before=before)
    check_pairs(wrong, "counter", "modeB=read common=both-shared locksA=shared")


def test_an_unlock_ends_the_protection() -> None:
    body = "pthread_mutex_lock(&m); {} pthread_mutex_unlock(&m); {}"
    check_pairs(program(body.format("", "counter++;")), "counter", "common=none")
    check_silent(program(body.format("counter++;", "")), "counter", "common=none")


def test_a_lock_on_one_branch_is_no_certain_lock() -> None:
    body = "if (other) pthread_mutex_lock(&m);\n counter++;\n pthread_mutex_unlock(&m);"
    check_pairs(program(body), "counter", "locksA=maybe common=maybe")
    check_pairs(program(body.replace("if (other)", "")), "counter", "locksA=1 common=mutex")


def test_try_locks_hold_where_they_succeed() -> None:
    body = "if (pthread_mutex_trylock(&m) {} 0) {{ counter++; pthread_mutex_unlock(&m); }}"
    check_pairs(program(body.format("==")), "counter", "common=mutex")
    check_pairs(program(body.format("!=")), "counter", "common=none")


def test_condition_variables_signal_and_wait() -> None:
    entry = (
        "counter = 5;\n pthread_mutex_lock(&m); ready = 1; pthread_cond_signal(&c);"
        " pthread_mutex_unlock(&m);"
    )
    main = "pthread_mutex_lock(&m); while (!ready) {} pthread_mutex_unlock(&m);\n other = counter;"
    head = HEAD.replace("int counter", "int ready; pthread_cond_t c; int counter")
    source = one_thread(entry, main).replace(HEAD, head)
    check_pairs(
        source.replace("{}", "pthread_cond_wait(&c, &m);"), "counter", "waitedB=cond ordering=cond"
    )
    check_silent(source.replace("{}", ";"), "counter", "ordering=cond")


def test_barriers_part_phases() -> None:
    before = "pthread_barrier_t bar; int cells[9];"
    body = "cells[0] = 1;\n{}\n other = cells[0];"
    wait = "pthread_barrier_wait(&bar);"
    check_pairs(program(body.format(wait), before=before), "cells[]", "modeB=read phase=differ")
    check_silent(program(body.format(""), before=before), "cells[]", "phase=differ")


def test_a_barrier_keeps_nobody_back_who_does_not_come_to_it() -> None:
    wait = "pthread_barrier_wait(&bar);"

    def reads(main: str) -> str:
        return "pthread_barrier_t bar;\n" + one_thread(f"{wait} counter = 1;", main)

    check_pairs(reads("other = counter;"), "counter", "live=during phase=same")
    check_silent(reads("other = counter;"), "counter", "phase=differ")
    check_pairs(reads(f"other = counter; {wait}"), "counter", "live=during phase=differ")


def test_once() -> None:
    before = "pthread_once_t once; static void init(void) { counter = 1; }"
    check_pairs(program("pthread_once(&once, init);", before=before), "counter", "common=once")
    check_pairs(program("init();", before=before), "counter", "common=none")


def test_semaphores_hand_over() -> None:
    before = "#include <semaphore.h>\nsem_t s;"
    source = one_thread("sem_wait(&s);\n other = counter;", "counter = 2;\n {}").replace(
        HEAD, HEAD + before
    )
    check_pairs(source.replace("{}", "sem_post(&s);"), "counter", "ordering=sem")
    check_silent(source.replace("{}", ""), "counter", "ordering=sem")


@pytest.mark.parametrize("word", ["__thread", "_Thread_local", "thread_local"])
def test_thread_local_storage(word: str) -> None:
    check_pairs(program("mine++;", before="int mine;"), "mine", "shareA=global")
    check_pairs(program("mine++;", before=f"{word} int mine;"), "mine", "shareA=threadprivate")


@pytest.mark.parametrize("word", ["MY_THREAD_LOCAL", "THREAD_LOCAL", "x_thread_local"])
def test_a_projects_word_for_thread_local_storage(word: str) -> None:
    for declared in (f"static {word} int mine;", f"{word} unsigned int mine;"):
        check_pairs(program("mine++;", before=declared), "mine", "shareA=threadprivate")
    check_pairs(program("mine++;", before=f"int mine; int {word};"), "mine", "shareA=global")
    check_pairs(program("mine++;", before=f"struct {word} *p; int mine;"), "mine", "shareA=global")


def test_keys_give_each_thread_its_own() -> None:
    before = "pthread_key_t key;"
    check_silent(program("int *p = pthread_getspecific(key); *p = 1;", before=before), "key")
    check_pairs(
        program("int *p = &counter; *p = 1;", before=before), "counter", "modeA=write-constant"
    )


def test_c11_threads() -> None:
    source = (
        "#include <threads.h>\nint counter; mtx_t m;\nint run(void *p) {{ {} return 0; }}\n"
        "int main(void) {{ thrd_t a, b; thrd_create(&a, run, 0); thrd_create(&b, run, 0);\n"
        " thrd_join(a, 0); thrd_join(b, 0); }}\n"
    )
    check_pairs(
        source.format("counter++;"), "counter", "party=thread/thread live=overlap common=none"
    )
    check_pairs(
        source.format("mtx_lock(&m); counter++; mtx_unlock(&m);"), "counter", "common=mutex"
    )


@pytest.mark.parametrize(
    ("before", "statement", "tokens"),
    [
        ("_Atomic int hits;", "hits++;", "modeA=update atomicA=seq_cst"),
        ("atomic_int hits;", "hits = 1;", "atomicA=seq_cst"),
        ("atomic_int hits;", "atomic_fetch_add(&hits, 1);", "modeA=update atomicA=seq_cst"),
        ("atomic_int hits;", "atomic_store(&hits, 1);", "modeA=write atomicA=seq_cst"),
        (
            "atomic_int hits;",
            "atomic_store_explicit(&hits, 1, memory_order_relaxed);",
            "modeA=write atomicA=relaxed",
        ),
        (
            "atomic_int hits;",
            "atomic_store_explicit(&hits, 1, memory_order_release);",
            "atomicA=release",
        ),
        ("int hits;", "__atomic_fetch_add(&hits, 1, __ATOMIC_RELAXED);", "atomicA=relaxed"),
        (
            "int hits;",
            "__atomic_store_n(&hits, 1, __ATOMIC_RELEASE);",
            "modeA=write atomicA=release",
        ),
        ("int hits;", "__sync_fetch_and_add(&hits, 1);", "modeA=update atomicA=seq_cst"),
        ("int hits;", "__sync_bool_compare_and_swap(&hits, 0, 1);", "modeA=update atomicA=seq_cst"),
        ("volatile int hits;", "hits++;", "modeA=update atomicA=volatile volatile=yes"),
        ("int hits;", "hits++;", "modeA=update atomicA=-"),
    ],
)
def test_atomics(before: str, statement: str, tokens: str) -> None:
    check_pairs(program(statement, before=before), "hits", tokens)


def test_a_flag_hands_over_only_with_release_and_acquire() -> None:
    head = HEAD + "atomic_int ready;\n"
    entry = "while (!atomic_load_explicit(&ready, memory_order_{})) ;\n other = counter;"
    main = "counter = 7;\n atomic_store_explicit(&ready, 1, memory_order_{});"
    good = one_thread(entry.format("acquire"), main.format("release")).replace(HEAD, head)
    check_pairs(good, "counter", "ordering=flag")
    weak = one_thread(entry.format("relaxed"), main.format("relaxed")).replace(HEAD, head)
    check_silent(weak, "counter", "ordering=flag")


def test_fences_around_relaxed_flags() -> None:
    head = HEAD + "atomic_int ready;\n"
    entry = "while (!atomic_load_explicit(&ready, memory_order_relaxed)) ;\n{}\n other = counter;"
    main = "counter = 7;\n{}\n atomic_store_explicit(&ready, 1, memory_order_relaxed);"
    fence = "atomic_thread_fence(memory_order_{});"
    source = one_thread(
        entry.replace("{}", fence.format("acquire")), main.replace("{}", fence.format("release"))
    ).replace(HEAD, head)
    check_pairs(source, "counter", "ordering=fence")
    without = one_thread(entry.replace("{}", ""), main.replace("{}", "")).replace(HEAD, head)
    check_silent(without, "counter", "ordering=fence")
    gnu = source.replace("atomic_thread_fence(memory_order_acquire)", "__sync_synchronize()")
    check_pairs(gnu, "counter", "ordering=fence")


def test_what_each_thread_is_given() -> None:
    before = "struct job { int first; int *to; }; int cells[9]; struct job jobs[4];"
    source = program("struct job *j = arg; cells[j->first] = 1; counter++;", before=before).replace(
        "run, 0)", "run, &jobs[i])"
    )
    check_pairs(source, "cells[]", "indexA=targ")
    check_pairs(source, "counter", "index=none")


def test_a_pointer_to_a_local_of_main_is_one_object() -> None:
    source = program("int *p = arg; (*p)++;").replace(
        "pthread_t t[4];", "pthread_t t[4]; int sum = 0;"
    )
    check_pairs(source.replace("run, 0)", "run, &sum)"), "sum", "modeA=update same-party=many")
    check_silent(source, "sum")


def test_a_pointer_stored_in_a_struct_by_its_initialiser() -> None:
    before = "struct state { int hits; }; struct job { struct state *st; int id; };"
    entry = "struct job *j = arg; j->st->hits++;"
    make = "struct state st = {{0}};\n struct job job = {};\n"
    for init in ("{.st = &st, .id = 1}", "{&st, 1}"):
        source = program(entry, before=before).replace(
            "pthread_t t[4];", "pthread_t t[4];" + make.format(init)
        )
        check_pairs(source.replace("run, 0)", "run, &job)"), "st.hits", "modeA=update base=same")


def test_a_thread_whose_entry_is_unknown_is_said_to_be_unresolved() -> None:
    more = "pthread_t u; pthread_create(&u, 0, %s, 0);"
    (found,) = read(program("counter++;", more % "elsewhere")).slices
    assert "call:elsewhere" in found.unresolved
    (found,) = read(program("counter++;", more % "run")).slices
    assert found.unresolved == ()


def test_an_outside_caller_may_be_many_threads() -> None:
    source = HEAD + "void bump(void) {{ {} }}\nint peek(void) {{ return counter; }}\n"
    guarded = source.format("pthread_mutex_lock(&m); counter++; pthread_mutex_unlock(&m);")
    check_pairs(guarded, "counter", "party=caller/caller common=one-sided")
    check_silent(source.format("counter++;"), "counter")


def test_a_thread_whose_function_is_elsewhere_is_no_silence() -> None:
    code = """
    #include <pthread.h>
    extern void *elsewhere(void *);
    void start(void) {
      pthread_t t;
      pthread_create(&t, 0, elsewhere, 0);
    }
    """
    (part,) = analyse("a.c", code.encode()).unresolved
    assert (part.line, part.reason) == (6, "a thread whose function is out of sight: in start")


def test_threads_whose_functions_stand_in_a_table_are_read() -> None:
    code = """
    #include <pthread.h>
    static int total;
    static void *first(void *p) { total++; return p; }
    static void *second(void *p) { total += 2; return p; }
    static void *(*const stages[])(void *) = { first, second };
    int main(void) {
      pthread_t t[2];
      for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, stages[i], 0);
      for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
      return total;
    }
    """
    (item,) = analyse("a.c", code.encode()).slices
    assert item.object == "total"
    assert (4, 5) in {(pair.first.line, pair.second.line) for pair in item.pairs}
