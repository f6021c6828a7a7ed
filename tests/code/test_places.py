"""Lines and columns are those of the source: they point at the text of the access."""

from __future__ import annotations

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.records import Access
from tests.code.checks import check_pairs, check_silent, pairs

TEAM = "#pragma omp parallel\n"


def accesses(source: str, name: str) -> list[Access]:
    return [access for pair in pairs(source, name) for access in (pair.first, pair.second)]


def text_at(source: str, access: Access) -> str:
    return source.split("\n")[access.line - 1][access.column - 1 : access.end_column - 1]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("counter++;", "counter"),
        ("\t\tcounter++;", "counter"),
        ('puts("\u00e9\u4f60\U0001f600"); counter++;', "counter"),
        ("/* na\u00efve */ counter = 1;", "counter"),
        ("f(1, 2); (counter)++;", "(counter)"),
    ],
)
def test_an_access_points_at_its_text(line: str, text: str) -> None:
    source = "int counter;\nvoid f(int a, int b) {\n" + TEAM + "{\n" + line + "\n}\n}\n"
    found = accesses(source, "counter")
    assert {a.line for a in found} == {5}
    assert {text_at(source, a) for a in found} == {text}
    assert {a.text for a in found} == {text}
    check_silent(source.replace(TEAM, ""), "counter")


def test_an_element_is_named_with_its_index() -> None:
    source = (
        "int grid[9];\nvoid f(int n) {\n"
        + TEAM
        + "for (int i = 0; i < n; i++)\n  grid[i + 1] = grid[ i ];\n}\n"
    )
    assert {text_at(source, a) for a in accesses(source, "grid[]")} == {"grid[i + 1]", "grid[ i ]"}
    check_silent(source, "grid")


def test_inside_a_macro_it_is_the_place_of_its_use() -> None:
    source = (
        "int counter;\n#define BUMP(x) ((x)++)\nvoid f(void) {\n"
        + TEAM
        + "  { BUMP(counter); }\n}\n"
    )
    found = accesses(source, "counter")
    assert {(a.line, a.column) for a in found} == {(5, 5)}
    assert all(text_at(source, a).startswith("B") for a in found)
    check_silent(source, "other")


def test_behind_a_macro_the_columns_are_right_again() -> None:
    source = (
        "int counter;\n#define NOTHING(x) do { x; x; } while (0)\nvoid f(void) {\n"
        + TEAM
        + "  { NOTHING(1); counter++; NOTHING(2); }\n}\n"
    )
    assert {text_at(source, a) for a in accesses(source, "counter")} == {"counter"}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
def test_newlines_and_encodings(newline: str, encoding: str) -> None:
    source = "int counter; /* \u00fc */\nvoid f(void) {\n" + TEAM + "/* \u00e4 */ counter++;\n}\n"
    found = analyse("a.c", source.replace("\n", newline).encode(encoding))
    (pair,) = found.slices[0].pairs
    assert (pair.first.line, pair.first.column, pair.first.text) == (4, 9, "counter")


def test_regions_have_their_lines() -> None:
    source = "int c;\nvoid f(int n) {\n  n++;\n#pragma omp parallel\n  {\n    c++;\n  }\n}\n"
    (region,) = analyse("a.c", source.encode()).regions
    assert (region.line, region.end_line, region.kind, region.function) == (4, 7, "parallel", "f")
    assert analyse("a.c", source.replace("#pragma omp parallel", "").encode()).regions == ()


def test_a_pointer_to_one_of_two_places_is_either_and_nothing_else() -> None:
    source = """
struct Ledger { long each[200]; long misc; };
void post(struct Ledger *l, const int *amount, int n) {
    #pragma omp parallel for
    for (int i = 0; i < n; ++i) {
        long *target = amount[i] > 0 ? &l->each[i] : &l->%s;
        *target += amount[i];
    }
}
"""
    check_pairs(source % "misc", "l->misc", "modeA=update")
    check_pairs(source % "misc", "l->each[]", "meet=same")
    check_silent(source % "misc", "target[]")
    check_silent(source % "each[i]", "l->misc")


def test_a_vector_of_a_product_of_names_is_no_function() -> None:
    source = """
#include <vector>
void run(int channels, int frames) {
    std::vector<float> wave(channels * frames);
    #pragma omp parallel for
    for (int ch = 0; ch < channels; ++ch) {
        float* out = wave.data() + ch * %s;
        for (int f = 0; f < frames; ++f) out[f] = f;
    }
}
"""
    check_pairs(source % "frames", "wave[]", "meet=same", path="a.cpp")
    check_silent(source % "1", "wave[]", "meet=same", path="a.cpp")


def test_a_number_read_by_its_address_is_the_one_that_the_name_holds() -> None:
    source = """
int omp_get_thread_num(void);
int cells[99], marks[99];
void split(int t, int *lo, int *hi) { *lo = t * 10; *hi = *lo + %s; }
void fill(const int *lo, const int *hi) { for (int i = *lo; i < *hi; i++) marks[i] = i; }
void run(void) {
#pragma omp parallel
  { int t = omp_get_thread_num(), lo, hi, from = t * 9, to = from + %s;
    split(t, &lo, &hi);
    for (int i = lo; i < hi; i++) cells[i] = i;
    fill(&from, &to); }
}
"""
    for name in ("cells[]", "marks[]"):
        check_pairs(source % ("10", "9"), name, "meet=same meet-by=own-same")
        check_silent(source % ("11", "10"), name, "meet=same")


_RECORDS = """
struct body {{ double x, v; }};
void shift({}, long n) {{
    out[0].v = 1;
    #pragma omp parallel for
    for (long i = 1; i < n; ++i) {{ {} }}
}}
"""


def test_two_names_of_arrays_of_records_are_two_arrays() -> None:
    given = "struct body *out, const struct body *in"
    for read in ("in[i - 1].x", "in[0].x", "in [i].x"):
        check_silent(_RECORDS.format(given, f"out[i].x = {read};"), "out[].x", "modeB=read")
        check_pairs(_RECORDS.format(given, f"out[i].x = {read};"), "out[].x", "meet=same")
    check_pairs(_RECORDS.format(given, "out[i].x = out[i - 1].x;"), "out[].x", "modeB=read")
    check_pairs(_RECORDS.format(given, "out[i].x = in->x;"), "out[].x", "modeB=read")
    same = _RECORDS.format("struct body *out", "out[i].x = in[i - 1].x;")
    same = same.replace("out[0].v = 1;", "struct body *in = out;")
    check_pairs(same, "out[].x", "modeB=read")


def test_what_a_thread_reads_by_the_address_of_the_makers_variable_is_not_its_turn() -> None:
    source = """
#include <pthread.h>
int out[99];
void *fill(void *arg) {
  int b = *(int *)arg;
  for (int x = 0; x < 9; x++) out[b * 9 + x] = x;
  return 0;
}
int main(void) {
  pthread_t t[4];
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, fill, &i);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
}
"""
    check_silent(source, "out[]", "meet=same")
