"""What an operand is guarded by: the right side of `&&` and `||`, and both ways of `?:`."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

TEAM = """
#include <pthread.h>
struct hand { int id; pthread_t tid; };
int most, ready, data;
static void *work(void *arg) {
  struct hand *h = arg;
  int n = h->id * 3;
  %s
  return 0;
}
int main(void) {
  struct hand hands[4];
  for (int i = 0; i < 4; i++) hands[i].id = i;
  for (int i = 0; i < 4; i++) pthread_create(&hands[i].tid, 0, work, &hands[i]);
  for (int i = 0; i < 4; i++) pthread_join(hands[i].tid, 0);
  return most;
}
"""
BOTH = "modeB=read guardA=tid-eq guardB=tid-eq guards=same"


@pytest.mark.parametrize(
    "asked",
    [
        "if (h->id == 0 && n > most) most = n;",
        "if (h->id == 0) most = n; n += h->id != 0 || n < most;",
        "if (h->id == 0) most = n; n = h->id == 0 ? most : n;",
        "if (h->id == 0) most = n; n = h->id != 0 ? n : most;",
    ],
)
def test_asked_of_one_thread_only(asked: str) -> None:
    check_pairs(TEAM % asked, "most", BOTH)
    check_silent(TEAM % asked, "most", "modeB=read party=thread/thread guardB=-")


@pytest.mark.parametrize(
    "asked",
    [
        "if (n > most && h->id == 0) most = n;",
        "if (h->id == 0 || n > most) { if (h->id == 0) most = n; }",
        "if (h->id == 0) most = n; n = h->id == 0 ? n : most;",
    ],
)
def test_asked_of_all(asked: str) -> None:
    check_silent(TEAM % asked, "most", BOTH)
    check_pairs(TEAM % asked, "most", "modeB=read party=thread/thread")


def test_one_thread_writes_and_another_asks() -> None:
    two = "if (h->id == 0) most = n; if (h->id == 1 && n > most) n++;"
    check_pairs(TEAM % two, "most", "guardB=tid-eq guards=differ")
    one = two.replace("id == 1", "id == 0")
    check_silent(TEAM % one, "most", "guards=differ")


def test_a_flag_is_asked_before_what_it_stands_for() -> None:
    flag = "__atomic_load_n(&ready, __ATOMIC_ACQUIRE)"
    give = "if (h->id == 0) { data = 7; __atomic_store_n(&ready, 1, __ATOMIC_RELEASE); }"
    check_pairs(TEAM % f"{give} if ({flag} && data > 3) n++;", "data", "modeB=read awaitsB=guard")
    check_silent(TEAM % f"{give} if (data > 3 && {flag}) n++;", "data", "modeB=read awaitsB=guard")
