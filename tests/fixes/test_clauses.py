"""Clauses and moved declarations: each thread gets a copy of its own."""

from __future__ import annotations

import pytest

from reviewbot.fixes.clauses import inside, private, reduction
from tests.fixes.checks import check_fix, check_none

SUM = """\
double total(const double *a, int n) {
    double sum = 0;
    #pragma omp parallel for
    for (int i = 0; i < n; i++) {
        BODY
    }
    return sum;
}
"""


def summing(body: str) -> str:
    return SUM.replace("BODY", body)


def reduced(body: str, op: str) -> str:
    return summing(body).replace("parallel for", f"parallel for reduction({op}:sum)")


class TestReduction:
    @pytest.mark.parametrize(
        ("body", "op"),
        [
            ("sum += a[i];", "+"),
            ("sum -= a[i];", "+"),
            ("sum++;", "+"),
            ("sum = sum + a[i];", "+"),
            ("sum = a[i] + sum;", "+"),
            ("sum = sum - a[i] + a[n - i];", "+"),
            ("sum *= a[i];", "*"),
            ("if (a[i] > 0) sum += a[i]; else sum -= 1;", "+"),
            ("if (a[i] > sum) sum = a[i];", "max"),
            ("if (sum > a[i]) { sum = a[i]; }", "min"),
            ("sum = a[i] < sum ? a[i] : sum;", "min"),
            ("sum = fmax(sum, a[i]);", "max"),
        ],
    )
    def test_updates_by_one_operator(self, body: str, op: str) -> None:
        check_fix(reduction, summing(body), reduced(body, op), "sum")

    @pytest.mark.parametrize(
        "body",
        [
            "sum += a[i]; if (sum > 10) use(i);",  # a running sum is read
            "sum += a[i]; sum *= 2;",
            "sum = a[i];",
            "sum += sum * a[i];",
            "use(sum += a[i]);",
            "if (a[i] > sum) { sum = a[i]; where = i; }",  # the place would go astray
            "if (a[i] > sum) sum = a[i] + 1;",
            "sum = sum / a[i];",
            "add(&sum, a[i]); sum += 1;",
        ],
    )
    def test_silent_where_the_value_matters_on_the_way(self, body: str) -> None:
        check_none(reduction, summing(body), "sum")

    def test_joins_a_clause_of_the_same_operator(self) -> None:
        before = summing("sum += a[i];").replace("for\n", "for reduction(+ : other)\n")
        after = before.replace("+ : other", "+ : other, sum")
        check_fix(reduction, before, after, "sum")

    def test_leaves_a_clause_of_another_operator_alone(self) -> None:
        before = summing("sum += a[i];").replace("for\n", "for reduction(max : other)\n")
        after = before.replace("other)", "other) reduction(+:sum)")
        check_fix(reduction, before, after, "sum")

    @pytest.mark.parametrize(
        ("clause", "left"),
        [(" shared(sum)", ""), (" shared(a, sum, n)", " shared(a, n)")],
    )
    def test_takes_the_variable_out_of_the_shared_clause(self, clause: str, left: str) -> None:
        before = summing("sum += a[i];").replace("for\n", f"for{clause} schedule(static)\n")
        after = before.replace(clause, left).replace("static)", "static) reduction(+:sum)")
        check_fix(reduction, before, after, "sum")

    def test_stands_before_a_comment_and_behind_a_continued_line(self) -> None:
        before = summing("sum += a[i];").replace("for\n", "for // each\n", 1)
        after = before.replace("for // each", "for reduction(+:sum) // each")
        check_fix(reduction, before, after, "sum")
        before = summing("sum += a[i];").replace("for\n", "for \\\n        schedule(static)\n", 1)
        after = before.replace("static)", "static) reduction(+:sum)")
        check_fix(reduction, before, after, "sum")

    def test_keeps_crlf(self) -> None:
        before, after = summing("sum += a[i];"), reduced("sum += a[i];", "+")
        check_fix(reduction, before.replace("\n", "\r\n"), after.replace("\n", "\r\n"), "sum")

    def test_a_region_without_a_loop(self) -> None:
        before = (
            "int f(void) {\n    int hits = 0;\n    #pragma omp parallel\n    {\n"
            "        hits += work();\n    }\n    return hits;\n}\n"
        )
        after = before.replace("parallel\n", "parallel reduction(+:hits)\n")
        check_fix(reduction, before, after, "hits")

    def test_silent_in_a_task(self) -> None:
        text = (
            "int f(int n) {\n    int hits = 0;\n    #pragma omp parallel\n    #pragma omp single\n"
            "    for (int i = 0; i < n; i++) {\n        #pragma omp task\n"
            "        hits += work(i);\n    }\n    return hits;\n}\n"
        )
        check_none(reduction, text, "hits")

    def test_a_class_has_no_built_in_reduction(self) -> None:
        before = summing("sum += a[i];").replace("double sum = 0", "Money sum = 0")
        check_none(reduction, before, "sum", "a.cpp")
        known = before.replace("double total", "using Money = double;\ndouble total")
        after = known.replace("parallel for", "parallel for reduction(+:sum)")
        check_fix(reduction, known, after, "sum", "a.cpp")

    def test_silent_where_a_macro_writes_the_directive(self) -> None:
        written, operator = "    #pragma omp parallel for", '    _Pragma("omp parallel for")'
        check_none(reduction, summing("sum += a[i];").replace(written, operator), "sum")


SCRATCH = """\
void scale(double *a, int n) {
    double t;
    int j;
    #pragma omp parallel for
    for (int i = 0; i < n; i++) {
        BODY
    }
    AFTER
}
"""


def scratch(body: str, after: str = "done();") -> str:
    return SCRATCH.replace("BODY", body).replace("AFTER", after)


class TestPrivate:
    @pytest.mark.parametrize(
        ("body", "name"),
        [
            ("t = a[i]; a[i] = t * t;", "t"),
            ("for (j = 0; j < 4; j++) a[i * 4 + j] = 0;", "j"),
            ("for (int k = 0; k < 4; k++) { t = a[k]; a[i] += t; }", "t"),
        ],
    )
    def test_scratch_of_one_round(self, body: str, name: str) -> None:
        before = scratch(body)
        after = before.replace("parallel for", f"parallel for private({name})")
        check_fix(private, before, after, name)

    @pytest.mark.parametrize(
        ("body", "after"),
        [
            ("a[i] = t; t = a[i];", "done();"),  # carried from round to round
            ("t = a[i]; a[i] = t;", "use(t);"),  # read afterwards
            ("if (a[i] > 0) t = a[i]; a[i] = t;", "done();"),  # not always written
            ("t = a[i]; keep(&t);", "done();"),
            ("t += a[i];", "done();"),
        ],
    )
    def test_silent_where_the_value_lives_on(self, body: str, after: str) -> None:
        check_none(private, scratch(body, after), "t")

    def test_written_again_before_it_is_read_afterwards(self) -> None:
        before = scratch("t = a[i]; a[i] = t;", "t = 1; use(t);")
        check_fix(private, before, before.replace("parallel for", "parallel for private(t)"), "t")

    def test_silent_where_an_outer_loop_brings_the_value_back(self) -> None:
        text = scratch("t = a[i]; a[i] = t;", "}").replace(
            "    #pragma", "    while (more()) { use(t);\n    #pragma"
        )
        check_none(private, text, "t")

    def test_an_array_of_the_function(self) -> None:
        before = scratch("for (int k = 0; k < 4; k++) buf[k] = a[i]; a[i] = buf[1];").replace(
            "double t", "double buf[4]"
        )
        after = before.replace("parallel for", "parallel for private(buf)")
        check_fix(private, before, after, "buf[]")
        check_none(private, before.replace("double buf[4]", "static double buf[4]"), "buf[]")


class TestInside:
    def test_moves_the_declaration_to_the_first_write(self) -> None:
        before = scratch("t = a[i];\n        a[i] = t * t;")
        after = before.replace("    double t;\n", "").replace("t = a[i];", "double t = a[i];")
        check_fix(inside, before, after, "t")

    def test_into_the_head_of_a_loop(self) -> None:
        before = scratch("for (j = 0; j < 4; j++) a[i * 4 + j] = 0;")
        after = before.replace("    int j;\n", "").replace("(j = 0", "(int j = 0")
        check_fix(inside, before, after, "j")

    def test_silent_where_the_line_declares_more(self) -> None:
        text = scratch("t = a[i]; a[i] = t;").replace("double t;", "double t, u;")
        check_none(inside, text, "t")

    def test_silent_where_the_name_is_used_elsewhere(self) -> None:
        check_none(inside, scratch("t = a[i]; a[i] = t;", "use(t);"), "t")

    def test_in_the_body_of_a_thread(self) -> None:
        before = """\
#include <thread>
void run(double *a) {
    double t;
    auto work = [&](int i) {
        t = a[i];
        a[i] = t * t;
    };
    std::thread one(work, 0), two(work, 1);
    one.join();
    two.join();
}
"""
        after = before.replace("    double t;\n", "").replace("t = a[i];", "double t = a[i];")
        check_fix(inside, before, after, "t", "a.cpp")
