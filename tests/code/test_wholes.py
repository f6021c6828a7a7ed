"""Whole records, arrays and containers that are assigned, and their parts that others read."""

from __future__ import annotations

import time

import pytest

from tests.code.checks import check_pairs, check_silent, read

SOURCE = """#include <array>
#include <string>
#include <thread>
#include <vector>
using Row = std::array<int, 9>;
struct S {{ int count; std::array<int, 4> m; int raw[4]; int *p; }};
static std::vector<int> v, w; static std::array<Row, 9> g, h;
static std::vector<std::vector<int>> vv; static S s, other; static std::string text;
static std::array<S, 4> all;
static void work() {{ {write} }}
int main() {{
  std::thread t(work);
  int n = {read};
  t.join();
  return n;
}}
"""
WHOLE = "modeA=write modeB=read viaA=whole party=thread/main"


def check(write: str, seen: str, name: str) -> None:
    check_pairs(SOURCE.format(write=write, read=seen), name, WHOLE, path="a.cpp")


@pytest.mark.parametrize(
    ("write", "seen", "name"),
    [
        ("v = w;", "v[3]", "v[]"),
        ("vv[1] = w;", "vv[1][3]", "vv[][]"),
        ("g[1] = h[2];", "g[1][3]", "g[][]"),
        ("g = h;", "g[1][3]", "g[][]"),
        ("s = other;", "s.raw[3]", "s.raw[]"),
        ("s = other;", "s.m[3]", "s.m[]"),
        ("s = other;", "s.count", "s.count"),
        ("s.m = other.m;", "s.m[3]", "s.m[]"),
        ("all[1] = other;", "all[1].raw[3]", "all[].raw[]"),
        ("text = std::string(3, 'a');", "text[1]", "text[]"),
    ],
)
def test_what_is_assigned_whole(write: str, seen: str, name: str) -> None:
    check(write, seen, name)


@pytest.mark.parametrize(
    ("write", "seen", "name"),
    [
        ("w = v;", "v[3]", "v[]"),
        ("other = s;", "s.raw[3]", "s.raw[]"),
        ("v = w;", "vv[1][3]", "vv[][]"),
        ("s.m = other.m;", "s.raw[3]", "s.raw[]"),
        ("std::vector<int> v; v = w;", "v[3]", "v[]"),
        ("text = std::string(3, 'a');", "text.size()", "text[]"),
    ],
)
def test_what_is_not(write: str, seen: str, name: str) -> None:
    check_silent(SOURCE.format(write=write, read=seen), name, "modeA=write", path="a.cpp")


def test_what_a_pointer_leads_to_is_no_part() -> None:
    check_silent(SOURCE.format(write="s = other;", read="s.p[3]"), "s.p[]", path="a.cpp")


def test_rows_of_threads_are_apart() -> None:
    rows = SOURCE.replace("static void work()", "static void work(int id)").format(
        write="for (int i = id * 3; i < id * 3 + 3; i++) g[i] = h[i];", read="0"
    )
    rows = rows.replace("std::thread t(work);", "std::thread t(work, 0), u(work, 1);")
    check_pairs(rows, "g[]", "meet=never", path="a.cpp")
    over = rows.replace("id * 3 + 3;", "id * 3 + 4;")
    check_pairs(over, "g[]", "meet=other", path="a.cpp")


def test_wide_records_take_their_time() -> None:
    def seconds(wide: int) -> float:
        fields = " ".join(f"inner x{k};" for k in range(wide))
        records = (
            f"struct inner {{ int a[4]; int b; }};\nstruct all {{ {fields} }}; all one, two;\n"
        )
        work = f"void work() {{ {'one = two;' * 20} }}\n"
        main = "int main() { std::thread t(work); int n = one.x0.a[3]; t.join(); return n; }"
        start = time.perf_counter()
        read(f"#include <thread>\n{records}{work}{main}", "a.cpp")
        return time.perf_counter() - start

    seconds(5)
    assert seconds(200) < 60 * max(seconds(10), 0.02)
