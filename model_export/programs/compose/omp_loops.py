"""OpenMP patterns of one-dimensional loops: which iterations meet at which element."""

from __future__ import annotations

from collections.abc import Mapping

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import Datum, OmpParts, Pattern, Size, block

APART = "same-location"


def _finished(make: OmpMaker, parts: OmpParts, item: Datum, index: str = "3") -> OmpParts:
    parts.about = item.name
    parts.after.append(make.seen(f"{item}[{index}]"))
    return parts


# --- shifts --------------------------------------------------------------------------------------


def shifted(make: OmpMaker, variant: str) -> OmpParts:
    """An array whose elements are made from themselves, from neighbours or from another array."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n, extra=8)
    b = make.array(parts, n, base=a.base, extra=8)
    i, near = make.i, make.rng.choice((2, 3, 5))
    step = make.rng.choice(("2", "3", "1"))
    body, low, high = {
        "own": (f"{a}[{i}] = {make.mixed(f'{a}[{i}]', step)};", "0", f"{n}"),
        "two-arrays": (
            f"{a}[{i}] = {make.mixed(f'{b}[{i} - 1]', f'{b}[{i} + 1]')};",
            "1",
            f"{n} - 1",
        ),
        "other-shifted": (f"{a}[{i}] += {b}[{i} + {near}];", "0", f"{n}"),
        "both-own": (f"{a}[{i}] = {b}[{i}] + {a}[{i}] * {step};", "1", f"{n}"),
        "window": (f"{a}[{i} + 1] = {a}[{i} + 1] + {b}[{i}];", "0", f"{n}"),
        "previous": (f"{a}[{i}] = {make.mixed(f'{a}[{i} - 1]', step)};", "1", f"{n}"),
        "next": (f"{a}[{i}] = {make.mixed(f'{a}[{i} + 1]', f'{b}[{i}]')};", "0", f"{n} - 1"),
        "around": (f"{a}[{i}] = {make.mixed(f'{a}[{i} - 1]', f'{a}[{i} + 1]')};", "1", f"{n} - 1"),
        "near": (f"{a}[{i} + {near}] += {a}[{i}];", "0", f"{n}"),
        "ahead": (
            f"{b}[{i}] = {a}[{i} + 1]; {a}[{i}] = {step};".replace("; ", ";\n"),
            "0",
            f"{n} - 1",
        ),
        "two-writes": (f"{a}[{i}] = {step};\n{a}[{i} + 1] = {b}[{i}];", "0", f"{n}"),
    }[variant]
    parts.code += make.over(parts, low, high, body.split("\n"))
    return _finished(make, parts, a)


def distant(make: OmpMaker, variant: str) -> OmpParts:
    """Halves of an array, or elements a distance apart that has a name."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n, extra=n.value + 4)
    i = make.i
    half = make.names.thing()
    parts.local.append(f"int {half} = {n} / 2;")
    body, low, high = {
        "halves": (f"{a}[{i}] = {a}[{i} + {n} / 2];", "0", f"{n} / 2"),
        "half-named": (f"{a}[{i}] += {a}[{i} + {half}];", "0", half),
        "beyond": (f"{a}[{i}] = {a}[{i} + {n}] + 1;", "0", f"{n}"),
        "upper": (f"{a}[{i} + {half}] = {a}[{i}] * 2;", "0", half),
        "half-all": (f"{a}[{i}] = {a}[{i} + {half}];", "0", f"{n}"),
        "quarter": (f"{a}[{i}] += {a}[{i} + {half} / 2];", "0", half),
        "less-one": (f"{a}[{i}] = {a}[{i} + {half} - 1];", "0", half),
        "upper-all": (f"{a}[{i} + {half}] = {a}[{i}] * 2;", "0", f"{n}"),
    }[variant]
    parts.code += make.over(parts, low, high, [body])
    return _finished(make, parts, a)


def fixed_place(make: OmpMaker, variant: str) -> OmpParts:
    """Every iteration reads one element; in some loops an iteration writes it as well."""
    parts = OmpParts()
    make.odd_chunks()
    n = make.size(parts)
    a = make.array(parts, n)
    b = make.array(parts, n, base=a.base)
    i = make.i
    body, low, high = {
        "after-first": (f"{a}[{i}] += {a}[0];", "1", f"{n}"),
        "but-last": (f"{a}[{i}] = {a}[{i}] - {a}[{n} - 1];", "0", f"{n} - 1"),
        "from-other": (f"{a}[{i}] = {b}[0] + {b}[{i}];", "0", f"{n}"),
        "one-writes": (f"if ({i} == 3)\n  {a}[0] = {b}[{i}];", "0", f"{n}"),
        "with-first": (f"{a}[{i}] += {a}[0];", "0", f"{n}"),
        "with-last": (f"{a}[{i}] = {a}[{i}] - {a}[{n} - 1];", "0", f"{n}"),
        "middle": (f"{a}[{i}] = {a}[{n} / 2] + {b}[{i}];", "0", f"{n}"),
        "all-write": (f"{a}[0] += {b}[{i}];", "0", f"{n}"),
        "some-write": (f"if ({i} % 3 == 0)\n  {a}[0] = {b}[{i}];", "0", f"{n}"),
    }[variant]
    parts.code += make.over(parts, low, high, body.split("\n"))
    return _finished(make, parts, a, "0")


# --- strides and other index functions -----------------------------------------------------------


def strided(make: OmpMaker, variant: str) -> OmpParts:
    """Even and odd elements, reversed order, remainders and quotients."""
    parts = OmpParts()
    make.odd_chunks()
    n = make.size(parts)
    a = make.array(parts, n, extra=n.value + 4)
    b = make.array(parts, n, base=a.base, extra=4)
    i, k = make.i, make.rng.choice((4, 8, 16))
    body, low, high = {
        "even-odd": (f"{a}[2 * {i}] = {a}[2 * {i} + 1] + 1;", "0", f"{n}"),
        "reversed": (f"{a}[{n} - 1 - {i}] = {b}[{i}];", "0", f"{n}"),
        "mirrored": (f"{a}[{n} - 1 - {i}] = {a}[{i}];", "0", f"{n} / 2"),
        "by-two": (f"{a}[{i} * 2] = {b}[{i}] + {i};", "0", f"{n}"),
        "remainder-read": (f"{a}[{i}] = {b}[{i} % {k}];", "0", f"{n}"),
        "half-read": (f"{a}[{i}] = {b}[{i} / 2];", "0", f"{n}"),
        "even-even": (f"{a}[2 * {i}] = {a}[2 * {i} + 2] + 1;", "0", f"{n}"),
        "mirrored-all": (f"{a}[{n} - 1 - {i}] = {a}[{i}];", "0", f"{n}"),
        "double-read": (f"{a}[{i}] = {a}[2 * {i}];", "0", f"{n}"),
        "double-write": (f"{a}[2 * {i}] += {a}[{i}];", "0", f"{n}"),
        "remainder": (f"{a}[{i} % {k}] += {b}[{i}];", "0", f"{n}"),
        "half": (f"{a}[({i} + 1) / 2] += {b}[{i}];", "0", f"{n}"),
        "masked": (f"{a}[{i} & {k - 1}] = {b}[{i}];", "0", f"{n}"),
        "wrapped": (f"{a}[({i} + 1) % {n}] = {a}[{i}];", "0", f"{n}"),
    }[variant]
    parts.code += make.over(parts, low, high, [body])
    return _finished(make, parts, a)


def parity(make: OmpMaker, variant: str) -> OmpParts:
    """Iterations of one parity read elements of the other, or of their own."""
    parts = OmpParts()
    make.odd_chunks()
    n = make.size(parts)
    a = make.array(parts, n, extra=4)
    i = make.i
    even, far = (f"{a}[{i}] = {a}[{i} + 1] * 2;", f"{a}[{i}] = {a}[{i} + 2] * 2;")
    body, header = {
        "even": ([f"if ({i} % 2 == 0)", f"  {even}"], ""),
        "odd": ([f"if ({i} % 2 == 1)", f"  {even}"], ""),
        "bit": ([f"if ({i} & 1)", f"  {even}"], ""),
        "by-two": ([even], f"for (int {i} = 0; {i} < {n}; {i} += 2)"),
        "odd-by-two": ([even], f"for (int {i} = 1; {i} < {n}; {i} += 2)"),
        "same-parity": ([f"if ({i} % 2 == 0)", f"  {far}"], ""),
        "by-two-far": ([far], f"for (int {i} = 0; {i} < {n}; {i} += 2)"),
        "else-writes": ([f"if ({i} % 2 == 0)", f"  {even}", "else", f"  {a}[{i}] = 5;"], ""),
        "every": ([even], ""),
    }[variant]
    if header:
        parts.code += make.shared_out([header, *("  " + line for line in body)])
    else:
        parts.code += make.over(parts, "0", f"{n}", body)
    return _finished(make, parts, a)


# --- indirection ---------------------------------------------------------------------------------


def indirect(make: OmpMaker, variant: str) -> OmpParts:
    """Elements chosen by a table of indices, which repeats itself or does not."""
    parts = OmpParts()
    make.odd_chunks()
    n = make.size(parts)
    a = make.array(parts, n)
    b = make.array(parts, n, base=a.base)
    table = _index_table(make, parts, n, variant)
    i = make.i
    target = f"{a}[{table}[{i}]]"
    body = make.rng.choice(
        ([make.update(target, f"{b}[{i}]")], [f"int at = {table}[{i}];", f"{a}[at] += {b}[{i}];"])
    )
    if variant.startswith("gather"):
        body = [f"{a}[{i}] = {b}[{table}[{i}]];"]
    elif variant == "atomic":
        body = make.atomic(f"{target} += {b}[{i}];")
    elif variant == "plain-write":
        body = [f"{target} = {b}[{i}];"]
    elif variant == "gather-own":
        body = [f"{a}[{i}] = {a}[{table}[{i}]];"]
    elif variant == "self-gather":
        body = [f"{a}[{i}] += {a}[{table}[{i}]];"]
    parts.code += make.over(parts, "0", f"{n}", body)
    return _finished(make, parts, a)


def _index_table(make: OmpMaker, parts: OmpParts, n: Size, variant: str) -> Datum:
    once = {
        "reversed": f"{n} - 1 - i",
        "rotated": f"(i + 5) % {n}",
        "identity": "i",
        "gather": "i / 2",
        "gather-all": "(i * 3) % 20",
    }
    repeats = {
        "folded": "i % 12",
        "pairs": "(i + 1) / 2",
        "few": "(i * 5) % 32",
        "atomic": "i % 16",
        "plain-write": "i % 20",
        "self-gather": f"(i + 1) % {n}",
    }
    table = make.array(parts, n, base="int")
    fill = (once | repeats)[variant]
    # The values that an array begins with are replaced: its last two lines wrote them.
    parts.setup[-1] = f"  {table}[i] = {fill};"
    return table


def appended(make: OmpMaker, variant: str) -> OmpParts:
    """A position that every iteration moves on, or reckons from its own number."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n, extra=n.value + 4)
    at = make.scalar(parts, base="int", listed=True)
    i = make.i
    clause, body = {
        "reckoned": ("", [f"int where = 2 * {i};", f"{a}[where] = {i};"]),
        "private": (f"private({at})", [f"{at} = 2 * {i};", f"{a}[{at}] = {i};"]),
        "captured": (
            "",
            ["int where;", *make.atomic(f"where = {at}++;", "capture"), f"{a}[where] = {i};"],
        ),
        "critical": ("", make.critical([f"{a}[{at}] = {i};", f"{at}++;"])),
        "bare": ("", [f"{a}[{at}] = {i};", f"{at} += 2;"]),
        "bumped": ("", [f"{a}[{at}++] = {i};"]),
        "half-atomic": ("", [*make.atomic(f"{at}++;"), f"{a}[{at}] = {i};"]),
        "own-start": (f"firstprivate({at})", [f"{a}[{at}] += {i};", f"{at} += 2;"]),
    }[variant]
    parts.code += make.over(parts, "0", f"{n}", body, clause)
    _finished(make, parts, a)
    if variant in ("bare", "bumped", "half-atomic", "private"):
        parts.about = at.name
    if variant == "own-start":
        parts.effects[at.name] = APART
    return parts


def _aliases(a: Datum, n: Size) -> Mapping[str, tuple[str, str]]:
    base = a.base
    first = f"&{a}[0]"
    return {
        "upper-half": (f"{base} *to = {first} + {n} / 2;", f"{n} / 2"),
        "behind": (f"{base} *to = {first} + {n};", f"{n}"),
        "same": (f"{base} *to = {first};", f"{n}"),
        "one-on": (f"{base} *to = {first} + 1;", f"{n}"),
        "some-on": (f"{base} *to = &{a}[4];", f"{n}"),
        "overlap": (f"{base} *to = {first} + {n} / 2;", f"{n}"),
    }


def aliased(make: OmpMaker, variant: str) -> OmpParts:
    """Two pointers into one array, their targets apart or overlapping."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n, extra=n.value + 4)
    i = make.i
    pointer, high = _aliases(a, n)[variant]
    called = make.rng.random() < 0.4
    body = [f"to[{i}] = from[{i}] + 1;"]
    if called:
        loop = make.shared_out(make.loop(i, "0", "count", body))
        name = make.helper(parts, "void", f"{a.base} *to, {a.base} *from, int count", loop)
        start = pointer.split("= ", 1)[1].rstrip(";")
        parts.code.append(f"{name}({start}, &{a}[0], {high});")
    else:
        lines = [pointer, f"{a.base} *from = &{a}[0];", *make.over(parts, "0", high, body)]
        parts.code += block("", lines)
    return _finished(make, parts, a)


PATTERNS = {
    "shifted": Pattern(
        shifted,
        dict.fromkeys(("own", "two-arrays", "other-shifted", "both-own", "window"), APART),
        ("previous", "next", "around", "near", "ahead", "two-writes"),
    ),
    "distant": Pattern(
        distant,
        dict.fromkeys(("halves", "half-named", "beyond", "upper"), APART),
        ("half-all", "quarter", "less-one", "upper-all"),
    ),
    "fixed-place": Pattern(
        fixed_place,
        {"after-first": APART, "but-last": APART, "from-other": APART, "one-writes": "concurrent"},
        ("with-first", "with-last", "middle", "all-write", "some-write"),
    ),
    "strided": Pattern(
        strided,
        dict.fromkeys(
            ("even-odd", "reversed", "mirrored", "by-two", "remainder-read", "half-read"), APART
        ),
        (
            *("even-even", "mirrored-all", "double-read", "double-write", "remainder"),
            *("half", "masked", "wrapped"),
        ),
    ),
    "parity": Pattern(
        parity,
        dict.fromkeys(("even", "odd", "bit", "by-two", "odd-by-two"), APART),
        ("same-parity", "by-two-far", "else-writes", "every"),
    ),
    "indirect": Pattern(
        indirect,
        {
            **dict.fromkeys(("reversed", "rotated", "identity", "gather", "gather-all"), APART),
            "atomic": "conflicting",
        },
        ("folded", "pairs", "few", "plain-write", "self-gather"),
    ),
    "appended": Pattern(
        appended,
        {
            "reckoned": APART,
            "private": APART,
            "captured": APART,
            "critical": "unprotected",
        },
        ("bare", "bumped", "half-atomic", "own-start"),
    ),
    "aliased": Pattern(
        aliased,
        dict.fromkeys(("upper-half", "behind", "same"), APART),
        ("one-on", "some-on", "overlap"),
    ),
}
