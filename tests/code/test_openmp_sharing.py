"""Data-sharing rules of OpenMP: what comes out as shared, what as private, and what not at all."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function, read

LOOP = "for (int i = 0; i < n; i++)"


def test_a_global_in_a_parallel_region_is_shared() -> None:
    check_pairs(
        function("#pragma omp parallel\n counter++;"),
        "counter",
        "scope=omp construct=parallel modeA=update modeB=update shareA=global same-party=many"
        " common=none self=yes",
    )
    check_silent(function("counter++;"), "counter")


def test_a_local_of_the_function_is_shared_and_one_of_the_region_is_not() -> None:
    check_pairs(
        function("int sum = 0;\n#pragma omp parallel\n { sum += n; }"), "sum", "shareA=shared"
    )
    check_silent(function("#pragma omp parallel\n { int sum = 0; sum += n; }"), "sum")


@pytest.mark.parametrize("clause", ["private", "firstprivate"])
def test_a_listed_copy_is_private(clause: str) -> None:
    body = "int t = 0;\n#pragma omp parallel for{}\n" + LOOP + " out[i] = t = i;"
    check_pairs(function(body.format("")), "t", "shareA=shared")
    check_pairs(function(body.format(f" {clause}(t)")), "t", f"shareA={clause} shareB={clause}")
    check_silent(function(body.format(f" {clause}(t)")), "t", "shareA=shared")


def test_lastprivate_and_linear_copies() -> None:
    body = "int t = 0;\n#pragma omp parallel for lastprivate(t)\n" + LOOP + " t = i;"
    check_pairs(function(body), "t", "shareA=lastprivate")
    body = (
        "int t = 0;\n#pragma omp parallel for simd linear(t: 1)\n" + LOOP + " { out[t] = i; t++; }"
    )
    check_pairs(function(body), "t", "shareA=linear")
    check_silent(function(body), "t", "shareA=shared")


@pytest.mark.parametrize(
    "clause",
    ["reduction(+: s)", "reduction(max: s)", "reduction(merge: s)", "reduction(inscan, +: s)"],
)
def test_a_reduction_makes_copies(clause: str) -> None:
    body = "int s = 0;\n#pragma omp parallel for{}\n" + LOOP + " s += in[i];"
    check_pairs(function(body.format("")), "s", "shareA=shared modeA=update")
    check_pairs(function(body.format(" " + clause)), "s", "shareA=reduction")


def test_a_reduction_over_an_array_section() -> None:
    body = "int bins[8];\n#pragma omp parallel for{}\n" + LOOP + " bins[in[i]]++;"
    check_pairs(function(body.format("")), "bins[]", "shareA=shared indexA=mem")
    check_pairs(function(body.format(" reduction(+: bins[0:8])")), "bins[]", "shareA=reduction")


def test_the_variable_of_the_associated_loop_is_private_but_not_an_inner_one() -> None:
    body = "int i, j;\n#pragma omp parallel for{}\nfor (i = 0; i < n; i++)\n"
    body += " for (j = 0; j < n; j++) cells[i] += j;"
    check_pairs(function(body.format("")), "j", "shareA=shared")
    check_silent(function(body.format("")), "i", "shareA=shared")
    check_silent(function(body.format(" collapse(2)")), "j", "shareA=shared")


def test_default_none_says_what_is_shared() -> None:
    body = "int a = 0;\n#pragma omp parallel default(none) {}(a)\n a += 1;"
    check_pairs(function(body.format("shared")), "a", "modeA=update common=none")
    check_silent(function(body.format("private")), "a", "shareA=shared")


def test_a_static_local_is_shared_where_an_automatic_one_is_not() -> None:
    callee = "int next(void) {{ {} int last = 0; last++; return last; }}\n"
    body = "#pragma omp parallel\n out[0] = next();"
    check_pairs(
        function(body, callee.format("static")), "last", "shareA=static function=same-called"
    )
    check_silent(function(body, callee.format("")), "last")


def test_threadprivate_globals() -> None:
    body = "#pragma omp parallel\n mine++;"
    check_pairs(function(body, "int mine;"), "mine", "shareA=global")
    check_pairs(
        function(body, "int mine;\n#pragma omp threadprivate(mine)"), "mine", "shareA=threadprivate"
    )


def test_what_a_private_pointer_points_to_may_be_shared() -> None:
    body = "int *p = out;\n#pragma omp parallel firstprivate(p)\n *p = n;"
    check_pairs(function(body), "out[]", "modeA=write index=constants-equal")
    check_silent(function(body), "p")


def test_single_with_copyprivate() -> None:
    body = (
        "#pragma omp parallel\n { int v;\n#pragma omp single copyprivate(v)\n"
        " v = in[0];\n out[v] = v; }"
    )
    check_silent(function(body), "v")
    check_pairs(function(body), "out[]", "modeA=write")
    check_pairs(
        function("int v;\n" + body.replace("int v;", "").replace("copyprivate(v)", "")),
        "v",
        "frameA=single",
    )
    assert [r.kind for r in read(function(body)).regions] == ["parallel"]


def test_index_forms_are_kept() -> None:
    body = "#pragma omp parallel for\nfor (int i = 1; i < n; i++) cells[i] = cells[i{}] + 1;"
    check_pairs(function(body.format(" - 1")), "cells[]", "index=shift1 indexA=pv")
    check_pairs(
        function(body.format("")), "cells[]", "index=equal indexA=pv index-linear=unit/unit"
    )
    check_silent(function(body.format("")), "cells[]", "index=shift1")


@pytest.mark.parametrize(
    ("index", "tokens"),
    [
        ("i", "index=equal index-linear=unit/unit"),
        ("2 * i", "index-linear=scaled/scaled"),
        ("i % 7", "indexA=mod"),
        ("i / 2", "indexA=div"),
        ("in[i]", "indexA=mem"),
        ("3", "index=constants-equal"),
        ("n", "indexA=invariant"),
        ("omp_get_thread_num()", "indexA=tid"),
    ],
)
def test_the_class_of_an_index(index: str, tokens: str) -> None:
    check_pairs(
        function(f"#pragma omp parallel for\n{LOOP} cells[{index}] = 1;"), "cells[]", tokens
    )


def test_two_dimensions_keep_both_indices() -> None:
    before = "double grid[64][64];"
    body = "#pragma omp parallel for\n" + LOOP + " for (int j = 0; j < n; j++) grid[{}][{}] += 1;"
    check_pairs(
        function(body.format("i", "j"), before), "grid[][]", "index=equal indexA=pv index2=equal"
    )
    check_pairs(function(body.format("0", "j"), before), "grid[][]", "indexA=seq")
    check_silent(function(body.format("0", "j"), before), "grid[][]", "indexA=pv")


def test_a_pointer_copied_in_leads_all_threads_to_one_place() -> None:
    source = (
        "#include <stdlib.h>\nstatic char *line;\n#pragma omp threadprivate(line)\n"
        "void run(int n) {\nline = malloc(80);\n#pragma omp parallel %s\n"
        "{ if (!line) line = malloc(80);\n#pragma omp for\n"
        "for (int i = 0; i < n; i++) line[0] = i; }\n}"
    )
    check_pairs(source % "copyin(line)", "line[]", "shareA=pointee-firstprivate")
    check_silent(source % "", "line[]", "shareA=pointee-firstprivate")


def test_a_clause_of_a_method_may_list_a_member() -> None:
    source = (
        "struct Sum {{ long total = 0; int last; void add(int k) {{ total += k; }}\n"
        " void run(const int *in, int n) {{\n#pragma omp parallel for {}\n"
        "  for (int i = 0; i < n; i++) {{ last = in[i]; {}; }}\n }}\n}};\n"
    )
    clauses = "reduction(+ : total) private(last)"
    plain = source.format("", "total += last")
    for name in ("this->total", "this->last"):
        check_pairs(plain, name, "shareA=this locksA=0", path="a.cpp")
        check_silent(source.format(clauses, "total += last"), name, "shareA=this", path="a.cpp")
    check_pairs(source.format(clauses, "add(last)"), "this->total", "shareA=this", path="a.cpp")


def test_a_loop_that_is_bound_to_the_thread_is_made_by_each() -> None:
    def source(bound: str) -> str:
        loop = f"#pragma omp loop bind({bound})\nfor (int i = 0; i < n; i++) cells[i] = in[i];"
        return function(f"#pragma omp parallel\n{{\n{loop}\n}}")

    check_pairs(source("parallel"), "cells[]", "frameA=for meet=same")
    check_pairs(source("thread"), "cells[]", "frameA=- meet=free")
    check_silent(source("thread"), "cells[]", "frameA=for")
