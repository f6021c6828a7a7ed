"""What a method gives of an object that a thread made for itself is that object's memory."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <memory>
#include <vector>
class Matrix;
void run(int n, std::vector<std::shared_ptr<Matrix>>& all, std::vector<double*>& out, double* in) {
  #pragma omp parallel for
  for (int i = 0; i < n; ++i) {
    %s
    for (int a = 0; a < n; ++a) p[a] = 2;
  }
}
"""
OWN = (
    ("auto m = std::make_shared<Matrix>(n, 4); auto p = m->pointer();", "m->pointer()[]"),
    ("auto m = std::make_unique<Matrix>(n); double* p = m->data();", "m->data()[]"),
    ("Matrix* m = new Matrix(2 * n); double* p = m->buffer();", "m->buffer()[]"),
    ("Matrix m(n, n + 1); double* p = m.data();", "p[]"),
    ("auto m = lib::empty_like(*all[0]); auto p = m.data_ptr<double>();", "p[]"),
    ("Matrix m = Matrix::Zero(n, in[0]); double* p = m.data();", "p[]"),
    ("Matrix m(all.size(), 3); double* p = m.ptr<double>(2);", "p[]"),
    (
        "std::vector<std::shared_ptr<Matrix>> k(4); for (int j = 0; j < 4; j++)"
        " k[j] = std::make_shared<Matrix>(n, n); auto p = k[3]->pointer();",
        "p[]",
    ),
    (
        "std::vector<SharedMatrix> k(4); for (int j = 0; j < 4; j++)"
        " k[j] = std::make_shared<Matrix>(n, n); auto p = k[3]->pointer();",
        "p[]",
    ),
)
OF_ALL = (
    "auto p = all[0]->pointer();",
    "auto m = all[0]; auto p = m->pointer();",
    "Matrix m(in, n); double* p = m.data();",
    "auto m = lib::wrap(in, n); auto p = m.data_ptr<double>();",
    "auto m = lib::empty_like(*all[0]); m = *all[0]; auto p = m.data_ptr<double>();",
    "static auto m = lib::empty(n); auto p = m.data_ptr<double>();",
    "auto m = Matrix::Shared(in); double* p = m.data();",
    "Matrix m(n); m.attach(in); double* p = m.data();",
    "Matrix m(n); m = all[0]->view(); double* p = m.data();",
    "Matrix m(n); double* p = m.context();",
    "auto m = std::make_shared<Matrix>(in, n); auto p = m->pointer();",
    "std::vector<std::shared_ptr<Matrix>> k(4); k[1] = all[1]; auto p = k[1]->pointer();",
    "std::vector<std::shared_ptr<Matrix>> k(all); auto p = k[1]->pointer();",
    "std::vector<SharedMatrix> k(4); k[1] = all[1]; auto p = k[1]->pointer();",
    "static Matrix m(4); double* p = m.data();",
)


@pytest.mark.parametrize(("made", "name"), OWN)
def test_an_object_made_of_numbers_has_its_contents_for_itself(made: str, name: str) -> None:
    check_pairs(SOURCE % made, name, "freshA=yes freshB=yes", path="a.cpp")


@pytest.mark.parametrize("made", OF_ALL)
def test_an_object_that_leads_elsewhere_gives_what_others_have(made: str) -> None:
    for name in ("p[]", "m->pointer()[]", "m->data()[]"):
        check_silent(SOURCE % made, name, "freshA=yes", path="a.cpp")
    check_pairs(SOURCE % made, "p[]", "shareA=pointee", path="a.cpp")


def test_an_object_that_others_are_shown_is_no_longer_its_makers_alone() -> None:
    made = "auto m = std::make_shared<Matrix>(n); auto p = m->pointer(); %s"
    check_pairs(SOURCE % (made % ""), "m->pointer()[]", "freshA=yes", path="a.cpp")
    shown = SOURCE % (made % "all[i] = m;")
    check_silent(shown, "m->pointer()[]", "freshA=yes", path="a.cpp")


def test_a_number_that_a_method_gives_is_a_number() -> None:
    made = "auto m = std::make_shared<Matrix>(n, 4); auto k = m->rows(); double* p = in + k;"
    check_silent(SOURCE % made, "in[]", "freshA=yes", path="a.cpp")
    check_pairs(SOURCE % made, "in[]", path="a.cpp")


EACH = """#include <omp.h>
#include <vector>
class Matrix;
void run(int n, std::vector<SharedMatrix>& all, std::vector<Matrix>& own, Matrix& m, int* to) {
  #pragma omp parallel for
  for (int i = 0; i < n; ++i) {
    int t = omp_get_thread_num();
    %s
    p[3] += 2;
  }
}
"""
APART = (
    ("auto p = all[i]->pointer();", "all[].pointer()[]", "pv-same"),
    ("double* p = own[i].data();", "own[].data()[]", "pv-same"),
    ("float* p = own[t].ptr<float>();", "own[].ptr()[]", "tid-same"),
    ("double* p = m.row(i);", "m.row()[][]", "pv-same"),
)
TOGETHER = (
    ("auto p = all[i % 2]->pointer();", "all[].pointer()[]", "meet=other"),
    ("double* p = own[i / 2].data();", "own[].data()[]", "meet=other"),
    ("double* p = m.row(i / 2);", "m.row()[][]", "meet=other"),
    ("double* p = m.row(to[i]);", "m.row()[][]", "meet=unknown indexA=mem"),
    ("double* p = m.row(0);", "p[]", "meet=free"),
    ("auto p = all[0]->pointer();", "p[]", "meet=free"),
    ("auto p = all[i]->parent();", "p[]", "meet=free"),
)


@pytest.mark.parametrize(("made", "name", "meet"), APART)
def test_contents_of_the_object_of_a_turn_or_thread_are_its_own(
    made: str, name: str, meet: str
) -> None:
    check_pairs(EACH % made, name, f"meet=same meet-by={meet}", path="a.cpp")
    check_silent(EACH % made, "p[]", path="a.cpp")


@pytest.mark.parametrize(("made", "name", "meet"), TOGETHER)
def test_contents_of_objects_that_turns_have_in_common(made: str, name: str, meet: str) -> None:
    check_pairs(EACH % made, name, meet, path="a.cpp")
    check_silent(EACH % made, name, "meet=same", path="a.cpp")


def test_a_number_of_contents_is_not_where_they_lie() -> None:
    source = EACH % "int c = m.column(i); int* p = to + c;"
    check_pairs(source, "to[]", "indexA=call meet=unknown", path="a.cpp")
