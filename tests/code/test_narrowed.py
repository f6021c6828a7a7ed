"""Numbers of turns that a narrow variable, parameter or cast does not hold whole."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

FILL = """
typedef unsigned char tint;
static int box[70000];
static void add(uint8_t k, int by) { box[k] += by; }
void fill(int n, int seed) {
#pragma omp parallel for
  for (int i = 0; i < %s; i++) { %s }
}
"""
KEEPS = (
    "uint8_t k = i; box[k] += i;",
    "unsigned char k = (unsigned char)i; box[k] += i;",
    "tint k = i; box[k] += i;",
    "signed char k; k = i; box[128 + k] += i;",
    "int k = (std::uint8_t)i; box[k] += i;",
    "box[static_cast<uint8_t>(i)] += i;",
    "add(i, seed);",
)


def test_a_byte_keeps_a_remainder_of_more_turns_than_it_counts() -> None:
    for body in KEEPS:
        check_pairs(FILL % (300, body), "box[]", "meet=other", path="a.cpp")
        check_silent(FILL % (300, body), "box[]", "meet=same", path="a.cpp")


def test_what_fits_is_kept_whole() -> None:
    for body in KEEPS:
        for turns in ("256", "n"):
            check_silent(FILL % (turns, body), "box[]", "meet=other", path="a.cpp")
    for body in KEEPS[:2]:
        wide = body.replace("uint8_t", "uint16_t").replace("unsigned char", "unsigned short")
        check_pairs(FILL % (300, wide), "box[]", "meet=same")
        check_silent(FILL % (300, wide), "box[]", "meet=other")
        check_pairs(FILL % (65537, wide), "box[]", "meet=other")


def test_rows_of_their_own_stay_apart_whatever_the_columns_keep() -> None:
    rows = """
static int row[50][256];
void count(const int *in) {
#pragma omp parallel for
  for (int r = 0; r < 50; r++)
    for (int i = 0; i < 3000; i++) { uint8_t k = i; row[%s][k] += in[i]; }
}
"""
    check_pairs(rows % "r", "row[][]", "meet=same")
    check_silent(rows % "r", "row[][]", "meet=other")
    check_silent(rows % "0", "row[][]", "meet=same")
