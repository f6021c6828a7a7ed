"""Families of regions: small ones again and again, serial parts, sections, tasks, own division."""

from __future__ import annotations

import math

from model_export.hotspots.draw import Draw, Kernel, family


def _grid(d: Draw, low: int, high: int) -> tuple[int, int]:
    rounds = d.whole(low, high)
    return rounds, max(2, round(d.nanoseconds() / 4 / rounds))


@family
def tiny_regions(d: Draw) -> Kernel:
    """A region with next to nothing to do, started many times; or once, with the loop inside."""
    many, n = d.whole(150, 600), d.whole(16, 120)
    out, i = d.array(n), d.index()
    size, times = d.size(n), d.size(many)
    work = f"{out}[{i}] += {i} * 0.5;"
    inside = [f"  for (int {i} = 0; {i} < {size}; {i}++)", f"    {work}"]
    again = f"for (int again = 0; again < {times}; again++) {{"
    if d.lever("inside", "outside") == "inside":
        body = [again, f"#pragma omp parallel for{d.pick('', ' schedule(static)')}", *inside, "}"]
        return Kernel(d.called(), body, result=f"{out}[1]", bottleneck="fork-join")
    body = ["#pragma omp parallel", again, "#pragma omp for", *inside, "}"]
    return Kernel(d.called(), body, result=f"{out}[1]")


@family
def inner_regions(d: Draw) -> Kernel:
    """The inner loop of a nest is a region in every round; or the outer one is, once."""
    n, m = d.whole(80, 300), d.whole(20, 80)
    g = d.grind()
    k = max(2, round(d.nanoseconds() / 8 / n / m))
    out = d.array(n, inner=f"[{m}]")
    pragma = "#pragma omp parallel for"
    outer = d.lever("inner", "outer") == "outer"
    body = [
        *([pragma] if outer else []),
        f"for (int a = 0; a < {d.size(n)}; a++) {{",
        *([] if outer else [pragma]),
        f"  for (int b = 0; b < {d.size(m)}; b++) {{",
        "    double s = a + b;",
        f"    {g.loop('s', 'k', d.size(k))}",
        f"    {out}[a][b] = s;",
        "  }",
        "}",
    ]
    return Kernel(
        d.called(), body, result=f"{out}[1][1]", bottleneck="none" if outer else "fork-join"
    )


@family
def shrinking_front(d: Draw) -> Kernel:
    """Elimination: what is left to do shrinks from step to step."""
    n = max(40, round((d.nanoseconds() * 2) ** (1 / 3)))
    a, size = d.array(n, inner=f"[{n}]"), d.size(n)
    schedule = d.lever("", " schedule(static, 1)", " schedule(dynamic, 2)", " schedule(guided)")
    body = [
        f"for (int k = 0; k < {size} - 1; k++) {{",
        f"#pragma omp parallel for{schedule}",
        f"  for (int i = k + 1; i < {size}; i++) {{",
        f"    double f = {a}[i][k] / {a}[k][k];",
        f"    for (int j = k; j < {size}; j++) {a}[i][j] -= f * {a}[k][j];",
        "  }",
        "}",
    ]
    fill = (
        f"for (int r = 0; r < {n}; r++) "
        f"for (int s = 0; s < {n}; s++) {a}[r][s] = r == s ? {n} : 0.5;"
    )
    return Kernel(d.called(), body, prepare=[fill], result=f"{a}[2][2]")


@family
def diagonals(d: Draw) -> Kernel:
    """Fronts along the diagonals of a table: short, long, short."""
    n = d.whole(24, 90)
    m = max(2, round(d.nanoseconds() / 4 / n / n))
    table, size, g = d.array(n + 1, inner=f"[{n + 1}]"), d.size(n), d.grind()
    body = [
        f"for (int front = 0; front < 2 * {size} - 1; front++) {{",
        f"  int first = front < {size} ? 0 : front - {size} + 1;",
        f"  int last = front < {size} ? front : {size} - 1;",
        f"#pragma omp parallel for{d.lever('', ' schedule(static, 1)', ' schedule(dynamic)')}",
        "  for (int r = first; r <= last; r++) {",
        f"    double s = {table}[r][front - r];",
        f"    {g.loop('s', 'q', d.size(m))}",
        f"    {table}[r + 1][front - r + 1] = s;",
        "  }",
        "}",
    ]
    return Kernel(d.called(), body, result=f"{table}[2][2]")


@family
def serial_part(d: Draw) -> Kernel:
    """One thread prepares what all then use."""
    n, m = _grid(d, 200, 2000)
    share = d.lever("0.05", "0.6", "1.5", "0.25")
    alone, g, out = max(2, int(n * m * float(share))), d.grind(), d.array(n)
    kind = d.pick("single", "single", "master")
    body = [
        "#pragma omp parallel",
        "{",
        f"#pragma omp {kind}",
        "  {",
        "    double s = 1.0;",
        f"    {g.loop('s', 'k', d.size(alone))}",
        f"    {out}[0] = s;",
        "  }",
        *(["#pragma omp barrier"] if kind == "master" else []),
        "#pragma omp for",
        f"  for (int i = 1; i < {d.size(n)}; i++) {{",
        f"    double s = {out}[0];",
        f"    {d.grind().loop('s', 'k', d.size(m))}",
        f"    {out}[i] = s;",
        "  }",
        "}",
    ]
    bottleneck = "serial" if float(share) > 0.2 else "none"
    return Kernel(d.called(), body, result=f"{out}[1]", bottleneck=bottleneck)


@family
def ordered_rounds(d: Draw) -> Kernel:
    """Part of each round is done in the order of the rounds."""
    n, m = _grid(d, 100, 600)
    inside = max(1, int(m * float(d.lever("0.03", "0.5", "1.0"))))
    out, g = d.array(n), d.grind()
    schedule = d.pick("", " schedule(static, 1)", " schedule(dynamic)")
    body = [
        f"#pragma omp parallel for ordered{schedule}",
        f"for (int i = 0; i < {d.size(n)}; i++) {{",
        "  double s = i;",
        f"  {g.loop('s', 'k', d.size(m))}",
        "#pragma omp ordered",
        "  {",
        "    double t = s;",
        f"    {g.loop('t', 'k', d.size(inside))}",
        f"    {out}[i] = t;",
        "  }",
        "}",
    ]
    bottleneck = "serial" if inside * 5 > m else "none"
    return Kernel(d.called(), body, result=f"{out}[1]", bottleneck=bottleneck)


@family
def uneven_sections(d: Draw) -> Kernel:
    """A few different things at once, of like or unlike length."""
    count = d.whole(2, 9)
    each = max(2, round(d.nanoseconds() / 4 / count))
    out, g = d.array(count), d.grind()
    factor = float(d.lever("1.0", "1.6", "2.5", "4.0"))
    body = ["#pragma omp parallel sections", "{"]
    for number in range(count):
        cost = d.size(max(2, int(each * factor ** (number % 4 - 1.5) * 0.7)))
        body += ["#pragma omp section", "  {", f"    double s = {number};"]
        body += [f"    {g.loop('s', 'k', cost)}", f"    {out}[{number}] = s;", "  }"]
    # An element that is told only as it runs: of those that nobody reads no section would be left.
    return Kernel(d.called(), [*body, "}"], result=f"{out}[argc % {count}]")


@family
def tasks_of_a_loop(d: Draw) -> Kernel:
    """One thread makes tasks in a loop, of equal or growing size."""
    n, m = _grid(d, 20, 200)
    out, g = d.array(n), d.grind()
    cost = d.lever(
        d.size(m), f"2 * {m} * i / {n}", f"(i == 0 ? {m * n // 3} : {m // 2 + 1})", f"{m} + i"
    )
    body = [
        "#pragma omp parallel",
        f"#pragma omp {d.pick('single', 'single nowait', 'master')}",
        f"for (int i = 0; i < {d.size(n)}; i++) {{",
        "#pragma omp task firstprivate(i)",
        "  {",
        "    double s = i;",
        f"    {g.loop('s', 'k', cost)}",
        f"    {out}[i] = s;",
        "  }",
        "}",
    ]
    return Kernel(d.called(), body, result=f"{out}[1]")


@family
def task_loops(d: Draw) -> Kernel:
    """A loop in tasks of some grain."""
    n, m = _grid(d, 60, 800)
    out, g = d.array(n), d.grind()
    grain = d.lever(
        "",
        f" grainsize({d.whole(1, 8)})",
        f" grainsize({max(1, n // 3)})",
        f" num_tasks({d.whole(8, 60)})",
    )
    body = [
        "#pragma omp parallel",
        "#pragma omp single",
        f"#pragma omp taskloop{grain}",
        f"for (int i = 0; i < {d.size(n)}; i++) {{",
        "  double s = i;",
        f"  {g.loop('s', 'k', d.pick(d.size(m), d.size(m), f'2 * {m} * i / {n}'))}",
        f"  {out}[i] = s;",
        "}",
    ]
    return Kernel(d.called(), body, result=f"{out}[1]")


@family
def task_tree(d: Draw) -> Kernel:
    """Tasks that make tasks, down to some depth, with even or skew branches."""
    depth = d.whole(4, 7)
    skew = d.lever("even", "skew")
    m = max(10, round(d.nanoseconds() / 4 / 2**depth))
    helper, out = d.called() + "_part", d.array(4)
    down = ("depth - 1", "depth - 1") if skew == "even" else ("depth - 1", "depth - 3")
    helpers = [
        f"static double {helper}(int depth) {{",
        "  double s = depth, left = 0, right = 0;",
        f"  {d.grind().loop('s', 'k', str(m))}",
        "  if (depth <= 0) return s;",
        "#pragma omp task shared(left)",
        f"  left = {helper}({down[0]});",
        "#pragma omp task shared(right)",
        f"  right = {helper}({down[1]});",
        "#pragma omp taskwait",
        "  return s + left + right;",
        "}",
    ]
    body = [
        "#pragma omp parallel",
        "#pragma omp single",
        f"{out}[0] = {helper}({depth + 2 * (skew != 'even')});",
    ]
    return Kernel(d.called(), body, helpers=helpers, result=f"{out}[0]")


@family
def own_blocks(d: Draw) -> Kernel:
    """Each thread works out its own block of rounds."""
    n, m = _grid(d, 200, 4000)
    size, out, g = d.size(n), d.array(n), d.grind()
    high = d.lever(
        f"(t + 1) * {size} / all",
        f"t == all - 1 ? {size} : low + {size} / (all + 3)",
        f"low + {size} / all",
    )
    cost = d.pick(d.size(m), f"2 * {m} * r / {n}")
    low = f"t * {size} / all"
    if "low" in high:
        low = f"t * ({size} / (all + 3))" if "+ 3" in high else f"t * ({size} / all)"
    body = [
        "#pragma omp parallel",
        "{",
        "  int t = omp_get_thread_num(), all = omp_get_num_threads();",
        f"  int low = {low};",
        f"  int high = {high};",
        "  for (int r = low; r < high; r++) {",
        "    double s = r;",
        f"    {g.loop('s', 'k', cost)}",
        f"    {out}[r] = s;",
        "  }",
        "}",
    ]
    return Kernel(d.called(), body, result=f"{out}[1]")


@family
def own_turns(d: Draw) -> Kernel:
    """Each thread takes every so-manieth round, or its block; the rounds grow."""
    n = round(math.sqrt(d.nanoseconds() / 2))
    size, out, g = d.size(n), d.array(n), d.grind()
    turn = d.lever("t; r < LIMIT; r += all", "t * LIMIT / all; r < (t + 1) * LIMIT / all; r++")
    body = [
        "#pragma omp parallel",
        "{",
        "  const int t = omp_get_thread_num();",
        "  const int all = omp_get_num_threads();",
        f"  for (int r = {turn.replace('LIMIT', size)}) {{",
        "    double s = r;",
        f"    {g.loop('s', 'k', d.pick('r', size, 'r'))}",
        f"    {out}[r] = s;",
        "  }",
        "}",
    ]
    return Kernel(d.called(), body, result=f"{out}[1]")


@family
def several_loops(d: Draw) -> Kernel:
    """One region with several loops, with or without a barrier between, even or not."""
    n, m = _grid(d, 150, 1500)
    out = [d.array(n) for _ in range(3)]
    size, wait = d.size(n), d.lever("", " nowait")
    body = ["#pragma omp parallel", "{"]
    for number in range(3):
        cost = [
            d.size(max(1, m // 3)),
            f"{2 * m // 3} * i / {n}",
            f"(i < {n // 5} ? {m} : {m // 9 + 1})",
        ]
        body += [
            f"#pragma omp for{wait}{d.pick('', ' schedule(static, 2)', ' schedule(dynamic, 4)')}",
            f"  for (int i = 0; i < {size}; i++) {{",
            "    double s = i;",
            f"    {d.grind().loop('s', 'k', d.pick(*cost))}",
            f"    {out[number]}[i] = s;",
            "  }",
        ]
    # What nobody reads a compiler leaves out, and its loop with it.
    return Kernel(d.called(), [*body, "}"], result="({}[1] + {}[1] + {}[1])".format(*out))


@family
def region_in_region(d: Draw) -> Kernel:
    """A region starts others, which by default run alone."""
    n, m = d.whole(3, 24), d.whole(10, 60)
    k = max(2, round(d.nanoseconds() / 4 / n / m))
    out, g = d.array(n, inner=f"[{m}]"), d.grind()
    inner = d.lever("", "#pragma omp parallel for num_threads(2)")
    body = [
        "#pragma omp parallel for",
        f"for (int i = 0; i < {d.size(n)}; i++) {{",
        *([inner] if inner else []),
        f"  for (int j = 0; j < {d.size(m)}; j++) {{",
        "    double s = i - j;",
        f"    {g.loop('s', 'k', d.size(k))}",
        f"    {out}[i][j] = s;",
        "  }",
        "}",
    ]
    return Kernel(d.called(), body, result=f"{out}[1][1]")


@family
def asked_threads(d: Draw) -> Kernel:
    """A region that asks for a number of threads of its own."""
    n, m = _grid(d, 10, 300)
    out, g = d.array(n), d.grind()
    asked = d.lever("", " num_threads(2)", " num_threads(3)", " num_threads(8)", " num_threads(12)")
    body = [
        f"#pragma omp parallel for{asked}{d.pick('', ' schedule(static, 4)')}",
        f"for (int i = 0; i < {d.size(n)}; i++) {{",
        "  double s = i;",
        f"  {g.loop('s', 'k', d.pick(d.size(m), f'2 * {m} * i / {n}'))}",
        f"  {out}[i] = s;",
        "}",
    ]
    return Kernel(d.called(), body, result=f"{out}[1]")
