"""Locks that are members: of the record that is accessed, or of one that leads to it."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs

FOLDERS = """
#include <list>
#include <mutex>
#include <thread>
struct Folder;
struct File {
  Folder *in;
  std::mutex mx;
  long size = 0;
  explicit File(Folder *f) : in(f) {}
  void append(long n);
};
struct Folder {
  std::mutex mx;
  long total = 0;
  std::list<File> files;
  File &touch() { return files.emplace_back(this); }
};
void File::append(long n) { std::lock_guard<std::mutex> g(%s); size += n; in->total += n; }
int main() {
  Folder home;
  File &log = home.touch(), &db = home.touch();
  std::thread one([&] { log.append(80); }), two([&] { db.append(50); });
  one.join();
  two.join();
  return 0;
}
"""


@pytest.mark.parametrize(
    ("lock", "what", "word"),
    [
        ("in->mx", "in[].total", "own"),
        ("mx", "in[].total", "type lock-ofA=leader lock-ofB=leader"),
        ("mx", "size", "own"),
    ],
)
def test_a_lock_of_what_leads_to_an_object_is_not_its_own(lock: str, what: str, word: str) -> None:
    both = "modeA=update modeB=update live=overlap"
    check_pairs(FOLDERS % lock, f"log->{what}", f"{both} common={word}", path="a.cpp")
