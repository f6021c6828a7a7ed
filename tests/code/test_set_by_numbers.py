"""`grid.set(x, y, value)` of a class out of sight writes the element of those numbers."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """class Grid;
void run(Grid *g, Grid &r, SharedGrid s, AtomicGrid &a, int n) {{
  #pragma omp {construct}
  for (int y = 0; y < n; y++)
    for (int x = 0; x < n; x++) {{ {body} }}
}}
"""
SETS = (
    ("g->set(x, y, 1.0);", "g->set()[][]"),
    ("g->Set_Value(x, y, n);", "g->Set_Value()[][]"),
    ("g->Set_NoData(x, y);", "g->Set_NoData()[][]"),
    ("r.setPixel(y, 2 * x, 1);", "r.setPixel()[][]"),
    ("s->put(x, y, 1);", "s.put()[][]"),
    ("g->add(y, x, 1);", "g->add()[][]"),
    ("g->add_value(y, 1);", "g->add_value()[]"),
)
SILENT = (
    "Grid own(n); own.set(x, y, 1);",
    "g->set(0, 1.0);",
    "g->setTitle(x, y, 1);",
    "g->settle(x, y, 1);",
    "a.set(x, y, 1);",
    "g->set(x);",
)


@pytest.mark.parametrize(("body", "name"), SETS)
def test_each_turn_sets_elements_of_its_own(body: str, name: str) -> None:
    source = SOURCE.format(construct="parallel for", body=body)
    check_pairs(source, name, "meet=same meet-by=pv-same", path="a.cpp")
    check_silent(source, name, "meet=free", path="a.cpp")


@pytest.mark.parametrize(("body", "name"), SETS)
def test_threads_that_all_turn_all_turns_set_the_same(body: str, name: str) -> None:
    source = SOURCE.format(construct="parallel", body=body)
    check_pairs(source, name, "meet=free meet-by=tid-free shareA=shared", path="a.cpp")
    held = SOURCE.format(construct="parallel", body="\n#pragma omp critical\n" + body)
    check_pairs(held, name, "common=critical", path="a.cpp")
    check_silent(held, name, "common=none", path="a.cpp")


@pytest.mark.parametrize(
    ("body", "meet"),
    [("g->set(y / 2, x, 1);", "other"), ("g->set(x, 0, 1);", "free"), ("g->add(x, y, 1);", "same")],
)
def test_whether_turns_set_the_same_is_told_by_the_numbers(body: str, meet: str) -> None:
    source = SOURCE.format(construct="parallel for", body=body)
    name = "g->add()[][]" if "add" in body else "g->set()[][]"
    check_pairs(source, name, f"meet={meet}", path="a.cpp")


@pytest.mark.parametrize("body", SILENT)
def test_what_sets_no_element_of_a_shared_object(body: str) -> None:
    for construct in ("parallel", "parallel for"):
        for name in ("g->set()[]", "g->set()[][]", "a.set()[][]", "own.set()[][]"):
            source = SOURCE.format(construct=construct, body=body)
            check_silent(source, name, path="a.cpp")


def test_a_method_that_is_here_is_walked() -> None:
    here = "struct Box { int n; void set(int x, int y, int v) { n = v; } } box;\n"
    source = here + SOURCE.format(construct="parallel for", body="box.set(x, y, 1);")
    check_pairs(source, "box.n", "modeA=write", path="a.cpp")
    check_silent(source, "box.set()[][]", path="a.cpp")


GROWN = """class Matcher; namespace a {{ PairSet found; }}
void run(PairSet pairs, SafePairs safe, std::vector<PairSet> own, int n) {{
  #pragma omp parallel for
  for (int y = 0; y < n; y++) {{ {body} }}
}}
"""


@pytest.mark.parametrize("method", ["insert", "push_back", "emplace_back", "erase"])
def test_a_container_by_an_unknown_name_is_changed(method: str) -> None:
    grown = GROWN.format(body=f"pairs.{method}(y);")
    check_pairs(grown, "pairs", "modeA=update self=yes common=none", path="a.cpp")
    held = GROWN.format(body=f"\n#pragma omp critical\npairs.{method}(y);")
    check_silent(held, "pairs", "common=none", path="a.cpp")
    own = GROWN.format(body=f"PairSet pairs; pairs.{method}(y);")
    check_silent(own, "pairs", path="a.cpp")


@pytest.mark.parametrize("body", ["pairs.contains(y);", "safe.insert(y);", "pairs.insertion(y);"])
def test_what_is_no_change_of_a_container(body: str) -> None:
    for name in ("pairs", "safe"):
        check_silent(GROWN.format(body=body), name, "modeA=update", path="a.cpp")


def test_a_member_that_a_header_out_of_sight_declares() -> None:
    source = """void Map::fill(int n) {{
  #pragma omp {construct}
  for (int y = 0; y < n; y++) {{ cells[0].set(y, 1, 2); grid.set(y, 1, 2); flags.set(y); }}
}}
"""
    for construct, meet in (("parallel for", "same"), ("parallel", "free")):
        for name in ("this->cells[].set()[][]", "this->grid.set()[][]"):
            text = source.format(construct=construct)
            check_pairs(text, name, f"meet={meet}", path="a.cpp")
    check_silent(
        source.format(construct="parallel for"), "this->grid", "modeA=update", path="a.cpp"
    )
    check_pairs(
        source.format(construct="parallel for"), "this->flags", "modeA=update", path="a.cpp"
    )
