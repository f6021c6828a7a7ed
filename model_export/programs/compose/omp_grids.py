"""OpenMP patterns of nested loops: rows, columns, planes, blocks, rows of uneven length."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import Matrix, OmpParts, Pattern, Size, block

APART = "same-location"
# One less is a prime: blocks of a collapsed loop end within a row.
ROWS = (54, 60, 68, 72, 84)
COLUMNS = (9, 12, 16, 20)


def _grid(make: OmpMaker, parts: OmpParts, extra: int = 2) -> tuple[Size, Size, Matrix]:
    rows = make.size(parts, make.rng.choice(ROWS))
    columns = make.size(parts, make.rng.choice(COLUMNS))
    return rows, columns, make.matrix(parts, rows, columns, extra=extra)


def _finished(make: OmpMaker, parts: OmpParts, item: Matrix) -> OmpParts:
    parts.about = item.name
    parts.after.append(make.seen(item.at("3", "4")))
    return parts


def neighbours(make: OmpMaker, variant: str) -> OmpParts:
    """A grid whose points are made from neighbours in the same or in another grid."""
    parts = OmpParts()
    rows, columns, m = _grid(make, parts)
    other = make.matrix(parts, rows, columns, base=m.base, extra=2)
    i, j = make.i, make.j
    here, up, down = m.at(i, j), m.at(f"{i} - 1", j), m.at(f"{i} + 1", j)
    left, right = m.at(i, f"{j} - 1"), m.at(i, f"{j} + 1")
    from_other = " + ".join(other.at(f"{i} {s} 1", j) for s in "-+")
    statement = {
        "two-grids": f"{here} = ({from_other}) / 2;",
        "in-row": f"{here} = {left} + {right};",
        "own": f"{here} = {here} * 2 + {other.at(i, j)};",
        "next-row-of-other": f"{here} += {other.at(f'{i} + 1', j)};",
        "up": f"{here} = {up} + 1;",
        "down": f"{here} = {make.mixed(here, down)};",
        "cross": f"{here} = ({up} + {down} + {left} + {right}) / 4;",
        "write-down": f"{down} += {other.at(i, j)};",
        "write-both": f"{here} += 1;\n{down} += {other.at(i, j)};",
        "diagonal": f"{here} = {m.at(f'{i} - 1', f'{j} - 1')};",
    }[variant]
    inner = make.loop(j, "1", f"{columns} - 1", statement.split("\n"))
    parts.code += make.over(parts, "1", f"{rows} - 1", inner)
    return _finished(make, parts, m)


def which_loop(make: OmpMaker, variant: str) -> OmpParts:
    """A dependence along rows or columns, and the loop of the two that is divided."""
    parts = OmpParts()
    rows, columns, m = _grid(make, parts)
    i, j = make.i, make.j
    down, across = m.at(f"{i} - 1", j), m.at(i, f"{j} - 1")
    statement = f"{m.at(i, j)} = {make.mixed(across if variant.startswith('row') else down, '1')};"
    by_rows = (i, "1", f"{rows}", j, "1", f"{columns}")
    by_columns = (j, "1", f"{columns}", i, "1", f"{rows}")
    first, low, high, second, low2, high2 = by_rows if "rows" in variant.split("/") else by_columns
    inner_loop = make.loop(second, low2, high2, [statement])
    if variant.endswith("/inner"):
        divided = make.shared_out(inner_loop)
        parts.code += block(f"for (int {first} = {low}; {first} < {high}; {first}++)", divided)
    elif variant.endswith("/collapse"):
        parts.code += make.shared_out(make.loop(first, low, high, inner_loop), "collapse(2)")
    else:
        parts.code += make.over(parts, low, high, inner_loop, variable=first)
    return _finished(make, parts, m)


def inner_index(make: OmpMaker, variant: str) -> OmpParts:
    """The variable of an inner loop, declared where each thread has it or where all share it."""
    parts = OmpParts()
    rows, columns, m = _grid(make, parts, extra=3)
    i, j = make.i, make.names.thing()
    body = [f"{m.at(i, j)} = {m.at(i, j)} + {make.value(i)};"]
    declared, clause, fresh = {
        "inside": ("", "", True),
        "private": ("local", f"private({j})", False),
        "body-local": ("body", "", False),
        "lastprivate": ("local", f"lastprivate({j})", False),
        "outside": ("local", "", False),
        "listed": ("local", f"shared({j})", False),
        "file-level": ("top", "", False),
        "member": ("top", "schedule(static)", False),
    }[variant]
    inner = make.loop(j, "0", f"{columns}", body, fresh=fresh)
    if declared == "body":
        inner = [f"int {j};", *inner]
    elif declared == "local":
        parts.local.append(f"int {j};")
    elif declared == "top":
        parts.top.append(f"static int {j};")
    parts.code += make.over(parts, "0", f"{rows}", inner, clause)
    _finished(make, parts, m)
    parts.about = j
    return parts


def triangle(make: OmpMaker, variant: str) -> OmpParts:
    """A square whose halves are mirrored, swapped or filled; both may be written twice."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((36, 44, 52, 60)))
    m = make.matrix(parts, n, n)
    i, j = make.i, make.j
    there, back = m.at(i, j), m.at(j, i)
    fill = [f"{there} = {make.value(i)};", f"{back} = {there};"]
    swap = [f"{m.base} kept = {there};", f"{there} = {back};", f"{back} = kept;"]
    low, high, body = {
        "mirror": (i, f"{n}", fill),
        "swap": ("0", i, swap),
        "copy-down": ("0", i, [f"{there} = {back};"]),
        "upper-only": (f"{i} + 1", f"{n}", [f"{there} += {make.value(j)};"]),
        "mirror-all": ("0", f"{n}", fill),
        "swap-all": ("0", f"{n}", swap),
        "copy-all": ("0", f"{n}", [f"{there} = {back} + 1;"]),
        "swap-from-one": ("1", f"{n}", swap),
    }[variant]
    parts.code += make.over(parts, "0", f"{n}", make.loop(j, low, high, body))
    return _finished(make, parts, m)


def coloured(make: OmpMaker, variant: str) -> OmpParts:
    """Sweeps over the points of one colour, which read those of the other, or of both."""
    parts = OmpParts()
    rows, columns, m = _grid(make, parts)
    i, j, colour = make.i, make.j, make.names.thing()
    cross = " + ".join(
        (m.at(f"{i} - 1", j), m.at(f"{i} + 1", j), m.at(i, f"{j} - 1"), m.at(i, f"{j} + 1"))
    )
    skewed = " + ".join((m.at(f"{i} - 1", f"{j} - 1"), m.at(f"{i} + 1", f"{j} + 1")))
    test = {
        "rows": f"{i} % 2 == {colour}",
        "columns": f"{j} % 2 == {colour}",
    }.get(variant, f"({i} + {j}) % 2 == {colour}")
    value = {
        "skewed": skewed,
        "rows": f"{m.at(f'{i} - 1', j)} + {m.at(f'{i} + 1', j)}",
    }.get(variant, cross)
    statement = f"{m.at(i, j)} = ({value}) / 4;"
    inner = [f"if ({test})", f"  {statement}"] if variant != "no-test" else [statement]
    loop = make.loop(j, "1", f"{columns} - 1", inner)
    divided = make.over(parts, "1", f"{rows} - 1", loop)
    parts.code += block(f"for (int {colour} = 0; {colour} < 2; {colour}++)", divided)
    return _finished(make, parts, m)


def _apart(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, APART)


PATTERNS = {
    "neighbours": Pattern(
        neighbours,
        _apart("two-grids", "in-row", "own", "next-row-of-other", "write-down"),
        ("up", "down", "cross", "write-both", "diagonal"),
    ),
    "which-loop": Pattern(
        which_loop,
        {
            **_apart("row/rows/outer", "column/columns/outer"),
            "column/rows/inner": "unordered",
            "row/columns/inner": "unordered",
        },
        (
            *("column/rows/outer", "row/columns/outer", "column/rows/collapse"),
            *("row/rows/collapse", "row/rows/inner"),
        ),
    ),
    "inner-index": Pattern(
        inner_index,
        _apart("inside", "private", "body-local", "lastprivate"),
        ("outside", "listed", "file-level", "member"),
    ),
    "triangle": Pattern(
        triangle,
        _apart("mirror", "swap", "copy-down", "upper-only"),
        ("mirror-all", "swap-all", "copy-all", "swap-from-one"),
    ),
    "coloured": Pattern(
        coloured,
        _apart("points", "rows"),
        ("no-test", "skewed", "columns"),
    ),
}
