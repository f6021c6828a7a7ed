"""What is worked out of a program: contents of arrays, recursion, odd counters, instructions."""

import math

import numpy as np
import pytest

from reviewbot.hotspots.features import LOOP_NAMES, FileNumbers, read

PROGRAM = """#include <math.h>
#include <stdlib.h>
#define N 1600
static int len[N + 1], size[N];
static double out[N], more[N], value[99999];
DECLARED
int main(int argc, char **argv) {
  FILL
  BODY
  return 0;
}
"""


def program(body: str, fill: str = "", declared: str = "") -> FileNumbers:
    text = PROGRAM.replace("BODY", body).replace("FILL", fill).replace("DECLARED", declared)
    return read("program.c", text.encode())


def balances(body: str, fill: str = "", declared: str = "") -> tuple[float, float]:
    (region,) = program(body, fill, declared).regions
    return region.estimates


EACH = "for (int r = 0; r < N; r++) "
LISTED = """#pragma omp parallel for
  for (int i = 0; i < N; i++)
    for (int k = 0; k < BOUND; k++) out[i] += sqrt(k);"""


@pytest.mark.parametrize(
    ("fill", "four"),
    [
        ("for (int r = 0; r < N; r++) len[r] = 50;", 1.0),
        ("for (int r = 0; r < N; r++) len[r] = r;", 4 / 7),
        ("for (int r = 0; r < N; r++) len[r] = r < N / 4 ? 400 : 0;", 0.25),
        ("for (int r = 0; r < N; r++) { if (r < N / 4) len[r] = 400; else len[r] = 0; }", 0.25),
        (EACH + "size[r] = r;\n " + EACH + "len[r] = size[r];", 4 / 7),
        ("for (int r = 0; r < N; r++) len[r] = rand() % 100;", 0.98),
    ],
)
def test_bounds_that_the_file_itself_fills_in_are_known(fill: str, four: float) -> None:
    assert balances(LISTED.replace("BOUND", "len[i]"), fill)[0] == pytest.approx(four, abs=0.04)


def test_starts_of_groups_are_sums_of_their_sizes() -> None:
    body = LISTED.replace("int k = 0; k < BOUND", "int k = len[i]; k < len[i + 1]")
    fill = "for (int r = 0; r < N; r++) len[r + 1] = len[r] + SIZE;"
    assert balances(body, fill.replace("SIZE", "30"))[0] == pytest.approx(1.0, abs=0.02)
    growing = balances(body, fill.replace("SIZE", "r"))
    assert growing[0] == pytest.approx(4 / 7, abs=0.04)


def test_an_array_that_a_function_fills_is_filled_for_its_caller() -> None:
    declared = "static void fill(int *a, int n) { for (int r = 0; r < n; r++) a[r] = r; }"
    body = LISTED.replace("BOUND", "len[i]")
    assert balances(body, "fill(len, N);", declared)[0] == pytest.approx(4 / 7, abs=0.04)
    # Nobody knows what is read from elsewhere: its bound stays a guess, the same in each round.
    assert balances(body, "fill(size, N);", declared)[0] == pytest.approx(1.0, abs=0.02)


def costs(body: str, declared: str = "", name: str = "log instructions") -> list[float]:
    """Instructions of the program's candidates, or another of their numbers, by line."""
    found = [loop for loop in program(body, "", declared).loops if loop.candidate]
    column = LOOP_NAMES.index(name)
    return [float(loop.numbers[column]) for loop in sorted(found, key=lambda one: one.line)]


SERIAL = "\n#pragma omp parallel for\n for (int i = 0; i < N; i++) out[i] = 1;"


@pytest.mark.parametrize(
    ("loop", "rounds"),
    [
        ("for (int q = 1; q < 1024; q *= 2) out[0] += sin(q);", 10),
        ("for (int q = 1024; q > 0; q /= 2) out[0] += sin(q);", 11),
        ("for (int q = 1024; q > 1; q >>= 1) out[0] += sin(q);", 10),
        ("for (int q = 0, left = 77; left > 0; q++, left--) out[0] += sin(q);", 77),
        ("for (int q = 0; q < 77; q++) out[0] += sin(q);", 77),
    ],
)
def test_loops_that_count_in_other_ways_are_counted(loop: str, rounds: int) -> None:
    found = costs(loop + SERIAL, name="log all rounds")
    assert found[0] == pytest.approx(math.log1p(rounds), abs=0.02)


def test_a_function_that_calls_itself_is_followed_to_its_end() -> None:
    tree = """static double part(int depth) {
  double s = 0;
  for (int k = 0; k < 50; k++) s += sqrt(k);
  if (depth <= 0) return s;
  return s + part(depth - 1) + part(depth - 1);
}"""
    body = "out[0] = part(DEPTH);" + SERIAL
    (four, *_), (five, *_) = (
        costs(body.replace("DEPTH", depth), tree, "log all rounds") for depth in ("4", "5")
    )
    assert four == pytest.approx(math.log1p(31 * 50), abs=0.01)
    assert five == pytest.approx(math.log1p(63 * 50), abs=0.01)
    endless = tree.replace("  if (depth <= 0) return s;\n", "")
    assert all(np.isfinite(costs(body.replace("DEPTH", "4"), endless)))


def test_a_function_that_returns_early_does_not_end_its_callers_loop() -> None:
    early = "static double one(int n) { if (n < 0) return 0.5; out[1] += n; return sqrt(n); }"
    loop = "for (int k = 0; k < 900; k++) { out[0] += one(k); if (out[0] > value[k]) break; }"
    plain = loop.replace("one(k)", "sqrt(k)")
    called, bare = costs(loop + SERIAL, early)[0], costs(plain + SERIAL)[0]
    assert called > bare


def test_rounds_done_side_by_side_take_fewer_instructions_than_those_that_wait() -> None:
    beside = "for (int k = 1; k < N; k++) more[k] = out[k] * 0.5;" + SERIAL
    after = beside.replace("out[k] *", "more[k - 1] *")
    assert costs(after)[0] - costs(beside)[0] > 0.4


def test_a_root_is_one_instruction_but_not_done_at_once() -> None:
    body = "for (int k = 0; k < N; k++) out[0] += CALL(out[0]);" + SERIAL
    roots, sines = body.replace("CALL", "sqrt"), body.replace("CALL", "sin")
    counted = costs(sines)[0] - costs(roots)[0]
    timed = costs(sines, name="log operations")[0] - costs(roots, name="log operations")[0]
    assert counted > 1.5 > 0.7 > timed
