"""Views of memory that others own, and blocks that a loop of larger steps hands out."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

_HALVES = """#include <span>
#include <thread>
#include <vector>
using Part = std::span<int>;
void add({kind} part, int n) {{ {loop} }}
int main() {{
    std::vector<int> cells(100);
    {view}
    const std::size_t half = all.size() / 2;
    std::thread a(add, {low}, 1), b(add, {high}, 2);
    a.join(); b.join();
    return cells[3];
}}
"""
_COUNTED = "for (std::size_t i = 0; i < part.size(); ++i) part[i] += n;"
_EACH = "for (int &x : part) x += n;"


def finds(source: str, name: str, *wanted: str) -> None:
    check_pairs(source, name, *wanted, path="a.cpp")


def silent(source: str, name: str, tokens: str = "") -> None:
    check_silent(source, name, tokens, path="a.cpp")


@pytest.mark.parametrize("loop", [_COUNTED, _EACH])
@pytest.mark.parametrize(
    ("kind", "view"),
    [
        ("std::span<int>", "std::span<int> all(cells);"),
        ("Part", "Part all{cells};"),
        ("Part", "Part first(cells.data(), 100); auto all = first.subspan(0);"),
    ],
)
def test_parts_of_a_view_meet_where_their_ranges_do(kind: str, view: str, loop: str) -> None:
    two = "party=thread/thread modeA=update modeB=update"
    parts = {"kind": kind, "view": view, "loop": loop}
    apart = _HALVES.format(low="all.first(half)", high="all.subspan(half)", **parts)
    finds(apart, "cells[]", f"{two} meet=never")
    silent(apart, "cells[]", f"{two} meet=other")
    overlap = _HALVES.format(low="all.first(half + 1)", high="all.subspan(half)", **parts)
    finds(overlap, "cells[]", two)
    silent(overlap, "cells[]", f"{two} meet=never")


_TILES = """#include <span>
#include <thread>
#include <vector>
void blur(std::span<int> part) {{
    for (std::size_t i = 1; i < part.size(); ++i) part[i] += part[i - 1];
}}
void shift(int *part, int size) {{ for (int i = 0; i < size; ++i) part[i] += 1; }}
int main() {{
    std::vector<int> cells(96); std::span<int> all(cells); const int tile = 24;
    std::vector<std::thread> crew;
    for (int at = 0; at < 96; at += {step}) crew.emplace_back({run});
    for (auto &t : crew) t.join();
}}
"""


@pytest.mark.parametrize(
    "run", ["blur, all.subspan(at, {size})", "shift, cells.data() + at, {size}"]
)
def test_blocks_are_apart_where_the_steps_are_no_shorter(run: str) -> None:
    for step, size in (("tile", "tile"), ("24", "20")):
        apart = _TILES.format(step=step, run=run.format(size=size))
        finds(apart, "cells[]", "party=thread/thread meet=same")
        silent(apart, "cells[]", "party=thread/thread meet=other")
    for step, size in (("tile", "tile + 1"), ("20", "24")):
        overlap = _TILES.format(step=step, run=run.format(size=size))
        finds(overlap, "cells[]", "party=thread/thread meet=other")
