"""Directives that protect an access or order two of them."""

from __future__ import annotations

import pytest

from reviewbot.fixes.pragmas import atomic, barrier, critical, no_nowait, taskwait
from tests.fixes.checks import check_fix, check_none

LOOP = """\
struct bin { int count; };
int hits, seen;
void count(struct bin *b, const int *a, int n) {
    #pragma omp parallel for
    for (int i = 0; i < n; i++) {
        BODY
    }
}
"""
HERE = "        "


def looping(body: str) -> str:
    return LOOP.replace("BODY", body)


class TestAtomic:
    @pytest.mark.parametrize(
        ("body", "name", "word"),
        [
            ("hits++;", "hits", "atomic"),
            ("hits += a[i];", "hits", "atomic"),
            ("hits = hits + a[i];", "hits", "atomic"),
            ("b[a[i]].count += 2;", "b[].count", "atomic"),
            ("hits = 1;", "hits", "atomic write"),
        ],
    )
    def test_simple_statements(self, body: str, name: str, word: str) -> None:
        check_fix(atomic, looping(body), looping(f"#pragma omp {word}\n{HERE}{body}"), name)

    @pytest.mark.parametrize(
        "body",
        [
            "hits = 2 * hits + 1;",
            "hits = a[i] - hits + 1;",
            "if (a[i] > hits) hits = a[i];",
            "seen = hits; hits = seen + 1;",  # what lies between would be lost
            "use(hits++);",
            "int old = hits++; use(old);",
        ],
    )
    def test_silent_on_what_is_no_single_access(self, body: str) -> None:
        check_none(atomic, looping(body), "hits")

    def test_the_only_statement_of_an_if(self) -> None:
        before = looping("if (a[i])\n            hits++;")
        after = looping("if (a[i])\n            #pragma omp atomic\n            hits++;")
        check_fix(atomic, before, after, "hits")

    def test_the_only_statement_of_an_if_on_one_line(self) -> None:
        before = looping("if (a[i]) hits++;")
        after = looping("if (a[i])\n            #pragma omp atomic\n            hits++;")
        check_fix(atomic, before, after, "hits")

    def test_several_updates(self) -> None:
        before = looping(f"hits++;\n{HERE}use(i);\n{HERE}hits--;")
        marked = f"#pragma omp atomic\n{HERE}"
        after = looping(f"{marked}hits++;\n{HERE}use(i);\n{HERE}{marked}hits--;")
        check_fix(atomic, before, after, "hits")

    def test_tabs_and_crlf(self) -> None:
        before = looping("hits++;").replace("    ", "\t").replace("\n", "\r\n")
        after = before.replace("\t\thits", "\t\t#pragma omp atomic\r\n\t\thits")
        check_fix(atomic, before, after, "hits")

    def test_a_struct_is_not_copied_atomically(self) -> None:
        text = looping("b[0] = b[i];")
        check_none(atomic, text, "b[]")

    def test_operators_of_a_class_are_not_atomic(self) -> None:
        text = looping("hits += a[i];").replace("int hits, seen;", "std::string hits;")
        check_none(atomic, text, "hits", "a.cpp")

    def test_silent_in_a_macro(self) -> None:
        text = "#define BUMP(x) do { (x)++; } while (0)\n" + looping("BUMP(hits);")
        check_none(atomic, text, "hits")

    def test_silent_without_openmp(self) -> None:
        text = (
            "#include <thread>\nint hits;\nvoid f() { hits++; }\n"
            "int main() { std::thread a(f); std::thread b(f); a.join(); b.join(); }\n"
        )
        check_none(atomic, text, "hits", "a.cpp")


class TestCritical:
    def test_a_check_and_what_follows_from_it(self) -> None:
        body = f"if (a[i] > hits) {{\n{HERE}    hits = a[i];\n{HERE}    seen = i;\n{HERE}}}"
        check_fix(critical, looping(body), looping(f"#pragma omp critical\n{HERE}{body}"), "hits")

    def test_two_statements_become_one_section(self) -> None:
        before = looping(f"seen = hits;\n{HERE}hits = seen + 1;  // next")
        after = looping(
            f"#pragma omp critical\n{HERE}{{\n{HERE}    seen = hits;\n"
            f"{HERE}    hits = seen + 1;  // next\n{HERE}}}"
        )
        check_fix(critical, before, after, "hits")

    def test_not_in_simd_lanes(self) -> None:
        text = looping("hits++;").replace("parallel for", "parallel for simd")
        check_none(critical, text, "hits")

    @pytest.mark.parametrize(
        "body",
        [
            "if (hits > 3) continue;\n        hits++;",  # control leaves the section
            "int old = hits;\n        hits = 1;\n        use(old);",  # old would be gone
            "while (hits++ < i) wait(i);",
        ],
    )
    def test_silent_where_a_block_would_change_the_code(self, body: str) -> None:
        check_none(critical, looping(body), "hits")


TWO_LOOPS = """\
void smooth(double *a, double *b, int n) {
    #pragma omp parallel
    {
        #pragma omp for nowait
        for (int i = 0; i < n; i++)
            a[i] = i;
        #pragma omp for
        for (int i = 0; i < n; i++)
            b[i] = a[n - 1 - i];
    }
}
"""


class TestOrder:
    def test_nowait_goes(self) -> None:
        check_fix(no_nowait, TWO_LOOPS, TWO_LOOPS.replace(" nowait", ""), "a[]")

    def test_nowait_among_clauses(self) -> None:
        before = TWO_LOOPS.replace("for nowait", "for schedule(static), nowait collapse(1)")
        check_fix(no_nowait, before, before.replace(", nowait", ""), "a[]")

    def test_silent_where_the_race_is_within_the_loop(self) -> None:
        one_loop = TWO_LOOPS.partition("        #pragma omp for\n")[0] + "    }\n}\n"
        check_none(no_nowait, one_loop.replace("a[i] = i", "a[0] += a[i]"), "a[]")

    def test_a_barrier_before_what_others_read(self) -> None:
        before = """\
int setup(void);
void run(double *out) {
    int base = 0;
    #pragma omp parallel
    {
        #pragma omp master
        base = setup();
        out[omp_get_thread_num()] = base;
    }
}
"""
        after = before.replace("        out[", "        #pragma omp barrier\n        out[")
        check_fix(barrier, before, after, "base")

    def test_a_barrier_above_the_directive_of_the_second_statement(self) -> None:
        before = TWO_LOOPS
        after = before.replace(
            "        #pragma omp for\n", "        #pragma omp barrier\n        #pragma omp for\n"
        )
        check_fix(barrier, before, after, "a[]")

    def test_no_barrier_where_not_all_threads_come_by(self) -> None:
        text = """\
void run(int *x, int n) {
    #pragma omp parallel
    {
        if (n > 3) {
            #pragma omp master
            x[0] = 1;
            use(x[0]);
        }
    }
}
"""
        check_none(barrier, text, "x[]")

    def test_no_barrier_in_a_worksharing_block(self) -> None:
        text = """\
void run(int *x) {
    #pragma omp parallel
    #pragma omp single
    {
        #pragma omp task
        x[0] = 1;
        use(x[0]);
    }
}
"""
        check_none(barrier, text, "x[]")

    def test_taskwait_before_the_statement_that_reads(self) -> None:
        before = """\
int half(int n) {
    int left = 0;
    #pragma omp parallel
    #pragma omp single
    {
        #pragma omp task shared(left)
        left = work(n);
        int right = work(n + 1);
        use(left + right);
    }
    return left;
}
"""
        after = before.replace("        use(", "        #pragma omp taskwait\n        use(")
        check_fix(taskwait, before, after, "left")

    def test_taskwait_above_the_directive_of_a_second_task(self) -> None:
        before = """\
void pair(int *x) {
    #pragma omp parallel
    #pragma omp single
    {
        #pragma omp task
        x[0] = 1;
        #pragma omp task
        x[0] += 2;
    }
}
"""
        second = "        #pragma omp task\n        x[0] += 2;"
        after = before.replace(second, f"        #pragma omp taskwait\n{second}")
        check_fix(taskwait, before, after, "x[]")

    def test_no_taskwait_within_one_task(self) -> None:
        text = """\
int hits;
void run(int n) {
    #pragma omp parallel
    #pragma omp single
    for (int i = 0; i < n; i++) {
        #pragma omp task
        {
            hits++;
            use(hits);
        }
    }
}
"""
        check_none(taskwait, text, "hits")
