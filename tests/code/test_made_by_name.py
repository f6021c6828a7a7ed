"""Variables that are declared `auto` have the type of what makes them, where that is said."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

HEAD = """#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
struct Log { std::mutex m; int lines = 0; void add(); };
void Log::add() { auto hold = std::lock_guard{m}; lines++; }
"""


@pytest.mark.parametrize(
    "made", ["auto all = Log{};", "static auto all = Log{};", "Log all;", "auto all = ns::Log{};"]
)
def test_a_global_of_a_class_has_that_classes_members(made: str) -> None:
    text = f"{HEAD}{made}\nint count() {{ return all.lines; }}\n"
    bare = "modeA=update modeB=read common=one-sided base=type"
    check_pairs(text, "this->lines", bare, path="a.cpp")
    held = text.replace("{ return", "{ std::lock_guard<std::mutex> g(all.m); return")
    check_pairs(held, "this->lines", "modeA=update modeB=read common=own", path="a.cpp")
    check_silent(held, "this->lines", "common=one-sided", path="a.cpp")


@pytest.mark.parametrize(
    "made",
    ["auto all = new Log;", "auto *all = new Log();", "static auto all = std::make_shared<Log>();"],
)
def test_a_global_pointer_leads_to_what_was_made(made: str) -> None:
    text = f"{HEAD}{made}\nint count() {{ return all->lines; }}\n"
    check_pairs(text, "this->lines", "modeA=update modeB=read common=one-sided", path="a.cpp")


@pytest.mark.parametrize(
    ("made", "atomic"),
    [
        ("auto seen = std::atomic<int>{0};", True),
        ("inline auto seen = std::atomic<int>(0);", True),
        ("auto seen = 0;", False),
        ("auto seen = int{0};", False),
        ("struct All { static inline auto seen = std::atomic<int>{0}; };", True),
        ("struct All { static inline auto seen = 0; };", False),
    ],
)
def test_an_atomic_is_one_by_what_makes_it(made: str, atomic: bool) -> None:
    name = "All::seen" if "All" in made else "seen"
    text = f"#include <atomic>\n#include <mutex>\n{made}\nstatic std::mutex m;\n"
    text += f"void hit() {{ {name}++; }}\n"
    text += f"int count() {{ std::lock_guard<std::mutex> g(m); return {name}; }}\n"
    word = "atomicA=seq_cst atomicB=seq_cst" if atomic else "atomicA=- atomicB=-"
    check_pairs(text, name, word, path="a.cpp")
    check_silent(text, name, "atomicA=-" if atomic else "atomicA=seq_cst", path="a.cpp")


def test_so_is_a_local_that_threads_share() -> None:
    text = """#include <atomic>
#include <thread>
#include <vector>
int main() {
  auto seen = %s;
  std::vector<std::thread> all;
  for (int i = 0; i < 4; i++) all.emplace_back([&] { seen++; });
  for (auto &one : all) one.join();
}
"""
    check_pairs(text % "std::atomic<int>{0}", "seen", "atomicA=seq_cst", path="a.cpp")
    check_silent(text % "std::atomic<int>{0}", "seen", "atomicA=-", path="a.cpp")
    check_pairs(text % "int{0}", "seen", "atomicA=-", path="a.cpp")


def test_a_guard_that_is_made_stays_a_guard() -> None:
    text = HEAD + "static auto all = Log{};\nint count() { %s return all.lines; }\n"
    for guard in (
        "auto g = std::unique_lock<std::mutex>{all.m};",
        "auto g = std::lock_guard{all.m};",
    ):
        check_pairs(text % guard, "this->lines", "modeB=read common=own", path="a.cpp")
        check_silent(text % guard, "this->lines", "common=one-sided", path="a.cpp")


def test_a_static_lock_within_a_function_is_one_for_all() -> None:
    text = """#include <mutex>
static int total;
void add() { static auto m = %s; std::lock_guard g(m); total++; }
"""
    check_pairs(text % "std::mutex{}", "total", "common=mutex", path="a.cpp")
