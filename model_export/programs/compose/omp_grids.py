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


def linear(make: OmpMaker, variant: str) -> OmpParts:
    """A matrix in one line; the index of a row and a column is reckoned by hand."""
    parts = OmpParts()
    rows = make.size(parts, make.rng.choice(ROWS))
    columns = make.size(parts, make.rng.choice(COLUMNS))
    whole = Size(
        str((rows.value + 2) * (columns.value + 2)), (rows.value + 2) * (columns.value + 2), True
    )
    a = make.array(parts, whole)
    i, j = make.i, make.j
    index = {
        "row-major": f"{i} * {columns} + {j}",
        "column-major": f"{j} * {rows} + {i}",
        "wider": f"{i} * ({columns} + 1) + {j}",
        "narrow": f"{i} * ({columns} - 1) + {j}",
        "summed": f"{i} + {j}",
        "swapped-stride": f"{j} * ({rows} - 1) + {i}",
        "too-far": f"{i} * {columns} + {j} + 1",
    }.get(variant, f"{i} * {columns} + {j}")
    place = f"{a}[{index}]"
    statements = [f"{place} += {make.value(j)};"]
    if variant == "too-far":
        statements = [f"{a}[{i} * {columns} + {j}] = {place};"]
    high = f"{columns} + 1" if variant == "long-row" else f"{columns}"
    if make.rng.random() < 0.3 and variant != "too-far":
        statements = [f"int at = {index};", f"{a}[at] += {make.value(j)};"]
    parts.code += make.over(parts, "0", f"{rows}", make.loop(j, "0", high, statements))
    parts.about = a.name
    parts.after.append(make.seen(f"{a}[7]"))
    return parts


def planes(make: OmpMaker, variant: str) -> OmpParts:
    """A three-dimensional array, divided by planes, that reads beside itself."""
    parts = OmpParts()
    depth, rows, columns = (
        make.size(parts, v) for v in (make.rng.choice((27, 37)), make.rng.choice((7, 9)), 10)
    )
    name, old = make.names.thing(), make.names.thing()
    base = make.rng.choice(("double", "float", "int"))
    size = f"[{depth.declared()}][{rows.declared()}][{columns.declared()}]"
    parts.top += [f"static {base} {name}{size};", f"static {base} {old}{size};"]
    i, j, k = make.i, make.j, make.k
    here = f"{name}[{i}][{j}][{k}]"
    statement, clause = {
        "two-arrays": (f"{here} = {old}[{i} - 1][{j}][{k}] + {old}[{i} + 1][{j}][{k}];", ""),
        "in-plane": (f"{here} = {name}[{i}][{j} - 1][{k}] + {name}[{i}][{j}][{k} + 1];", ""),
        "collapse-two": (f"{here} = {name}[{i}][{j}][{k} - 1] + 1;", "collapse(2)"),
        "collapse-three": (f"{here} += {old}[{i}][{j}][{k} - 1];", "collapse(3)"),
        "between-planes": (f"{here} = {name}[{i} - 1][{j}][{k}] + 1;", ""),
        "both-planes": (f"{here} = {name}[{i} + 1][{j}][{k}] + {old}[{i} - 1][{j}][{k}];", ""),
        "collapse-in-plane": (f"{here} = {name}[{i}][{j} - 1][{k}] + 1;", "collapse(2)"),
        "collapse-in-row": (f"{here} = {name}[{i}][{j}][{k} - 1] + 1;", "collapse(3)"),
        "lost-plane": (f"{name}[0][{j}][{k}] += {old}[{i}][{j}][{k}];", ""),
    }[variant]
    inner = make.loop(k, "1", f"{columns} - 1", [statement])
    middle = make.loop(j, "1", f"{rows} - 1", inner)
    parts.code += make.shared_out(make.loop(i, "1", f"{depth} - 1", middle), clause)
    parts.about = name
    parts.after.append(make.seen(f"{name}[2][3][4]"))
    return parts


def sparse_rows(make: OmpMaker, variant: str) -> OmpParts:
    """Rows of uneven length in one array, with columns by table."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((60, 68, 76, 84, 100)))
    total = Size(str(n.value * 5 + 8), n.value * 5 + 8, True)
    start = make.array(parts, n, base="int", extra=1)
    parts.setup[-1] = f"  {start}[i] = i * 5 - i % 3;"
    column = make.array(parts, total, base="int")
    parts.setup[-1] = f"  {column}[i] = (i * 7) % {n};"
    values = make.array(parts, total, base="double")
    x, y = (make.array(parts, n, base="double") for _ in range(2))
    i, k = make.i, make.k
    product = f"{values}[{k}] * {x}[{column}[{k}]]"
    statement, extra, about = {
        "rows": (f"{y}[{i}] += {product};", "", y),
        "scaled": (f"{values}[{k}] *= {x}[{column}[{k}]];", "", values),
        "scatter-atomic": (
            f"#pragma omp atomic\n{y}[{column}[{k}]] += {values}[{k}] * {x}[{i}];",
            "",
            y,
        ),
        "shifted": (f"{values}[{k}] = {product} + {i};", "", values),
        "scatter": (f"{y}[{column}[{k}]] += {values}[{k}] * {x}[{i}];", "", y),
        "one-more": (f"{values}[{k}] = {product} + {i};", " + 1", values),
        "in-place": (f"{x}[{i}] += {product};", "", x),
        "next-start": (f"{values}[{k} + 1] = {values}[{k}] + {i};", "", values),
    }[variant]
    lines = statement.split("\n")
    head = f"for (int {k} = {start}[{i}]; {k} < {start}[{i} + 1]{extra}; {k}++)"
    parts.code += make.over(parts, "0", f"{n}", block(head, lines))
    parts.about = about.name
    parts.after.append(make.seen(f"{y}[3]"))
    return parts


def tiles(make: OmpMaker, variant: str) -> OmpParts:
    """Blocks of an array, one to an iteration, whose bounds meet or overlap."""
    parts = OmpParts()
    width = make.rng.choice((4, 5, 8))
    blocks = make.rng.choice((20, 28, 36))
    w, count = make.size(parts, width), make.size(parts, blocks)
    whole = Size(str(width * (blocks + 2)), width * (blocks + 2), True)
    a = make.array(parts, whole)
    b, i = make.j, make.i
    first, last = {
        "plain": (f"{b} * {w}", f"({b} + 1) * {w}"),
        "named": (f"{b} * {w}", f"{b} * {w} + {w}"),
        "shorter": (f"{b} * {w}", f"({b} + 1) * {w} - 1"),
        "inner": (f"{b} * {w} + 1", f"({b} + 1) * {w}"),
        "overlap": (f"{b} * {w}", f"({b} + 1) * {w} + 1"),
        "inclusive": (f"{b} * {w}", f"({b} + 1) * {w}"),
        "halo": (f"{b} * {w}", f"({b} + 1) * {w}"),
        "narrow": (f"{b} * ({w} - 1)", f"{b} * ({w} - 1) + {w}"),
    }[variant]
    statement = make.update(f"{a}[{i}]", make.value(b))
    if variant == "halo":
        statement = f"{a}[{i}] = {a}[{i}] + {a}[{i} + 1];"
    test = "<=" if variant == "inclusive" else "<"
    if make.rng.random() < 0.5:
        low, high = make.names.thing(), make.names.thing()
        head = [f"int {low} = {first};", f"int {high} = {last};"]
        body = [*head, f"for (int {i} = {low}; {i} {test} {high}; {i}++)", f"  {statement}"]
    else:
        body = [f"for (int {i} = {first}; {i} {test} {last}; {i}++)", f"  {statement}"]
    parts.code += make.over(parts, "0", f"{count}", body, variable=b)
    parts.about = a.name
    parts.after.append(make.seen(f"{a}[3]"))
    return parts


def rows_of_pointers(make: OmpMaker, variant: str) -> OmpParts:
    """Rows that are allocated one by one, or that share their memory."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((52, 60, 68)))
    width = make.rng.choice((6, 8, 12))
    base = make.rng.choice(("double", "int", "float"))
    a, i, j = make.names.thing(), make.i, make.j
    cast = f"static_cast<{base} *>" if make.cpp else ""
    call = f"calloc({width} + 2, sizeof({base}))"
    parts.local.append(f"{base} *{a}[{n.declared(1)}];")
    made = [f"{a}[i] = {f'{cast}({call})' if cast else call};"]
    if variant == "shared-rows":
        made = [f"{a}[i] = i % 2 ? {a}[i - 1] : {f'{cast}({call})' if cast else call};"]
    parts.setup += block(f"for (int i = 0; i < {n} + 1; i++)", made)
    statement = {
        "own-row": f"{a}[{i}][{j}] += {i} + {j};",
        "within": f"{a}[{i}][{j}] = {a}[{i}][{j} + 1] + {i};",
        "shared-rows": f"{a}[{i}][{j}] += {i} + {j};",
        "next-row": f"{a}[{i}][{j}] = {a}[{i} + 1][{j}] + 1;",
        "first-row": f"{a}[0][{j}] += {i};",
        "half-row": f"{a}[{i} / 3][{j}] += {i};",
    }[variant]
    if variant in ("own-row", "next-row") and make.rng.random() < 0.4:
        target = f"{a}[{i} + 1]" if variant == "next-row" else f"{a}[{i}]"
        inner = [
            f"{base} *line = {target};",
            *make.loop(j, "0", str(width), [f"line[{j}] += {a}[{i}][{j}] + 1;"]),
        ]
    else:
        inner = make.loop(j, "0", str(width), [statement])
    make.odd_chunks()
    parts.code += make.over(parts, "0", f"{n}", inner)
    parts.about = a
    parts.after.append(make.seen(f"{a}[2][1]"))
    return parts


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
    "linear": Pattern(
        linear,
        _apart("row-major", "column-major", "wider"),
        ("narrow", "summed", "swapped-stride", "too-far", "long-row"),
    ),
    "planes": Pattern(
        planes,
        _apart("two-arrays", "in-plane", "collapse-two", "collapse-three"),
        ("between-planes", "both-planes", "collapse-in-plane", "collapse-in-row", "lost-plane"),
    ),
    "sparse-rows": Pattern(
        sparse_rows,
        {**_apart("rows", "scaled", "shifted"), "scatter-atomic": "conflicting"},
        ("scatter", "one-more", "in-place", "next-start"),
    ),
    "tiles": Pattern(
        tiles,
        _apart("plain", "named", "shorter", "inner"),
        ("overlap", "inclusive", "halo", "narrow"),
    ),
    "rows-of-pointers": Pattern(
        rows_of_pointers,
        _apart("own-row", "within"),
        ("shared-rows", "next-row", "first-row", "half-row"),
    ),
}
