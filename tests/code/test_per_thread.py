"""`#pragma omp threadprivate(used)` within a class: each thread has that static member."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

FILE = """
class Arena {
public:
  static void put(int v) { block[used++] = v; all++; }
private:
  static int block[64];
  static int used, all;
%s
};
int Arena::block[64];
int Arena::used = 0, Arena::all = 0;
int used;
void work() {
#pragma omp parallel for
  for (int i = 0; i < 800; ++i) { Arena::put(i); used = i; }
}
"""


def test_members_that_each_thread_has() -> None:
    text = FILE % "#pragma omp threadprivate(block, used)"
    check_silent(text, "Arena::used", "shareA=global", path="a.cpp")
    check_pairs(FILE % "", "Arena::used", "shareA=global", path="a.cpp")
    check_silent(text, "Arena::block[]", "shareA=global", path="a.cpp")
    check_pairs(text, "Arena::all", "shareA=global modeA=update", path="a.cpp")


def test_others_of_that_name_are_shared() -> None:
    check_pairs(
        FILE % "#pragma omp threadprivate(block, used)", "used", "shareA=global", path="a.cpp"
    )
    check_silent(FILE % "", "Arena::used", "shareA=threadprivate", path="a.cpp")


def test_named_behind_the_class() -> None:
    text = FILE.replace("int used;", "#pragma omp threadprivate(Arena::used)\nint used;") % ""
    check_silent(text, "Arena::used", "shareA=global", path="a.cpp")
    check_pairs(text, "used", "shareA=global", path="a.cpp")
