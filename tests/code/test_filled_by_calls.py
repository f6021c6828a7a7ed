"""Tables that a function fills, or changes, ahead of the region which goes by them."""

from __future__ import annotations

import time

import pytest

from tests.code.checks import check_pairs, check_silent, read

C = """#include <stdlib.h>
static void number(int *to, int n) {{ for (int i = 0; i < n; i++) to[i] = {number}; }}
static void crowd(int *to, int n) {{ for (int i = 0; i < n; i++) to[i] {crowd}; }}
static int most(const int *of, int n) {{ int m = 0; for (int i = 0; i < n; i++) if (of[i] > m) m =
  of[i]; return m; }}
int main(void) {{
  int n = 900, *seat = malloc(n * sizeof *seat);
  double *paid = calloc(2 * n, sizeof *paid);
  {calls}
#pragma omp parallel for
  for (int i = 0; i < n; i++) paid[seat[i]] += 1.0;
  return 0;
}}
"""


def source(calls: str, number: str = "i * 2", crowd: str = "= to[i] / 2") -> str:
    return C.format(calls=calls, number=number, crowd=crowd)


@pytest.mark.parametrize("number", ["i", "i * 2", "n - i"])
def test_a_function_gives_each_entry_a_number_of_its_own(number: str) -> None:
    check_pairs(source("number(seat, n);", number), "paid[]", "modeA=update meet=same")
    check_silent(source("number(seat, n);", "i / 3"), "paid[]", "meet=same")
    check_silent(source("number(seat, n);", "rand()"), "paid[]", "meet=same")


def test_a_number_that_is_stepped_is_another() -> None:
    filled = "for (int i = 0; i < n; i++) seat[i] = i;"
    for more in ("seat[n / 3]++;", "--seat[4];", "seat[4] += 1;"):
        check_silent(source(f"{filled} {more}"), "paid[]", "meet=same")
    check_pairs(source(f"{filled} paid[n / 3]++;"), "paid[]", "modeA=update meet=same")


@pytest.mark.parametrize("crowd", ["= to[i] / 2", "/= 2", ">>= 1", "= 7"])
def test_another_changes_what_was_filled(crowd: str) -> None:
    calls = "for (int i = 0; i < n; i++) seat[i] = i; crowd(seat, n);"
    check_silent(source(calls, crowd=crowd), "paid[]", "meet=same")
    check_pairs(source(calls.replace("crowd", "most")), "paid[]", "modeA=update meet=same")


def test_a_vector_is_filled_by_reference() -> None:
    text = """#include <vector>
static void number(std::vector<int> &to) { for (int i = 0; i < 900; i++) to[i] = %s; }
void pay(std::vector<double> &paid) {
  std::vector<int> seat(900);
  number(seat);
#pragma omp parallel for
  for (int i = 0; i < 900; i++) paid[seat[i]] += 1.0;
}
"""
    check_pairs(text % "i * 2", "paid[]", "modeA=update meet=same", path="a.cpp")
    check_silent(text % "i % 5", "paid[]", "meet=same", path="a.cpp")


def test_many_calls_are_read_in_time_that_grows_with_their_number() -> None:
    spent = []
    for times in (20, 400):
        text = source("number(seat, n);" * times)
        start = time.perf_counter()
        assert read(text).skipped is None
        spent.append(time.perf_counter() - start)
    assert spent[1] < 30 * spent[0] + 1
