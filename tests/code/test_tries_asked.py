"""Where the answer of a tried lock is asked for, the lock is certain behind the question."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

GUARD = """
#include <mutex>
#include <thread>
class TryGuard {
  std::mutex &m_;
  bool owns_;
public:
  explicit TryGuard(std::mutex &m) : m_(m), owns_(m.try_lock()) {}
  ~TryGuard() { if (owns_) m_.unlock(); }
  bool taken() const { return owns_; }
  bool tried() const { return true; }
  explicit operator bool() const { return owns_; }
};
std::mutex m, k;
long hits;
void work() {
  %s
  hits++;
}
int main() {
  std::thread a(work), b(work);
  a.join(); b.join();
}
"""
CERTAIN = "modeA=update modeB=update common=mutex"
TRY = "std::unique_lock<std::mutex> g(m, std::try_to_lock);"


@pytest.mark.parametrize(
    "asks",
    [
        "TryGuard g(m); if (!g.taken()) return;",
        "TryGuard g(m); if (!g) return;",
        "TryGuard g{m}; if (g.taken() == false) return;",
        "TryGuard g{m}; if (!g || k.try_lock()) return;",
        "if (!m.try_lock() || hits > 9) return;",
        "if (m.try_lock() && hits < 9)",
        f"{TRY} const bool got = g.owns_lock(); if (!got) return;",
        f"{TRY} bool got{{g.owns_lock()}}; if (!got) return;",
        f"{TRY} while (!g.owns_lock()) (void)g.try_lock();",
        "bool got = false; while (!got) { got = m.try_lock(); }",
        "int n = 0; while (!m.try_lock()) { if (++n > 10) return; }",
    ],
)
def test_asked(asks: str) -> None:
    check_pairs(GUARD % asks, "hits", CERTAIN, path="a.cpp")


@pytest.mark.parametrize(
    "asks",
    [
        "TryGuard g(m);",
        "TryGuard g(m); if (g.taken()) return;",
        "TryGuard g(m); if (!g.tried()) return;",
        "TryGuard g(m); TryGuard h(k); if (!g.taken() && !h) return;",
        "TryGuard g(m); if (!g) std::this_thread::yield();",
        f"{TRY} const bool got = g.owns_lock(); if (got) return;",
        f"{TRY} const bool got = g.owns_lock();",
        "if (!m.try_lock() && hits < 9) return;",
        "if (m.try_lock() || hits < 9)",
        "int n = 0; while (!m.try_lock()) { if (++n > 10) break; }",
    ],
)
def test_not_asked(asks: str) -> None:
    source = GUARD % asks
    check_pairs(source, "hits", "modeA=update modeB=update", path="a.cpp")
    check_silent(source, "hits", "common=mutex", path="a.cpp")


def test_asked_of_one_of_two() -> None:
    source = GUARD % "TryGuard g(m); TryGuard h(k); if (!g) return;"
    check_pairs(source, "hits", CERTAIN, path="a.cpp")


DESK = """
#include <pthread.h>
#include <stdatomic.h>
struct desk { atomic_uint next, serving; } desk;
long hits;
static unsigned take_number(struct desk *d) { return atomic_fetch_add(&d->next, 1); }
static void wait_turn(struct desk *d, unsigned n) { while (atomic_load(&d->serving) != n) ; }
static void call_next(struct desk *d) { atomic_fetch_add(&d->serving, 1); }
static void *work(void *arg) {
  unsigned n = take_number(&desk);
  wait_turn(&desk, n);
  call_next(&desk);
  hits++;
  return 0;
}
int main(void) {
  pthread_t a, b;
  pthread_create(&a, 0, work, 0); pthread_create(&b, 0, work, 0);
  pthread_join(a, 0); pthread_join(b, 0);
  return 0;
}
"""


def test_waits_for_its_number() -> None:
    check_pairs(DESK, "hits", "modeA=update modeB=update")
    check_silent(DESK, "hits", "common=mutex")


STAGES = """
void stages(int n, double *re) {
  for (int h = 1; h < n; h *= 2) {
#pragma omp parallel for
    for (int g = 0; g < n; g += %s)
      for (int k = g; k < g + h; k++) re[k + h] += re[k];
  }
}
"""


def test_a_stride_by_the_turn_of_a_loop_around() -> None:
    apart = "modeA=update modeB=read self=no meet=never"
    check_pairs(STAGES % "2 * h", "re[]", "self=yes meet=same", apart)
    check_pairs(STAGES % "h + h", "re[]", "self=yes meet=same", apart)
    for stride in ("h", "n - h", "h + 1"):
        check_silent(STAGES % stride, "re[]", apart)
