"""Shapes that whole projects of numbers and images have; beside each silent one, one that races."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from reviewbot.code.analyse import analyse
from reviewbot.code.includes import MAX_HEADERS, project_headers
from reviewbot.code.parse import parse
from reviewbot.code.prefilter import is_c_family
from reviewbot.records import Analysis
from tests.code.checks import check_pairs, check_silent

IMAGE = """
class API Image {
 public:
  Image(); Image(int w, void* d); ~Image(); Image& operator=(const Image& o);
  Image row(int y);
  template <typename T> operator T*();
  void* data; int w; static int made;
};
INLINE Image::Image() : data(0), w(0) {}
INLINE Image::Image(int _w, void* d) : data(d), w(_w) { %s }
INLINE Image::~Image() { data = 0; w = 0; }
INLINE Image& Image::operator=(const Image& o) { data = o.data; w = o.w; return *this; }
INLINE Image Image::row(int y) { Image r(w, (char*)data + y * w); r.w = w - 1; return r; }
template <typename T> INLINE Image::operator T*() { return (T*)data; }
"""
ROWS = """#include "image.h"
void scale(Image& image, int height, int width) {
  #pragma omp parallel for
  for (int y = 0; y < height; y++) {
    float* row = image.row(y);
    for (int x = 0; x < width; x++) { *row = *row + 1; row++; }
    %s
  }
}
"""


def look(source: str, headers: Mapping[str, str], path: str) -> Analysis:
    """The analysis of a file with these headers beside it."""

    def beside(paths: Sequence[str]) -> dict[str, bytes | None]:
        return {p: headers[p].encode() if p in headers else None for p in paths}

    return analyse(path, source.encode(), beside)


def objects(source: str, headers: Mapping[str, str], path: str = "a.cpp") -> set[str]:
    """The names of all objects that have a pair."""
    return {item.object for item in look(source, headers, path).slices}


def met(source: str, headers: Mapping[str, str], name: str) -> set[str]:
    """How the subscripts of an object's pairs meet."""
    slices = [s for s in look(source, headers, "a.c").slices if s.object == name]
    return {dict(pair.relations)["meet"] for item in slices for pair in item.pairs}


def test_members_are_those_of_objects_whatever_macro_is_before_a_constructor() -> None:
    shared = {"w", "data", "row->w", "row->data", "image.w", "image.data"}
    assert not shared & objects(ROWS % "", {"image.h": IMAGE % ""})
    assert "Image::made" in objects(ROWS % "", {"image.h": IMAGE % "made++;"})


def test_a_pointer_is_not_the_object_that_is_turned_into_it() -> None:
    assert "image.w" in objects(ROWS % "image.w = y;", {"image.h": IMAGE % ""})
    assert "image.w" in objects(ROWS % "Image* all = &image; all->w = y;", {"image.h": IMAGE % ""})


def test_a_member_that_one_build_has_for_all_objects_is_each_object_s_own() -> None:
    source = """struct S {
#if BATCH
  int n;
#else
  static %s int n;
#endif
  void set() { n = 1; }
};
void f(int count) {
  #pragma omp parallel for
  for (int i = 0; i < count; i++) { S one; one.set(); }
}
"""
    check_silent(source % "const", "S::n", path="a.cpp")
    check_pairs(source.replace("  int n;\n", "") % "", "S::n", "modeA=write-constant", path="a.cpp")


LOOP = """void sum(Field* parts, Field& all, int level) {
  %s
#pragma omp parallel
  for (%s; part.valid(); ++part) { use(part); }
}
"""


@pytest.mark.parametrize("given", ["all, size_of(level)", "parts[level], size()", "all, true"])
def test_an_object_made_in_a_loop_s_head_is_its_thread_s_own(given: str) -> None:
    check_silent(LOOP % ("", f"Part part({given})"), "part", path="a.cpp")
    check_pairs(LOOP % (f"Part part({given});", ""), "part", "shareA=shared", path="a.cpp")


def test_functions_that_are_declared_stay_declared() -> None:
    source = "int f(int (*g)(int), double[3]);\nint h(double[N], size_t s);\n"
    assert parse("a.cpp", source.encode()).translation.text == source


@pytest.mark.parametrize("path", ["Flux.H", "flux.tcc", "flux.txx", "flux.icc"])
def test_further_names_of_headers_are_read_as_cpp(path: str) -> None:
    source = """template <typename T> void clear(Box<T const> const& box, int n) {
  %s int last;
  #pragma omp parallel for
  for (int i = 0; i < n; i++) { %s last = box.at(i); use(last); }
}
"""
    assert is_c_family(path)
    check_silent(source % ("", "int"), "last", "shareA=shared", path=path)
    check_pairs(source % ("", ""), "last", "shareA=shared", path=path)


TENSORS = """struct Tensor { double** cells; int n; int** at; int used;
  void sort(std::shared_ptr<Tensor>& other, double k); };
void Tensor::sort(std::shared_ptr<Tensor>& other, double k) {
  #pragma omp parallel for
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) { %s }
}
"""


def test_arrays_of_two_objects_are_not_taken_for_one() -> None:
    moved = "int p = at[i][j]; cells[p][j] = k * other->cells[i][j];"
    check_silent(TENSORS % moved, "this->cells[][]", "base=type", path="a.cpp")
    shifted = "cells[0][i] = k * cells[0][i + 1];"
    check_pairs(TENSORS % shifted, "this->cells[][]", "meet=other", path="a.cpp")
    counted = "used = other->used + 1;"
    check_pairs(TENSORS % counted, "this->used", "modeA=write", path="a.cpp")


def test_arrays_of_one_object_by_two_names_are_one() -> None:
    source = """struct Line { double cells[100]; };
void move(Line& to, const Line& from, int n) {
  #pragma omp parallel for
  for (int i = 0; i < n; i++) to.cells[i] = from.cells[i + 1];
}
void both(Line& a, Line& b, int n) { move(a, %s, n); }
"""
    check_pairs(source % "a", "a.cells[]", "meet=other", path="a.cpp")
    check_silent(source % "b", "a.cells[]", "meet=other", path="a.cpp")


def test_the_header_of_what_a_file_calls_is_kept_among_many() -> None:
    names = [f"h{i}.h" for i in range(MAX_HEADERS + 10)]
    headers = {name: f"struct {name[:-2]} {{ int x; }};\n" for name in names}
    headers[names[-1]] = "static inline int my_id(void)\n{ return omp_get_thread_num(); }\n"
    source = "".join(f'#include "{name}"\n' for name in names) + "int a = my_id();\n"

    def look(paths: Sequence[str]) -> dict[str, bytes | None]:
        return {p: headers[p].encode() if p in headers else None for p in paths}

    kept = project_headers("a.c", source.encode(), look)
    assert len(kept) == MAX_HEADERS
    assert headers[names[-1]].encode() in kept
    silent = project_headers("a.c", source.replace("my_id", "other").encode(), look)
    assert headers[names[-1]].encode() not in silent


CAUGHT = """#include <atomic>
void run(int n, int* first) {
  std::atomic_flag failed = ATOMIC_FLAG_INIT;
  #pragma omp parallel
  {
    try { work(n); } catch (const std::exception& e) {
      %s
    }
  }
}
"""


def test_what_a_handler_asks_is_asked() -> None:
    one = "if (!failed.test_and_set()) *first = n;"
    check_pairs(CAUGHT % one, "first[]", "common=mutex", path="a.cpp")
    all_of_them = "failed.test_and_set(); *first = n;"
    check_silent(CAUGHT % all_of_them, "first[]", "common=mutex", path="a.cpp")


def test_what_a_handler_locks_is_held_there_alone() -> None:
    source = """#include <mutex>
std::mutex m;
void run(int n, int* done) {
  #pragma omp parallel
  { try { work(n); } catch (...) { std::lock_guard<std::mutex> held(m); %s } %s }
}
"""
    check_pairs(source % ("++*done;", ""), "done[]", "common=mutex", path="a.cpp")
    check_silent(source % ("", "++*done;"), "done[]", "common=mutex", path="a.cpp")


def test_a_macro_is_as_long_as_what_it_says() -> None:
    source = """#define FIND(i) %s found; if (i > 0) %s { found = 1; } else { found = 0; }
void f(int n) {
  #pragma omp parallel for
  for (int i = 0; i < n; i++) { FIND(i) ; if (found) found = !found; }
}
"""
    padded = " " * 2000 + "\\\n"
    check_silent(source % ("int", padded), "found", "shareA=global")
    check_pairs("int found;\n" + source % ("", padded), "found", "shareA=global")


def test_a_macro_before_a_loop_leaves_it_a_loop() -> None:
    source = """void f(double* a, int low, int high, int n) {
  int i;
  #pragma omp parallel for
  for (int k = 0; k < n; ++k) {
    SIMD_LOOP
    for (%si = low; i <= high; ++i) { a[k] += i; }
  }
}
"""
    for path, text in (("a.cpp", source), ("a.c", source.replace("double*", "double *"))):
        check_silent(text % "int ", "i", path=path)
        check_pairs(text % "", "i", "shareA=shared", path=path)


NUMBERED = """#include "id.h"
void f(double** sums, const int* bins, int n) {
  #pragma omp parallel for
  for (int i = 0; i < n; i++) { const int id = my_id(); sums[id][bins[i]] += 1; }
}
"""
MY_ID = """static inline int my_id(void) {
#if defined(%s)
  return(%s);
#else
  return(0);
#endif
}
"""


def test_a_header_s_number_of_a_thread_is_that_of_builds_with_threads() -> None:
    def found(number: str, name: str = "LIB_OPENMP") -> set[str]:
        header = MY_ID % (name, number)
        return met(NUMBERED, {"id.h": header}, "sums[][]")

    assert found("omp_get_thread_num()") == {"same"}
    assert "same" not in found("omp_get_level()")
    assert "same" not in found("1")
    assert "same" not in found("omp_get_thread_num()", "LIB_DEBUG")
