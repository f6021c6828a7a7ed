"""Pointers whose making is out of sight, and what of it is told."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

TURNS = """#include "image.h"
void fill(Image &image, int n, int w, bool keep) {
#pragma omp parallel for
  for (int q = 0; q < n; q++) {
    float *out = %s;
    %s
  }
}
"""


def turns(made: str, use: str = "out[0] = 1;") -> str:
    """A loop whose turns make a pointer."""
    return TURNS % (made, use)


def test_a_pointer_that_is_chosen_leads_where_each_side_does() -> None:
    source = turns("keep ? image.channel(q) : (float *)image + q")
    check_pairs(source, "image[]", "meet=same varies=both", path="a.cpp")
    check_pairs(source, "image.channel()[][]", "meet=same varies=both", path="a.cpp")
    one = turns("keep ? image.channel(q) : 0")
    check_pairs(one, "image.channel()[][]", "meet=same varies=both", path="a.cpp")
    check_silent(one, "out[]", path="a.cpp")
    same = turns("keep ? (float *)image + 1 : unseen()")
    check_pairs(same, "image[]", "meet=free", path="a.cpp")


def test_an_object_of_an_unseen_class_is_cast_to_what_it_holds() -> None:
    check_pairs(turns("(float *)image + w * (q * 8 + 1)"), "image[]", "meet=same", path="a.cpp")
    check_pairs(turns("(float *)image + w"), "image[]", "meet=free", path="a.cpp")
    number = turns("(float *)w")
    check_silent(number, "w[]", path="a.cpp")


def test_parts_of_parts_are_followed() -> None:
    source = turns("image.channel(q).row(0)")
    check_pairs(source, "image.channel()[][].row()[][]", "meet=same varies=both", path="a.cpp")
    check_pairs(turns("image.channel(0).row(0)"), "out[]", "meet=free", path="a.cpp")


def test_what_a_pointer_was_chosen_by_is_told() -> None:
    for use in (
        "out[0] = 1;",
        "*out++ = 1;",
        "for (int i = 0; i < w; i++) { *out = 1; out += 2; }",
    ):
        check_pairs(turns("LINE_OF(image, q)", use), "out[]", "varies=both meet=unknown")
        check_pairs(turns("LINE_OF(image, 0)", use), "out[]", "varies=none meet=free")
    either = turns("LINE_OF(image, q)", "if (w > 9) out = common(image); out[0] = 1;")
    check_pairs(either, "out[]", "varies=none")
