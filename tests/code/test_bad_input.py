"""Broken, hostile and odd input: never an exception, always within bounded time, and said aloud."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewbot.code.analyse import MAX_BYTES, analyse
from reviewbot.records import Analysis
from tests.code.checks import check_pairs, check_silent, read

TEAM = "#pragma omp parallel\n"
GOOD = "int counter;\nvoid f(void) {\n" + TEAM + " counter++;\n}\n"
FRAGMENTS = (
    "#pragma omp parallel for reduction(+: a",
    "#pragma omp",
    "#pragma omp critical(",
    "for (int i = 0; i < n; i++) ",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    "\n",
    "/*",
    "*/",
    "//",
    '"',
    "'",
    "\\\n",
    "#if A\n",
    "#else\n",
    "#endif\n",
    "#define X(a) a X(a)\n",
    "X(",
    "int main(void) ",
    "pthread_create(&t, 0, f, 0);",
    "pthread_join(t, 0);",
    "pthread_mutex_lock(&m);",
    "std::thread t([&] {",
    "std::lock_guard<std::mutex> g(m);",
    "x++",
    "a[i] = b[",
    "->y",
    "struct s {",
    "class C : public D {",
    "template <",
    "void f(int x) {",
    "return",
    "goto l;",
    "l:",
    "switch (x) {",
    "case 1:",
    "do {",
    "} while (x);",
    "*p = ",
    "&q",
    "f(",
    "atomic_int c;",
    "std::atomic<int> d{0};",
    "auto x = [",
    "#pragma omp task depend(in: ",
    "#pragma omp section\n",
    "#pragma omp ordered depend(sink: i - 1)\n",
    "\x00",
    "é",
    'R"x(',
    "0x",
    "1e",
    "::",
    "<<<1, 2>>>",
    "co_await ",
    "try {",
    "} catch (...) {",
    "new int[",
    "delete p;",
    "...",
)


def bounded(data: bytes, path: str = "a.cpp", seconds: float = 20.0) -> Analysis:
    start = time.process_time()
    result = analyse(path, data)
    assert time.process_time() - start < seconds
    return result


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(FRAGMENTS), max_size=60),
    st.sampled_from(("a.c", "a.cpp", "a.h", "a.cu")),
)
def test_any_mixture_of_code_is_read(parts: list[str], path: str) -> None:
    result = bounded((" ".join(parts) + " pthread omp").encode(), path)
    assert result.path == path
    lines = " ".join(parts).count("\n") + 1
    for item in result.slices:
        assert item.pairs
        for pair in item.pairs:
            assert 1 <= pair.first.line <= lines
            assert 1 <= pair.first.column < pair.first.end_column


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    assert bounded(b"// pthread omp atomic\n" + data).path == "a.cpp"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 12))
def test_a_file_with_a_hole_is_read(start: int, length: int) -> None:
    data = (GOOD * 2)[:start] + (GOOD * 2)[start + length :]
    assert bounded(data.encode(), "a.c").skipped is None


@pytest.mark.parametrize(
    "pragma",
    [
        "#pragma omp parallel for reduction(+:",
        "#pragma omp",
        "#pragma omp parallel private(",
        "#pragma omp paral",
    ],
)
def test_a_half_written_pragma_harms_no_other(pragma: str) -> None:
    source = GOOD + f"void g(int n) {{\n{pragma}\n for (int i = 0; i < n; i++) n++;\n}}\n"
    check_pairs(source, "counter", "modeA=update")
    check_silent(source.replace("#pragma omp parallel\n", ""), "counter")


def test_an_unterminated_comment_is_said() -> None:
    found = read(GOOD + "/* never\nint x;\n")
    assert [note.reason for note in found.unresolved] == ["unterminated comment"]
    assert [note.line for note in found.unresolved] == [6]
    assert found.slices
    assert read(GOOD + "/* once */\n").unresolved == ()


def test_a_file_without_parallel_code_says_nothing() -> None:
    assert read("int f(int x) { return x + 1; }\n") == Analysis(path="a.c")


def test_a_large_file_is_skipped_with_a_reason() -> None:
    found = bounded((GOOD * (MAX_BYTES * 5 // len(GOOD))).encode(), "a.c", 2)
    assert found.skipped is not None
    assert "generated" in found.skipped
    assert read(GOOD).skipped is None


def test_a_file_with_nul_bytes_is_binary_but_not_for_one_far_behind() -> None:
    assert analyse("a.c", GOOD.encode() + b"\0").skipped == "binary"
    assert analyse("a.c", GOOD.encode() + b"/*" + b" " * 9000 + b"\0*/").slices


@pytest.mark.parametrize("data", [GOOD.encode("utf-16"), b"\xff\xfe\xfd omp", b"\xc3\x28 pthread"])
def test_bytes_that_are_no_text(data: bytes) -> None:
    assert bounded(data).slices == ()


@pytest.mark.parametrize(
    "source",
    [
        "{" * 2000 + " x++; " + "}" * 2000,
        "if (x) " * 2000 + "x++;",
        "x = " + "(" * 2000 + "x" + ")" * 2000 + ";",
        "x = " + "x + " * 5000 + "x;",
        "x = " + "f(" * 2000 + ")" * 2000 + ";",
        "x" + ".a" * 5000 + " = 1;",
        "x" + "[x" * 2000 + "]" * 2000 + " = 1;",
        "else if (x) y++; " * 2000,
        "for (int i = 0; i < n; i++) " * 1500 + "x++;",
        "switch (x) { case 1: " * 500 + "}" * 500,
        "auto f = [&] { " * 800 + "};" * 800,
        "struct s { " * 1500 + "int x; " + "} a;" * 1500,
        "#pragma omp task\n" * 3000 + "x++;",
        "#pragma omp parallel\n" * 500 + "x++;",
        "#pragma omp for collapse(9999)\n" + "for (int i = 0; i < n; i++) " * 1500 + "x++;",
    ],
    ids=lambda source: source[:14].strip(),
)
def test_deep_nesting_ends(source: str) -> None:
    code = "int x, n;\nvoid f(void) {\n#pragma omp parallel\n{\n x++;\n" + source + "\n}\n}\n"
    assert bounded(code.encode()).skipped is None
    assert (
        bounded(code.replace("#pragma omp parallel", "pthread_mutex_lock(&m);").encode()).skipped
        is None
    )


@pytest.mark.parametrize(
    "piece",
    [
        "/*",
        'R"x(',
        '"',
        "'",
        "#if A\n",
        "#if A\n#else\n",
        "alignas(",
        "__attribute__((",
        "<<<",
        "thread<",
        "M(",
        "thread ",
        "//\\\n",
        "#define M(x) x x\n",
        "f(",
        "x ",
        "a<",
        "#pragma omp parallel private(",
        "pthread_create(",
        "struct ",
        "(",
        "x->",
        "lock(",
        "*",
        "::",
        "\\\n",
        "[",
        "_Pragma(",
        "#pragma omp atomic\n",
        "goto a; a: ",
        "std::thread t(f, ",
    ],
)
def test_a_piece_repeated_without_end_takes_bounded_time(piece: str) -> None:
    head = (
        "#define M(x) x\nvoid f(void) { pthread_mutex_lock(&m); std::thread "
        "t;\n#pragma omp parallel\n{ alignas(8) int x; \n"
    )
    assert bounded((head + piece * (120_000 // len(piece))).encode()).slices == ()


def test_macros_that_grow_without_end_are_cut() -> None:
    source = "".join(f"#define A{i + 1}(x) A{i}(x) A{i}(x)\n" for i in range(40)).replace(
        "A0(x)", "counter++;"
    )
    found = bounded((source + GOOD.replace("counter++;", "A40(1)")).encode(), "a.c")
    assert any("macro" in note.reason for note in found.unresolved)
    assert read("#define A(x) x\n" + GOOD.replace("counter++;", "A(counter++);")).unresolved == ()


def test_a_fragment_without_a_function_is_read() -> None:
    check_pairs(
        "#pragma omp parallel for\nfor (int i = 0; i < n; i++)\n  total += a[i];\n",
        "total",
        "frameA=for modeA=update",
    )
    check_silent("for (int i = 0; i < n; i++)\n  total += a[i];\n", "total")


def test_a_hunk_that_starts_inside_a_function() -> None:
    hunk = (
        "    prepare();\n#pragma omp parallel\n    {\n        total += "
        "1;\n    }\n    done();\n}\n\nint g(void) {\n"
    )
    check_pairs(hunk, "total", "modeA=update")
    check_silent(hunk.replace("#pragma omp parallel\n", ""), "total")


THREAD = "int main() { std::thread t(f); f(); t.join(); }\n"
LEAF = "#include <thread>\n#include <memory>\nint g;\nstruct A { A() { g++; } ~A() { g--; } };\n"


def _nested(outer: str, inner: str, ends: bool) -> str:
    members = " ".join(f"{inner} m{i};" for i in range(100))
    return f"struct {outer} {{ {members} {f'~{outer}() {{ g--; }}' if ends else ''} }};\n"


GROWING = {
    "members of members": _nested("B", "A", False) + _nested("C", "B", False)
    + _nested("D", "C", False) + "void f() { D d; }\n",
    "members that end": _nested("B", "A", True) + _nested("C", "B", True)
    + _nested("D", "C", True) + "void f() { D d; }\n",
    "overloads": "".join(f"void h(int a{i}, char* b[{i}]) {{ g++; }}\n" for i in range(900))
    + "void f() { " + "h(1, 0); " * 900 + "}\n",
    "derived classes": "struct B { virtual void r() { g++; } };\n"
    + "".join(f"struct D{i} : B {{ void r() {{ g += {i}; }} }};\n" for i in range(900))
    + "void f() { B* b = new B; " + "b->r(); " * 900 + "}\n",
    "a line of classes": "struct D0 { virtual void r() { g++; } };\n"
    + "".join(f"struct D{i + 1} : D{i} {{ void r() {{ g++; }} }};\n" for i in range(400))
    + "void f() { D0* b = new D0; " + "b->r(); " * 400 + "}\n",
    "owners": "void f() {\n"
    + "".join(f"std::unique_ptr<A> p{i} = std::make_unique<A>();\n" for i in range(3000)) + "}\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", GROWING)
def test_what_grows_faster_than_the_text_is_bounded(kind: str) -> None:
    assert bounded((LEAF + GROWING[kind] + THREAD).encode(), seconds=4).skipped is None


def test_a_region_that_many_functions_reach_is_read_for_some_of_them() -> None:
    body = "  for (int i = 0; i < 9; i++) { " + "t[i] += i * n; " * 40 + " seen = n; }\n"
    helper = f"static int t[9], seen;\nstatic void fill(int n) {{\n{TEAM}{body}}}\n"
    callers = "".join(f"void f{i}(void) {{ fill({i}); }}\n" for i in range(400))
    found = bounded((helper + callers).encode(), seconds=4)
    assert {item.object for item in found.slices} == {"t[]", "seen"}


def test_ends_that_were_not_read_are_said() -> None:
    found = bounded((LEAF + GROWING["members that end"] + THREAD).encode(), seconds=4)
    assert "too much code to read whole: rest of f" in {note.reason for note in found.unresolved}
    few = LEAF + "struct B { A m; };\nvoid f() { B d; }\n" + THREAD
    assert bounded(few.encode(), seconds=4).unresolved == ()


def test_one_party_with_many_accesses_leaves_room_for_others() -> None:
    long = "void first(int n) {\n" + "  a = b + n; b = a + 1;\n" * 4000 + "}\n"
    locks = "pthread_mutex_lock(&m); c++; pthread_mutex_unlock(&m);"
    source = f"#include <pthread.h>\nstatic int a, b, c;\npthread_mutex_t m;\n{long}"
    source += f"void second(void) {{ {locks} }}\nint third(void) {{ return c; }}\n"
    found = read(source)
    assert "c" in [item.object for item in found.slices]
    assert "c" in [item.object for item in read(source.replace(long, "")).slices]
