"""Enumerators are numbers: elements that they name are known apart."""

from __future__ import annotations

import time

from reviewbot.code.enumerators import enumerators
from tests.code.checks import check_pairs, check_silent

_SECTIONS = """
%s
void score(double *out, const double *in) {
    #pragma omp parallel sections
    {
        #pragma omp section
        out[%s] = in[0];
        #pragma omp section
        out[%s] = in[1];
    }
}
"""


def test_what_enumerators_stand_for() -> None:
    text = "enum { A, B = 4, C }; enum class Way : unsigned char { up, down = C + 2, left };"
    scoped = {"Way::up": 0, "Way::down": 7, "Way::left": 8}
    assert enumerators(text) == {"A": 0, "B": 4, "C": 5, **scoped}
    assert enumerators("typedef enum way { X = f(), Y } way;") == {"X": None, "Y": None}
    assert enumerators("enum a { P, Q }; enum b { Q };") == {"P": 0, "Q": None}
    assert enumerators("enum a; enum a made(int, int);") == {}


def test_elements_that_two_enumerators_name_are_apart() -> None:
    kinds = "typedef enum { ABvsCD, ACvsBD, LAST = ACvsBD } kind;"
    apart, same = ("ABvsCD", "ACvsBD"), ("LAST", "ACvsBD")
    check_pairs(_SECTIONS % (kinds, *apart), "out[]", "index=constants-differ")
    check_silent(
        _SECTIONS % (kinds, *apart), "out[]", "frames=siblings-section-section index=differ"
    )
    check_pairs(
        _SECTIONS % (kinds, *same), "out[]", "frames=siblings-section-section index=constants-equal"
    )
    check_silent(_SECTIONS % ("", *apart), "out[]", "index=constants-differ")


def test_an_enumerator_is_no_variable() -> None:
    source = "%s\nint *out; void *run(void *p) { out[Fast] = 1; return 0; }\n" + (
        "int main(void) { pthread_t t; pthread_create(&t, 0, run, 0); Fast%s; out[0]++; }"
    )
    check_pairs(source % ("int Fast;", " = 2"), "Fast", "modeB=read")
    check_silent(source % ("enum { Fast, Slow };", ""), "Fast")


def test_long_runs_of_blanks_and_open_lists_are_read_in_no_time() -> None:
    begun = time.perf_counter()
    for text in ("enum" + " " * 100_000, "enum {" * 20_000, "enum {" + "a = 1," * 20_000 + "}"):
        enumerators(text)
    assert time.perf_counter() - begun < 5
