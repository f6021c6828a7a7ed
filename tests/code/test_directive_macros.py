"""Macros of headers out of sight that stand for a directive before a statement."""

from __future__ import annotations

import pytest

from reviewbot.code.directive_macros import named_directives
from tests.code.checks import check_pairs, check_silent

TEAM = """
int done, sums[9];
void work(const int *in, int n) {
  int seen;
#pragma omp parallel for %s
  for (int i = 0; i < n; i++) {
    LIB_ATOMIC_READ
    seen = done;
    if (!seen && in[i] < 0) {
      %s
      done = 1;
    }
    %s
    { sums[in[i]] += i; }
  }
}
"""
PLAIN = "modeA=write-constant modeB=read atomicA=- atomicB=omp"


def test_a_statement_behind_such_a_macro_is_none_of_a_declaration() -> None:
    kept = TEAM % ("", "LIB_ATOMIC_WRITE", "LIB_CRITICAL")
    check_pairs(kept, "seen", "modeA=write modeB=write shareA=shared")
    check_pairs(kept, "done", "atomicA=omp atomicB=omp")
    check_silent(kept, "done", "atomicA=-")
    check_pairs(kept, "sums[]", "common=critical")
    check_silent(TEAM % ("private(seen)", "LIB_ATOMIC_WRITE", ""), "seen", "shareA=shared")


def test_without_it_a_statement_is_plain() -> None:
    dropped = TEAM % ("private(seen)", "", "")
    check_pairs(dropped, "done", PLAIN)
    check_pairs(dropped, "sums[]", "common=none")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  LIB_ATOMIC\n  p->n[i] += 2;", "atomic"),
        ("LIB_OMP_ATOMIC_UPDATE\n\n ++n;", "atomic update"),
        ("LIB_ATOMIC_CAPTURE\n{ old = n; n++; }", "atomic capture"),
        ("LIB_CRITICAL\n{ n++; }", "critical"),
        ("LIB_CRITICAL\n n = 3;", "critical"),
        ("LIB_ATOMIC\n int n = 3;", ""),  # of a declaration it says what is declared
        ("LIB_ATOMIC\n int f(void) { return 2; }", ""),
        ("LIB_ATOMIC\n{ n++; }", ""),
        ("LIB_ATOMIC(n)\n n++;", ""),
        ("LIB_ATOMIC n = 3;", ""),
        ("ATOMIC\n n == 3;", ""),
        ("LIB_NOT_ATOMICAL\n n = 3;", ""),
    ],
)
def test_which_macros_stand_for_a_directive(text: str, words: str) -> None:
    found = list(named_directives(text))
    assert [each for *_, each in found] == [words] * bool(words)
    assert all(text[start:end].startswith("LIB_") for start, end, _ in found)


def test_code_without_openmp_keeps_its_words() -> None:
    check_silent(
        (TEAM % ("", "LIB_ATOMIC_WRITE", "")).replace("#pragma omp parallel for", ""), "seen"
    )
