"""What is called by its name in namespace std is no function of the file of the same name."""

from __future__ import annotations

from tests.code.checks import check_pairs, check_silent

SOURCE = """
#include <algorithm>
#include <thread>
#include <vector>
class Sorter {
public:
  void sort() {
    std::vector<std::thread> crew;
    for (int t = 0; t < 4; ++t) crew.emplace_back(&Sorter::run, this, t);
    for (auto &c : crew) c.join();
  }
  long total = 0;
private:
  void run(int t) { %s; total += t; }
  std::vector<int> keys;
};
int main() { Sorter all; all.sort(); return all.total; }
"""
WITHIN = "modeA=update modeB=update live=after"


def test_a_method_of_a_standard_name() -> None:
    standard = SOURCE % "std::sort(keys.begin(), keys.end())"
    check_pairs(standard, "all.total", "modeA=update modeB=update live=-", path="a.cpp")
    check_silent(standard, "all.total", WITHIN, path="a.cpp")
    check_pairs(SOURCE % "sort()", "all.total", WITHIN, path="a.cpp")
