"""Locks that hold over a thread's life: its creator's, and those that it waits at as at a gate."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent
from tests.code.test_threads_c import HEAD

LOCK, UNLOCK = "pthread_mutex_lock(&m);", "pthread_mutex_unlock(&m);"
NAMES = "pthread_t a, b;\n"


def routine(name: str, body: str) -> str:
    return f"void *{name}(void *arg) {{ {body} return 0; }}\n"


def create(handle: str, routine_name: str) -> str:
    return f"pthread_create(&{handle}, 0, {routine_name}, 0);"


def program(*functions: str, main: str) -> str:
    return HEAD + NAMES + "".join(functions) + f"int main(void) {{ {main} return 0; }}\n"


GUARDED = routine("guarded", f"{LOCK} counter++; {UNLOCK}")
BARE = routine("bare", "counter++;")
LATER = routine("later", f"{LOCK} {UNLOCK} counter++;")


def test_a_lock_that_main_never_gives_back_holds_for_a_thread_made_under_it() -> None:
    kept = f"{create('a', 'guarded')} {LOCK} {create('b', 'bare')}"
    check_pairs(program(GUARDED, BARE, main=kept), "counter", "common=mutex")
    check_silent(program(GUARDED, BARE, main=kept), "counter", "common=one-sided")
    check_pairs(program(GUARDED, BARE, main=kept + UNLOCK), "counter", "common=one-sided")


def test_nor_where_it_was_given_back_for_a_while() -> None:
    again = f"{create('a', 'guarded')} {LOCK} {create('b', 'bare')} {UNLOCK} {LOCK}"
    check_pairs(program(GUARDED, BARE, main=again), "counter", "common=one-sided")
    waits = f"{create('a', 'guarded')} {LOCK} {create('b', 'bare')} pthread_cond_wait(&c, &m);"
    check_pairs(program(GUARDED, BARE, main=waits), "counter", "common=one-sided")


def test_of_a_function_that_others_call_nobody_knows_who_unlocks() -> None:
    held = f"{create('a', 'guarded')} {LOCK} {create('b', 'bare')}"
    inner = f"void start(void) {{ {held} }}\n"
    check_pairs(HEAD + NAMES + GUARDED + BARE + inner, "counter", "common=one-sided")


def test_a_thread_of_a_thread_lives_under_the_lock_of_the_first() -> None:
    between = routine("between", create("b", "bare"))
    main = f"{create('a', 'guarded')} {LOCK} pthread_t x; {create('x', 'between')}"
    early = f"{UNLOCK} pthread_join(b, 0);"
    late = f"pthread_join(b, 0); {UNLOCK}"
    check_pairs(program(GUARDED, BARE, between, main=main + late), "counter", "common=mutex")
    check_silent(program(GUARDED, BARE, between, main=main + late), "counter", "common=one-sided")
    check_pairs(program(GUARDED, BARE, between, main=main + early), "counter", "common=one-sided")


def test_the_creator_and_its_two_children_share_the_hold_and_are_not_kept_apart() -> None:
    twice = f"{LOCK} {create('a', 'bare')} {create('b', 'bare')}"
    check_pairs(program(BARE, main=twice), "counter", "common=differ party=thread/thread")
    own = f"{LOCK} {create('a', 'bare')} counter = 2; pthread_join(a, 0); {UNLOCK}"
    check_pairs(program(BARE, main=own), "counter", "common=differ party=thread/main")


# --- the lock as a gate ------------------------------------------------------------------------


def test_after_the_lock_of_its_creation_a_thread_is_behind_what_was_done_under_it() -> None:
    gate = f"{LOCK} {create('a', 'later')} counter = 1; {UNLOCK}"
    check_pairs(program(LATER, main=gate), "counter", "ordering=latch live=during")
    check_silent(program(BARE, main=gate.replace("later", "bare")), "counter", "ordering=latch")
    after = f"{LOCK} {create('a', 'later')} {UNLOCK} counter = 1;"
    check_silent(program(LATER, main=after), "counter", "ordering=latch")


def test_a_second_hold_of_the_lock_is_no_gate() -> None:
    second = f"{LOCK} {create('a', 'later')} {UNLOCK} {LOCK} counter = 1; {UNLOCK}"
    check_pairs(program(LATER, main=second), "counter", "live=during")
    check_silent(program(LATER, main=second), "counter", "ordering=latch")
    before = f"{create('a', 'later')} {LOCK} counter = 1; {UNLOCK}"
    check_silent(program(LATER, main=before), "counter", "ordering=latch")


def test_a_wait_within_the_hold_lets_the_thread_through() -> None:
    waits = f"{LOCK} {create('a', 'later')} pthread_cond_wait(&c, &m); counter = 1; {UNLOCK}"
    check_pairs(program(LATER, main=waits), "counter", "live=during")
    check_silent(program(LATER, main=waits), "counter", "ordering=latch")


def test_so_does_the_wait_of_a_condition_variable() -> None:
    def source(between: str) -> str:
        names = "#include <thread>\n#include <mutex>\n#include <condition_variable>\n"
        names += "int counter; std::mutex m; std::condition_variable c;\n"
        later = "void later() { { std::lock_guard<std::mutex> g(m); } counter++; }\n"
        held = f"std::unique_lock<std::mutex> k(m); t = std::thread(later); {between} counter = 1;"
        return f"{names}{later}int main() {{ std::thread t; {{ {held} }} t.join(); }}\n"

    check_pairs(source(""), "counter", "ordering=latch live=during", path="a.cpp")
    check_pairs(source("c.wait(k);"), "counter", "live=during", path="a.cpp")
    check_silent(source("c.wait(k);"), "counter", "ordering=latch", path="a.cpp")


def test_a_gate_in_a_loop_opens_every_turn() -> None:
    turn = f"{LOCK} {create('a', 'later')} counter = 1; {UNLOCK}"
    many = f"for (int i = 0; i < 4; i++) {{ {turn} }}"
    check_silent(program(LATER, main=many), "counter", "ordering=latch")
    around = f"{LOCK} for (int i = 0; i < 4; i++) {create('a', 'later')} counter = 1; {UNLOCK}"
    check_pairs(program(LATER, main=around), "counter", "ordering=latch party=thread/main")


def test_a_gate_that_only_some_pass() -> None:
    some = routine("some", f"if (arg) {{ {LOCK} {UNLOCK} }} counter++;")
    gate = f"{LOCK} {create('a', 'some')} counter = 1; {UNLOCK}"
    check_silent(program(some, main=gate), "counter", "ordering=latch")


def test_a_thread_made_behind_the_gate_is_behind_it_too() -> None:
    def between(body: str) -> str:
        return routine("between", body)

    gate = f"{LOCK} {create('a', 'between')} counter = 1; {UNLOCK}"
    behind = between(f"{LOCK} {create('b', 'bare')} {UNLOCK}")
    check_pairs(program(BARE, behind, main=gate), "counter", "ordering=latch")
    before = between(f"{create('b', 'bare')} {LOCK} {UNLOCK}")
    check_silent(program(BARE, before, main=gate), "counter", "ordering=latch")


def test_what_another_thread_does_within_the_hold_is_before_the_gate_as_well() -> None:
    within = f"{LOCK} {create('a', 'later')} {create('b', 'bare')} pthread_join(b, 0); {UNLOCK}"
    check_pairs(program(LATER, BARE, main=within), "counter", "ordering=latch")
    beyond = f"{LOCK} {create('a', 'later')} {create('b', 'bare')} {UNLOCK} pthread_join(b, 0);"
    check_silent(program(LATER, BARE, main=beyond), "counter", "ordering=latch")


def test_threads_of_two_branches_are_never_there_at_once() -> None:
    one, two = create("a", "bare"), create("b", "bare")
    either = f"if (other) {{ {one} }} else {{ {two} }}"
    check_pairs(program(BARE, main=either), "counter", "live=apart same-party=twins")
    check_silent(program(BARE, main=either), "counter", "live=overlap")
    both = f"if (other) {{ {one} }} {two}"
    check_pairs(program(BARE, main=both), "counter", "live=overlap same-party=twins")
    turns = f"for (int i = 0; i < 4; i++) {either}"
    check_pairs(program(BARE, main=turns), "counter", "live=overlap same-party=twins")
