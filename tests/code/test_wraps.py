"""Remainders that never wrap, quotients of whole multiples, colours that survive a wrap."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function

RING = """#include <omp.h>
short drum[256];
void lay(int from, int each) {
  for (int k = 0; k < each; k++)
    drum[(from + k) % SIZE] = 1;
}
void roll(void) {
#pragma omp parallel num_threads(4)
  lay(19 + omp_get_thread_num() * 64, 64);
}
"""
CHAIN = """double torque[40];
void relax(int k) {
  torque[k] += 1;
  torque[(k + AHEAD) % LINKS] -= 1;
}
void step(void) {
  for (int colour = 0; colour < 2; colour++)
#pragma omp parallel for
    for (int k = colour; k < LINKS; k += 2)
      relax(k);
}
"""
FOLD = "#pragma omp parallel for\nfor (int i = 0; i < n; i++) if (%s) out[(i + %d) / %d] = in[i];"


@pytest.mark.parametrize("size", ["256", "300"])
def test_a_ring_that_all_ranges_together_do_not_exceed(size: str) -> None:
    check_pairs(RING.replace("SIZE", size), "drum[]", "meet=same meet-by=tid-same")


def test_a_ring_that_is_too_short() -> None:
    check_silent(RING.replace("SIZE", "255"), "drum[]", "meet=same")
    check_silent(RING.replace("SIZE", "256").replace("num_threads(4)", ""), "drum[]", "meet=same")
    scattered = RING.replace("from + k", "(from * 7 % 31 + k)").replace("SIZE", "256")
    check_silent(scattered, "drum[]", "meet=same")


def test_colours_of_an_even_ring() -> None:
    even = CHAIN.replace("LINKS", "38").replace("AHEAD", "1")
    check_pairs(even, "torque[]", "index=differ meet=never", "indexA=mod meet=same")
    odd = CHAIN.replace("LINKS", "39").replace("AHEAD", "1")
    check_silent(odd, "torque[]", "index=differ meet=never")
    check_silent(CHAIN.replace("LINKS", "38").replace("AHEAD", "2"), "torque[]", "meet=never")


@pytest.mark.parametrize(("asked", "more"), [("i % 2 == 0", 0), ("i % 2", 0), ("i % 2 == 1", 5)])
def test_halves_of_numbers_that_leave_one_remainder(asked: str, more: int) -> None:
    check_pairs(function(FOLD % (asked, more, 2)), "out[]", "meet=same")
    check_silent(function(FOLD % (asked, more, 4)), "out[]", "meet=same")


@pytest.mark.parametrize("asked", ["n % 2 == 0", "i % 3 == 0", "i > 2"])
def test_halves_of_any_numbers(asked: str) -> None:
    check_silent(function(FOLD % (asked, 0, 2)), "out[]", "meet=same")
