"""Families of costs: heavy arithmetic, sums and how they are protected, phases of a time step."""

from __future__ import annotations

from model_export.hotspots.draw import Draw, Kernel, family
from model_export.hotspots.family_loops import shared
from model_export.hotspots.family_shapes import rounds_of

_HEAVY: tuple[tuple[str, float], ...] = (
    ("{s} += pow({s} + {k}, 0.3);", 20.0),
    ("{s} += exp(-{k} * 0.01) * log({k} + 2.0);", 18.0),
    ("{s} = {s} / ({k} + 1.5) + 2.0 / ({s} + 1.0);", 9.0),
    ("{s} += tanh({s} * 0.1 - {k});", 20.0),
    ("{s} += sqrt({k} * 1.5) + sqrt({s} + 1.0);", 8.0),
    ("{s} += atan2({k}, {s} + 1.0);", 18.0),
    ("{s} += {k} * 0.5;", 1.0),
    ("{s} += hypot({k}, {s});", 8.0),
    ("{s} += ({k} % 7) * 0.5 + ({k} & 3);", 1.5),
    ("{s} += fmod({s}, {k} + 1.5) + {k};", 10.0),
    ("{s} += cos({s}) * sin({k} * 0.2);", 25.0),
    ("{s} += fabs({s} - {k}); if ({s} > 1e6) {s} -= 1e6;", 1.5),
)


def _heavy(d: Draw, variable: str) -> tuple[str, float]:
    form, cost = d.rng.choice(_HEAVY)
    return form.format(s="@s", k=variable), cost


@family
def heavy_formulas(d: Draw) -> Kernel:
    """Loops of powers, exponentials and quotients beside loops of additions."""
    first, cost = _heavy(d, "q")
    second, more = _heavy(d, "q") if d.chance(0.4) else ("", 0.0)
    n, m = rounds_of(d, 100, 3000, cost + more)
    times = d.lever(d.size(m), f"{m} / 4 + 1", f"2 * {m} * @i / {n}")
    inside = f"""
double @s = @i * 0.1 + 1.0;
for (int q = 0; q < {times}; q++) {{
  {first}
  {second}
}}
@o[@i] = @s;
"""
    return shared(d, d.size(n), inside)


@family
def flat_formulas(d: Draw) -> Kernel:
    """One formula for each element of a long vector, some of them heavier than others."""
    form, cost = _heavy(d, "i")
    n = d.whole(2000, 30000)
    times = max(1, round(0.5 * d.nanoseconds() / n / cost))
    x = d.array(n)
    schedule = d.lever("", " schedule(static, 64)", " schedule(dynamic, 128)", " schedule(guided)")
    heavy = d.pick("", "", f"if (i < {n // 4}) ", "if (i % 5 == 0) ")
    body = [
        f"for (int again = 0; again < {d.size(times)}; again++) {{",
        f"#pragma omp parallel for{schedule}",
        f"  for (int i = 0; i < {d.size(n)}; i++) {{",
        f"    double v = {x}[i] + 1.0;",
        f"    {heavy}{{ {form.replace('@s', 'v')} }}",
        f"    {x}[i] = v * 0.5;",
        "  }",
        "}",
    ]
    return Kernel(d.called(), body, result=f"{x}[1]")


_PROTECTED = {
    "critical": ("#pragma omp critical", "contention"),
    "named": ("#pragma omp critical(sums)", "contention"),
    "atomic": ("#pragma omp atomic", "contention"),
    "often": ("if (i % 64 == 0)\n#pragma omp critical", "none"),
}


@family
def sums_of_rounds(d: Draw) -> Kernel:
    """A sum of what rounds give: reduced, of each thread's own, or protected every time."""
    n, m = rounds_of(d, 800, 8000, 5)
    m, total = min(m, 300), f"sum{d.tag}_all"
    how = d.lever("reduction", "critical", "own", "atomic", "often", "named")
    d.globals.append(f"static double {total};")
    work = ["  double s = i * 0.5;", f"  {d.grind().loop('s', 'k', d.size(m))}"]
    head = f"for (int i = 0; i < {d.size(n)}; i++) {{"
    schedule = d.pick("", " schedule(static)", " schedule(static, 8)", " schedule(guided)")
    if how == "reduction":
        pragma = f"#pragma omp parallel for reduction(+ : {total}){schedule}"
        return Kernel(d.called(), [pragma, head, *work, f"  {total} += s;", "}"], result=total)
    if how == "own":
        body = ["#pragma omp parallel", "{", "  double mine = 0;", f"#pragma omp for{schedule}"]
        body += [f"  {head}", *work, "  mine += s;", "  }", "#pragma omp atomic"]
        return Kernel(d.called(), [*body, f"  {total} += mine;", "}"], result=total)
    protect, bottleneck = _PROTECTED[how]
    body = [f"#pragma omp parallel for{schedule}", head, *work]
    body += [*protect.split("\n"), f"  {total} += s;", "}"]
    return Kernel(d.called(), body, result=total, bottleneck=bottleneck if m < 60 else "none")


@family
def time_steps(d: Draw) -> Kernel:
    """Several loops in each step of time: one of them is what the steps are spent on."""
    n, m = rounds_of(d, 60, 600, 4)
    steps = d.whole(2, 12)
    m = max(1, m // steps)
    a, b, size = d.array(n), d.array(n), d.size(n)
    first, second = d.lever(f"{m}", f"2 * {m} * i / {n}", f"{m} / 3 + 1"), d.pick(f"{m}", "8", "2")
    serial = d.chance(0.4)
    loop = f"for (int i = 0; i < {size}; i++) {{"
    schedule = d.pick("", " schedule(dynamic, 4)", " schedule(static, 1)")
    body = [
        "double now = 0.0;",
        f"while (now < {steps} - 0.5) {{",
        f"#pragma omp parallel for{schedule}",
        f"  {loop}",
        f"    double s = {b}[i];",
        f"    {d.grind().loop('s', 'k', first)}",
        f"    {a}[i] = s;",
        "  }",
        "#pragma omp parallel for",
        f"  {loop}",
        f"    double v = {a}[i];",
        f"    {d.grind().loop('v', 'k', second)}",
        f"    {b}[i] = v;",
        "  }",
    ]
    if serial:
        body.append(f"  for (int i = 1; i < {size}; i++) {a}[i] += {a}[i - 1] * 0.5;")
    return Kernel(d.called(), [*body, "  now += 1.0;", "}"], result=f"{b}[1]")


@family
def one_does_it(d: Draw) -> Kernel:
    """A region in which one thread works long before or after all do."""
    n, m = rounds_of(d, 60, 600, 4)
    alone = round(n * float(d.lever("0.6", "0.02", "0.3", "1.5")))
    out, size = d.array(n), d.size(n)
    who = d.pick("single", "master", "single")
    work = f"for (int r = 0; r < {max(1, alone)}; r++) {{"
    share = [
        f"#pragma omp for{d.pick('', ' schedule(static)', ' schedule(dynamic, 2)')}",
        f"  for (int i = 0; i < {size}; i++) {{",
        "    double s = i;",
        f"    {d.grind().loop('s', 'k', d.size(m))}",
        f"    {out}[i] = s;",
        "  }",
    ]
    first = [
        f"#pragma omp {who}",
        f"  {work}",
        f"    double v = {out}[0];",
        f"    {d.grind().loop('v', 'k', d.size(m))}",
        f"    {out}[0] = v;",
        "  }",
        *(["#pragma omp barrier"] if who == "master" else []),
    ]
    parts = [*first, *share] if d.chance(0.6) else [*share, *first]
    bottleneck = "serial" if alone * 4 > n else "none"
    body = ["#pragma omp parallel", "{", *parts, "}"]
    return Kernel(d.called(), body, result=f"{out}[0]", bottleneck=bottleneck)


@family
def started_often(d: Draw) -> Kernel:
    """A short region started in every round of a loop, with more or less to do."""
    many, n = d.whole(60, 250), d.whole(8, 100)
    m = int(d.lever("1", "200", "2", "40"))
    out, g, again = d.array(n), d.grind(), d.pick("again", "sweep", "pass")
    body = [
        f"for (int {again} = 0; {again} < {d.size(many)}; {again}++) {{",
        f"#pragma omp parallel for{d.pick('', ' schedule(static)', ' schedule(dynamic)')}",
        f"  for (int i = 0; i < {d.size(n)}; i++) {{",
        f"    double s = {out}[i];",
        f"    {g.loop('s', 'k', d.size(m))}",
        f"    {out}[i] = s + {again};",
        "  }",
        "}",
    ]
    bottleneck = "fork-join" if n * m * g.nanoseconds < 4000 else "none"
    return Kernel(d.called(), body, result=f"{out}[1]", bottleneck=bottleneck)
