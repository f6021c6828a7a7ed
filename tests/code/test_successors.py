"""Threads made again and again under one handle: who was waited for meets no successor."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """
#include <future>
#include <optional>
#include <thread>
int moved, seen, odd;
%s
int main(int argc, char **argv) {
  odd = argc;
  for (int m = 0; m < 5; m++) {
    %s
    seen = m;
    motor = %s([m] { moved += m + seen; });
  }
  motor.%s;
  return moved;
}
"""
JTHREAD = ("static std::jthread motor;", "std::jthread", "join()")
THREAD = ("static std::thread motor;", "std::thread", "join()")
FUTURE = ("static std::future<void> motor;", "std::async", "get()")
MANY = "party=thread/thread modeA=update modeB=update"
AROUND = "party=main/thread modeB=read live=create-loop"


def source(kind: tuple[str, str, str], before: str) -> str:
    return SOURCE % (kind[0], before, kind[1], kind[2])


@pytest.mark.parametrize(
    ("kind", "wait"),
    [
        (JTHREAD, "motor = {};"),
        (JTHREAD, "motor = std::jthread();"),
        (THREAD, "if (motor.joinable()) motor.join();"),
        (FUTURE, "if (motor.valid()) motor.wait();"),
        (FUTURE, "if (m > 0 && motor.valid()) motor.get();"),
    ],
)
def test_one_at_a_time(kind: tuple[str, str, str], wait: str) -> None:
    text = source(kind, wait)
    check_silent(text, "moved", MANY, path="a.cpp")
    check_pairs(text, "moved", "party=thread/main live=after", path="a.cpp")
    check_silent(text, "seen", AROUND, path="a.cpp")
    bare = source(kind, "")
    check_pairs(bare, "moved", MANY, path="a.cpp")
    check_pairs(bare, "seen", AROUND, path="a.cpp")


def test_what_is_done_before_the_wait_meets_the_forerunner() -> None:
    check_pairs(source(JTHREAD, "seen = 3; motor = {};"), "seen", AROUND, path="a.cpp")


@pytest.mark.parametrize("wait", ["if (odd) motor.join();", "if (m == 3) motor = {};"])
def test_a_wait_that_is_left_out(wait: str) -> None:
    check_pairs(source(JTHREAD, wait), "moved", MANY, path="a.cpp")


def test_an_optional_thread_is_waited_for_as_it_is_reset() -> None:
    text = """
    #include <optional>
    #include <thread>
    int sum;
    struct Job {
      std::optional<%s> job;
      void begin() { job.emplace([this] { sum += 3; }); }
      int end() { job.reset(); return sum; }
    };
    int main() { Job one; one.begin(); return one.end(); }
    """
    check_pairs(text % "std::jthread", "sum", "party=thread/main live=after", path="a.cpp")
    check_silent(text % "std::jthread", "sum", "live=during", path="a.cpp")
    check_pairs(text % "std::thread", "sum", "party=thread/main live=during", path="a.cpp")


def test_a_handle_of_several_is_another_each_turn() -> None:
    text = """
    #include <pthread.h>
    int sum;
    static void *add(void *arg) { sum += 3; return arg; }
    int main() {
      pthread_t %s;
      int started = 0;
      for (int i = 0; i < 4; i++) {
        if (started) pthread_join(%s, 0);
        pthread_create(&%s, 0, add, 0);
        started = 1;
      }
      pthread_join(%s, 0);
      return sum;
    }
    """
    check_silent(text % ("t", "t", "t", "t"), "sum", "party=thread/thread")
    several = text % ("t[4]", "t[i]", "t[i]", "t[3]")
    check_pairs(several, "sum", "party=thread/thread modeA=update modeB=update")
