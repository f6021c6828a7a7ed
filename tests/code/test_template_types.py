"""Members of the type that a class template is given are of that type: a container, a pointer."""

from __future__ import annotations

import pytest

from reviewbot.code.template_types import given_type
from tests.code.checks import check_pairs, check_silent

FILE = """
#include <mutex>
#include <string>
#include <thread>
#include <vector>
template <typename T, class M = std::mutex> class Guarded {
public:
  template <typename F> auto with(F &&use) { std::lock_guard<M> hold(mutex_); return use(value_); }
private:
  M mutex_;
  T value_{};
};
struct Room { Guarded<std::vector<std::string>> lines; };
static Room room;
static void post() { room.lines.with([](std::vector<std::string> &v) { v.push_back("x"); }); }
static std::size_t count() { %s }
int main() { std::thread a(post), b([] { count(); }); a.join(); b.join(); }
"""
WITHIN = "std::size_t n; room.lines.with([&n](auto &v) { n = v.size(); }); return n;"
LEFT = """std::vector<std::string> *all = nullptr;
  room.lines.with([&all](std::vector<std::string> &v) { all = &v; }); return all->size();"""


def test_what_a_lambda_takes_out_is_read_without_the_lock() -> None:
    check_pairs(FILE % LEFT, "room.lines.value_", "common=one-sided", path="a.cpp")


def test_what_a_lambda_reads_is_read_under_the_lock() -> None:
    check_pairs(FILE % WITHIN, "room.lines.value_", "common=mutex", path="a.cpp")
    check_silent(FILE % WITHIN, "room.lines.value_", "common=one-sided", path="a.cpp")


@pytest.mark.parametrize(
    ("kind", "names", "member", "wanted"),
    [
        ("Box<int>", ("T",), "T", ("int", 0)),
        ("Box<Zone *>", ("T",), "T", ("Zone", 1)),
        ("Map<int, Pair<A, B>>", ("K", "V"), "std::vector<V>", ("std::vector<Pair<A, B>>", 0)),
        ("Box", ("T",), "T", ("T", 0)),
        ("Box<int>", ("T",), "Table", ("Table", 0)),
    ],
)
def test_a_type_is_put_in(
    kind: str, names: tuple[str, ...], member: str, wanted: tuple[str, int]
) -> None:
    assert given_type(kind, names, member) == wanted
