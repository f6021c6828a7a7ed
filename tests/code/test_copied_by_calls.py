"""Records that a call takes by value: the copy is a read of the whole."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

BOTH = "modeA=write modeB=read self=no"


def source(parameter: str, *, given: str = "tile", more: str = "") -> str:
    return f"""
struct Tile {{ int x; int y; }};
int out[100];
{more}
void put({parameter}) {{ out[0] = 1; }}
void work(Tile tile, Tile *to, int n) {{
#pragma omp parallel sections
{{
#pragma omp section
tile.x = n;
#pragma omp section
put({given});
}}
}}
"""


def test_a_call_reads_what_it_copies() -> None:
    check_pairs(source("Tile t"), "tile.x", BOTH, path="a.cpp")
    check_pairs(source("Tile"), "tile.x", BOTH, path="a.cpp")


@pytest.mark.parametrize("parameter", ["const Tile &t", "Tile &t", "Tile &&t", "const Tile *t"])
def test_a_call_reads_nothing_that_it_is_lent(parameter: str) -> None:
    given = "&tile" if "*" in parameter else "tile"
    check_silent(source(parameter, given=given), "tile.x", BOTH, path="a.cpp")


def test_a_pointer_is_handed_over_without_a_look_at_what_it_leads_to() -> None:
    check_silent(source("Tile *t", given="to"), "to", "modeB=read", path="a.cpp")


def test_of_functions_of_one_name_all_must_copy() -> None:
    other = (
        "struct Page { void put(const Tile &t); };\nvoid Page::put(const Tile &t) { out[1] = t.y; }"
    )
    check_silent(source("Tile t", more=other), "tile.x", BOTH, path="a.cpp")


def test_a_task_copies_what_the_next_turn_begins_anew() -> None:
    tasks = """
struct Tile { int x; int y; int size; };
int out[100];
void split(Tile t) {
  if (t.size < 8) { out[t.x] = t.y; return; }
  for (int k = 0; k < 4; ++k) {
    Tile kid{t.x + k, t.y, t.size / 2};
#pragma omp task CLAUSE
    split(kid);
  }
#pragma omp taskwait
}
void work(Tile all) {
#pragma omp parallel
#pragma omp single
  split(all);
}
"""
    shared = tasks.replace("CLAUSE", "shared(kid)")
    check_pairs(shared, "kid", BOTH + " frames=siblings-single-task", path="a.cpp")
    check_silent(tasks.replace("CLAUSE", ""), "kid", path="a.cpp")
