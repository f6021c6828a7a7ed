"""Containers that are copied, by themselves or by the copy constructor of what holds them."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """#include <mutex>
#include <string>
#include <thread>
#include <vector>
class Plan {{
 public:
  explicit Plan(int n) : rows(n), name("-") {{}}
  {copy}
  void put(int i, int v) {{
    std::lock_guard<std::mutex> g(m); rows[i] = v; name[0] = char(v); last = v;
  }}
  void rename(const std::string &to) {{ {rename} }}
  mutable std::mutex m;
  std::vector<int> rows;
  std::string name;
  int last = 0;
}};
static void take(std::vector<int> all);
static void look(const std::vector<int> &all);
int main() {{
  Plan live(9);
  std::thread t([&live] {{ live.put(1, 2); }});
  {code}
  t.join();
}}
"""
BARE = "modeA=write modeB=read common=one-sided live=during"
HELD = "modeA=write modeB=read common=mutex live=during"
COPY = "Plan(const Plan &o) {{ {lock} rows = o.rows; last = o.last; }}"
LOCK = "std::lock_guard<std::mutex> g(o.m);"


def source(code: str = "", copy: str = "", rename: str = "") -> str:
    return SOURCE.format(code=code, copy=copy, rename=rename)


@pytest.mark.parametrize(
    "code",
    [
        "std::vector<int> mine; mine = live.rows;",
        "std::vector<int> mine = live.rows;",
        "std::vector<int> mine(live.rows);",
        "std::vector<int> mine{live.rows};",
        "auto mine = live.rows;",
    ],
)
def test_a_copy_reads_the_elements(code: str) -> None:
    check_pairs(source(code), "live.rows[]", BARE, path="a.cpp")
    held = f"{{ std::lock_guard<std::mutex> g(live.m); {code} }}"
    check_silent(source(held), "live.rows[]", BARE, path="a.cpp")


@pytest.mark.parametrize(
    "code",
    ["auto &mine = live.rows;", "const std::vector<int> &mine(live.rows);", "look(live.rows);"],
)
def test_a_name_for_a_container_reads_none(code: str) -> None:
    check_silent(source(code), "live.rows[]", "modeB=read", path="a.cpp")


@pytest.mark.parametrize("made", ["Plan mine(live);", "Plan mine = live;", "Plan mine{live};"])
def test_a_copy_constructor_says_what_it_reads(made: str) -> None:
    bare = source(made, COPY.format(lock=""))
    check_pairs(bare, "live.last", BARE, path="a.cpp")
    check_pairs(bare, "live.rows[]", BARE, path="a.cpp")
    held = source(made, COPY.format(lock=LOCK))
    check_pairs(held, "live.last", HELD, path="a.cpp")
    check_silent(held, "live.last", BARE, path="a.cpp")
    check_silent(held, "live.rows[]", BARE, path="a.cpp")


def test_its_members_are_made_of_those_of_the_other() -> None:
    made = "Plan(const Plan &o) : rows(o.rows), last(o.last) {}"
    check_pairs(source("Plan mine(live);", made), "live.rows[]", BARE, path="a.cpp")
    fresh = "Plan(const Plan &o) : rows(9), last(0) {}"
    check_silent(source("Plan mine(live);", fresh), "live.rows[]", "modeB=read", path="a.cpp")
    check_silent(source("Plan mine(live);", fresh), "live.last", "modeB=read", path="a.cpp")


def test_a_text_that_is_assigned_has_its_letters_changed() -> None:
    bare, held = "name = to;", "std::lock_guard<std::mutex> g(m); name = to;"
    wanted = "modeB=write viaB=whole common={} live=during"
    call = 'live.rename("b");'
    check_pairs(source(call, "", bare), "live.name[]", wanted.format("one-sided"), path="a.cpp")
    check_pairs(source(call, "", held), "live.name[]", wanted.format("mutex"), path="a.cpp")
    check_silent(source(call, "", held), "live.name[]", "common=one-sided", path="a.cpp")
