"""Numbers taken from a shared counter: a ticket is one thread's own, a plain count is not."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent
from tests.code.test_threads_c import HEAD

LIST = "int tail; int list[100]; struct queue { int n; } *queue;\n"
MAIN = (
    "int main(void) { pthread_t t[4]; for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, run, 0);"
    " for (int i = 0; i < 4; i++) pthread_join(t[i], 0); return 0; }\n"
)
TICKET, COUNTER = "indexA=ticket varies=both", "indexA=counter varies=none"


def run(body: str) -> str:
    return HEAD + LIST + f"void *run(void *arg) {{ {body} list[p] = 1; return 0; }}\n" + MAIN


@pytest.mark.parametrize(
    "taken",
    [
        "int p = tail++;",
        "int p = tail; tail = p + 1;",
        "int p = tail; tail = tail + 1;",
        "int p = tail; tail += 2;",
        "int p = tail; tail++;",
        "int p = queue->n++;",
        "int p; p = queue->n; queue->n = p + 1;",
    ],
)
def test_a_number_taken_under_a_lock_is_a_ticket(taken: str) -> None:
    guarded = taken.replace("int p;", "").replace("int p", "p")
    check_pairs(
        run(f"int p; pthread_mutex_lock(&m); {guarded} pthread_mutex_unlock(&m);"), "list[]", TICKET
    )
    check_pairs(run(taken), "list[]", COUNTER)
    check_silent(run(taken), "list[]", "indexA=ticket")


def test_a_lock_given_back_between_look_and_step_makes_no_ticket() -> None:
    step = "pthread_mutex_unlock(&m); pthread_mutex_lock(&m); "
    body = "int p; pthread_mutex_lock(&m); p = tail; {}tail = p + 1; pthread_mutex_unlock(&m);"
    check_pairs(run(body.format("")), "list[]", TICKET)
    check_silent(run(body.format(step)), "list[]", "indexA=ticket")
    check_pairs(run(body.format(step)), "list[]", COUNTER)


def test_a_number_that_is_only_looked_at_is_neither() -> None:
    body = "pthread_mutex_lock(&m); int p = tail; pthread_mutex_unlock(&m);"
    check_pairs(run(body), "list[]", "indexA=invariant")
    check_pairs(run(body.replace("int p = tail;", "int p = tail++;")), "list[]", TICKET)


def test_a_counter_of_the_threads_own_deals_nothing_out() -> None:
    own = run("int mine = 0; int p = mine++;")
    check_pairs(own, "list[]", "index=equal")
    check_silent(own, "list[]", "indexA=counter")
    check_silent(own, "list[]", "indexA=ticket")


def test_an_atomic_counter_deals_out_tickets() -> None:
    atomic = run("int p = tail++;").replace("int tail", "_Atomic int tail")
    check_pairs(atomic, "list[]", TICKET)
    check_silent(atomic.replace("_Atomic int", "int"), "list[]", "indexA=ticket")


@pytest.mark.parametrize(
    ("kind", "parameter"),
    [
        ("std::atomic<int>", "std::atomic<int>& from"),
        ("Count", "Count& from"),
        ("Count", "std::atomic<int>& from"),
    ],
)
def test_an_atomic_counter_by_reference_and_by_typedef(kind: str, parameter: str) -> None:
    source = f"""
#include <atomic>
#include <thread>
typedef std::atomic<int> Count;
static {kind} tail; static int list[100];
static int next({parameter}) {{ return from++; }}
static void run() {{ int p = tail.fetch_add(1); list[p] = 1; }}
static void other({parameter}) {{ int q = from++; list[q] = 2; }}
int main() {{ std::thread a(run), b(run), c(other, std::ref(tail)), d(other, std::ref(tail));
  a.join(); b.join(); c.join(); d.join(); }}
"""
    check_pairs(source, "list[]", "indexA=ticket indexB=ticket party=thread/thread", path="a.cpp")
    plain = source.replace("std::atomic<int>&", "int&").replace(
        "std::atomic<int> Count", "int Count"
    )
    plain = plain.replace("static std::atomic<int> tail", "static int tail")
    check_silent(plain, "list[]", "indexA=ticket indexB=ticket", path="a.cpp")


def test_an_atomic_capture_deals_out_tickets() -> None:
    def team(pragma: str, step: str) -> str:
        body = f"{{ int p;\n{pragma}\n{step}\n list[p] = 1; }}"
        return LIST + f"void f(void) {{\n#pragma omp parallel\n{body} }}\n"

    capture = "#pragma omp atomic capture"
    check_pairs(team(capture, "p = tail++;"), "list[]", TICKET)
    check_pairs(team(capture, "{ p = tail; tail += 1; }"), "list[]", TICKET)
    check_pairs(team("#pragma omp critical", "{ p = tail; tail += 1; }"), "list[]", TICKET)
    check_pairs(team("", "p = tail++;"), "list[]", COUNTER)


def test_a_function_that_takes_a_ticket_gives_it() -> None:
    grab = "int grab(void) {{ {} return p; }}\n"
    locked = "pthread_mutex_lock(&m); int p = tail++; pthread_mutex_unlock(&m); {}"
    for rest in ("", "if (p > 90) return -1;"):
        source = run("int p = grab();").replace("void *run", "{}void *run")
        for taken, mark in ((locked.format(rest), TICKET), ("int p = tail++; " + rest, COUNTER)):
            text = source.replace("{}void *run", grab.format(taken) + "void *run")
            check_pairs(text, "list[]", mark)
            check_silent(text, "list[]", COUNTER if mark is TICKET else TICKET)


@pytest.mark.parametrize("step", ["at = tail; tail += 4;", "at = tail; tail++;"])
def test_a_ticket_that_is_stepped_itself(step: str) -> None:
    fill = "for (int k = 0; k < 4; k++) if (arg) list[at++] = k; int p = 99;"
    locked = f"int at; pthread_mutex_lock(&m); {step} pthread_mutex_unlock(&m); {fill}"
    check_pairs(run(locked), "list[]", "loop=same indexA=ticket")
    check_pairs(run(f"int at; {step} {fill}"), "list[]", "loop=same indexA=counter")
    check_silent(run(f"int at; {step} at = 3; {fill}"), "list[]", "loop=same indexA=ticket")
