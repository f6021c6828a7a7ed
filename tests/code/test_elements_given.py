"""Calls out of sight that are given an object and the turn's number: what they write of it."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FILE = """#include <vector>
struct Table { int n; double rows[100]; };
void fill(Table &t, int i);
void render(Image &t, int i, double by);
void append(std::vector<double> &v, int i);
void put(std::vector<double> &v, int i, double x);
void run(Table &top, Image &image, std::vector<double> &v, int n, int k) {
  image.clear();
#pragma omp parallel for
  for (int i = 0; i < n; ++i) {
    %s
  }
}
"""
WHOLE = [
    ("fill(top, k);", "top"),
    ("render(image, k, 0.5);", "image"),
    ("put(v, k, i);", "v"),
    ("append(v, i);", "v"),
]


@pytest.mark.parametrize(
    ("call", "name"),
    [("fill(top, i);", "top.rows[]"), ("put(v, i, 0.5);", "v[]")],
)
def test_the_turns_number_names_what_is_written(call: str, name: str) -> None:
    told = "modeA=write modeB=write index=equal unresolved=call"
    check_pairs(FILE % call, name, told, path="a.cpp")
    check_silent(FILE % call, name.partition("[")[0].partition(".")[0], path="a.cpp")


def test_a_neighbours_element_is_met() -> None:
    text = FILE % "put(v, i, 0.5); top.n = i; v[i + 1] = 0;"
    check_pairs(text, "v[]", "index=shift1 distance=+1", path="a.cpp")
    check_pairs(text, "top.n", "modeA=write", path="a.cpp")


def test_so_it_is_of_classes_out_of_sight() -> None:
    text = FILE % "render(image, i, 0.5);"
    check_pairs(text, "image.render()[]", "index=equal unresolved=call", path="a.cpp")


@pytest.mark.parametrize(("call", "name"), WHOLE)
def test_without_such_a_number_all_of_it_is_changed(call: str, name: str) -> None:
    check_pairs(FILE % call, name, "modeA=update modeB=update", path="a.cpp")
