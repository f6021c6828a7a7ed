"""Rows that each iteration or thread has for itself, and reflections of one half on the other."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function


def _nest(start: str, head: str, before: str = "") -> str:
    return function(
        f"{before}\n#pragma omp parallel for\nfor (int i = 0; i < n; i++)\n"
        f"    for ({head}) out[{start} + j] = in[j];"
    )


@pytest.mark.parametrize(
    ("start", "head", "apart"),
    [
        ("i * (i + 1) / 2", "int j = 0; j <= i; j++", True),
        ("i * (i - 1) / 2", "int j = 0; j < i; j++", True),
        ("i * (i - 1) / 2", "int j = 0; j <= i; j++", False),
        ("i * n", "int j = 0; j < n; j++", True),
        ("i * n", "int j = 0; j <= n; j++", False),
        ("i * n", "int j = i; j < n + i; j++", True),
        ("i * i", "int j = 0; j < 2 * i; j++", True),
        ("i * i", "int j = 0; j < 3 * i + 2; j++", False),
    ],
)
def test_rows_that_begin_where_others_end(start: str, head: str, *, apart: bool) -> None:
    check_pairs(_nest(start, head), "out[]", f"meet={'same' if apart else 'other'}")
    check_silent(_nest(start, head), "out[]", f"meet={'other' if apart else 'same'}")


def test_a_square_of_what_may_be_negative_is_no_row() -> None:
    source = function("#pragma omp parallel for\nfor (int i = %s; i < 9; i++) out[i * i] = i;")
    check_pairs(source % "0", "out[]", "meet=same")
    check_silent(source % "-9", "out[]", "meet=same")


def _bins(stride: str, bins: str) -> str:
    return function(
        f"#pragma omp parallel\n{{\nint *mine = out + omp_get_thread_num() * {stride};\n"
        f"#pragma omp for\nfor (int i = 0; i < 900; i++) mine[in[i] % {bins}]++;\n}}"
    )


def test_a_remainder_stays_within_a_row_of_the_divisors_length() -> None:
    for size in ("16", "n"):
        check_pairs(_bins(size, size), "out[]", "meet=same")
    for stride, bins in (("4", "16"), ("n", "(n + 1)")):
        check_silent(_bins(stride, bins), "out[]", "meet=same")


def _reversal(end: str) -> str:
    return function(
        f"#pragma omp parallel for\nfor (int i = 0; i < {end}; i++) {{\n"
        "    int kept = out[i]; out[i] = out[n - 1 - i]; out[n - 1 - i] = kept; }"
    )


def test_one_half_reflected_is_the_other() -> None:
    check_silent(_reversal("n / 2"), "out[]", "meet=other")
    check_silent(_reversal("n / 2"), "out[]", "meet=unknown")
    check_pairs(_reversal("n / 2"), "out[]", "meet=never")
    for end in ("n", "n / 2 + 1"):
        check_pairs(_reversal(end), "out[]", "meet=other")


def test_an_offset_of_half_the_length_reaches_beyond_the_half() -> None:
    source = function(
        "int half = n / 2%s;\n"
        "#pragma omp parallel for\nfor (int i = 0; i < n / 2; i++) out[i] += out[i + half];"
    )
    check_pairs(source % "", "out[]", "modeA=update modeB=read meet=never")
    check_silent(source % " - 1", "out[]", "modeA=update modeB=read meet=never")


def test_numbers_are_divided_as_they_are_read() -> None:
    source = function(
        "#pragma omp parallel for\nfor (int i = 0; i < 9; i++) cells[i * (7 / %d)] = i;"
    )
    check_pairs(source % 2, "cells[]", "meet=same")
    check_silent(source % 8, "cells[]", "meet=same")


def _sections(first: str, second: str) -> str:
    return function(
        "int i, j;\n#pragma omp parallel sections private(i, j)\n{\n#pragma omp section\n"
        f"for ({first}) cells[i] += n;\n#pragma omp section\nfor ({second}) cells[j] += 2;\n}}"
    )


_BOTH = "frames=siblings-section-section meet=never"


def test_loops_that_step_over_each_others_values_are_apart() -> None:
    even = "i = 0; i < 90; i += 2"
    for odd in ("j = 1; j < 90; j += 2", "j = 89; j >= 0; j -= 2"):
        check_pairs(_sections(even, odd), "cells[]", _BOTH)
    for other in ("j = 0; j < 90; j += 3", "j = 1; j < 90; j++", "j = 88; j >= 0; j -= 2"):
        check_silent(_sections(even, other), "cells[]", _BOTH)


def _tiles(end: str) -> str:
    return (
        "int image[99][99];\nstatic void paint(int r0, int c0) {\n"
        f"for (int r = r0; r < {end}; r++) "
        "for (int c = c0; c < c0 + 16; c++) image[r][c] += 1; }\n"
        "void run(void) {\n#pragma omp parallel for collapse(2)\n"
        "for (int r = 0; r < 96; r += 16) for (int c = 0; c < 96; c += 16) paint(r, c); }"
    )


def test_tiles_of_a_collapsed_loop_are_apart_unless_they_share_a_border() -> None:
    check_pairs(_tiles("r0 + 16"), "image[][]", "meet-by=own-same")
    check_pairs(_tiles("r0 + 17"), "image[][]", "meet-by=own-other")
    check_silent(_tiles("r0 + 17"), "image[][]", "meet-by=own-same")


def _chunked(clause: str, head: str = "i = 0; i < 960; i++") -> str:
    return function(
        f"#pragma omp parallel for {clause}\nfor (int {head}) cells[i / GROUP] += n;",
        "#define GROUP 8",
    )


def test_turns_of_one_chunk_are_one_threads() -> None:
    for clause in ("schedule(static, 16)", "schedule(static, GROUP)", "schedule(dynamic, 8)"):
        check_pairs(_chunked(clause), "cells[]", "meet=same")
    for clause in ("", "schedule(static)", "schedule(static, 12)", "schedule(guided, 8)"):
        check_pairs(_chunked(clause), "cells[]", "meet=other")
    shifted = _chunked("schedule(static, 8)", "i = 4; i < 960; i++")
    check_pairs(shifted, "cells[]", "meet=other")


def test_a_quotient_by_no_more_than_the_step_is_another_in_each_turn() -> None:
    check_pairs(_chunked("", "i = 0; i < 960; i += 8"), "cells[]", "meet=same")
    check_pairs(_chunked("", "i = 0; i < 960; i += 4"), "cells[]", "meet=other")


def test_a_row_by_the_threads_number_parts_what_the_turns_choose_in_it() -> None:
    source = (
        "int omp_get_thread_num(void); int rows[8][64]; short bin[900];\n"
        "void count(void) {\n#pragma omp parallel\n{\n"
        "int *mine = rows[%s];\n#pragma omp for\n"
        "for (int i = 0; i < 900; i++) mine[%s]++;\n}\n}\n"
    )
    number = "omp_get_thread_num()"
    check_pairs(source % (number, "bin[i]"), "rows[][]", "meet=same meet-by=tid-same")
    check_pairs(source % (f"{number} % 2", "bin[i]"), "rows[][]", "meet=unknown")
    check_pairs(source % (f"{number} % 2", "i"), "rows[][]", "meet=same meet-by=pv-same")


def _table(place: str) -> str:
    """A loop nest over a table that is kept in one array; x is divided among the threads."""
    return (
        "void blur(float *cells, int w, int h, int d) {\n#pragma omp parallel for\n"
        "for (int x = 0; x < w; x++) for (int y = 0; y < h; y++) for (int z = 0; z < d; z++)\n"
        f"    cells[{place}] *= 3;\n}}\n"
    )


@pytest.mark.parametrize(
    ("place", "apart"),
    [
        ("(x * h + y) * d + z", True),
        ("z + d * (y + h * x)", True),
        ("z + d * (y + w * x)", False),
        ("y * w + x", True),  # a column for each
        ("y * w + x + 1", True),
        ("y * h + x", False),
        ("(z * h + y) * w + x", True),
        ("(y * w + x) * d + z", True),
        ("(y * w + x) * h + z", False),
        ("(y * w + x) * 3 + 1", True),
        ("(y * w + x) * 3 + z", False),
        ("z * w + x + y", False),
    ],
)
def test_places_of_a_table_in_one_array(place: str, *, apart: bool) -> None:
    check = check_pairs if apart else check_silent
    check(_table(place), "cells[]", "self=yes meet=same")
    check_pairs(_table(place), "cells[]", "self=yes")


def test_blocks_of_a_divided_loop_are_apart_where_its_steps_are_no_shorter() -> None:
    loop = """int cells[96];
void f(int n) {
#pragma omp parallel for
  for (int at = 0; at < 96; at += n) for (int k = 0; k < %s; k++) cells[at + k] += k;
}
"""
    check_pairs(loop % "n", "cells[]", "meet=same")
    check_silent(loop % "n", "cells[]", "meet=other")
    check_silent(loop % "n + 1", "cells[]", "meet=same")
