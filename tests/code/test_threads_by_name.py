"""Threads that a project's own call makes and joins, by what the call is named."""

from __future__ import annotations

import time

import pytest

from tests.code.checks import check_pairs, check_silent, read

SOURCE = """
#include <pthread.h>
struct queue { pthread_mutex_t lock; own_thread thread; int jobs; };
static %(kind)srun(void *arg)
{
  struct queue *q = arg;
  pthread_mutex_lock(&q->lock); q->jobs++; pthread_mutex_unlock(&q->lock);
  return 0;
}
int work(struct queue *q)
{
  %(make)s
  %(between)s
  own_thread_join(%(joined)s);
  return q->jobs;
}
"""
INTO = "if (own_thread_create(&q->thread, run, q)) return -1;"
LOCKED = "pthread_mutex_lock(&q->lock); q->jobs = 0; pthread_mutex_unlock(&q->lock);"
DURING = "party=thread/main live=during"


def source(
    make: str = INTO, between: str = "", kind: str = "void *", joined: str = "q->thread"
) -> str:
    return SOURCE % {"make": make, "between": between, "kind": kind, "joined": joined}


@pytest.mark.parametrize("kind", ["void *", "OWN_THREAD_RETURN ", "int OWN_CALL "])
@pytest.mark.parametrize(
    ("make", "joined"),
    [
        (INTO, "q->thread"),
        (INTO, "&q->thread"),
        ("q->thread = create_own_thread(run, q);", "q->thread"),
        ("own_thread *t = own_thread_create(run, q);", "t"),
        ('own_thread *t = SDL_CreateThread(run, "jobs", q);', "t"),
    ],
)
def test_a_thread_is_made_by_a_call_of_the_project(kind: str, make: str, joined: str) -> None:
    bare = source(make, "q->jobs = 0;", kind, joined)
    check_pairs(bare, "q->jobs", f"{DURING} common=one-sided")
    locked = source(make, LOCKED, kind, joined)
    check_pairs(locked, "q->jobs", f"{DURING} locksA=1 locksB=1")
    check_silent(locked, "q->jobs", f"{DURING} common=one-sided")
    for text in (bare, locked):  # what follows the join
        check_pairs(text, "q->jobs", "party=thread/main live=after modeB=read")
        check_silent(text, "q->jobs", f"{DURING} modeB=read")


def test_what_is_not_joined_goes_on() -> None:
    text = source().replace("own_thread_join(q->thread);", "")
    check_pairs(text, "q->jobs", f"{DURING} modeB=read")
    other = source(joined="q->other")
    check_pairs(other, "q->jobs", f"{DURING} modeB=read")


def test_a_routine_of_another_shape_is_called_by_any_thread() -> None:
    table = source("q->table = own_table_create(run);", kind="int ")
    check_pairs(table, "arg->jobs", "party=caller/caller")
    check_silent(table, "arg->jobs", "party=thread/main")


def test_what_a_call_makes_at_an_address_is_written_there() -> None:
    text = (
        "#include <pthread.h>\nstruct node { pthread_mutex_t lock; own_url *url; };\n"
        "void move(struct node *n)\n{ pthread_mutex_lock(&n->lock); MAKE;"
        " pthread_mutex_unlock(&n->lock); }\n"
        "own_url *at(struct node *n) { return n->url; }\n"
    )
    made = text.replace("MAKE", "if (own_url_create(&n->url)) own_log()")
    check_pairs(made, "n->url", "modeA=write modeB=read common=one-sided")
    check_silent(text.replace("MAKE", "own_url *u = own_url_create(&n->url)"), "n->url")
    check_silent(text.replace("MAKE", "own_url_create(n->url)"), "n->url")


def test_what_others_are_given_deep_in_calls_is_read_as_deep_as_any() -> None:
    head = (
        "#include <pthread.h>\nstruct meter { pthread_mutex_t lock; int peak; };\n"
        "static void inner(struct meter *m) { m->peak = 1; }\n"
        "static void outer(struct meter *m) { inner(m); }\n"
        "static void heard(void *arg)\n{ struct meter *m = arg; TAKE outer(m); GIVE }\n"
        "static void f0(struct meter *m) { own_register(m->bus, heard, m); }\n"
    )
    deep = "".join(f"static void f{i + 1}(struct meter *m) {{ f{i}(m); }}\n" for i in range(4)) + (
        "void measure(struct meter *m)\n{ f4(m); pthread_mutex_lock(&m->lock); m->peak = 0;"
        " pthread_mutex_unlock(&m->lock); }\n"
    )
    bare = (head + deep).replace("TAKE", "").replace("GIVE", "")
    check_pairs(bare, "arg->peak", "common=one-sided")
    held = (head + deep).replace("TAKE", "pthread_mutex_lock(&m->lock);")
    held = held.replace("GIVE", "pthread_mutex_unlock(&m->lock);")
    check_pairs(held, "arg->peak", "function=differ-called locksA=1 locksB=1")
    check_silent(held, "arg->peak", "common=one-sided")


def test_many_makers_are_read_in_time() -> None:
    begin = time.perf_counter()
    one = source()
    read(one + "".join(one.replace("run", f"run{i}").replace("work", f"w{i}") for i in range(3)))
    few = time.perf_counter() - begin
    begin = time.perf_counter()
    read(one + "".join(one.replace("run", f"run{i}").replace("work", f"w{i}") for i in range(20)))
    assert time.perf_counter() - begin < 20 * few + 2
