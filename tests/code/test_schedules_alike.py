"""Two loops that share the same turns out alike, as far as their clauses tell."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs

TWO = """double v[400];
void scale(double top) {
#pragma omp parallel
  {
#pragma omp for nowait %s
    for (int i = 0; i < 400; i++) v[i] += top;
#pragma omp for %s
    for (int i = 0; i < 400; i++) v[i] /= top;
  }
}
"""


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("", "schedule(static)", "default"),
        ("", "", "default"),
        ("schedule(static)", "schedule(static)", "static"),
        ("schedule(static, 4)", "schedule(static)", "differ"),
        ("", "schedule(static, 4)", "differ"),
        ("schedule(static)", "schedule(dynamic)", "not-static"),
    ],
)
def test_a_loop_without_a_clause_is_dealt_out_as_a_static_one(
    first: str, second: str, told: str
) -> None:
    check_pairs(TWO % (first, second), "v[]", f"frames=apart-for-for partition={told}")


TASKS = """double v[400];
void scale(double top) {
#pragma omp parallel
#pragma omp single
  {
#pragma omp taskloop%s
    for (int i = 0; i < 400; i++) v[i] += top;
#pragma omp taskloop
    for (int i = 0; i < 400; i++) v[i] /= top;
  }
}
"""


@pytest.mark.parametrize(("more", "group"), [(" nogroup", "same"), ("", "differ")])
def test_any_thread_takes_any_turns_of_a_loop_of_tasks(more: str, group: str) -> None:
    told = f"frames=siblings-taskloop-taskloop group={group} partition=not-static"
    check_pairs(TASKS % more, "v[]", told)
