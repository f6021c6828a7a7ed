"""Partners by a bit of which one acts for both; and of two threads the one that is left."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function

STEP = """#pragma omp parallel for
for (int i = 0; i < n; i++) {
  int mate = i ^ stride;
  if (ASKED) {
    int kept = out[i];
    out[i] = out[mate];
    out[mate] = kept;
  }
}"""


def _step(asked: str, mask: str = "stride") -> str:
    before = "static int stride;"
    return function(STEP.replace("ASKED", asked).replace("stride;", f"{mask};", 1), before)


@pytest.mark.parametrize("asked", ["mate > i", "i < mate", "i > mate", "(i & stride) == 0"])
def test_one_partner_acts_for_both(asked: str) -> None:
    check_pairs(_step(asked), "out[]", "index=differ meet=never", "index=equal meet=same")
    check_silent(_step(asked), "out[]", "meet=unknown")


@pytest.mark.parametrize("asked", ["n > i", "mate != i", "(i & n) == 0", "mate > 3"])
def test_both_partners_may_act(asked: str) -> None:
    check_silent(_step(asked), "out[]", "index=differ meet=never")


def test_a_partner_by_the_turns_own_mask() -> None:
    check_silent(_step("mate > i", "in[i]"), "out[]", "index=differ meet=never")
    check_silent(_step("mate > i", "(i / 3)"), "out[]", "meet=never")


TEAM = """#include <omp.h>
double got;
void run(void) {
#pragma omp parallel num_threads(SIZE)
  {
    if (ASKED)
      other();
    else
      got += 1;
  }
}
"""


def test_of_two_threads_one_is_left() -> None:
    for asked in ("omp_get_thread_num() == 0", "omp_get_thread_num() == 1"):
        two = TEAM.replace("ASKED", asked)
        check_pairs(two.replace("SIZE", "2"), "got", "guardA=tid-eq guardB=tid-eq guards=same")
        check_pairs(two.replace("SIZE", "3"), "got", "guardA=tid-ne guardB=tid-ne")
    nobody = TEAM.replace("SIZE", "2").replace("ASKED", "omp_get_thread_num() == 2")
    check_silent(nobody, "got", "guardA=tid-eq")


def test_the_two_threads_of_a_team_are_two() -> None:
    both = TEAM.replace("SIZE", "2").replace("other();", "got = 3;")
    check_pairs(both.replace("ASKED", "omp_get_thread_num() == 0"), "got", "guards=differ")
