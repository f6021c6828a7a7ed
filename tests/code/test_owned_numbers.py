"""Tests of ownership: which numbers a thread acts on, told by a function of each of them."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

TEAM = """#include <omp.h>
int zone_of(int cell, int all);
static unsigned mix(unsigned key) { key ^= key >> 15; key *= 0x2c1b3c6du; return key; }
int shift;
void sweep(double *heat, int *zone, const int *next, int n, int wide) {
#pragma omp parallel
  {
    int me = omp_get_thread_num(), all = omp_get_num_threads();
    for (int i = 0; i < n; i++) {
      int to = next[i];
      ASKED
        heat[WHICH] += 1;
    }
  }
}
"""
THREADS = """#include <thread>
#include <vector>
struct Cell { int keeper; double heat; };
std::vector<Cell> cells(900);
int main() {
  std::vector<std::thread> crew;
  for (int me = 0; me < 4; me++)
    crew.emplace_back([me] {
      LOOP
    });
  for (auto &one : crew) one.join();
}
"""
SAME, OTHER = "meet=same meet-by=own-same", "meet=other meet-by=own-other"


def team(asked: str, which: str) -> str:
    return TEAM.replace("ASKED", asked).replace("WHICH", which)


@pytest.mark.parametrize(
    ("asked", "which"),
    [
        ("if (i % all == me)", "i"),
        ("if (me == (i / 8) % all)", "i"),
        ("if (zone[i] == me)", "i"),
        ("if (zone[i] != me) continue; else", "i"),
        ("if (zone_of(i, all) == me)", "i"),
        ("if (mix(to) % all == me)", "to"),
        ("if (zone[to] == me)", "to"),
        ("if (zone[i + 1] == me && n > 3)", "i + 1"),
        ("if (zone[i] == me) for (int j = 0; j < wide; j++)", "i * wide + j"),
    ],
)
def test_an_element_of_which_one_thread_is_the_owner(asked: str, which: str) -> None:
    check_pairs(team(asked, which), "heat[]", SAME)


@pytest.mark.parametrize(
    ("asked", "which"),
    [
        ("if (i % all <= me)", "i"),
        ("if (zone[i] == me)", "to"),
        ("if (i % all == me)", "to"),
        ("if (zone[i] == me || n > 3)", "i"),
        ("if (zone[i] == me)", "0"),
        ("if (zone[i] == me)", "i + me"),
        ("if (i == me)", "0"),
        ("for (int j = 0; j < wide; j++) if ((i + j) % all == me)", "i"),
        ("if ((i + shift++) % all == me)", "i"),
        ("if (zone[i] == me) zone[i] = (me + 1) % all; if (zone[i] == me)", "i"),
    ],
)
def test_an_element_that_several_threads_may_take(asked: str, which: str) -> None:
    check_silent(team(asked, which), "heat[]", "meet=same")
    check_pairs(team(asked, which), "heat[]", "modeA=update")


def test_what_lies_beside_the_owned_element() -> None:
    source = team("if (zone[i] == me)", "i] += heat[i + 1")
    check_pairs(source, "heat[]", f"{OTHER} distance=+1")
    check_silent(source, "heat[]", "modeA=update modeB=read meet=same")
    check_pairs(team("if (zone[i] == me)", "i / 2"), "heat[]", OTHER)


def test_two_loops_that_ask_the_same_function() -> None:
    again = "if (i % all == me) heat[i] = i; } for (int k = 0; k < n; k++) { if (%s == me)"
    source = team(again.replace("%s", "k % all"), "k")
    check_pairs(source, "heat[]", f"{SAME} modeA=write modeB=update")
    source = team(again.replace("%s", "(k + 1) % all"), "k")
    check_silent(source, "heat[]", "meet=same modeA=write modeB=update")
    check_pairs(source, "heat[]", "modeA=write modeB=update")


def test_cells_that_name_their_keeper() -> None:
    loop = "for (auto &cell : cells) if (cell.keeper == me) cell.heat += 1;"
    check_pairs(THREADS.replace("LOOP", loop), "cells[].heat", SAME, path="a.cpp")
    loop = "for (auto &cell : cells) if (cell.keeper <= me) cell.heat += 1;"
    check_silent(THREADS.replace("LOOP", loop), "cells[].heat", "meet=same", path="a.cpp")
    loop = "for (int i = 0; i < 899; i++) if (cells[i].keeper == me) "
    loop += "cells[i].heat += cells[i + 1].heat;"
    check_pairs(THREADS.replace("LOOP", loop), "cells[].heat", OTHER, path="a.cpp")


OWN = """#include <omp.h>
int pick(int);
int zone[64];
PRIVATE
void count(double *heat, int n) {
#pragma omp parallel
  {
    int me = omp_get_thread_num();
    TABLE
    for (int i = 0; i < n; i++)
      if (zone[i] == me) heat[i] += 1;
  }
}
"""


def test_a_table_that_each_thread_has_for_itself_names_no_owner() -> None:
    plain = OWN.replace("PRIVATE", "").replace("TABLE", "")
    check_pairs(plain, "heat[]", SAME)
    check_silent(plain.replace("int zone", "_Thread_local int zone"), "heat[]", "meet=same")
    private = OWN.replace("PRIVATE", "#pragma omp threadprivate(zone)").replace("TABLE", "")
    check_silent(private, "heat[]", "meet=same")
    table = "int zone[64]; for (int i = 0; i < 64; i++) zone[i] = pick(i + me);"
    check_silent(OWN.replace("PRIVATE", "").replace("TABLE", table), "heat[]", "meet=same")
