"""Windows of any width around an element, in place and over rows of a turn's own."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

BLUR = """void blur(float *snow, const float *from, int wide, int tall, int r) {
#pragma omp parallel for DIVIDED
  for (int y = r; y < tall - r; STEP)
    for (int x = r; x < wide - r; x++) {
      float sum = 0;
      for (int d = WINDOW)
        sum += snow[WHICH];
      snow[y * wide + x] = sum;
    }
}
"""


def blur(window: str, which: str, step: str = "y++", divided: str = "") -> str:
    source = BLUR.replace("WINDOW", window).replace("WHICH", which)
    return source.replace("STEP", step).replace("DIVIDED", divided)


@pytest.mark.parametrize(
    ("window", "which"),
    [
        ("-r; d <= r; d++", "(y + d) * wide + x"),
        ("-r; d < 0; d++", "(y + d) * wide + x"),
        ("0; d < r; d++", "(y - d) * wide + x"),
        ("1; d <= r; d++", "(y + d) * wide + x"),
        ("-r; d <= r; d++", "(y + d + 1) * wide + x"),
    ],
)
def test_rows_of_other_turns(window: str, which: str) -> None:
    check_pairs(blur(window, which), "snow[]", "modeB=read meet=other")
    both = blur(window, which, divided="collapse(2)")
    check_pairs(both, "snow[]", "modeB=read meet=other")


@pytest.mark.parametrize(
    ("window", "which", "step"),
    [
        ("-r; d <= r; d++", "y * wide + x + d", "y++"),
        ("0; d < 1; d++", "(y + d) * wide + x", "y++"),
        ("0; d < 4; d++", "(y + d) * wide + x", "y += 4"),
    ],
)
def test_rows_of_one_turn(window: str, which: str, step: str) -> None:
    source = blur(window, which, step)
    check_silent(source, "snow[]", "modeB=read meet=other")
    check_pairs(source, "snow[]", "modeB=read meet=same")


def test_rows_of_blocks_as_high_as_nobody_knows() -> None:
    source = blur("0; d < r; d++", "(y + d) * wide + x", "y += r")
    check_silent(source, "snow[]", "meet=other")
    check_pairs(source, "snow[]", "modeB=read")


def test_columns_that_are_divided_too() -> None:
    source = blur("-r; d <= r; d++", "y * wide + x + d", divided="collapse(2)")
    check_pairs(source, "snow[]", "modeB=read meet=other")
    check_silent(blur("-r; d <= r; d++", "y * wide + x"), "snow[]", "meet=other")


def test_a_window_on_what_nobody_writes() -> None:
    source = blur("-r; d <= r; d++", "(y + d) * wide + x").replace("sum += snow", "sum += from")
    check_silent(source, "snow[]", "meet=other")
    check_silent(source, "from[]")
