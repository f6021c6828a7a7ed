"""Who locks to reach an object is not alone with it, nor who did before a change."""

from __future__ import annotations

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.records import Analysis


def read(source: str, before: str | None = None, path: str = "a.c") -> Analysis:
    """The analysis of a text, after that of its old version."""
    known = analyse(path, before.encode()).guarded if before is not None else None
    return analyse(path, source.encode(), None, known)


ENDS = """#include <pthread.h>
struct end { int closed; int seen; pthread_mutex_t m; };
void end_close(struct end *e) { %s e->closed = 1; %s }
void end_look(struct end *e) {
    pthread_mutex_lock(&e->m); if (!e->closed) e->seen++; pthread_mutex_unlock(&e->m); }
"""
TOOK, GAVE = "pthread_mutex_lock(&e->m);", "pthread_mutex_unlock(&e->m);"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, ENDS % ("", ""), True),  # nobody else has it any more, says the name
        (ENDS % ("", ""), ENDS % ("", ""), True),
        (ENDS % (TOOK, GAVE), ENDS % ("", ""), False),  # who locked was not alone
        (ENDS % (TOOK, GAVE), ENDS % (TOOK, GAVE), False),
    ],
)
def test_who_locked_before_is_not_alone_by_its_name(
    before: str | None, after: str, told: bool
) -> None:
    found = read(after, before)
    pairs = [pair for item in found.slices if item.object == "e->closed" for pair in item.pairs]
    assert pairs
    lives = {value for pair in pairs for slot, value in pair.relations if slot[:-1] == "life"}
    assert lives == ({"teardown"} if told else set())


def test_another_function_that_locked_says_nothing_of_this_one() -> None:
    other = ENDS.replace("end_look", "end_stop_close")
    pairs = [
        dict(pair.relations)
        for item in read(other % ("", ""), other % ("", "")).slices
        if item.object == "e->closed"
        for pair in item.pairs
    ]
    assert {pair.get("lifeA") for pair in pairs} == {"teardown"}


TESTER = """#include <mutex>
#include <thread>
struct Tester {
  bool begin() { %s
    if (running) return false;
    running = true; return true; }
  void end() { std::lock_guard<std::mutex> g(m); running = false; }
  void work() { end(); }
  void %s() { if (!begin()) return; std::thread t(&Tester::work, this); t.%s(); }
  std::mutex m; bool running = false;
};
"""
GUARD = "std::lock_guard<std::mutex> g(m);"


def lives(after: str, before: str | None = None) -> set[str]:
    """What is stated of the times of the creator and its thread."""
    found = read(after, before, "a.cpp")
    told = [dict(p.relations) for item in found.slices for p in item.pairs]
    return {pair["live"] for pair in told if {"main", "thread"} == set(pair["party"].split("/"))}


def test_who_locks_before_it_makes_a_thread_that_outlives_it_is_called_again() -> None:
    after = TESTER % ("", "run", "detach")
    assert lives(TESTER % (GUARD, "run", "detach")) == {"unknown"}
    assert lives(after, TESTER % (GUARD, "run", "detach")) == {"unknown"}
    assert lives(after, after) == lives(after) == {"before"}


@pytest.mark.parametrize(("name", "end"), [("run", "join"), ("init", "detach")])
def test_who_waits_for_the_thread_or_begins_is_not(name: str, end: str) -> None:
    assert lives(TESTER % (GUARD, name, end)) == {"before"}
    assert lives(TESTER % ("", name, end), TESTER % (GUARD, name, end)) == {"before"}


def test_nor_is_main() -> None:
    locked = "pthread_mutex_lock(&m); total = 1; pthread_mutex_unlock(&m);"
    code = (
        "#include <pthread.h>\nstatic int total; static pthread_mutex_t m;\n"
        "void *run(void *a) { total++; return a; }\n"
        f"int main(void) {{ pthread_t t; {locked} pthread_create(&t, 0, run, 0); }}\n"
    )
    assert lives(code) == {"before"}
    assert lives(code.replace("main(void)", "begin_one(void)")) == {"unknown"}


def test_nor_who_waits_at_once_for_what_runs_elsewhere() -> None:
    made = "std::async(std::launch::async, &Tester::work, this)"
    code = (TESTER % (GUARD, "run", "detach")).replace("<thread>", "<future>")
    thread = "std::thread t(&Tester::work, this); t.detach();"
    assert lives(code.replace(thread, f"auto f = {made}; f.wait();")) == {"before"}
    assert lives(code.replace(thread, f"{made};")) == {"before"}
    assert lives(code.replace(thread, f"last = {made};")) == {"unknown"}
