"""Locals of classes that a header out of sight defines: whose their elements are."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <map.h>
void fill(int n, double* out, View& all, View* other) {
  %s
  #pragma omp parallel for
  for (int i = 0; i < n; i++) {
    %s
  }
}
"""
OWN = (
    ("Vec3 v; v[0] = i; out[i] = v[0];", "v[]"),
    ("Vec3 v(0, 0, 0); v[1] += n; out[i] = v[0] * v[1];", "v[]"),
    ("ns::Array<double> v(n); for (int k = 0; k < n; k++) v[k] = i;", "v[]"),
    ("Table v; for (auto& one : all) v[one.key] = one.value; if (v[3]) return;", "v[]"),
    ("Data v; v.items[0] = i; v.items[1] = 3;", "v.items[]"),
)
OF_OTHERS = (
    ("View v(all); v[0] = i;", "v[]"),
    ("View v = all; v[0] = i;", "v[]"),
    ("View v; v = all; v[0] = i;", "v[]"),
    ("View v; attach(v, all); v[0] = i;", "v[]"),
    ("View v; attach(&v); v[0] = i;", "v[]"),
    ("View v; v.attach(all); v[0] = i;", "v[]"),
    ("View v; v.swap(all); v[0] = i;", "v[]"),
    ("Data v; v.items = all; v.items[0] = i;", "v.items[]"),
    ("static Vec3 v; v[0] = i;", "v[]"),
    ("View v; { v[0] = i; } attach(n, v); { v[1] = i; }", "v[]"),
    ("View& v = all; v[0] = i;", "all[]"),
    ("View* v = other; (*v)[0] = i;", "other[]"),
)


@pytest.mark.parametrize(("body", "name"), OWN)
def test_what_is_made_of_nothing_or_of_numbers_is_its_makers(body: str, name: str) -> None:
    check_silent(SOURCE % ("", body), name, "freshA=-", path="a.cpp")
    check_pairs(SOURCE % ("", body), name, "freshA=yes freshB=yes", path="a.cpp")


@pytest.mark.parametrize(("body", "name"), OF_OTHERS)
def test_what_is_made_of_others_or_given_on_may_be_anyones(body: str, name: str) -> None:
    check_silent(SOURCE % ("", body), name, "freshA=yes", path="a.cpp")


def test_one_that_is_made_before_the_team_is_the_teams() -> None:
    check_silent(SOURCE % ("Vec3 v;", "v[0] = i;"), "v[]", "freshA=yes", path="a.cpp")
    check_pairs(SOURCE % ("Vec3 v;", "v[0] = i;"), "v[]", "shareA=shared", path="a.cpp")


def test_what_its_elements_lead_to_is_not_in_it() -> None:
    body = "Table v; v[0]->count = i; v.rows[1][0] = i;"
    check_silent(SOURCE % ("", body), "v[]->count", "freshA=yes", path="a.cpp")
    check_silent(SOURCE % ("", body), "v.rows[][]", "freshA=yes", path="a.cpp")


def test_what_tasks_or_inner_teams_share_is_theirs() -> None:
    inner = "#pragma omp parallel for\n for (int k = 0; k < n; k++) v[0] += k;"
    task = "for (int k = 0; k < n; k++) {\n#pragma omp task shared(v)\nv[0] += k; }"
    for body in (inner, task):
        source = SOURCE % ("", f"Vec3 v;\n{body}")
        check_silent(source, "v[]", "freshA=yes", path="a.cpp")
        check_pairs(source, "v[]", path="a.cpp")
