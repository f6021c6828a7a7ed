"""Flags that a condition found unset, against those that it found as the other thread left them."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

WORK = """
#include <stdatomic.h>
#include <stdbool.h>
#include <pthread.h>
static atomic_bool flag;
static int data, sum;
static void *work(void *arg) {
    %(use)s
    return arg;
}
int main(void) {
    pthread_t t;
    pthread_create(&t, 0, work, 0);
    data = 7;
    %(give)s
    pthread_join(t, 0);
    return sum;
}
"""
SETS = ("atomic_store(&flag, true);", "flag = 1;")
CLEARS = ("atomic_store_explicit(&flag, 0, memory_order_release);", "flag = false;")
UNSET = (
    "while (!atomic_load(&flag)) { sum += data; }",
    "if (!flag) sum += data;",
    "for (;;) { if (flag) break; sum += data; }",
)
SET = ("if (atomic_load(&flag)) sum += data;", "if (!(!flag)) { sum += data; }")


def _work(use: str, give: str) -> str:
    return WORK % {"use": use, "give": give}


def test_who_found_a_flag_unset_has_not_seen_it_set() -> None:
    for uses, gives in ((UNSET, SETS), (SET, CLEARS)):
        for use in uses:
            for give in gives:
                check_pairs(_work(use, give), "data", "ordering=waits-unmatched live=during")
                check_silent(_work(use, give), "data", "ordering=flag")


def test_who_found_it_as_the_other_left_it_has_waited() -> None:
    for uses, gives in ((UNSET, CLEARS), (SET, SETS)):
        for use in uses:
            for give in gives:
                check_pairs(_work(use, give), "data", "ordering=flag live=during")
    after = "while (!flag) ; sum += data;"
    for give in (*SETS, *CLEARS):
        check_pairs(_work(after, give), "data", "ordering=flag live=during")


def test_a_value_that_nobody_knows_may_be_either() -> None:
    for use in (*UNSET, *SET):
        check_pairs(_work(use, "flag = data > 3;"), "data", "ordering=flag live=during")
    for use in ("if (flag && arg) sum += data;", "if (flag == data) sum += data;"):
        check_pairs(_work(use, SETS[0]), "data", "ordering=flag live=during")


def test_a_flag_that_was_awaited_before_it_was_asked_again_still_counts() -> None:
    again = "while (!flag) ;\n    while (!flag) { sum += data; }"
    check_pairs(_work(again, SETS[0]), "data", "ordering=flag live=during")


REQUEST = """
#include <atomic>
#include <thread>
struct Player {
  std::atomic<bool> quit{false}, pending{false};
  double target = 0, at = 0;
  std::thread loop;
  void start() { loop = std::thread(&Player::run, this); }
  bool seek(double to) {
    if (pending.load()) return false;
    %s
    return true;
  }
  void run() {
    while (!quit.load()) {
      if (pending.load()) { at = target; pending.store(false); }
    }
  }
};
int main() {
  Player p;
  p.start();
  for (int i = 0; i < 9; i++) p.seek(i);
  p.quit.store(true);
  p.loop.join();
}
"""


def test_the_end_of_a_loop_is_not_what_its_turns_wait_for() -> None:
    good, early = "target = to; pending.store(true);", "pending.store(true); target = to;"
    check_pairs(REQUEST % good, "p.target", "ordering=flag mutual=yes", path="a.cpp")
    check_silent(REQUEST % early, "p.target", "mutual=yes", path="a.cpp")
