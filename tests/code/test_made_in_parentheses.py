"""Variables that are made in parentheses, which reads like a function's declaration."""

from __future__ import annotations

import timeit

import pytest

from reviewbot.code.initialisers import with_signs
from tests.code.checks import check_pairs, check_silent, read

SCRATCH = """#include <vector>
using row = std::vector<float>;
float all[4000];
void smooth(int n) {
#pragma omp parallel
  {
    %s
#pragma omp for
    for (int f = 0; f < 40; f++) {
      for (int i = 0; i < n; i++) buf[i] = f;
      all[f] = buf[0];
    }
  }
}
"""


@pytest.mark.parametrize("made", ["row buf(n);", "row out(n), buf(n);", "row buf(n, 0);"])
def test_a_vector_by_another_name_is_the_threads_own(made: str) -> None:
    check_silent(SCRATCH % made, "buf[]", path="a.cpp")
    check_pairs(SCRATCH % made, "all[]", "meet=same", path="a.cpp")


def test_one_that_is_static_is_shared() -> None:
    check_pairs(SCRATCH % "static row buf(4000);", "buf[]", "shareA=static", path="a.cpp")


def test_a_function_that_is_declared_within_a_function_is_none() -> None:
    source = SCRATCH % "row buf(size_t); int made(row_t);"
    check_pairs(source, "buf[]", "shareA=global", path="a.cpp")


CELLS = """struct In {{ int at; }};
struct Cell {{ float mass; int key; In in; }};
int find(int);
void run(int n, Cell *cells, const int *where) {{
  #pragma omp parallel for
  for (int i = 0; i < n; ++i) {{
    {}
  }}
}}
"""
REFERENCES = (
    "float& m(cells[{}].mass); m += 1;",
    "Cell &c(cells[{}]); c.mass += 1;",
    "Cell* c(&cells[{}]); c->mass += 1;",
    "const int k(cells[{}].key), j(where[k]); cells[j].mass += 1;",
    "unsigned int k(where[{}]); cells[k].mass += 1;",
    "In& in(cells[{}].in); cells[in.at].mass += 1;",
)


@pytest.mark.parametrize("made", REFERENCES)
def test_a_reference_or_a_number_that_is_made_of_what_is_selected(made: str) -> None:
    source = CELLS.format(made.format("i"))
    for name in ("m", "c", "k", "j", "in", "c.mass", "c->mass"):
        check_silent(source, name, path="a.cpp")
    check_pairs(source, "cells[].mass", path="a.cpp")


def test_what_a_reference_is_made_of_decides_whether_turns_meet() -> None:
    for made in REFERENCES[:3]:
        own, common = (CELLS.format(made.format(index)) for index in ("i", "0"))
        check_pairs(own, "cells[].mass", "meet=same meet-by=pv-same", path="a.cpp")
        check_pairs(common, "cells->mass", "meet=free", path="a.cpp")
        check_silent(own, "cells[].mass", "meet=free", path="a.cpp")


def test_what_a_function_gives_a_reference_to() -> None:
    source = CELLS.format("float& m(cells[find(where[i])].mass); m += 1;")
    check_pairs(source, "cells[].mass", "meet=unknown indexA=call", path="a.cpp")
    check_silent(source, "m", path="a.cpp")


@pytest.mark.parametrize(
    "declared",
    [
        "Cell* next(Cell*);",
        "Cell& at(int[3]);",
        "float* made(void (*done)(int));",
        "Cell* made(Cell (*make)(int));",
        "Cell& of(decltype(cells->in));",
        "int rank(const Cell&);",
    ],
)
def test_functions_that_are_declared_stay_functions(declared: str) -> None:
    body = f"{declared} cells[i].mass += 1;"
    check_pairs(CELLS.format(body), "cells[].mass", "meet=same", path="a.cpp")
    assert [item.object for item in read(CELLS.format(body), "a.cpp").slices] == ["cells[].mass"]


def test_many_that_never_close_are_read_in_time() -> None:
    once = timeit.timeit(lambda: with_signs("int& a(b.c" * 2000), number=1)
    more = timeit.timeit(lambda: with_signs("int& a(b.c" * 40000), number=1)
    assert more < max(60 * once, 3)


def test_a_local_made_of_an_element_is_the_threads_own() -> None:
    body = """vec p(cells[i]);
    p *= 2;
    total += p;"""
    source = f"""extern vec *cells;
int total;
void sum(int n) {{
#pragma omp parallel for
  for (int i = 0; i < n; i++) {{
    {body}
  }}
}}
"""
    check_silent(source, "p", path="a.cpp")
    check_pairs(source, "total", "modeA=update modeB=update", path="a.cpp")
    check_pairs(source.replace("vec p(cells[i]);", ""), "p", "modeA=update", path="a.cpp")
