"""What mutations know of a program: directives, variables, parallel parts, locks."""

from __future__ import annotations

from model_export.mutations.locking import guards, lock_pairs, unlocking
from model_export.mutations.pragmas import read_pragmas
from model_export.mutations.program import ParsedProgram


def test_a_directive_is_read_with_its_clauses() -> None:
    text = (
        "#pragma omp parallel for reduction(+ : a, b[0:n]) \\\n    schedule(static, 4)  // note\n"
    )
    (pragma,) = read_pragmas(text)
    assert pragma.name == "parallel for"
    assert [clause.name for clause in pragma.clauses] == ["reduction", "schedule"]
    assert pragma.clauses[0].items == ("a", "b[0:n]")
    assert pragma.clauses[0].modifier == "+"
    assert text[pragma.start : pragma.end].endswith("schedule(static, 4)")


def test_words_of_clauses_are_no_directives() -> None:
    names = [
        pragma.name for pragma in read_pragmas("#pragma omp for ordered\n#pragma omp ordered\n")
    ]
    assert names == ["for", "ordered"]
    (declared,) = read_pragmas("#pragma omp declare reduction(m : int : omp_out += omp_in)\n")
    assert declared.name == "declare reduction"


def test_other_pragmas_are_left_alone() -> None:
    assert read_pragmas("#pragma once\n#pragma GCC ivdep\n") == ()


def test_a_directive_governs_the_statement_after_it() -> None:
    text = "void f(void) {\n#pragma omp parallel\n#pragma omp single\n  // why\n  { g(); }\n}\n"
    program = ParsedProgram(text, "c")
    outer, inner = (program.governed(pragma) for pragma in program.pragmas)
    assert outer is not None
    assert outer == inner
    assert program.source(outer) == "{ g(); }"
    assert program.governed(ParsedProgram("#pragma omp barrier\n", "c").pragmas[0]) is None


def test_variables_are_found_by_scope() -> None:
    text = "static int n;\nvoid f(int n) { for (int i = 0; i < n; i++) { long n = i; n++; } }\n"
    program = ParsedProgram(text, "c")
    update = program.updates[0]
    inner = program.resolve("n", update.target)
    assert inner is not None
    assert (inner.kind, inner.type) == ("local", "long")
    assert sorted(v.kind for v in program.variables if v.name == "n") == [
        "global",
        "local",
        "parameter",
    ]


def test_threads_run_what_their_functions_call() -> None:
    text = """static int n, m;
static void bump(void) { n++; }
static void *work(void *p) { bump(); return p; }
int main(void) { pthread_create(&t, 0, work, 0); m++; }
"""
    program = ParsedProgram(text, "c")
    assert {u.object: program.shared(u.target) for u in program.updates} == {"n": True, "m": False}


def test_what_a_clause_makes_private_is_not_shared() -> None:
    text = "void f(int n) {\n  int a, b;\n#pragma omp parallel private(a)\n  { a = n; b = n; }\n}\n"
    program = ParsedProgram(text, "c")
    assert {u.object: program.shared(u.target) for u in program.updates} == {"a": False, "b": True}


def test_a_lock_is_paired_with_its_own_unlock() -> None:
    lines = "lock(&a); x++; lock(&b); y++; unlock(&b); unlock(&a);"
    text = f"void f(void) {{ {lines} }}"
    pairs = list(lock_pairs(ParsedProgram(text, "c")))
    assert [(pair.lock, len(pair.between)) for pair in pairs] == [("&a", 4), ("&b", 1)]


def test_every_kind_of_lock_has_its_unlock() -> None:
    calls = (
        "pthread_mutex_lock",
        "pthread_rwlock_rdlock",
        "omp_set_lock",
        "lock_shared",
        "acquire",
    )
    assert [unlocking(call) for call in calls] == [
        "pthread_mutex_unlock",
        "pthread_rwlock_unlock",
        "omp_unset_lock",
        "unlock_shared",
        "release",
    ]


def test_a_guard_that_does_not_lock_is_none() -> None:
    lines = "std::unique_lock l(m, std::defer_lock); std::scoped_lock k{m}; n++;"
    text = f"void f() {{ {lines} }}"
    assert [guard.name for guard in guards(ParsedProgram(text, "c++"))] == ["k"]
