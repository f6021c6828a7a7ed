"""Tries of locks whose answer a function gives on to its caller."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

TRIES = """#include <pthread.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; static int hits;
static int get(pthread_mutex_t *x) {{ return {answer}; }}
static void *work(void *p) {{
  {code}
  return p;
}}
int main(void) {{
  pthread_t a, b; pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}}
"""
ERROR, TRUTH = "pthread_mutex_trylock(x)", "pthread_mutex_trylock(x) == 0"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ERROR, "if (get(&m) == 0) {{ {} pthread_mutex_unlock(&m); }}"),
        (ERROR, "if (!get(&m)) {{ {} pthread_mutex_unlock(&m); }}"),
        (ERROR, "int rc = get(&m); if (rc == 0) {{ {} pthread_mutex_unlock(&m); }}"),
        (TRUTH, "if (get(&m)) {{ {} pthread_mutex_unlock(&m); }}"),
        ("!pthread_mutex_trylock(x)", "while (!get(&m)) ; {} pthread_mutex_unlock(&m);"),
    ],
)
def test_the_caller_asks(answer: str, code: str) -> None:
    source = TRIES.format(answer=answer, code=code.format("hits++;"))
    check_pairs(source, "hits", "self=yes common=mutex")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ERROR, "if (get(&m)) {{ {} pthread_mutex_unlock(&m); }}"),
        (TRUTH, "if (!get(&m)) {{ {} pthread_mutex_unlock(&m); }}"),
        (ERROR, "get(&m); {} pthread_mutex_unlock(&m);"),
        (ERROR, "int rc = get(&m); {} if (rc == 0) pthread_mutex_unlock(&m);"),
    ],
)
def test_the_caller_does_not_ask_or_asks_in_vain(answer: str, code: str) -> None:
    source = TRIES.format(answer=answer, code=code.format("hits++;"))
    check_silent(source, "hits", "self=yes common=mutex")


KEPT = TRIES.replace("return {answer};", "return 0;")


@pytest.mark.parametrize(
    "code",
    [
        "int got = pthread_mutex_trylock(&m) == 0; if (!got) return p; hits++;",
        "int got = !pthread_mutex_trylock(&m); if (got) hits++; else return p;",
        "int busy = pthread_mutex_trylock(&m) != 0; if (busy) return p; hits++;",
        "int busy; busy = pthread_mutex_trylock(&m) == EBUSY; if (busy) return p; hits++;",
    ],
)
def test_what_is_made_of_the_answer_is_kept(code: str) -> None:
    code += " pthread_mutex_unlock(&m);"
    check_pairs(KEPT.format(code=code), "hits", "self=yes common=mutex")


@pytest.mark.parametrize(
    "code",
    [
        "int got = pthread_mutex_trylock(&m) == 0; if (got) return p; hits++;",
        "int got = !pthread_mutex_trylock(&m); if (!got) other++; hits++; if (!got) return p;",
        "int busy = pthread_mutex_trylock(&m) != 0; if (!busy) return p; hits++;",
        "int busy; busy = pthread_mutex_trylock(&m) == EBUSY; if (!busy) return p; hits++;",
    ],
)
def test_what_is_made_of_the_answer_is_not_asked_or_in_vain(code: str) -> None:
    code += " pthread_mutex_unlock(&m);"
    check_silent(KEPT.format(code=code), "hits", "self=yes common=mutex")
