"""OpenMP patterns of arrays in other shapes: planes, blocks, rows of uneven length."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, Size, block

APART = "same-location"
# One less is a prime: blocks of a collapsed loop end within a row.
ROWS = (54, 60, 68, 72, 84)
COLUMNS = (9, 12, 16, 20)


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
