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


@pytest.mark.parametrize(
    "asked",
    [
        "h->id == 1 && gaps[n] > 3",
        "gaps[n] > 3 && h->id == 1",
        "h->id == 1 && (n > 3 || most > 4)",
        "h->id == 1 && h->id < n",
    ],
)
def test_one_thread_if_something_else_holds_too(asked: str) -> None:
    source = "int gaps[9];" + TEAM % f"if ({asked}) most = n;"
    check_pairs(source, "most", "guardA=tid-eq guardB=tid-eq guards=same")


@pytest.mark.parametrize(
    "asked",
    [
        "h->id == 1 || gaps[n] > 3",
        "h->id == 1 || h->id == 2",
        "h->id < 2 && gaps[0] == 3",
        "h->id > 0 && gaps[n] == 3",
        "gaps[h->id] == 3",
    ],
)
def test_more_than_one_thread(asked: str) -> None:
    source = "int gaps[9];" + TEAM % f"if ({asked}) most = n;"
    check_pairs(source, "most", "modeA=write modeB=write")
    check_silent(source, "most", "guardA=tid-eq")


def test_who_has_not_left() -> None:
    stays = "if (h->id != 0 || n < most) return 0; most = n;"
    check_pairs(TEAM % stays, "most", "modeB=write guardA=tid-eq guards=same")
    some = "if (h->id != 0 && n < most) return 0; most = n;"
    check_silent(TEAM % some, "most", "modeB=write guardA=tid-eq")


def test_a_loop_over_turns_beside_a_number() -> None:
    steps = "for (int k = 0; k < 9; k++) if (h->id == 0 && k < n) most = n;"
    check_pairs(TEAM % steps, "most", "guardA=tid-eq")
    turns = "for (int k = 0; k < 9; k++) if (h->id == k && n > 3) most = n;"
    check_silent(TEAM % turns, "most", "guardA=tid-eq")


@pytest.mark.parametrize("sign", ["==", "!="])
def test_the_thread_that_a_barrier_of_an_object_chooses(sign: str) -> None:
    source = "struct team { pthread_barrier_t end; } *team;" + TEAM % (
        f"if (pthread_barrier_wait(&team->end) {sign} PTHREAD_BARRIER_SERIAL_THREAD) most = n;"
    )
    chosen = "guardA=tid-eq guardB=tid-eq"
    (check_pairs if sign == "==" else check_silent)(
        "#include <pthread.h>\n" + source, "most", chosen
    )


CHECKED = """
#include <pthread.h>
#include <stdlib.h>
%s
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
int held, bare;
void *work(void *arg) {
  SURE(pthread_mutex_lock(&m) == 0);
  held++;
  SURE(pthread_mutex_unlock(&m) == 0);
  bare++;
  return 0;
}
int main(void) {
  pthread_t a, b;
  SURE(pthread_create(&a, 0, work, 0) == 0);
  SURE(pthread_create(&b, 0, work, 0) == 0);
  pthread_join(a, 0);
  pthread_join(b, 0);
  return 0;
}
"""


@pytest.mark.parametrize(
    "sure",
    [
        "((e) ? 0 : (exit(1), 0))",
        "((e) || (abort(), 0))",
        "(!(e) && (exit(1), 0))",
        '((e) ? (0 ? puts(#e) : 0) : (puts("bad: " #e), exit(1), 0))',
    ],
)
def test_a_way_that_ends_the_program_ends_no_other(sure: str) -> None:
    source = CHECKED % f"#define SURE(e) {sure}"
    check_pairs(source, "bare", "modeA=update modeB=update common=none")
    check_pairs(source, "held", "modeA=update modeB=update common=mutex")
    check_silent(source, "held", "modeA=update modeB=update common=none")


def test_what_ends_the_program_in_any_case_ends_it() -> None:
    source = CHECKED % "#define SURE(e) (e)"
    check_silent(source.replace("bare++;", "exit(1); bare++;"), "bare")
