"""Locks that are waited for until a time is over: whether they are held, the answer tells."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

C = """
#include <errno.h>
#include <pthread.h>
#include <threads.h>
static pthread_mutex_t m; static mtx_t n; static struct timespec until; static int hits;
static int briefly(pthread_mutex_t *lock) {{ return pthread_mutex_timedlock(lock, &until); }}
static void *work(void *p) {{
  int rc;
  {}
  return p;
}}
int main(void) {{
  pthread_t a, b; pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);
  pthread_join(a, 0); pthread_join(b, 0);
}}
"""
CPP = """
#include <mutex>
#include <thread>
static std::timed_mutex m; static int hits;
static void work() {{ {} }}
int main() {{ std::thread a(work), b(work); a.join(); b.join(); }}
"""
HELD = "self=yes common=mutex"


@pytest.mark.parametrize(
    "code",
    [
        "if (pthread_mutex_timedlock(&m, &until) == 0) { hits++; pthread_mutex_unlock(&m); }",
        "if (pthread_mutex_timedlock(&m, &until)) return p; hits++; pthread_mutex_unlock(&m);",
        "rc = pthread_mutex_timedlock(&m, &until); if (rc == ETIMEDOUT) return p; "
        "hits++; pthread_mutex_unlock(&m);",
        "while (pthread_mutex_timedlock(&m, &until)) ; hits++; pthread_mutex_unlock(&m);",
        "if (mtx_timedlock(&n, &until) == thrd_success) { hits++; mtx_unlock(&n); }",
        "if (mtx_timedlock(&n, &until) == thrd_timedout) return p; hits++; mtx_unlock(&n);",
        "if (briefly(&m) == 0) { hits++; pthread_mutex_unlock(&m); }",
    ],
)
def test_an_answer_that_is_heeded(code: str) -> None:
    check_pairs(C.format(code), "hits", HELD)


@pytest.mark.parametrize(
    "code",
    [
        "pthread_mutex_timedlock(&m, &until); hits++; pthread_mutex_unlock(&m);",
        "rc = pthread_mutex_timedlock(&m, &until); hits++; if (!rc) pthread_mutex_unlock(&m);",
        "if (pthread_mutex_timedlock(&m, &until)) { hits++; pthread_mutex_unlock(&m); }",
        "if (mtx_timedlock(&n, &until) == thrd_timedout) hits++; else mtx_unlock(&n);",
        "rc = briefly(&m); hits++; if (rc == 0) pthread_mutex_unlock(&m);",
    ],
)
def test_an_answer_that_is_not_heeded(code: str) -> None:
    check_pairs(C.format(code), "hits", "self=yes")
    check_silent(C.format(code), "hits", HELD)


def test_methods_that_are_told_how_long() -> None:
    for way in ("try_lock_for(d)", "try_lock_until(t)"):
        check_pairs(
            CPP.format(f"if (m.{way}) {{ hits++; m.unlock(); }}"), "hits", HELD, path="a.cpp"
        )
        for code in (f"m.{way}; hits++; m.unlock();", f"if (!m.{way}) hits++; else m.unlock();"):
            check_pairs(CPP.format(code), "hits", "self=yes", path="a.cpp")
            check_silent(CPP.format(code), "hits", HELD, path="a.cpp")
