"""Types behind aliases and namespaces, methods of the right class, arrays within records."""

from __future__ import annotations

import pytest

from reviewbot.code.parse import parse
from reviewbot.code.unit import collect_all
from tests.code.checks import check_pairs, check_silent

CREW = """#include <atomic>
#include <mutex>
#include <thread>
#include <vector>
{before}
int main() {{
  static {type} crew;
  std::vector<std::thread> all;
  for (int t = 0; t < 4; ++t) all.emplace_back([] {{ crew.work(); }});
  for (auto &t : all) t.join();
}}
"""


def crew(before: str, kind: str = "Crew") -> str:
    return CREW.format(before=before, type=kind)


def test_a_lock_guard_behind_an_alias_of_the_class() -> None:
    source = """class Crew {{
  {alias}
public:
  void work() {{ {lock} lock(mutex_); ++count_; }}
private:
  std::mutex mutex_; int count_ = 0;
}};"""
    using = source.format(alias="using Lock = std::unique_lock<std::mutex>;", lock="Lock")
    check_pairs(crew(using), "crew.count_", "common=mutex", path="a.cpp")
    local = source.format(alias="", lock="using Own = std::lock_guard<std::mutex>; Own")
    check_pairs(crew(local), "crew.count_", "common=mutex", path="a.cpp")
    none = source.format(alias="struct Lock { Lock(std::mutex &) {} };", lock="Lock")
    check_pairs(crew(none), "crew.count_", "common=none", path="a.cpp")


def test_a_namespace_before_a_class_makes_no_other_class_of_it() -> None:
    source = "namespace site {{ struct Crew {{ void work() {{ seen = 1; }} {} seen{{0}}; }}; }}"
    atomic, plain = source.format("std::atomic<int>"), source.format("int")
    check_pairs(crew(atomic, "site::Crew"), "crew.seen", "atomicA=seq_cst", path="a.cpp")
    check_pairs(crew(plain, "site::Crew"), "crew.seen", "atomicA=-", path="a.cpp")


def test_a_method_is_looked_for_in_the_class_of_its_object() -> None:
    source = """struct Other {{
  void load(int n) {{ clock += n; }}
  void size() {{ clock++; }}
  int clock = 0;
}};
struct Crew {{ void work() {{ {} }} long evicted = 0; std::vector<int> rows; Other other; }};"""
    for call in ("std::atomic_ref<long>(evicted).load(std::memory_order_relaxed);", "rows.size();"):
        check_silent(crew(source.format(call)), "crew.evicted.clock", path="a.cpp")
        check_silent(crew(source.format(call)), "crew.rows.clock", path="a.cpp")
    check_pairs(crew(source.format("other.load(1);")), "crew.other.clock", path="a.cpp")


def test_an_array_within_a_local_record_is_the_threads_own() -> None:
    source = """#include <pthread.h>
struct tally {{ long {}; }};
static long all[4];
static void add(struct tally *t, int k) {{ t->by_code[k] += 1; }}
static void *work(void *arg) {{
  struct tally mine; {} add(&mine, 1); return 0;
}}
int main(void) {{
  pthread_t t[4];
  for (int k = 0; k < 4; k++) pthread_create(&t[k], 0, work, 0);
  for (int k = 0; k < 4; k++) pthread_join(t[k], 0);
}}
"""
    check_silent(source.format("by_code[4]", ""), "mine.by_code[]", "shareA=pointee")
    pointed = source.format("*by_code", "mine.by_code = all;")
    check_pairs(pointed, "all[]", "party=thread/thread shareA=global")


@pytest.mark.parametrize("named", ["typedef unsigned int mark_t;", "typedef long mark_t;"])
@pytest.mark.parametrize("path", ["a.c", "a.cpp"])
def test_a_number_of_several_words_is_a_number_by_its_other_name(named: str, path: str) -> None:
    symbols = collect_all(parse(path, named.encode()))
    assert symbols.types["mark_t"] == named.split(" ", 1)[1].rsplit(" ", 1)[0]
    assert "mark_t" not in symbols.structs
