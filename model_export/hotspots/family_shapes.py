"""Families of loop shapes: how a loop counts, walks through memory, and calls others."""

from __future__ import annotations

import math
from collections.abc import Sequence

from model_export.hotspots.draw import Draw, Kernel, family
from model_export.hotspots.family_loops import shared

_SHORT = 0.5  # of the usual work: counting instructions is slow


def rounds_of(d: Draw, low: int, high: int, each: float = 4.0) -> tuple[int, int]:
    """(rounds, rounds of what each does) within the budget."""
    rounds = d.whole(low, high)
    return rounds, max(2, round(_SHORT * d.nanoseconds() / each / rounds))


def _chosen(d: Draw, forms: Sequence[str], cost: str) -> str:
    """One of the forms, moved by the lever."""
    number = int(d.lever(*(str(n) for n in range(len(forms)))))
    return forms[number].replace("COST", cost)


_STRIDES = (
    "for (int y = 0; y < ROWS; y++) @s += GRID[y][@i] * 0.5;",
    "for (int y = 0; y < ROWS; y++) @s += GRID[@i % ROWS][y % COLS] * 0.5;",
    "for (int y = 0; y < ROWS; y += 2) @s += GRID[y][(@i * 3) % COLS];",
    "for (int y = ROWS - 1; y >= 0; y--) @s = @s * 0.5 + GRID[y][@i];",
    "for (int y = 0; y < ROWS; y++)\n  for (int x = 0; x < 4; x++) @s += GRID[y][(@i + x) % COLS];",
)


@family
def matrix_walks(d: Draw) -> Kernel:
    """Rows, columns and every second row of a matrix, each as often as it takes."""
    rows, columns = d.whole(40, 400), d.whole(60, 500)
    again = max(1, round(_SHORT * d.nanoseconds() / 2 / rows / columns))
    grid = d.array(rows, inner=f"[{columns}]")
    form = _STRIDES[int(d.lever("0", "1", "2", "3", "4"))]
    walk = form.replace("GRID", grid).replace("ROWS", d.size(rows)).replace("COLS", str(columns))
    indented = walk.replace("\n", "\n    ")
    inside = f"""
double @s = @i;
for (int again = 0; again < {d.size(again)}; again++)
  {indented}
@o[@i] = @s;
"""
    kernel = shared(d, d.size(columns), inside)
    fill = f"for (int c = 0; c < {columns}; c++) {grid}[r][c] = r - c;"
    kernel.prepare = [f"for (int r = 0; r < {rows}; r++) {fill}"]
    return kernel


@family
def nested_calls(d: Draw) -> Kernel:
    """Functions that call functions, which are told how much; one is called from two places."""
    n, m = rounds_of(d, 100, 1500, 6)
    inner, outer = d.called() + "_step", d.called() + "_part"
    while inner == outer:
        outer += "s"
    first, second = d.whole(2, 8), d.whole(2, 8)
    cost = d.lever(str(m), f"i < {n // 3} ? {m} : {max(1, m // 6)}", f"{m} * i / {n}", "HALF")
    cost = cost.replace("HALF", f"{m} / 2")
    helpers = [
        f"static double {inner}(double s, int count) {{",
        f"  {d.grind().loop('s', 'k', 'count')}",
        "  return s;",
        "}",
        f"static double {outer}(int from, int count) {{",
        f"  double v = {inner}(from, count / {first});",
        f"  for (int part = 0; part < {second}; part++)",
        f"    v += {inner}(v, count / {first * second});",
        "  return v;",
        "}",
    ]
    out = d.array(n)
    schedule = d.pick("", " schedule(static, 2)", " schedule(dynamic)")
    body = [
        f"#pragma omp parallel for{schedule}",
        f"for (int i = 0; i < {d.size(n)}; i++) {out}[i] = {outer}(i, {cost});",
    ]
    if d.chance(0.5):
        body.append(f"{out}[0] += {inner}({out}[1], {d.whole(10, 100) * m});")
    return Kernel(d.called(), body, helpers=helpers, result=f"{out}[1]")


_COUNTS = (
    "int q = 0;\nwhile (q < COST) { @s += q * 0.5; q++; }",
    "int q = COST;\ndo { @s += 1.0 / q; q--; } while (q > 0);",
    "int q = 0;\nwhile (q < COST) { @s += sqrt(@s + q); q += 3; }",
    "for (int q = COST; q > 0; q -= 2) @s = @s * 0.99 + q;",
    "for (long q = 1; q < (1L << (COST % 24)); q *= 2) @s += q & 7;",
    "for (int q = COST; q > 0; q /= 2) @s += q * 0.1;",
    "int q = COST;\nwhile (q > 1) { q = q / 2; @s += sin(@s); }",
    "for (int q = 0, left = COST; left > 0; q++, left--) @s += q * 0.25;",
)


@family
def other_counters(d: Draw) -> Kernel:
    """While loops, loops that count down, by threes, and by halves."""
    n, m = rounds_of(d, 200, 4000)
    cost = d.pick(d.size(m), d.size(m), f"({m} + @i)", f"(2 * {m} * @i / {n} + 1)")
    form = _chosen(d, _COUNTS, cost).replace("\n", "\n  ")
    times = d.whole(1, 6) if "/=" in form or "*= 2" in form or "q / 2" in form else 1
    inside = f"""
double @s = @i * 0.01;
for (int again = 0; again < {times}; again++) {{
  {form}
}}
@o[@i] = @s;
"""
    return shared(d, d.size(n), inside)


_BANDS = (
    ("0", "@i"),
    ("@i", "LIMIT"),
    ("(@i > WIDE ? @i - WIDE : 0)", "(@i + WIDE < LIMIT ? @i + WIDE : LIMIT)"),
    ("0", "LIMIT - @i"),
    ("@i / 2", "@i"),
    ("0", "@i * @i / LIMIT"),
    ("0", "LIMIT"),
)


@family
def banded_rounds(d: Draw) -> Kernel:
    """Triangles above and below, bands around the diagonal, and the whole."""
    n = max(20, round(math.sqrt(_SHORT * d.nanoseconds() / 2)))
    size, wide = d.size(n), str(max(2, n // d.whole(3, 30)))
    low, high = (
        part.replace("LIMIT", size).replace("WIDE", wide)
        for part in _BANDS[int(d.lever(*(str(k) for k in range(len(_BANDS)))))]
    )
    told = ""
    if "?" in low:  # whose colon is not the one between the bounds
        told, low, high = f"int from = {low}, upto = {high};\n", "from", "upto"
    return shared(d, size, f"\ndouble @s = @i;\n{told}@({low}:{high})@\n@o[@i] = @s;\n")


@family
def hashed_rounds(d: Draw) -> Kernel:
    """How much a round does is scattered: worked out from its number, from a table, or fixed."""
    n, m = rounds_of(d, 100, 2000)
    table = d.array(n, "int")
    cost = d.lever(
        f"(int)((@i * 2654435761u) % {2 * m})",
        f"{table}[@i]",
        d.size(m),
        f"(@i * 37 + 11) % {2 * m}",
        f"((@i ^ (@i >> 3)) & 7) * {max(1, m // 4)}",
    )
    kernel = shared(d, d.size(n), f"\ndouble @s = 1.0;\n@(0:{cost})@\n@o[@i] = @s;\n")
    kernel.prepare = [f"for (int r = 0; r < {n}; r++) {table}[r] = next_random() % {2 * m};"]
    return kernel


@family
def grouped_items(d: Draw) -> Kernel:
    """Items in groups that lie one behind the other; a function fills the groups' starts."""
    groups, average = rounds_of(d, 60, 1200)
    starts, value, fill = d.array(groups + 1, "int"), f"weights{d.tag}", f"arrange{d.tag}"
    d.globals.append(f"static double {value}[{groups * average * 4 + 64}];")
    size = d.lever(
        f"{average}", f"1 + g % {2 * average}", f"g < {groups // 8} ? {4 * average} : {average}",
        f"2 * {average} * g / {groups}", f"(int)(next_random() % {2 * average})",
    )  # fmt: skip
    helpers = [
        f"static void {fill}(int groups) {{",
        f"  {starts}[0] = 0;",
        f"  for (int g = 0; g < groups; g++) {starts}[g + 1] = {starts}[g] + ({size});",
        f"  for (int e = 0; e < {starts}[groups]; e++) {value}[e] = e * 0.5;",
        "}",
    ]
    form = d.pick("@s += V;", "@s += sqrt(V);", "@s = @s * 0.5 + V;").replace("V", f"{value}[e]")
    inside = f"""
double @s = 0;
for (int e = {starts}[@i]; e < {starts}[@i + 1]; e++) {form}
@o[@i] = @s;
"""
    kernel = shared(d, d.size(groups), inside)
    kernel.helpers, kernel.prepare = helpers, [f"{fill}({groups});"]
    return kernel
