"""OpenMP patterns of results that many iterations contribute to."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, Size, tab
from model_export.programs.compose.parts import Lines

GUARDED = "unprotected"
_OPERATIONS = {
    # operator: (type, first value, statement on {0} with the term {1})
    "+": ("", "0", "{0} += {1};"),
    "-": ("", "0", "{0} -= {1};"),
    "*": ("double", "1", "{0} *= 1 + ({1} > 3);"),
    "max": ("", "0", "if ({1} > {0})\n  {0} = {1};"),
    "min": ("", "1000000", "if ({1} < {0})\n  {0} = {1};"),
    "&&": ("int", "1", "{0} = {0} && {1} >= 0;"),
    "||": ("int", "0", "{0} = {0} || {1} > 5;"),
    "|": ("int", "0", "{0} |= (int){1};"),
    "^": ("unsigned", "0", "{0} ^= (unsigned){1};"),
}


def reduction(make: OmpMaker, variant: str) -> OmpParts:
    """A value reduced over a loop: by clause, by hand, or by no means at all."""
    parts = OmpParts()
    n = make.size(parts)
    operator = make.rng.choice((*("+",) * 4, *_OPERATIONS))
    kind, first, statement = _OPERATIONS[operator]
    a = make.array(parts, n, base="int" if operator in ("*", "|", "^") else "")
    item = make.scalar(parts, base=kind or a.base, init=first, listed=True)
    i, own = make.i, make.names.thing()

    def step(target: str, term: str = "") -> Lines:
        return statement.format(target, term or f"{a}[{i}]").split("\n")

    whole = f"{n}"
    clause = make.reduction(operator, str(item))
    mine = [f"{item.base} {own} = {first};", make.pragma("for", make.nowait())]
    mine += make.loop(i, "0", whole, step(own))
    simple = operator in ("+", "-", "*", "|", "^")
    match variant:
        case "clause":
            parts.code += make.over(parts, "0", whole, step(str(item)), clause)
        case "critical":
            parts.code += make.over(parts, "0", whole, make.critical(step(str(item))))
        case "atomic" if simple and operator != "*":
            parts.code += make.over(parts, "0", whole, make.atomic(step(str(item))[0]))
        case "own-then-critical" | "atomic":
            parts.code += make.team([*mine, *make.critical(step(str(item), own))])
        case "two-items":
            other = make.scalar(parts, base="long", listed=True)
            both = [*step(str(item)), f"{other} += {i};"]
            clause2 = make.reduction("+", str(other))
            parts.code += make.over(parts, "0", whole, both, clause, clause2)
        case "other-item":
            other = make.scalar(parts, base="long", listed=True)
            both = [*step(str(item)), f"{other} += {i};"]
            parts.code += make.over(parts, "0", whole, both, make.reduction("+", str(other)))
        case "own-then-bare":
            parts.code += make.team([*mine, *step(str(item), own)])
        case "listed":
            parts.code += make.over(parts, "0", whole, step(str(item)), f"shared({item})")
        case "some":
            body = [f"if ({i} % 3 != 1) {{", *tab(step(str(item))), "}"]
            parts.code += make.over(parts, "0", whole, body)
        case "and-read":
            body = [*make.critical(step(str(item))), f"{a}[{i}] = (int){item} % 3;"]
            parts.code += make.over(parts, "0", whole, body)
        case _:
            parts.code += make.over(parts, "0", whole, step(str(item)))
    parts.after.append(make.seen(str(item)))
    parts.about = item.name
    return parts


def by_thread(make: OmpMaker, variant: str) -> OmpParts:
    """Partial results in an array, one element to a thread or not quite."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    slots = Size("64", 64, True)
    part = make.array(parts, slots, base=make.rng.choice(("long", "double")))
    i, tid = make.i, "tid"
    index, pad = {
        "own": (tid, 1),
        "spaced": (f"{tid} * 8", 8),
        "asked-each-time": ("omp_get_thread_num()", 1),
        "halved": (f"{tid} / 2", 1),
        "parity": (f"{tid} % 2", 1),
        "first": ("0", 1),
        "last": ("omp_get_num_threads() - 1", 1),
        "neighbour": (tid, 1),
        "early-sum": (tid, 1),
    }[variant]
    update = f"{part}[{index}] += {a}[{i}];"
    if variant == "neighbour":
        update = f"{part}[{tid}] += {part}[{tid} + 1] + {a}[{i}];"
    head = [] if variant == "asked-each-time" else [f"int {tid} = omp_get_thread_num();"]
    nowait = "nowait" if variant == "early-sum" else ""
    body = [*head, make.pragma("for", nowait), *make.loop(i, "0", f"{n}", [update])]
    total = make.scalar(parts, base="long")
    summed = [f"for (int t = 0; t < 64 / {pad}; t++)", f"  {total} += (long){part}[t * {pad}];"]
    inside = variant == "early-sum" or (make.rng.random() < 0.4)
    if inside:
        body += [make.pragma(make.rng.choice(("single", "master"))), "{", *tab(summed), "}"]
    parts.code += make.team(body)
    parts.code += [] if inside else summed
    parts.after.append(make.seen(str(total)))
    parts.about = part.name
    return parts


def extremum(make: OmpMaker, variant: str) -> OmpParts:
    """The greatest element and its place."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    best = make.scalar(parts, base=a.base, init="-1" if a.base != "unsigned" else "0", listed=True)
    at = make.scalar(parts, base="int")
    i, lock = make.i, make.names.macro() if make.rng.random() < 0.5 else ""
    test = f"{a}[{i}] > {best}"
    both = [f"{best} = {a}[{i}];", f"{at} = {i};"]
    tested = [f"if ({test}) {{", *tab(both), "}"]
    own, place = make.names.thing(), make.names.thing()
    search = [f"{a.base} {own} = 0;", f"int {place} = 0;", make.pragma("for", make.nowait())]
    search += make.loop(
        i,
        "0",
        f"{n}",
        [f"if ({a}[{i}] > {own}) {{", f"  {own} = {a}[{i}];", f"  {place} = {i};", "}"],
    )
    merged = [f"if ({own} > {best}) {{", f"  {best} = {own};", f"  {at} = {place};", "}"]
    match variant:
        case "inside":
            body = make.critical(tested, lock)
        case "own-then-critical":
            parts.code += make.team([*search, *make.critical(merged, lock)])
            body = []
        case "reduced":
            clause = make.reduction("max", str(best))
            reduced = [f"if ({test})", f"  {best} = {a}[{i}];"]
            parts.code += make.over(parts, "0", f"{n}", reduced, clause)
            body = []
        case "atomic-peek":
            seen = make.names.thing()
            peek = [f"{a.base} {seen};", *make.atomic(f"{seen} = {best};", "read")]
            # The write must be atomic as well: the peek takes no lock.
            change = [
                f"if ({test}) {{",
                *tab(make.atomic(f"{best} = {a}[{i}];", "write")),
                f"  {at} = {i};",
                "}",
            ]
            body = [*peek, f"if ({a}[{i}] > {seen}) {{", *tab(make.critical(change, lock)), "}"]
        case "checked-outside":
            body = [f"if ({test}) {{", *tab(make.critical(both, lock)), "}"]
        case "checked-twice":
            body = [f"if ({test}) {{", *tab(make.critical(tested, lock)), "}"]
        case "own-then-bare":
            parts.code += make.team([*search, *merged])
            body = []
        case _:
            body = tested
    if body:
        parts.code += make.over(parts, "0", f"{n}", body)
    parts.after += [make.seen(str(best)), make.seen(str(at))]
    parts.about = best.name
    return parts


PATTERNS = {
    "reduction": Pattern(
        reduction,
        dict.fromkeys(("clause", "critical", "atomic", "own-then-critical", "two-items"), GUARDED),
        ("none", "other-item", "own-then-bare", "listed", "some", "and-read"),
    ),
    "by-thread": Pattern(
        by_thread,
        dict.fromkeys(("own", "spaced", "asked-each-time"), "same-location"),
        ("halved", "parity", "first", "last", "neighbour", "early-sum"),
    ),
    "extremum": Pattern(
        extremum,
        {
            **dict.fromkeys(("inside", "own-then-critical", "reduced"), GUARDED),
            "atomic-peek": "conflicting",
        },
        ("checked-outside", "checked-twice", "own-then-bare", "bare"),
    ),
}
