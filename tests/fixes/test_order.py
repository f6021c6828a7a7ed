"""Where a lock would end the race and leave the result to chance, and where it mends."""

from __future__ import annotations

import pytest

from reviewbot.fixes.order import NEIGHBOURS, RECURRENCE, needs_order
from tests.fixes.checks import case
from tests.fixes.test_suggest import Judge, fixes, outcome


def advice(body: str, name: str, pragma: str = "parallel for") -> str:
    text = f"""\
void f(double *a, const double *v, const int *at, double g[64][64], int n) {{
    double x = 0;
    int count = 0, seed = 1;
    #pragma omp {pragma}
    for (int i = 1; i < n - 1; i++) {{
        {body}
    }}
    use(x, count, seed);
}}
"""
    found = case(text, name, "a.c")
    assert found is not None
    return needs_order(found)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("a[i] = a[i - 1] * 0.5 + 1;", "a[]"),
        ("a[i] = a[i + 1];", "a[]"),
        ("a[i] += a[i - 1];", "a[]"),
        ("a[i + 1] = v[i]; a[0] = x; use(a[i]);", "a[]"),
        ("for (int j = 1; j < 63; j++) g[i][j] = g[i - 1][j] + g[i][j - 1];", "g[][]"),
    ],
)
def test_neighbours_need_an_order(body: str, name: str) -> None:
    assert advice(body, name) == NEIGHBOURS


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("x = x * 0.5 + v[i];", "x"),
        ("x = (x + v[i]) / 2;", "x"),
        ("seed = seed * 1103515245 + 12345;", "seed"),
        ("count = count * 31 ^ at[i];", "count"),
    ],
)
def test_recurrences_need_an_order(body: str, name: str) -> None:
    assert advice(body, name) == RECURRENCE


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("x += v[i];", "x"),
        ("x = v[i] + x;", "x"),
        ("if (v[i] > x) x = v[i];", "x"),
        ("x = v[i] > x ? v[i] : x;", "x"),
        ("if (v[i] > 3) count = 1;", "count"),
        ("count = (count + at[i]) % 97;", "count"),
        ("count = at[count];", "count"),  # takes the next of a list
        ("count = next(count, i);", "count"),  # who knows
        ("a[at[i]] += v[i];", "a[]"),
        ("a[at[i]] = a[at[i] - 1];", "a[]"),  # a look-up, as in a graph's search
        ("a[i] += v[i]; a[i + 1] += v[i];", "a[]"),
        ("a[count++] = v[i];", "count"),
    ],
)
def test_what_commutes_needs_none(body: str, name: str) -> None:
    assert advice(body, name) == ""


def test_two_loops_are_not_one() -> None:
    text = """\
void f(double *a, double *b, int n) {
    #pragma omp parallel
    {
        #pragma omp for nowait
        for (int i = 1; i < n; i++) a[i] = i;
        #pragma omp for
        for (int i = 1; i < n; i++) b[i] = a[i - 1];
    }
}
"""
    found = case(text, "a[]", "a.c")
    assert found is not None
    assert needs_order(found) == ""


SHIFT = """\
void shift(double *a, int n) {
    #pragma omp parallel for
    for (int i = 1; i < n; i++)
        a[i] = a[i - 1] * 0.5 + 1;
}
"""


def test_no_critical_section_is_offered_and_the_need_is_told() -> None:
    done = outcome(SHIFT, Judge(critical=0.05))
    assert fixes(done) == []
    assert {d.finding.advice for d in done.decisions} == {NEIGHBOURS}
    sum_ = outcome(SHIFT.replace("a[i] = a[i - 1] * 0.5 + 1", "a[0] += i"), Judge(critical=0.05))
    assert [fix.kind for fix in fixes(sum_)] == ["critical section"]
    assert {d.finding.advice for d in sum_.decisions} == {""}
