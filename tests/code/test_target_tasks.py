"""Target regions that nobody waits for are tasks: `target nowait` goes on beside its creator."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """
int field[400];
long work(void) {
  long total = 0;
#pragma omp parallel
#pragma omp single
  {
#pragma omp target map(tofrom: field) %s
    for (int j = 0; j < 400; j++) field[j] = j & 15;
    %s
    for (int i = 0; i < 400; i++) total += field[i];
  }
  return total;
}
"""
WAIT = "\n#pragma omp taskwait\n"
BOTH = "modeA=write modeB=read unresolved=offload"


@pytest.mark.parametrize("clauses", ["nowait", "nowait depend(out: field)"])
def test_a_target_task_meets_what_follows(clauses: str) -> None:
    beside, waited = f"{BOTH} frameA=task group=same", f"{BOTH} frameA=task group=differ"
    check_pairs(SOURCE % (clauses, ""), "field[]", beside)
    check_pairs(SOURCE % (clauses, WAIT), "field[]", waited)
    check_silent(SOURCE % (clauses, WAIT), "field[]", beside)


def test_a_target_region_is_waited_for() -> None:
    check_pairs(SOURCE % ("", ""), "field[]", f"{BOTH} frameA=single frameB=single")
    check_silent(SOURCE % ("", ""), "field[]", "frameA=task")
