"""Ranges whose ends are entries of a table: rows of a sparse matrix, buckets, blocks of threads."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

ROWS = """static void put(double *to, int count) { for (int k = 0; k < count; k++) to[k] = 1; }
void run(int n, const int *start, const int *last, double *x) {
#pragma omp parallel for
  for (int r = 0; r < n; r++) { %s }
}
"""


def test_a_turns_range_ends_where_the_next_one_begins() -> None:
    for own, more in (
        ("for (int k = start[r]; k < start[r + 1]; k++) x[k] = 1;", ("<", "<=")),
        ("put(x + start[r], start[r + 1] - start[r]);", ("r]);", "r] + 1);")),
        (
            "double *p = x + start[r], *e = x + start[r + 1]; while (p < e) *p++ = 1;",
            ("<", "<="),
        ),
        (
            "int k = start[r], e = start[r + 1] - 1; while (k < e) { x[k] = 1; k++; }",
            ("] - 1", "] + 1"),
        ),
    ):
        check_pairs(ROWS % own, "x[]", "meet=same meet-by=table-same")
        check_pairs(ROWS % own.replace(*more), "x[]", "meet=other meet-by=table-other")


def test_ends_from_another_table_or_of_another_turn_say_nothing() -> None:
    for other in ("last[r]", "last[r + 1]", "start[n]"):
        ranged = f"for (int k = start[r]; k < {other}; k++) x[k] = 1;"
        check_pairs(ROWS % ranged, "x[]", "modeA=write-constant")
        for word in ("same", "other"):
            check_silent(ROWS % ranged, "x[]", f"meet-by=table-{word}")


def test_a_neighbour_of_the_last_place_is_the_next_turns() -> None:
    inner = "for (int k = start[r]; k < start[r + 1]; k++) x[k] = x[k%s];"
    check_pairs(ROWS % (inner % " + 1"), "x[]", "modeB=read meet=other meet-by=table-other")
    check_silent(ROWS % (inner % ""), "x[]", "modeB=read meet=other")


def test_a_range_of_unknown_ends_is_taken_with_its_end_or_without() -> None:
    loop = "for (int k = start[r]; k {} last[r]{}; k++) x[k] = 1;"
    check_pairs(ROWS % loop.format("<=", ""), "x[]", "meet=unknown ends=inclusive")
    for sign, less in (("<", ""), ("<=", " - 1"), ("!=", "")):
        check_silent(ROWS % loop.format(sign, less), "x[]", "ends=inclusive")
