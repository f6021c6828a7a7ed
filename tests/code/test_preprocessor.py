"""The preprocessor's part: conditionals, macros, pragmas in macros, comments, and the way back."""

from __future__ import annotations

import pytest

from reviewbot.code.parse import parse
from reviewbot.code.preprocessor import translate
from tests.code.checks import check_pairs, check_silent, function, read

TEAM = "#pragma omp parallel\n"


def test_both_branches_of_a_conditional_are_seen() -> None:
    body = TEAM + "{\n#ifdef FAST\n counter++;\n#else\n other++;\n#endif\n}"
    check_pairs(function(body), "counter", "modeA=update")
    check_pairs(function(body), "other", "modeA=update")
    check_silent(function(body.replace("ifdef FAST", "if 0")), "counter")


def test_branches_that_open_different_braces_are_said_to_be_half_read() -> None:
    body = "#ifdef A\n if (n) {\n#else\n if (!n) {\n#endif\n" + TEAM + " counter++;\n }"
    check_pairs(function(body), "counter")
    assert any("unbalanced" in note.reason for note in read(function(body)).unresolved)
    assert read(function(TEAM + " counter++;")).unresolved == ()


def test_a_macro_that_wraps_a_pragma() -> None:
    before = '#define PAR _Pragma("omp parallel")\n#define CRIT _Pragma("omp critical")'
    check_pairs(function("PAR\n{ counter++; }", before), "counter", "common=none")
    check_pairs(function("PAR\n{ CRIT counter++; }", before), "counter", "common=critical")
    check_silent(function("{ counter++; }", before), "counter")


def test_a_macro_whose_pragma_is_built_from_its_argument() -> None:
    before = "#define OMP(x) _Pragma(#x)"
    check_pairs(
        function("OMP(omp parallel for)\n for (int i = 0; i < n; i++) counter += i;", before),
        "counter",
        "frameA=for",
    )
    check_silent(
        function("OMP(omp simd)\n for (int i = 0; i < n; i++) counter += i;", before),
        "counter",
        "frameA=for",
    )


def test_macros_that_wrap_a_lock() -> None:
    before = (
        "#define LOCK() pthread_mutex_lock(&m)\n#define UNLOCK() pthread_mutex_unlock(&m)\n"
        "pthread_mutex_t m;"
    )
    check_pairs(
        function(TEAM + "{ LOCK(); counter++; UNLOCK(); }", before), "counter", "common=mutex"
    )
    check_pairs(
        function(TEAM + "{ LOCK(); UNLOCK(); counter++; }", before), "counter", "common=none"
    )


def test_a_macro_with_a_body_as_its_argument() -> None:
    before = (
        "#define WITH(l, body) do { pthread_mutex_lock(&l); body; pthread_mutex_unlock(&l);"
        " } while (0)\npthread_mutex_t m;"
    )
    check_pairs(function(TEAM + "{ WITH(m, counter++); }", before), "counter", "common=mutex")
    check_pairs(
        function(TEAM + "{ WITH(m, other++); counter++; }", before), "counter", "common=none"
    )


def test_a_macro_over_several_lines() -> None:
    before = "#define BUMP(x) \\\n    do {      \\\n      (x)++; \\\n    } while (0)"
    check_pairs(function(TEAM + "{ BUMP(counter); }", before), "counter", "modeA=update")
    check_silent(function(TEAM + "{ BUMP(other); }", before), "counter")


def test_a_macro_from_a_header_that_is_not_here_is_recorded() -> None:
    source = function(TEAM + "{ guard_all(counter); counter++; }")
    assert "call:guard_all" in read(source).slices[0].unresolved
    assert read(source.replace("guard_all(counter);", "")).slices[0].unresolved == ()


def test_a_macro_that_names_itself_ends() -> None:
    before = "#define LOOP(x) LOOP(x)\n#define A B\n#define B A"
    check_pairs(function(TEAM + "{ LOOP(1); A; counter++; }", before), "counter")


@pytest.mark.parametrize(
    "pragma",
    [
        "#pragma omp parallel for \\\n  schedule(static)",
        "#  pragma   omp   parallel for",
        "\t#pragma omp parallel for // why",
        "#pragma omp parallel for /* a\n b */",
        "#pragma omp parallel \\\r\n for",
    ],
)
def test_how_a_pragma_may_be_written(pragma: str) -> None:
    loop = "\nfor (int i = 0; i < n; i++) counter += i;"
    check_pairs(function(pragma + loop), "counter", "frameA=for")
    check_silent(function("//" + pragma.replace("\n", " ") + loop), "counter")


@pytest.mark.parametrize("comment", ["/* %s */", "// %s", "// a \\\n %s"])
def test_what_stands_in_a_comment_is_no_code(comment: str) -> None:
    check_silent(function(TEAM + "{ other++;\n" + comment % "counter++;" + "\n}"), "counter")
    check_pairs(function(TEAM + "{ other++;\n counter++;\n}"), "counter")


def test_what_stands_in_a_string_is_no_comment() -> None:
    check_pairs(
        function(TEAM + '{ puts("/* no"); counter++; puts("*/ // no"); other++; }'), "counter"
    )
    check_pairs(
        function(TEAM + '{ puts("/* no"); counter++; puts("*/ // no"); other++; }'), "other"
    )


def test_every_character_knows_its_place() -> None:
    source = "#define TWICE(x) x + x\nint a = TWICE(b); int c = d;\n"
    result = translate(source)
    for name in ("a", "c", "d"):
        offset = result.text.rindex(f" {name}") + 1
        assert source[result.origin(offset)] == name
    use = result.text.index("b + b")
    assert {result.origin(use), result.origin(use + 4)} == {source.index("TWICE(b)")}


_STUB = """
static int number(void) {
#%s
    return omp_get_thread_num();
#else
    return 0;
#endif
}
int bins[64]; pthread_t worker;
void run(void) {
    #pragma omp parallel
    { int w = number(); bins[w]++; }
%s
}
"""


def test_openmp_is_defined_where_its_directives_are_heeded() -> None:
    for condition in ("ifdef _OPENMP", "if defined(_OPENMP)"):
        check_pairs(_STUB % (condition, ""), "bins[]", "meet-by=tid-same")
    check_silent(_STUB % ("ifndef _OPENMP", ""), "bins[]", "meet-by=tid-same")
    check_silent(_STUB % ("ifdef FAST", ""), "bins[]", "meet-by=tid-same")
    other = "pthread_create(&worker, 0, work, 0);"
    check_silent(_STUB % ("ifdef _OPENMP", other), "bins[]", "meet-by=tid-same")


def test_a_project_may_have_a_name_of_its_own_for_a_build_with_openmp() -> None:
    for name in ("LIB_OPENMP", "USE_OMP", "OPENMP", "CORE_OPENMP_SUPPORT"):
        for condition in (f"ifdef {name}", f"if defined({name})", f"if {name}"):
            check_pairs(_STUB % (condition, ""), "bins[]", "meet-by=tid-same")
        check_silent(_STUB % (f"ifndef {name}", ""), "bins[]", "meet-by=tid-same")
    for name in ("NO_OPENMP", "WITHOUT_OMP", "COMPILER", "OMP_DEBUG"):
        check_silent(_STUB % (f"ifdef {name}", ""), "bins[]", "meet-by=tid-same")


def test_what_guards_a_header_is_no_name_for_a_build() -> None:
    guarded = "#ifndef WITH_OMP\n#define WITH_OMP\n" + _STUB % ("ifdef _OPENMP", "") + "#endif\n"
    check_pairs(guarded, "bins[]", "meet-by=tid-same")
    check_silent(guarded.replace("#define WITH_OMP\n", ""), "bins[]")


ATOMIC = """#include <pthread.h>
static long hits;
static void *count(void *given) {
#if defined(__GNUC__)
  %s;
#else
  hits = hits + 1;
#endif
  return given;
}
int main(void) {
  pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, count, 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
}
"""


def test_a_fallback_without_atomics_is_not_read_beside_the_atomics() -> None:
    check_silent(ATOMIC % "__sync_fetch_and_add(&hits, 1)", "hits", "atomicA=-")
    check_pairs(ATOMIC % "++hits", "hits", "atomicA=-")


COUNTED = """#define my_mutex_lock(m) %s
#define my_mutex_unlock(m) ((void)(m))
"""
USED = """void put(struct store *s) {
  my_mutex_lock(s->mutex); s->size++; my_mutex_unlock(s->mutex);
}
"""


@pytest.mark.parametrize(
    ("body", "stays"), [("(m++)", True), ("(m = true)", True), ("pthread_mutex_lock(&(m))", False)]
)
def test_a_lock_that_a_header_only_counts_is_a_lock_in_other_builds(body: str, stays: bool) -> None:
    header = (COUNTED % body).encode()
    text = parse("a.c", USED.encode(), (header,)).translation.text
    assert ("my_mutex_lock(s->mutex)" in text) == stays


def test_a_lock_that_the_file_itself_makes_nothing_of_is_none() -> None:
    assert "my_mutex_lock(s->" not in translate(COUNTED % "((void)0)" + USED).text
