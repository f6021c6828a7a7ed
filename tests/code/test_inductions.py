"""Variables that a loop moves on by one amount each turn, as the ranges of threads often are."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent, function

TEAM = """#include <algorithm>
#include <thread>
#include <vector>
int cells[100];
static void job(int lo, int hi) {{ for (int i = lo; i < hi; i++) cells[i] += 1; }}
void run(int n, int size) {{
  std::vector<std::thread> team;
  int begin = 0;
  for (int t = 0; t < n; t++) {{ {} }}
  for (auto &t : team) t.join();
}}
"""
BODIES = (
    "team.emplace_back(job, begin, begin + {size}); begin += size;",
    "int end = begin + {size}; team.emplace_back(job, begin, end); begin = begin + size;",
    "int end = begin; begin += size; team.emplace_back(job, end, end + {size});",
)


def test_a_start_that_the_creating_loop_moves_on() -> None:
    for body in BODIES:
        own, more = (TEAM.format(body.format(size=size)) for size in ("size", "size + 1"))
        check_pairs(own, "cells[]", "meet=same meet-by=own-same", path="a.cpp")
        check_pairs(more, "cells[]", "meet=other meet-by=own-other", path="a.cpp")


def test_a_start_that_becomes_the_end_of_the_turn() -> None:
    for end in ("begin + size", "std::min(begin + size, 100)"):
        body = f"int end = {end}; team.emplace_back(job, begin, end%s); begin = end;"
        own, more = (TEAM.format(body % word) for word in ("", " + 1"))
        check_pairs(own, "cells[]", "meet=same meet-by=own-same", path="a.cpp")
        check_pairs(more, "cells[]", "meet=other meet-by=own-other", path="a.cpp")


def test_steps_that_not_every_turn_makes_alike_say_nothing() -> None:
    thread = "team.emplace_back(job, begin, begin + size);"
    for step in ("if (t % 2) begin += size;", "begin += t;", "begin += size; begin += 1;"):
        source = TEAM.format(f"{thread} {step}")
        check_pairs(source, "cells[]", path="a.cpp")
        check_silent(source, "cells[]", "meet=same", path="a.cpp")


def test_a_place_that_each_turn_steps_from_its_own_start() -> None:
    loop = "#pragma omp parallel for\nfor (int r = 0; r < n; r++) {{ int p = r * 8; {} }}"
    inner = "for (int k = 0; k < {}; k++) {{ cells[p] = 1; p++; }}"
    check_pairs(function(loop.format(inner.format(8))), "cells[]", "meet=same meet-by=pv-same")
    check_pairs(function(loop.format(inner.format(9))), "cells[]", "meet=other")
    within = "for (int k = 0; k < {}; k++) {{ cells[p++] = 1; }}"
    check_pairs(function(loop.format(within.format(8))), "cells[]", "meet=same meet-by=pv-same")
    check_pairs(function(loop.format(within.format(9))), "cells[]", "meet=other")
    either = "for (int k = 0; k < 8; k++) { if (in[k]) cells[p++] = 1; }"
    check_silent(function(loop.format(either)), "cells[]", "meet=same")
    again = "for (int q = 0; q < 2; q++) " + inner.format(8)
    check_silent(function(loop.format(again)), "cells[]", "meet=same")


def test_a_pointer_that_a_count_steps_through_its_turns_part() -> None:
    put = "static void put(int *p, int n) {{ for (int k = 0; k < n; k++) {} }}"
    loop = "#pragma omp parallel for\nfor (int r = 0; r < n; r++) put(cells + r * 8, {});"
    for step in ("*p++ = k;", "{ *p = k; p++; }"):
        own, more = (function(loop.format(size)) for size in (8, 9))
        first = "int cells[100];" + put.format(step)
        check_pairs(first + own, "cells[]", "meet=same meet-by=pv-same")
        check_silent(first + own, "p[]")
        check_pairs(first + more, "cells[]", "meet=other")


REFERRED = """int sums[8];
void f(int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    int %s = sums[0];
    for (int k = 0; k < 4; k++) { s += 2; }
  }
}
"""


def test_what_is_moved_on_through_a_reference_is_what_it_names() -> None:
    check_pairs(REFERRED % "&s", "sums[]", "modeA=update modeB=update", path="a.cpp")
    check_silent(REFERRED % "s", "sums[]", path="a.cpp")
