"""A barrier passed in two steps: who has arrived may meet those of both sides."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """
#include <barrier>
#include <thread>
#include <vector>
std::barrier<> line(4);
int cells[4], out[4];
static void work(int id) {
  %s
}
int main() {
  std::vector<std::thread> team;
  for (int i = 0; i < 4; i++) team.emplace_back(work, i);
  for (auto &t : team) t.join();
  return out[0];
}
"""
PUT, TAKE = "cells[id] = id;", "out[id] += cells[(id + 1) % 4];"
ARRIVE, WAIT = "auto token = line.arrive();", "line.wait(std::move(token));"
MEETS = "modeA=write modeB=read phase=same"
APART = "modeA=write modeB=read phase=differ"


def both(meets: str, apart: str) -> None:
    """Only in the first the write and the read are in one phase."""
    check_pairs(SOURCE % meets, "cells[]", MEETS, path="a.cpp")
    check_silent(SOURCE % meets, "cells[]", APART, path="a.cpp")
    check_pairs(SOURCE % apart, "cells[]", APART, path="a.cpp")
    check_silent(SOURCE % apart, "cells[]", MEETS, path="a.cpp")


def test_between_arriving_and_waiting() -> None:
    apart = PUT + ARRIVE + "out[id] = 3;" + WAIT + TAKE
    both(ARRIVE + PUT + WAIT + TAKE, apart)
    both(PUT + ARRIVE + TAKE + WAIT, apart)
    both(ARRIVE + PUT + "out[id] += 1;" + TAKE + WAIT, apart)


@pytest.mark.parametrize(
    "turns",
    ["for (int t = 0; t < 9; t++) {{ {} }}", "while (out[id] < 9) {{ {} }}"],
)
def test_in_each_turn_of_a_loop(turns: str) -> None:
    again = "token = line.arrive();" + WAIT
    both(
        turns.format(PUT + ARRIVE + WAIT + TAKE),
        turns.format(PUT + ARRIVE + WAIT + TAKE + again),
    )
    both(
        turns.format(ARRIVE + TAKE + WAIT + PUT + "line.arrive_and_wait();"),
        turns.format(TAKE + ARRIVE + WAIT + PUT + "line.arrive_and_wait();"),
    )


def test_some_come_in_one_step() -> None:
    steps = ARRIVE + "out[id] = 1;" + WAIT
    both(
        f"if (id) {{ {steps} }} {PUT} {TAKE}",
        PUT + "line.wait(line.arrive());" + TAKE,
    )


def test_who_arrives_and_does_not_wait_is_not_kept_back() -> None:
    check_silent(SOURCE % (PUT + ARRIVE + TAKE), "cells[]", APART, path="a.cpp")


def test_a_condition_is_no_barrier() -> None:
    asleep = PUT + "std::unique_lock hold(m); ready.wait(hold);" + TAKE
    source = SOURCE.replace("int cells", "std::mutex m; std::condition_variable ready;\nint cells")
    check_silent(source % asleep, "cells[]", APART, path="a.cpp")
