"""Functions that name critical sections for teams of other files, and hold them as locks."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

FOUND = """
#include <%(include)s>
class Kinds {
 public:
  int kind(int box);
  int count(int box);
  void reset();
 private:
  std::%(container)s kinds_;
  int hits_ = 0;
};
int Kinds::kind(int box) {
#pragma omp critical (kinds)
  auto it = kinds_.find(box);
  if (it != kinds_.end()) return 1;
#pragma omp critical (kinds)
  { kinds_.insert(%(entry)s); hits_++; }
  return 0;
}
int Kinds::count(int box) {
%(critical)s
  { kinds_.insert(%(entry)s); hits_++; }
  return 2;
}
void Kinds::reset() { kinds_.clear(); hits_ = 0; }
"""
MAP = {"include": "map", "container": "map<int, int>", "entry": "{box, 1}"}
SAME = "\n#pragma omp critical (kinds)\n"
CALLERS = "party=caller/caller shareA=this "
# The other function names another section, or none at that place.
NONE = SAME + "  if (box < 0) return 0;\n"


@pytest.mark.parametrize(
    ("critical", "common"), [("\n#pragma omp critical (other)\n", "differ"), (NONE, "one-sided")]
)
def test_a_section_of_another_name_or_none_keeps_nobody_out(critical: str, common: str) -> None:
    source = FOUND % {**MAP, "critical": critical}
    for name in ("this->kinds_", "this->hits_"):
        check_pairs(source, name, CALLERS + f"common={common}", path="a.cpp")


def test_one_name_keeps_all_out() -> None:
    source = FOUND % {**MAP, "critical": SAME}
    for name in ("this->kinds_", "this->hits_"):
        check_pairs(source, name, CALLERS + "common=critical", path="a.cpp")
        for other in ("differ", "one-sided", "none"):  # `reset` names none: it is called alone
            check_silent(source, name, f"common={other}", path="a.cpp")


def test_what_a_region_of_the_file_calls_is_its_own() -> None:
    source = FOUND % {**MAP, "critical": NONE}
    region = "void all(Kinds &k) {\n#pragma omp parallel for\nfor (int i = 0; i < 9; i++) %s;\n}\n"
    called = source + region % "{ k.kind(i); k.count(i); }"
    check_silent(called, "this->hits_", "party=caller/caller", path="a.cpp")
    check_pairs(called, "k.hits_", "party=team/team common=one-sided", path="a.cpp")


@pytest.mark.parametrize("container", ["map<int, int>", "unordered_map<int, int>"])
def test_the_end_of_what_has_nodes_is_no_part_of_them(container: str) -> None:
    source = FOUND % {**MAP, "container": container, "critical": SAME}
    check_silent(source, "this->kinds_", "common=one-sided", path="a.cpp")
    check_pairs(
        source.replace("end()", "begin()"), "this->kinds_", "common=one-sided", path="a.cpp"
    )


def test_the_end_of_a_row_moves_with_it() -> None:
    source = FOUND % {"include": "vector", "container": "vector<int>", "critical": SAME, "entry": 1}
    check_pairs(source, "this->kinds_", "common=one-sided modeB=read", path="a.cpp")
