"""Functions that a constructor is given and keeps run wherever the object calls them."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

SOURCE = """
#include <functional>
#include <memory>
#include <thread>
using Told = std::function<void(int)>;
class Bus {
 public:
  %s
  void emit(int v) { if (told) told(v); }
 private:
  Told told;
};
class Quiet {
 public:
  explicit Quiet(Told f) : told(std::move(f)) {}
  void emit(int v) { seen = v; }
  Told told; int seen = 0;
};
int main() {
  int shown = 0, own = 0;
  auto tell = [&shown](int v) { shown = v; };
  %s
  std::thread t([&] { bus%semit(1); });
  bus%semit(2);
  t.join();
  return shown + own;
}
"""
KEEPS = "explicit Bus(Told f) : told(std::move(f)) {}"
BESIDE = "party=thread/main live=during"


def source(maker: str, made: str, sign: str = ".") -> str:
    return SOURCE % (maker, made, sign, sign)


@pytest.mark.parametrize(
    "maker",
    [
        KEEPS,
        "explicit Bus(Told f) : told{f} {}",
        "explicit Bus(std::function<void(int)> f) { told = std::move(f); }",
        "template <class F> explicit Bus(F &&f) : told(std::forward<F>(f)) {}",
    ],
)
def test_what_a_constructor_keeps_is_called_later(maker: str) -> None:
    for made in ("Bus bus([&shown](int v) { shown = v; });", "Bus bus{tell};", "Bus bus(tell);"):
        check_pairs(source(maker, made), "shown", BESIDE, path="a.cpp")
    check_silent(source(maker, "Bus bus([](int) {});"), "shown", path="a.cpp")


@pytest.mark.parametrize("made", ["new Bus(tell)", "std::make_shared<Bus>(tell)"])
def test_an_object_behind_a_pointer_calls_what_its_class_was_given(made: str) -> None:
    check_pairs(source(KEEPS, f"auto bus = {made};", "->"), "shown", BESIDE, path="a.cpp")
    quiet = f"auto bus = {made.replace('Bus', 'Quiet')};"
    check_silent(source(KEEPS, quiet, "->"), "shown", path="a.cpp")
