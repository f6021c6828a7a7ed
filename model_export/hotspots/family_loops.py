"""Families of shared loops whose rounds cost the same, or more and more, or who knows."""

from __future__ import annotations

import math
import re

from model_export.hotspots.draw import Draw, Grind, Kernel, family

_GRINDING = re.compile(r"@\(([^:]*):(.*?)\)@")


def shared(d: Draw, count: str, inside: str, *, low: str = "0", clauses: str = "") -> Kernel:
    """A shared loop over `count`.

    In `inside`, @i is its variable, @s a sum, @(low:high)@ a loop that grinds, @o the results.
    """
    out = d.array(20000)
    body = text(d, out, d.grind(), inside, d.index())
    schedule = d.schedule(chunk=d.whole(1, 8), big=d.whole(16, 200))
    i = body[0]
    head = [
        f"#pragma omp parallel for{schedule}{clauses}",
        f"for (int {i} = {low}; {i} < {count}; {i}++) {{",
    ]
    return Kernel(d.called(), [*head, *("  " + line for line in body[1:]), "}"], result=f"{out}[1]")


def text(d: Draw, out: str, grind: Grind, inside: str, i: str) -> list[str]:
    """The lines of a template with its signs replaced; the first is the outer variable."""
    k = next(name for name in (d.inner(), "kk", "k2") if name != i)
    s = d.pick("s", "acc", "v", "sum")
    lines = []
    for template in inside.strip("\n").split("\n"):
        line = template.replace("@i", i).replace("@s", s).replace("@o", out).replace("@k", k)
        lines.append(_GRINDING.sub(lambda m: grind.loop(s, k, m.group(2), m.group(1)), line))
    return [i, *lines]


def _split(d: Draw, low: int, high: int) -> tuple[int, int]:
    """(rounds, grinding rounds in each) within the budget, for a grind of 4 ns on average."""
    rounds = d.whole(low, high)
    return rounds, max(2, round(d.nanoseconds() / 4 / rounds))


EVEN = """
double @s = @i * 0.001;
@(0:{m})@
@o[@i] = @s;
"""


@family
def even_rounds(d: Draw) -> Kernel:
    """Each round costs the same."""
    n, m = _split(d, 200, 6000)
    return shared(d, d.size(n), EVEN.format(m=d.size(m)))


@family
def few_rounds(d: Draw) -> Kernel:
    """Rounds that do not divide evenly among threads."""
    n, m = _split(d, 5, 60)
    return shared(d, d.size(n), EVEN.format(m=d.size(m)))


@family
def growing_rounds(d: Draw) -> Kernel:
    """The inner loop runs up to the outer variable, or all the way."""
    n = round(math.sqrt(d.nanoseconds() / 2))
    size = d.size(n)
    return shared(d, size, EVEN.format(m=d.lever("@i", "@i + 1", "@i / 2", size)))


@family
def shrinking_rounds(d: Draw) -> Kernel:
    """Pairs of distinct things, each once: late rounds have little left."""
    n = round(math.sqrt(d.nanoseconds() / 2))
    size = d.size(n)
    inside = EVEN.replace("0:{m}", d.lever("@i + 1", "@i", "0") + ":" + size)
    return shared(d, size, inside)


@family
def steep_rounds(d: Draw) -> Kernel:
    """Cost grows with the square of the outer variable."""
    n = d.whole(60, 220)
    size = d.size(n)
    deep = d.lever("@i", "@i", size)
    inside = f"""
double @s = @i * 0.5;
for (int b = 0; b < {deep}; b++) {{
  @(0:{d.lever("b", "@i / 2")})@
}}
@o[@i] = @s;
"""
    return shared(d, size, inside)


@family
def stepped_rounds(d: Draw) -> Kernel:
    """The first part of the rounds is heavy, at a bound that is told."""
    n, m = _split(d, 200, 4000)
    share = d.pick("2", "3", "4", "8", "10")
    size = d.size(n)
    side = d.lever(
        f"@i < {size} / {share}", f"@i >= {size} - {size} / {share}", f"@i % {share} == 0"
    )
    inside = f"""
double @s = @i * 0.25;
if ({side}) {{
  @(0:{d.size(m * d.whole(2, 5))})@
}} else {{
  @s += {d.pick("1.0", "@i", "0.5")};
}}
@o[@i] = @s;
"""
    return shared(d, size, inside)


@family
def periodic_rounds(d: Draw) -> Kernel:
    """Every so many rounds one is heavy."""
    n, m = _split(d, 300, 5000)
    every = d.lever("2", "4", "7", "8", "16", "5", "64")
    inside = f"""
double @s = 1.0;
@(0:(@i % {every} == {d.pick("0", "1")} ? {d.size(m * 4)} : {d.whole(2, 12)}))@
@o[@i] = @s;
"""
    return shared(d, d.size(n), inside)


def _lengths(d: Draw, rows: int, average: int, kind: str) -> tuple[str, list[str]]:
    """An array of how much each row holds, and how it is filled."""
    name = d.array(rows + 1, "int")
    forms = {
        "even": f"{average}",
        "random": f"(int)(next_random() % {2 * average})",
        "tail": f"r < {max(1, rows // d.whole(6, 40))} ? {average * 8} : {max(1, average // 2)}",
        "power": f"(int)({average * d.whole(2, 5)}.0 / (1 + r % {d.whole(20, 90)}))",
        "rising": f"(int)({2.0 * average}f * r / {rows})",
    }
    return name, [f"for (int r = 0; r < {rows}; r++) {name}[r] = {forms[kind]};"]


@family
def listed_rounds(d: Draw) -> Kernel:
    """How much a round does lies in an array."""
    rows, m = _split(d, 300, 3000)
    name, fill = _lengths(d, rows, m, d.pick("even", "random", "tail", "power", "rising"))
    kernel = shared(d, d.size(rows), EVEN.format(m=f"{name}[@i]"))
    kernel.prepare = fill
    return kernel


@family
def sparse_rows(d: Draw) -> Kernel:
    """A sparse matrix by rows times a vector."""
    rows = d.whole(300, 2000)
    average = max(3, round(d.nanoseconds() / 2.2 / rows / 30))
    lengths, fill = _lengths(d, rows, average, d.pick("even", "random", "tail", "rising", "power"))
    starts, column = d.array(rows + 1, "int"), d.array(rows * average * 10, "int")
    value, vector = d.array(rows * average * 10, "double"), d.array(rows)
    fill += [
        f"for (int r = 0; r < {rows}; r++) {starts}[r + 1] = {starts}[r] + {lengths}[r];",
        f"for (int e = 0; e < {starts}[{rows}]; e++) {{ "
        f"{column}[e] = (int)(next_random() % {rows}); "
        f"{value}[e] = 0.5; }}",
        f"for (int r = 0; r < {rows}; r++) {vector}[r] = r * 0.1;",
    ]
    inside = f"""
double @s = 0.0;
for (int again = 0; again < 30; again++)
  for (int e = {starts}[@i]; e < {starts}[@i + 1]; e++) @s += {value}[e] * {vector}[{column}[e]];
@o[@i] = @s;
"""
    kernel = shared(d, d.size(rows), inside)
    kernel.prepare = fill
    return kernel


@family
def escape_time(d: Draw) -> Kernel:
    """Rows of points that each take as long as they take."""
    rows, columns = d.whole(40, 200), d.whole(40, 120)
    limit = max(20, round(d.nanoseconds() / 1.2 / rows / columns))
    zoom, shift = d.pick("3.0", "2.0", "1.5"), d.pick("2.2", "1.7", "1.2")
    inside = f"""
double @s = 0.0;
for (int x = 0; x < {d.size(columns)}; x++) {{
  double re = {zoom} * x / {columns} - {shift}, im = {zoom} * @i / {rows} - 1.2, a = 0, b = 0;
  int n = 0;
  while (n < {d.size(limit)} && a * a + b * b < 4.0) {{
    double t = a * a - b * b + re;
    b = 2 * a * b + im;
    a = t;
    n++;
  }}
  @s += n;
}}
@o[@i] = @s;
"""
    return shared(d, d.size(rows), inside)


@family
def early_exit(d: Draw) -> Kernel:
    """Each round looks until it finds, or tries until it is near enough."""
    n, m = _split(d, 300, 3000)
    near = d.pick("1e-3", "1e-6", "1e-9")
    stop = d.lever(f"@s * @s > {m // 2} + @i", f"fabs(@s - @i) < {near}", f"next > {m} - @i / 3")
    inside = f"""
double @s = @i * 0.01;
for (int next = 0; next < {d.size(2 * m)}; next++) {{
  @s += sqrt(next + @i * 0.5) * 0.01;
  if ({stop}) break;
}}
@o[@i] = @s;
"""
    return shared(d, d.size(n), inside)


@family
def marked_rounds(d: Draw) -> Kernel:
    """Only rounds that are marked do anything; the marks lie in an array."""
    n, m = _split(d, 300, 4000)
    mark = d.array(n, "int")
    where = d.pick("r % 3 == 0", f"r < {n // 4}", "next_random() % 4 == 0", f"r > {n // 2}")
    inside = f"""
double @s = 0.1;
if ({mark}[@i]) {{
  @(0:{d.size(m * 3)})@
}}
@o[@i] = @s;
"""
    kernel = shared(d, d.size(n), inside)
    kernel.prepare = [f"for (int r = 0; r < {n}; r++) {mark}[r] = {where};"]
    return kernel


@family
def helper_rounds(d: Draw) -> Kernel:
    """The work of a round is in a function, which is told how much."""
    n, m = _split(d, 200, 4000)
    helper, grind = d.called() + "_one", d.grind()
    cost = d.lever(
        f"{m}", f"{m} + @i", f"@i < {n // 5} ? {4 * m} : {m // 8}", f"2 * {m} * @i / {n}"
    )
    kernel = shared(d, d.size(n), f"\n@o[@i] = {helper}(@i, {cost});\n")
    kernel.helpers = [
        f"static double {helper}(int from, int count) {{",
        "  double s = from;",
        f"  {grind.loop('s', 'k', 'count')}",
        "  return s;",
        "}",
    ]
    return kernel


@family
def kinds_of_rounds(d: Draw) -> Kernel:
    """What a round does depends on its kind, which lies in an array."""
    n, m = _split(d, 300, 3000)
    kind = d.array(n, "int")
    order = d.pick("r * 3 / LIMIT", "r % 3", "(int)(next_random() % 3)").replace("LIMIT", str(n))
    inside = f"""
double @s = @i;
switch ({kind}[@i]) {{
  case 0:
    @(0:{m * 2})@
    break;
  case 1:
    @(0:{m // 2 + 1})@
    break;
  default:
    @s *= 0.5;
}}
@o[@i] = @s;
"""
    kernel = shared(d, d.size(n), inside)
    kernel.prepare = [f"for (int r = 0; r < {n}; r++) {kind}[r] = {order};"]
    return kernel


@family
def collapsed_nest(d: Draw) -> Kernel:
    """Two loops, shared out as one or not."""
    rows, columns = d.whole(4, 40), d.whole(10, 300)
    m = max(1, round(d.nanoseconds() / 4 / rows / columns))
    grid = d.array(rows, inner=f"[{columns}]")
    i, j, schedule = d.index(), "jj", d.pick("", " schedule(static)", " schedule(dynamic, 4)")
    collapse = d.lever(" collapse(2)", "")
    return Kernel(
        d.called(),
        [
            f"#pragma omp parallel for{collapse}{schedule}",
            f"for (int {i} = 0; {i} < {d.size(rows)}; {i}++)",
            f"  for (int {j} = 0; {j} < {d.size(columns)}; {j}++) {{",
            f"    double s = {i} - {j};",
            f"    {d.grind().loop('s', 'k', d.size(m))}",
            f"    {grid}[{i}][{j}] = s;",
            "  }",
        ],
        result=f"{grid}[0][0]",
    )


@family
def three_deep(d: Draw) -> Kernel:
    """Products of matrices, whole or triangular, in either order of loops."""
    n = max(30, round((d.nanoseconds() / 1.1) ** (1 / 3)))
    size = d.size(n)
    a, b, c = (d.array(n, inner=f"[{n}]") for _ in range(3))
    low = d.lever("0", "i", "0", "j")
    inner, outer = ("k", "j") if d.chance(0.5) else ("j", "k")
    low = low if outer == "j" or low in ("0", "i") else "0"
    return Kernel(
        d.called(),
        [
            f"#pragma omp parallel for{d.schedule(chunk=d.whole(1, 4), big=16)}",
            f"for (int i = 0; i < {size}; i++)",
            f"  for (int {outer} = 0; {outer} < {size}; {outer}++)",
            f"    for (int {inner} = {low}; {inner} < {size}; {inner}++)",
            f"      {c}[i][j] += {a}[i][k] * {b}[k][j];",
        ],
        prepare=[
            f"for (int r = 0; r < {n}; r++) "
            f"for (int s = 0; s < {n}; s++) {a}[r][s] = {b}[s][r] = r;"
        ],
        result=f"{c}[1][2]",
    )


@family
def relaxation(d: Draw) -> Kernel:
    """A stencil over a grid, swept a number of times."""
    n = d.whole(60, 300)
    sweeps = max(1, round(d.nanoseconds() / 1.5 / n / n))
    a, b, size = d.array(n, inner=f"[{n}]"), d.array(n, inner=f"[{n}]"), d.size(n)
    return Kernel(
        d.called(),
        [
            f"for (int sweep = 0; sweep < {d.size(sweeps)}; sweep++) {{",
            f"#pragma omp parallel for{d.schedule(chunk=d.whole(1, 4), big=d.whole(8, 60))}",
            f"  for (int y = 1; y < {size} - 1; y++)",
            f"    for (int x = 1; x < {size} - 1; x++)",
            f"      {b}[y][x] = 0.25 * ({a}[y - 1][x] + {a}[y + 1][x] + "
            f"{a}[y][x - 1] + {a}[y][x + 1]);",
            "}",
        ],
        # An array that nobody writes is known to be zero, and nothing is worked out from it.
        prepare=[f"for (int r = 0; r < {n}; r++) {a}[r][r] = {a}[r][0] = r;"],
        result=f"{b}[2][2]",
    )
