"""Handles that are filled again, and those that each turn of a loop fills and waits for."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

C = """
#include <pthread.h>
int hits;
static void *count(void *given) { hits++; return given; }
int main(int argc, char **argv) {
  pthread_t th[4], one, kept;
  %s
  return hits;
}
"""
CPP = """
#include <thread>
#include <vector>
int hits;
int main(int argc, char **argv) {
  std::vector<std::thread> crew;
  std::thread hands[4];
  for (int i = 0; i < 4; i++) { %s }
  for (auto &t : crew) if (t.joinable()) t.join();
  return hits;
}
"""
MANY = "party=thread/thread same-party=many"
LOOP = "for (int i = 0; i < 4; i++) { %s }"
MAKE = "pthread_create(&th[i], 0, count, 0);"


@pytest.mark.parametrize("joined", ["th[i]", "*(th + i)"])
def test_each_turn_waits_for_the_thread_that_it_made(joined: str) -> None:
    text = C % (LOOP % f"{MAKE} pthread_join({joined}, 0);")
    check_silent(text, "hits", MANY)
    check_pairs(text, "hits", "party=thread/main live=after")


@pytest.mark.parametrize(
    "turn",
    [
        MAKE,
        MAKE + "if (i > 0) pthread_join(th[i - 1], 0);",
        MAKE + "pthread_join(th[i - 1], 0);",
        MAKE + "if (argc > i) pthread_join(th[i], 0);",
        MAKE + MAKE + "pthread_join(th[i], 0);",
    ],
)
def test_turns_that_leave_threads_running(turn: str) -> None:
    text = C % (LOOP % turn + "for (int i = 0; i < 4; i++) pthread_join(th[i], 0);")
    check_pairs(text, "hits", MANY)


def test_threads_of_containers_in_their_turns() -> None:
    add = "crew.emplace_back([] { hits++; });"
    for turn in (
        add + "crew.back().join();",
        "hands[i] = std::thread([] { hits++; }); hands[i].join();",
    ):
        check_silent(CPP % turn, "hits", MANY, path="a.cpp")
    for turn in (add, add + add + "crew.back().join();", add + "if (i > 0) crew[i - 1].join();"):
        check_pairs(CPP % turn, "hits", MANY, path="a.cpp")


LISTED = """
#include <pthread.h>
int hits;
static void *up(void *given) { hits++; return given; }
static void *down(void *given) { hits--; return given; }
int main(void) {
  void *(*const work[2])(void *) = {up, down};
  pthread_t th[2];
  for (int i = 0; i < 2; i++) { pthread_create(&th[i], 0, work[i], 0); %s }
  %s
  return hits;
}
"""


def test_threads_of_a_table_that_wait_for_each_other() -> None:
    join = "pthread_join(th[i], 0);"
    check_silent(LISTED % (join, ""), "hits", "party=thread/thread live=overlap")
    after = "for (int i = 0; i < 2; i++)" + join
    check_pairs(LISTED % ("", after), "hits", "party=thread/thread live=overlap")


FIRST = "pthread_create(&one, 0, count, 0);"
JOIN = "pthread_join(one, 0);"
LEFT = "party=thread/main modeB=read live=during"


@pytest.mark.parametrize(
    "text",
    [
        FIRST + JOIN + FIRST + JOIN,
        FIRST + "kept = one;" + FIRST + JOIN + "pthread_join(kept, 0);",
        "if (argc > 1) {" + FIRST + "} else {" + FIRST + "}" + JOIN,
    ],
)
def test_a_handle_that_stands_for_each_thread_until_it_is_waited_for(text: str) -> None:
    check_silent(C % text, "hits", LEFT)


def test_a_handle_that_is_filled_again_leaves_a_thread_running() -> None:
    check_pairs(C % (FIRST + FIRST + JOIN), "hits", LEFT)
    check_pairs(C % ("if (argc > 1) {" + FIRST + "}" + FIRST + JOIN), "hits", LEFT)


ASKED = """
#include <pthread.h>
int hits;
static void *count(void *given) { hits++; return given; }
int main(void) {
  pthread_t th[4];
  int n = 0;
  %s
  while (n > 0) pthread_join(th[--n], 0);
  return hits;
}
"""


@pytest.mark.parametrize(
    "loop",
    [
        "while (n < 4 && !pthread_create(&th[n], 0, count, 0)) n++;",
        "while (pthread_create(&th[n], 0, count, 0) == 0) if (++n == 4) break;",
        "for (; n < 4 && pthread_create(&th[n], 0, count, 0) == 0; n++) ;",
        "do n++; while (n < 4 && !pthread_create(&th[n], 0, count, 0));",
    ],
)
def test_a_condition_that_creates_is_asked_each_turn(loop: str) -> None:
    check_pairs(ASKED % loop, "hits", MANY, "party=thread/main live=after")
    once = "if (!pthread_create(&th[n], 0, count, 0)) n++;"
    check_silent(ASKED % once, "hits", MANY)
