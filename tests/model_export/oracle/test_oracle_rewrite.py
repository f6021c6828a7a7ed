"""Lanes, teams and offload as threads: the texts before and after."""

import pytest

from model_export.oracle.rewrite import NotRewritable, rewrite

LOOP = "for (int i = 0; i < n; i++) {\n  a[i] = 0;\n}\n"


def first_line(text: str) -> str:
    return text.split("\n", maxsplit=1)[0].strip()


def directive(pragma: str) -> str:
    (text,) = rewrite(f"#pragma omp {pragma}\n{LOOP}")
    assert text.endswith(LOOP)
    return " ".join(first_line(text).removeprefix("#pragma omp").split())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("simd", "parallel for schedule(static, 1)"),
        ("simd reduction(+ : s) simdlen(8)", "parallel for reduction(+ : s) schedule(static, 1)"),
        ("parallel for simd schedule(dynamic, 4)", "parallel for schedule(static, 1)"),
        ("for simd nowait", "for nowait schedule(static, 1)"),
        ("taskloop simd grainsize(9)", "taskloop grainsize(1)"),
        (
            "teams distribute",
            "teams distribute num_teams(4) thread_limit(4) dist_schedule(static, 1)",
        ),
        ("loop bind(parallel)", "for"),
        ("loop bind(thread)", "parallel for"),
        ("parallel loop private(x)", "parallel for private(x)"),
        # What threads run already stays as it is.
        ("parallel for schedule(dynamic, 4)", "parallel for schedule(dynamic, 4)"),
        ("declare simd", "declare simd"),
        ("target map(tofrom : a)", "target map(tofrom : a)"),
    ],
)
def test_directives(before: str, after: str) -> None:
    assert directive(before) == after


def test_a_counter_from_outside_keeps_its_last_value() -> None:
    (text,) = rewrite("#pragma omp simd\nfor (i = 0; i < n; i++) a[i] = 0;\n")
    assert "lastprivate(i)" in text
    (text,) = rewrite("#pragma omp simd\nfor (int i = 0; i < n; i++) a[i] = 0;\n")
    assert "lastprivate" not in text


def test_lines_keep_their_numbers() -> None:
    source = (
        "int x;\n#pragma omp simd \\\n    safelen(2) \\\n    aligned(a : 8)\n" + LOOP + "int y;\n"
    )
    (text,) = rewrite(source)
    assert text.count("\n") == source.count("\n")
    assert text.split("\n")[-2] == "int y;"
    assert "aligned" not in text


def test_safelen_waits_for_who_shares_no_vector() -> None:
    (text,) = rewrite("#pragma omp simd safelen(2)\n" + LOOP)
    assert "ordered(1)" in first_line(text)
    assert '_Pragma("omp ordered depend(sink: i - 2) depend(sink: i - 3)")' in text
    assert text.index("a[i] = 0;") < text.index("depend(source)")


def test_safelen_counts_steps_and_goes_down() -> None:
    source = "#pragma omp simd safelen(2)\nfor (int i = n; i > 0; i -= 4) {\n  a[i] = 0;\n}\n"
    (text,) = rewrite(source)
    assert "depend(sink: i + 2 * 4) depend(sink: i + 3 * 4)" in text


def test_lanes_of_limited_length_in_threads_are_judged_twice() -> None:
    threads_too = rewrite("#pragma omp parallel for simd safelen(2) schedule(dynamic)\n" + LOOP)
    assert ["depend(sink" in text for text in threads_too] == [True, False]
    assert "parallel for" in first_line(threads_too[1])
    assert "schedule(dynamic)" in first_line(threads_too[1])
    assert len(rewrite("#pragma omp parallel for simd schedule(dynamic)\n" + LOOP)) == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("#pragma omp simd safelen(LANES)\n" + LOOP, "no number"),
        ("#pragma omp simd safelen(4) collapse(2)\n" + LOOP, "collapsed"),
        ("#pragma omp simd safelen(4)\nfor (int i = 0; i < n; i++) a[i] = 0;\n", "body"),
        ("#pragma omp simd if(simd : big)\n" + LOOP, "condition"),
        ("#pragma omp loop\n" + LOOP, "binds"),
        ("#pragma omp metadirective when(x : simd)\n" + LOOP, "metadirective"),
    ],
)
def test_says_what_it_cannot_rewrite(source: str, reason: str) -> None:
    with pytest.raises(NotRewritable, match=reason):
        rewrite(source)


def test_programs_without_lanes_stand_for_themselves() -> None:
    source = "int main(void) {\n#pragma omp parallel\n  f();\n}\n"
    assert rewrite(source) == (source,)
