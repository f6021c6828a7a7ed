"""Functions that ran before there were threads: what they fill once is filled by then."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

TABLE = """
double table[64]; int ready;
static void fill(void) { for (int i = 0; i < 64; i++) table[i] = i; ready = 1; }
static double look(int k) { if (!ready) fill(); return table[k]; }
void work(int n, double *to) {
%s
#pragma omp parallel for
  for (int i = 0; i < n; i++) to[i] = look(i);
%s
}
"""
MEMO = """
#include <map>
struct Memo {
  std::map<int, int> known;
  int most = 9;
  int value(int k) {
    auto it = known.find(k);
    if (it != known.end()) return it->second;
    known.emplace(k, k);
    return k;
  }
  void warm() { for (int k = 0; k < most; k++) value(k); }
};
int main() {
  Memo memo, other;
  int all[9];
%s
#pragma omp parallel for
  for (int i = 0; i < 9; i++) all[i] = memo.value(i);
  return all[0];
}
"""


def test_a_cache_that_was_filled_before() -> None:
    for call in ("fill();", "to[0] = look(0);", "for (int i = 0; i < n; i++) look(i);"):
        check_pairs(TABLE % (call, ""), "ready", "againA=yes againB=yes checkedA=yes")
        check_pairs(TABLE % (call, ""), "table[]", "againA=yes")


def test_a_cache_that_may_still_be_empty() -> None:
    for before, after in (("", ""), ("", "fill();"), ("if (n > 9) fill();", "")):
        check_pairs(TABLE % (before, after), "ready", "checkedA=yes")
        check_silent(TABLE % (before, after), "ready", "againA=yes")


def test_a_method_on_the_same_object() -> None:
    check_pairs(MEMO % "memo.warm();", "memo.known", "againA=yes checkedA=yes", path="a.cpp")
    for call in ("", "other.warm();"):
        check_silent(MEMO % call, "memo.known", "againA=yes", path="a.cpp")
        check_pairs(MEMO % call, "memo.known", "checkedA=yes", path="a.cpp")
