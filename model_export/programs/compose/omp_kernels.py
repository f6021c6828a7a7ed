"""OpenMP patterns of well-known computations, each divided by a loop that fits or does not."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, Size, block, tab
from model_export.programs.compose.parts import Lines

APART, ORDERED, GUARDED, ATOMIC = "same-location", "unordered", "unprotected", "conflicting"


def product(make: OmpMaker, variant: str) -> OmpParts:
    """The product of two matrices, divided by rows, by columns or by the terms of the sums."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((19, 21, 23, 25)))
    c = make.matrix(parts, n, n, base=make.rng.choice(("double", "int", "float")))
    a, b = (make.matrix(parts, n, n, base=c.base) for _ in range(2))
    i, j, k, own = make.i, make.j, make.k, make.names.thing()
    term = f"{a.at(i, k)} * {b.at(k, j)}"
    add = [f"{c.at(i, j)} += {term};"]

    def nest(order: tuple[str, str, str], body: Lines) -> Lines:
        inner = make.loop(order[2], "0", f"{n}", body)
        return make.loop(order[0], "0", f"{n}", make.loop(order[1], "0", f"{n}", inner))

    kept = [f"{own} += {term};"]
    summed = [f"{own} = 0;", *make.loop(k, "0", f"{n}", kept), f"{c.at(i, j)} = {own};"]
    by_cells = make.loop(i, "0", f"{n}", make.loop(j, "0", f"{n}", summed))
    loop, clause = {
        "rows": (nest((i, j, k), add), ""),
        "columns": (nest((j, i, k), add), ""),
        "cells": (nest((i, j, k), add), "collapse(2)"),
        "rows-terms": (nest((i, k, j), add), ""),
        "own-sum": (by_cells, f"private({own})"),
        "terms": (nest((k, i, j), add), ""),
        "all-three": (nest((i, j, k), add), "collapse(3)"),
        "rows-and-terms": (nest((i, k, j), add), "collapse(2)"),
        "one-sum": (by_cells, ""),
    }[variant]
    if "sum" in variant:
        parts.local.append(f"{c.base} {own} = 0;")
    parts.code += make.shared_out(loop, clause)
    parts.about = own if "sum" in variant else c.name
    parts.after.append(make.seen(c.at("3", "4")))
    return parts


def pairs(make: OmpMaker, variant: str) -> OmpParts:
    """Forces between pairs of bodies; each pair is met once or twice."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((44, 52, 60)))
    x = make.array(parts, n, base="double")
    force = make.array(parts, n, base="double")
    i, j, pull, own = make.i, make.j, make.names.thing(), make.names.thing()
    head = f"double {pull} = ({x}[{i}] - {x}[{j}]) * 0.5;"
    both = [head, f"{force}[{i}] += {pull};", f"{force}[{j}] -= {pull};"]
    atomic = [head, *make.atomic(both[1]), *make.atomic(both[2])]
    low, body = {
        "each-twice": ("0", [f"if ({i} == {j})", "  continue;", *both[:2]]),
        "atomic": (f"{i} + 1", atomic),
        "critical": (f"{i} + 1", [head, *make.critical(both[1:])]),
        "upper-own": (f"{i} + 1", both[:2]),
        "each-once": (f"{i} + 1", both),
        "half-atomic": (f"{i} + 1", [head, *make.atomic(both[1]), both[2]]),
        "other-only": (f"{i} + 1", [head, both[2]]),
        "all-of-both": ("0", both),
    }.get(variant, ("0", []))
    if variant == "own-sum":
        inner = make.loop(j, "0", f"{n}", [head, f"{own} += {pull};"])
        loop = [f"double {own} = 0;", *inner, f"{force}[{i}] = {own};"]
    else:
        loop = make.loop(j, low, f"{n}", body)
    parts.code += make.over(parts, "0", f"{n}", loop)
    parts.about = force.name
    parts.after.append(make.seen(f"{force}[7]"))
    return parts


def exchanges(make: OmpMaker, variant: str) -> OmpParts:
    """Neighbours compared and swapped in rounds of pairs."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((68, 84, 100)))
    a = make.array(parts, n, extra=2)
    parts.setup[-1] = f"  {a}[i] = ({a.base})({n} + 2 - i);"
    i, turn, kept = make.i, make.names.thing(), make.names.thing()
    swap = [
        f"if ({a}[{i}] > {a}[{i} + 1]) {{",
        f"  {a.base} {kept} = {a}[{i}];",
        f"  {a}[{i}] = {a}[{i} + 1];",
        f"  {a}[{i} + 1] = {kept};",
        "}",
    ]
    header = f"for (int {i} = {turn} % 2; {i} < {n} - 1; {i} += 2)"
    divided = make.shared_out(block(header, swap))
    inside = [make.pragma("for"), *block(header, swap)]
    nowait = [make.pragma("for", "schedule(static)", "nowait"), *block(header, swap)]
    step = {
        "rounds": divided,
        "one-team": inside,
        "tested": make.shared_out(
            block(
                f"for (int {i} = 0; {i} < {n} - 1; {i}++)",
                block(f"if ({i} % 2 == {turn} % 2)", swap),
            )
        ),
        "every": make.shared_out(block(header.replace("+= 2", "+= 1"), swap)),
        "nowait": nowait,
        "untested": make.shared_out(block(f"for (int {i} = 0; {i} < {n} - 1; {i}++)", swap)),
    }[variant]
    rounds = block(f"for (int {turn} = 0; {turn} < 12; {turn}++)", step)
    parts.code += make.team(rounds) if variant in ("one-team", "nowait") else rounds
    parts.about = a.name
    parts.after.append(make.seen(f"{a}[5]"))
    return parts


def multiples(make: OmpMaker, variant: str) -> OmpParts:
    """Marks on the multiples of numbers, number by number or many at once."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((220, 300, 340)))
    a = make.array(parts, n, base=make.rng.choice(("int", "char", "unsigned")), extra=2)
    parts.setup[-1] = f"  {a}[i] = 0;"
    i, p = make.i, make.names.thing()
    mark = make.rng.choice((f"{a}[{i}] = 1;", f"{a}[{i}]++;"))
    inner = f"for (int {i} = 2 * {p}; {i} < {n}; {i} += {p})"
    of_three = f"for (int {i} = 6; {i} < {n}; {i} += 3)"
    outer = f"for (int {p} = 2; {p} < 40; {p}++)"
    per_number = make.names.thing()
    body = {
        "inner": block(outer, make.shared_out([inner, "  " + mark])),
        "one-number": make.shared_out([of_three, "  " + mark]),
        "by-number": make.over(
            parts,
            "2",
            f"{n}",
            [
                f"for (int {per_number} = 2; {per_number} < 20; {per_number}++)",
                f"  if ({i} % {per_number} == 0)",
                f"    {a}[{i}] = 1;",
            ],
        ),
        "atomic": make.shared_out(
            block(outer, [inner, "{", *tab(make.atomic(f"{a}[{i}] = 1;", "write")), "}"])
        ),
        "outer": make.shared_out(block(outer, [inner, "  " + mark])),
        "half-atomic": make.shared_out(
            block(
                outer,
                [inner, "{", *tab(make.atomic(f"{a}[{i}] |= 1;")), f"  {a}[{i}] += {p} > 30;", "}"],
            )
        ),
        "tested": make.shared_out(block(outer, [inner, f"  if (!{a}[{i}])", f"    {a}[{i}] = 1;"])),
    }[variant]
    parts.code += body
    parts.about = a.name
    parts.after.append(make.seen(f"{a}[12]"))
    return parts


def wave(make: OmpMaker, variant: str) -> OmpParts:
    """A table in which each cell needs its upper and its left one."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((44, 52, 60)))
    m = make.matrix(parts, n, n, base=make.rng.choice(("int", "long")))
    i, j, d = make.i, make.j, make.names.thing()
    cell = f"{m.at(i, j)} = {m.at(f'{i} - 1', j)} + {m.at(i, f'{j} - 1')} % 5;"
    upper = f"{m.at(i, j)} = {m.at(f'{i} - 1', j)} % 9 + {m.at(f'{i} - 1', f'{j} - 1')} % 5;"
    skew = [
        f"int {j} = {d} - {i};",
        f"if ({j} > 0 && {j} < {n})",
        f"  {cell}",
    ]
    rows = make.loop(i, "1", f"{n}", make.loop(j, "1", f"{n}", [cell]))
    by_row = make.loop(j, "1", f"{n}", [upper if variant == "upper" else cell])
    code = {
        "diagonals": block(
            f"for (int {d} = 2; {d} < 2 * {n}; {d}++)", make.over(parts, "1", f"{n}", skew)
        ),
        "upper": block(f"for (int {i} = 1; {i} < {n}; {i}++)", make.shared_out(by_row)),
        "rows": make.shared_out(rows),
        "cells": make.shared_out(rows, "collapse(2)"),
        "columns": make.shared_out(make.loop(j, "1", f"{n}", make.loop(i, "1", f"{n}", [cell]))),
        "in-row": block(f"for (int {i} = 1; {i} < {n}; {i}++)", make.shared_out(by_row)),
    }[variant]
    parts.code += code
    parts.about = m.name
    parts.after.append(make.seen(m.at("5", "6")))
    return parts


def bits(make: OmpMaker, variant: str) -> OmpParts:
    """A set of bits in words, filled bit by bit or word by word."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((196, 220, 300)))
    words = Size("48", 48, True)
    a = make.array(parts, words, base="unsigned")
    data = make.array(parts, n, base="int")
    parts.setup[-1] = f"  {data}[i] = (i * 7) % 5;"
    i, w = make.i, make.names.thing()
    test = f"if ({data}[{i}] > 1)"
    put = f"{a}[{i} / 8] |= 1u << ({i} % 8);"
    wordwise = [
        f"unsigned {w} = 0;",
        *make.loop("b", "0", "8", [f"{w} |= (unsigned)({data}[({i} * 8 + b) % {n}] > 1) << b;"]),
        f"{a}[{i}] = {w};",
    ]
    make.odd_chunks()
    if make.schedule == "static, 3":
        make.schedule = "static, 5"
    high, body = {
        "atomic": (f"{n}", [test, "{", *tab(make.atomic(put)), "}"]),
        "critical": (f"{n}", [test, "{", *tab(make.critical([put])), "}"]),
        "by-word": ("24", wordwise),
        "one-each": ("40", [f"{a}[{i}] |= {data}[{i}] > 1;"]),
        "bare": (f"{n}", [test, f"  {put}"]),
        "cleared": (f"{n}", [f"{a}[{i} / 8] &= ~(1u << ({i} % 8));"]),
        "same-word": (f"{n}", [test, f"  {a}[{i} % 3] |= 1u << ({i} % 8);"]),
    }[variant]
    parts.code += make.over(parts, "0", high, body)
    parts.about = a.name
    parts.after.append(make.seen(f"{a}[1]"))
    return parts


def _apart(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, APART)


PATTERNS = {
    "product": Pattern(
        product,
        _apart("rows", "columns", "cells", "rows-terms", "own-sum"),
        ("terms", "all-three", "rows-and-terms", "one-sum"),
    ),
    "pairs": Pattern(
        pairs,
        {**_apart("each-twice", "own-sum", "upper-own"), "atomic": ATOMIC, "critical": GUARDED},
        ("each-once", "half-atomic", "other-only", "all-of-both"),
    ),
    "exchanges": Pattern(
        exchanges,
        {"rounds": APART, "one-team": ORDERED, "tested": APART},
        ("every", "nowait", "untested"),
    ),
    "multiples": Pattern(
        multiples,
        {**_apart("inner", "one-number", "by-number"), "atomic": ATOMIC},
        ("outer", "half-atomic", "tested"),
    ),
    "wave": Pattern(
        wave,
        _apart("diagonals", "upper"),
        ("rows", "cells", "columns", "in-row"),
    ),
    "bits": Pattern(
        bits,
        {**_apart("by-word", "one-each"), "atomic": ATOMIC, "critical": GUARDED},
        ("bare", "cleared", "same-word"),
    ),
}
