"""Functions that are declared here and defined elsewhere: what they may change."""

from __future__ import annotations

import pytest

from reviewbot.code.prototypes import changes_by_reference
from tests.code.checks import check_pairs, check_silent

LINES = """#include <thread>
#include <vector>
struct Words { int read_line(%s) const; };
Words words;
void work(int k) {
  %s std::vector<int> line;
  words.read_line(line, k);
}
int main() {
  std::thread a(work, 1), b(work, 2);
  a.join();
  b.join();
}
"""


def test_a_plain_reference_is_changed() -> None:
    shared = LINES % ("std::vector<int> &into, int k", "static")
    check_pairs(shared, "line", "modeA=update modeB=update", path="a.cpp")
    check_silent(LINES % ("std::vector<int> &into, int k", ""), "line", path="a.cpp")


@pytest.mark.parametrize(
    "given", ["const std::vector<int> &from, int k", "std::vector<int> v, int"]
)
def test_what_cannot_change_is_read(given: str) -> None:
    check_silent(LINES % (given, "static"), "line", path="a.cpp")


def test_declarations_are_told_from_calls() -> None:
    text = "int f(std::map<int, T> &m, const U &u, T &&t, int &n);\nreturn g(a & b);\nh(a & b);\n"
    assert changes_by_reference(text) == {"f": [(True, False, False, True)]}
