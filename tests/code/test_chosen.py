"""Which threads a loop makes once: by an `if` or a `?:` that asks for one of its turns."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

C = """
#include <pthread.h>
int heard, edited;
static void *listen(void *p) { heard++; return p; }
static void *edit(void *p) { edited++; return p; }
int main(void) {
  pthread_t team[4];
  int last = 3, next = 0;
  for (int i = 0; i < 4; i++) %s
  for (int i = 0; i < 4; i++) pthread_join(team[i], 0);
  return heard + edited;
}
"""
BY_CHOICE = "pthread_create(&team[i], 0, %s, 0);"
BY_BRANCH = (
    "{ if (%s) pthread_create(&team[i], 0, listen, 0); else pthread_create(&team[i], 0, edit, 0); }"
)
ONE = ["i == 0", "0 == i", "i == last", "i - 1 == 0"]
SEVERAL = ["i % 2", "i < 2", "i != 0", "i == next", "i >= 1 || i == 0"]


@pytest.mark.parametrize("asked", ONE)
@pytest.mark.parametrize("how", [BY_CHOICE % "(%s) ? listen : edit", BY_BRANCH])
def test_one_of_them(how: str, asked: str) -> None:
    source = C % (how % asked)
    check_pairs(source, "heard", "party=thread/main live=after")
    check_silent(source, "heard", "party=thread/thread")
    check_pairs(source, "edited", "party=thread/thread same-party=many")


@pytest.mark.parametrize("asked", SEVERAL)
@pytest.mark.parametrize("how", [BY_CHOICE % "(%s) ? listen : edit", BY_BRANCH])
def test_many_of_them(how: str, asked: str) -> None:
    source = C % ("{ next = (next * 3 + 1) % 4; " + how % asked + " }")
    check_pairs(source, "heard", "party=thread/thread same-party=many")


def test_choices_within_choices() -> None:
    one = BY_CHOICE % "i == 0 ? listen : i == 1 ? edit : edit"
    check_silent(C % one, "heard", "party=thread/thread")
    two = BY_CHOICE % "i == 0 ? listen : i == 1 ? listen : edit"
    check_pairs(C % two, "heard", "party=thread/thread same-party=many")


def test_an_outer_loop_makes_one_again_and_again() -> None:
    again = "for (int k = 0; k < 2; k++) if (i == 0) pthread_create(&team[k], 0, listen, 0);"
    check_pairs(C % again, "heard", "party=thread/thread same-party=many")
    once = again.replace("i == 0", "i == 0 && k == 1")
    check_silent(C % once, "heard", "party=thread/thread")


@pytest.mark.parametrize(("asked", "seen"), [("i == 2", check_silent), ("i > 2", check_pairs)])
def test_in_a_vector(asked: str, seen: object) -> None:
    source = f"""
#include <thread>
#include <vector>
int heard;
void listen() {{ heard++; }}
void edit() {{}}
int main() {{
  std::vector<std::thread> crew;
  for (int i = 0; i < 4; ++i) crew.emplace_back({asked} ? listen : edit);
  for (auto& one : crew) one.join();
  return heard;
}}
"""
    assert callable(seen)
    seen(source, "heard", "party=thread/thread", path="a.cpp")
