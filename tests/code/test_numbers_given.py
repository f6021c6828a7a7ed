"""Numbers that calls and streams set before a region: what they began with tells nothing."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent, function

TEAM = """int n = 0; long s = 0; {}
#pragma omp parallel for {}
for (int i = 0; i < 9; i++) s += v[i];
use(s);"""
CLAUSES = ("if (n > 0)", "num_threads(n + 1)")
SET = (
    ('scanf("%d", &n);', "a.c"),
    ("ask(argv, (void *)&n);", "a.c"),
    ("int *p = &n; ask(p);", "a.c"),
    ("std::cin >> n;", "a.cpp"),
    ('add(option("-n", n));', "a.cpp"),
)
LEFT_ALONE = (
    ("", "a.c"),
    ("show(n);", "a.c"),
    ("omp_set_num_threads(n);", "a.cpp"),
    ("std::vector<int> w(n); use(std::min(n, 4));", "a.cpp"),
    ("if (n) use(m & n, m >> n);", "a.c"),
    ("x = m >> n;", "a.cpp"),
)


@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize(("before", "path"), SET)
def test_a_team_may_have_any_size_that_is_asked_for(clause: str, before: str, path: str) -> None:
    check_pairs(function(TEAM.format(before, clause)), "s", "threads=many", path=path)


@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize(("before", "path"), LEFT_ALONE)
def test_a_team_whose_number_nothing_sets_is_one_thread(
    clause: str, before: str, path: str
) -> None:
    check_pairs(function(TEAM.format(before, clause)), "s", "threads=one", path=path)


def test_what_a_function_here_takes_by_value_stays() -> None:
    body = TEAM.format("ask(n);", "if (n > 0)")
    for kind, threads in (("int", "one"), ("int &", "many")):
        source = function(body, f"static void ask({kind} k) {{ (void)k; }}\n")
        check_pairs(source, "s", f"threads={threads}", path="a.cpp")


def test_a_size_that_is_set_from_what_was_read() -> None:
    body, clause = TEAM.replace("n = 0", "n = 1"), "omp_set_num_threads(n);"
    check_pairs(function(body.format(clause, "")), "s", "threads=one")
    check_pairs(function(body.format('scanf("%d", &n);' + clause, "")), "s", "threads=many")


STRIDE = """int n = 0; {}
#pragma omp parallel for
for (int i = 0; i < 9; i++) v[i * n] += 1;"""


def test_a_stride_that_was_read_is_not_what_it_began_with() -> None:
    check_pairs(function(STRIDE.format("")), "v[]", "meet=other")
    for read in ('scanf("%d", &n);', "MPI_Comm_size(c, &n);"):
        check_pairs(function(STRIDE.format(read)), "v[]", "meet=same")
        check_silent(function(STRIDE.format(read)), "v[]", "meet=other")
    check_pairs(function(STRIDE.format("std::cin >> n;")), "v[]", "meet=same", path="a.cpp")
