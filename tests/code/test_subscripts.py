"""Which elements two threads can both touch, as the arithmetic of subscripts tells."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function

LOOP = "#pragma omp parallel for\nfor (int i = {}; i < {}; i{})\n  {};"


def loop(body: str, low: str = "0", high: str = "100", step: str = "++") -> str:
    return function(LOOP.format(low, high, step, body))


def team(body: str) -> str:
    return function("#pragma omp parallel\n{\n" + body + "\n}")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("cells[i] = i", "meet=same"),
        ("cells[i] = cells[i + 1]", "meet=other distance=+1"),
        ("cells[i + 3] = cells[i]", "meet=other distance=-few"),
        ("cells[i] = cells[i + 50]", "meet=other distance=+many"),
        ("cells[i] = cells[i + 100]", "meet=never"),
        ("cells[i] = cells[i - 100]", "meet=never"),
        ("cells[2 * i] = cells[2 * i + 1]", "meet=never"),
        ("cells[2 * i] = cells[2 * i + 4]", "meet=other distance=+few"),
        ("cells[7] = i", "meet=free"),
        ("cells[i] = cells[99 - i]", "meet=other"),
        ("cells[i] = cells[199 - i]", "meet=never"),
        ("cells[i] = cells[99]", "meet=other"),
        ("cells[i] = cells[100]", "meet=never"),
        ("cells[i / 2] = i", "meet=other"),
        ("cells[2 * i / 2] = i", "meet=same"),
        ("cells[i % 10] = i", "meet=other"),
        ("cells[i % 100] = i", "meet=same"),
    ],
)
def test_one_loop_whose_bounds_are_known(body: str, expected: str) -> None:
    check_pairs(loop(body), "cells[]", expected)


def test_a_stride_leaves_elements_out() -> None:
    check_pairs(loop("cells[i] = cells[i + 1]", step=" += 2"), "cells[]", "meet=never")
    check_pairs(loop("cells[i] = cells[i + 2]", step=" += 2"), "cells[]", "meet=other")


def test_bounds_that_only_symbols_tell() -> None:
    check_pairs(loop("out[i] = out[i + n]", high="n"), "out[]", "meet=never")
    check_pairs(loop("out[i] = out[i + n - 1]", high="n"), "out[]", "meet=unknown")


def test_macros_and_constants_are_numbers() -> None:
    before = "#define HALF 50\n#define ALL (2 * HALF)\nconst int whole = 100;\n"
    for bound, expected in (("HALF", "never"), ("ALL", "other"), ("whole", "other")):
        text = LOOP.format("0", bound, "++", "cells[i] = cells[i + HALF]")
        check_pairs(function(text, before), "cells[]", f"meet={expected}")


ROWS = """#pragma omp parallel for
for (int i = 0; i < n - 1; i++)
  for (int j = 0; j < {}; j++)
    out[i * n + j] = out[{}];"""


@pytest.mark.parametrize(
    ("limit", "index", "expected"),
    [
        ("n", "i * n + j", "meet=same"),
        ("n", "(i + 1) * n + j", "meet=other distance=+1"),
        ("n - 1", "i * n + j + 1", "meet=same"),
        ("n", "i * n + j + 1", "meet=unknown"),
    ],
)
def test_rows_of_a_flat_matrix(limit: str, index: str, expected: str) -> None:
    check_pairs(function(ROWS.format(limit, index)), "out[]", expected)


def test_both_loops_are_divided_or_one() -> None:
    nest = "#pragma omp parallel for {}\nfor (int i = 0; i < 9; i++)\nfor (int j = 0; j < 9; j++)\n"
    before, body = "int grid[10][10];", " grid[i][j] = grid[i][j + 1];"
    both = function(nest.format("collapse(2)") + body, before)
    check_pairs(both, "grid[][]", "meet=other")
    one = function(nest.format("") + body, before)
    check_silent(one, "grid[][]", "meet=other")
    check_pairs(one, "grid[][]", "meet=same")


def test_a_loop_over_the_threads_own_range() -> None:
    ranged = (
        "int t = omp_get_thread_num();\n"
        "for (int i = t * {size}; i < (t + 1) * {size}{more}; i++)\n cells[i] = t;"
    )
    for size in ("25", "n", "(n / 4)"):
        own = team(ranged.format(size=size, more=""))
        check_pairs(own, "cells[]", "meet=same meet-by=own-same")
        check_pairs(team(ranged.format(size=size, more=" + 1")), "cells[]", "meet=other")
        check_pairs(
            team(ranged.replace("<", "<=").format(size=size, more="")), "cells[]", "meet=other"
        )


def test_a_range_cut_by_a_quotient() -> None:
    cut = (
        "int t = omp_get_thread_num();\n"
        "for (int i = t * n / 4; i {} (t + 1) * n / 4; i++)\n cells[i] = t;"
    )
    check_pairs(team(cut.format("<")), "cells[]", "meet=same")
    check_pairs(team(cut.format("<=")), "cells[]", "meet=other")


def test_every_fourth_from_the_threads_number() -> None:
    dealt = "for (int i = {}; i < n; i += 4)\n cells[i] = 1;"
    number = "int t = omp_get_thread_num();\n"
    check_pairs(team(number + dealt.format("t")), "cells[]", "meet=same meet-by=cyclic-same")
    check_pairs(team(number + dealt.format("0")), "cells[]", "meet=free")


CREATED = """#include <pthread.h>
struct job {{ int low, high; }};
struct job jobs[4];
int cells[1000];
void *work(void *given) {{
    struct job *job = given;
    for (int i = job->low; i {} job->high; i++)
        cells[i]++;
    return 0;
}}
int main(void) {{
    pthread_t threads[4];
    for (int k = 0; k < 4; k++) {{
        jobs[k].low = k * 250;
        jobs[k].high = (k + 1) * 250;
        pthread_create(&threads[k], 0, work, &jobs[k]);
    }}
    for (int k = 0; k < 4; k++)
        pthread_join(threads[k], 0);
}}
"""


def test_ranges_that_a_record_hands_to_each_thread() -> None:
    check_pairs(CREATED.format("<"), "cells[]", "meet=same meet-by=own-same")
    check_pairs(CREATED.format("<="), "cells[]", "meet=other")
    check_pairs(CREATED.format("<"), "jobs[].low", "meet=same live=create-loop")


def test_tasks_that_one_thread_creates_turn_by_turn() -> None:
    body = (
        "#pragma omp parallel\n#pragma omp single\n"
        "for (int i = 1; i < n; i++) {\n#pragma omp task\n"
    )
    check_pairs(function(body + "cells[i] = i;\n}"), "cells[]", "meet=same meet-by=task-same")
    check_pairs(function(body + "cells[i] = cells[i - 1];\n}"), "cells[]", "meet=other distance=-1")


def test_an_array_of_indices_filled_by_a_formula() -> None:
    fill = "int where[100];\nfor (int k = 0; k < 100; k++) where[k] = {};\n"
    use = LOOP.format("0", "100", "++", "cells[where[i]] = i")
    check_pairs(function(fill.format("99 - k") + use), "cells[]", "meet=same")
    check_pairs(function(fill.format("k / 2") + use), "cells[]", "indexA=mem indexA=div meet=other")
    check_pairs(
        function("int where[100];\nread_all(where);\n" + use), "cells[]", "indexA=mem meet=unknown"
    )


def test_what_is_not_told_by_names_is_unknown() -> None:
    stepped = "int k = 0;\nfor (int i = 0; i < n; i++) { cells[k] = i; if (in[i]) k += 2; }"
    check_pairs(team(stepped), "cells[]", "meet=unknown indexA=local")
    check_pairs(loop("cells[i * (n - i)] = i"), "cells[]", "meet=unknown")


def test_a_range_that_begins_where_a_remainder_says_is_not_free() -> None:
    tile = "{ int from = i % 4 * 8;\nfor (int k = from; k < from + 8; k++) cells[k] += i; }"
    check_pairs(loop(tile), "cells[]", "meet=unknown")
    check_pairs(loop("for (int k = 0; k < i; k++) cells[k] += i"), "cells[]", "meet=free")


def test_two_loops_of_a_team_that_does_not_wait() -> None:
    two = (
        "#pragma omp for schedule({0}) nowait\nfor (int i = 0; i < n; i++) cells[i] = i;\n"
        "#pragma omp for schedule({1})\nfor (int i = 0; i < {2}; i++) out[i] = cells[i];"
    )
    check_pairs(team(two.format("static", "static", "n")), "cells[]", "partition=static")
    check_pairs(team(two.format("dynamic", "dynamic", "n")), "cells[]", "partition=not-static")
    check_pairs(team(two.format("static", "static, 4", "n")), "cells[]", "partition=differ")
    check_pairs(team(two.format("static", "static", "n - 1")), "cells[]", "partition=ranges-differ")
    down = two.replace("int i = 0; i < {2}; i++) out", "int i = n - 1; i >= 0; i--) out")
    check_pairs(team(down.format("static", "static")), "cells[]", "partition=ranges-differ")
    twice = down.replace("int i = 0; i < n; i++) cells", "int i = n - 1; i >= 0; i--) cells")
    check_pairs(team(twice.format("static", "static")), "cells[]", "partition=static")


def test_a_loop_over_a_range_shares_out_its_elements() -> None:
    code = (
        "#include <vector>\nvoid f(std::vector<int> &cells) {{\n#pragma omp parallel{}\n"
        "  for (auto &cell : cells)\n    cell *= 2;\n}}"
    )
    check_pairs(code.format(" for"), "cells[]", "meet=same meet-by=pv-same", path="a.cpp")
    check_silent(code.format(""), "cells[]", "meet=same", path="a.cpp")


@pytest.mark.parametrize("clause", ["ordered(2)", "collapse(2)"])
def test_a_doacross_nest_deals_out_its_outer_loop_alone(clause: str) -> None:
    code = (
        f"void f(int n, int m, int grid[][64])\n{{\nint j;\n#pragma omp parallel for {clause}\n"
        "for (int i = 1; i < n; i++)\n  for (j = 1; j < m; j++)\n    grid[i][j] += grid[%s];\n}"
    )
    check_pairs(code % "i - 1][j", "grid[][]", "meet=other")
    check_silent(code % "i - 1][j", "j", "shareA=shared")
    beside = check_silent if clause == "ordered(2)" else check_pairs
    beside(code % "i][j - 1", "grid[][]", "meet=other")


def test_waits_of_a_doacross_loop() -> None:
    nest = (
        "#pragma omp parallel for ordered(1)\nfor (int i = 2; i < n; i++) {{\n"
        "#pragma omp ordered depend(sink : i - {})\n cells[i] = cells[i - 2];\n"
        "#pragma omp ordered depend(source)\n}}"
    )
    for distance, expected in ((1, "covers"), (2, "covers"), (3, "misses")):
        check_pairs(function(nest.format(distance)), "cells[]", f"sink={expected}")


def test_how_far_apart_lanes_may_be() -> None:
    lanes = "#pragma omp simd {}\nfor (int i = 4; i < n; i++) cells[i] = cells[i - 4];"
    check_pairs(function(lanes.format("")), "cells[]", "meet=other safelen=-")
    check_pairs(function(lanes.format("safelen(4)")), "cells[]", "safelen=beyond")
    check_pairs(function(lanes.format("safelen(8)")), "cells[]", "safelen=within")


def test_items_of_depend_that_are_the_accesses() -> None:
    tasks = (
        "#pragma omp parallel\n#pragma omp single\nfor (int i = 1; i < n; i++) {{\n"
        "#pragma omp task depend({}: cells[i - 1]) depend({}: cells[i])\n"
        "cells[i] = cells[i - 1];\n}}"
    )
    check_pairs(function(tasks.format("in", "out")), "cells[]", "depend=accesses distance=-1")
    check_silent(function(tasks.format("in", "in")), "cells[]", "depend=accesses")


def test_a_local_of_the_outer_team_is_shared_by_the_inner() -> None:
    inner = "int own = 0;\n#pragma omp parallel {}\n own++;"
    check_pairs(team(inner.format("num_threads(2)")), "own", "shareA=nested-shared")
    check_silent(team(inner.format("firstprivate(own)")), "own", "shareA=nested-shared")


def test_a_row_is_reduced_by_those_above_it() -> None:
    rows = "for (int k = 0; k < n; k++)\n#pragma omp parallel for\nfor (int i = {}; i < n; i++)\n"
    body = " out[i] -= out[k];"
    check_pairs(function(rows.format("k + 1") + body), "out[]", "meet=never")
    check_pairs(function(rows.format("k") + body), "out[]", "meet=unknown modeB=read")


def test_two_buffers_that_change_places() -> None:
    turns = (
        "#pragma omp parallel\nfor (int s = 0; s < 9; s++) {{\n#pragma omp for {}\n"
        "for (int i = 1; i < 99; i++) grid[{}][i] = grid[s % 2][i - 1];\n}}"
    )
    before = "int grid[2][100];"
    steady = function(turns.format("", "(s + 1) % 2"), before)
    check_silent(steady, "grid[][]", "meet=other")
    check_pairs(steady, "grid[][]", "meet=never")
    check_pairs(function(turns.format("", "s % 2"), before), "grid[][]", "meet=other")
    check_silent(function(turns.format("nowait", "(s + 1) % 2"), before), "grid[][]", "meet=never")


def test_a_pointer_walks_over_an_array() -> None:
    walk = "#pragma omp parallel for\nfor (int *p = out; p < out + {}; p++)\n *p = *(p + 1);"
    check_pairs(function(walk.format(99)), "out[]", "meet=other distance=+1")


def test_conditions_that_let_one_thread_through() -> None:
    one = "if (omp_get_thread_num() == {}) counter = 1;\n"
    check_pairs(team(one.format(0) + one.format(0)), "counter", "guards=same")
    check_pairs(team(one.format(0) + one.format(1)), "counter", "guards=differ")


def test_a_wait_for_the_tasks_of_some_items() -> None:
    tasks = (
        "#pragma omp parallel\n#pragma omp single\n{{\n"
        "#pragma omp task depend(out: counter)\n counter = 1;\n"
        "#pragma omp taskwait depend(in: {})\n out[0] = counter;\n}}"
    )
    check_pairs(function(tasks.format("counter")), "counter", "depend=waited")
    check_silent(function(tasks.format("other")), "counter", "depend=waited")


def test_which_of_many_locks_is_taken_for_an_element() -> None:
    striped = (
        "#include <pthread.h>\npthread_mutex_t locks[8]; int cells[8], total;\n"
        "void add(int k) {{ pthread_mutex_lock(&locks[{}]);\n"
        "{}++; pthread_mutex_unlock(&locks[{}]); }}\n"
    )
    for index, cell, expected in (
        ("k", "cells[k]", "same"),
        ("k + 1", "cells[k]", "same"),
        ("k", "cells[2 * k]", "follows"),
        ("k", "total", "apart"),
    ):
        name = "total" if cell == "total" else "cells[]"
        check_pairs(striped.format(index, cell, index), name, f"stripeA={expected}")


def test_a_function_that_is_called_for_several_elements_goes_to_each() -> None:
    def source(reads: str) -> str:
        calls = (
            "static double v[100];\nstatic double get(int i) { return v[i]; }\n"
            "static void put(int i, double x) { v[i] = x; }\n"
        )
        loop = f"for (int i = 1; i < n; i++) put(i, {reads});"
        return f"{calls}void f(int n) {{\n#pragma omp parallel for\n{loop}\n}}\n"

    check_pairs(source("get(i) + get(i - 1)"), "v[]", "modeB=read index=shift1 meet=other")
    check_pairs(source("get(i) + get(i)"), "v[]", "modeB=read index=equal")
    check_silent(source("get(i) + get(i)"), "v[]", "index=shift1")
