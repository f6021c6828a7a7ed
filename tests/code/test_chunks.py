"""A work-shared loop of no more turns than one chunk is one thread's."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

LOOP = """int hits, cells[64];
void count(int n) {
#pragma omp parallel
  HEAD
#pragma omp for SCHEDULE
  for (int i = 0; i < 40; i++)
    hits += cells[i];
}
"""


def _loop(schedule: str, head: str = "") -> str:
    return LOOP.replace("SCHEDULE", schedule).replace("HEAD", head)


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_a_loop_within_one_chunk(kind: str) -> None:
    check_pairs(_loop(f"schedule({kind}, 512)"), "hits", "dealt=whole")
    check_pairs(_loop(f"schedule({kind}, 40)"), "hits", "dealt=whole")
    check_silent(_loop(f"schedule({kind}, 39)"), "hits", "dealt=whole")
    check_silent(_loop(f"schedule({kind})"), "hits", "dealt=whole")


def test_a_loop_of_any_length_may_be_many_chunks() -> None:
    check_silent(_loop("schedule(static, 512)").replace("< 40", "< n"), "hits", "dealt=whole")
    nested = _loop("collapse(2) schedule(static, 80)").replace(
        "    hits", "    for (int j = 0; j < WIDE; j++)\n    hits"
    )
    check_pairs(nested.replace("WIDE", "2"), "hits", "dealt=whole")
    check_silent(nested.replace("WIDE", "3"), "hits", "dealt=whole")


def test_runs_of_a_loop_that_nobody_waits_for() -> None:
    again = "for (int k = 0; k < 9; k++)"
    check_pairs(_loop("schedule(dynamic, 512)", again), "hits", "dealt=whole")
    check_pairs(_loop("schedule(dynamic, 512) nowait"), "hits", "dealt=whole")
    check_silent(_loop("schedule(dynamic, 512) nowait", again), "hits", "dealt=whole")
