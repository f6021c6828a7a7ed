"""OpenMP patterns of parallel regions: phases, barriers, single, sections, thread numbers."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, block, tab
from model_export.programs.compose.parts import Lines

APART, ORDERED, ALONE = "same-location", "unordered", "concurrent"


def phases(make: OmpMaker, variant: str) -> OmpParts:
    """Two loops in one region: the second reads what the first wrote, its own part or more."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    b = make.array(parts, n, base=a.base)
    i = make.i
    write = make.loop(i, "0", f"{n}", [f"{a}[{i}] = {a}[{i}] + {make.value(i)};"])
    across = make.rng.choice((f"{a}[{n} - 1 - {i}]", f"{a}[({i} + 9) % {n}]"))
    near = make.rng.random() < 0.4
    low = "1" if near else "0"
    other = f"{a}[{i} - 1]" if near else across
    read_other = make.loop(i, low, f"{n}", [f"{b}[{i}] = {other} * 2;"])
    read_own = make.loop(i, "0", f"{n}", [f"{b}[{i}] = {a}[{i}] * 2;"])
    untouched = make.loop(i, "0", f"{n}", [f"{b}[{i}] = {b}[{i}] + {i};"])
    first, between, second, loop = {
        "barrier-of-loop": (("",), [], (), read_other),
        "explicit-barrier": (("nowait",), [make.pragma("barrier")], (), read_other),
        "same-static": (("schedule(static)", "nowait"), [], ("schedule(static)",), read_own),
        "independent": (("nowait",), [], (), untouched),
        "two-regions": (("",), [], (), read_other),
        "nowait": (("nowait",), [], (), read_other),
        "other-schedule": (("schedule(static)", "nowait"), [], ("schedule(static, 3)",), read_own),
        "other-bounds": (("schedule(static)", "nowait"), [], ("schedule(static)",), read_other),
        "barrier-late": (("nowait",), [], ("",), [*read_other, make.pragma("barrier")]),
    }[variant]
    one = [make.pragma("for", *first), *write]
    two = [make.pragma("for", *second), *loop]
    if variant == "two-regions":
        parts.code += [*make.team(one), *make.team(two)]
    else:
        parts.code += make.team([*one, *between, *two])
    parts.after.append(make.seen(f"{b}[7]"))
    parts.about = a.name
    return parts


def begun_once(make: OmpMaker, variant: str) -> OmpParts:
    """A value that one thread sets in the region and all of them use."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    item = make.scalar(parts, base=a.base)
    i = make.i
    set_it = [f"{item} = {make.rng.randint(2, 9)};"]
    use = [make.pragma("for"), *make.loop(i, "0", f"{n}", [f"{a}[{i}] += {item};"])]
    barrier = [make.pragma("barrier")]
    master = make.rng.choice(("master", "master", "masked"))
    body = {
        "single": [make.pragma("single"), "{", *tab(set_it), "}", *use],
        "single-then-barrier": [make.pragma("single", "nowait"), *set_it, *barrier, *use],
        "master-then-barrier": [make.pragma(master), *set_it, *barrier, *use],
        "before": use,
        "first-thread": ["if (omp_get_thread_num() == 0)", "  " + set_it[0], *barrier, *use],
        "single-nowait": [make.pragma("single", "nowait"), "{", *tab(set_it), "}", *use],
        "master": [make.pragma(master), *set_it, *use],
        "first-thread-alone": ["if (omp_get_thread_num() == 0)", "  " + set_it[0], *use],
        "everyone": [*set_it, *use],
        "late-barrier": [make.pragma(master), *set_it, *use, *barrier],
        "set-after": [*use[:1], *use[1:], make.pragma("single", "nowait"), *set_it, *use],
    }[variant]
    parts.code += [*(set_it if variant == "before" else []), *make.team(body)]
    parts.after += [make.seen(f"{a}[3]"), make.seen(str(item))]
    parts.about = item.name
    return parts


def ended_once(make: OmpMaker, variant: str) -> OmpParts:
    """What all threads made is summed up by one of them, before or after the others are ready."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    total = make.scalar(parts, base="long")
    i = make.i
    fill = make.loop(i, "0", f"{n}", [f"{a}[{i}] = {make.value(i)};"])
    summed = ["for (int t = 0; t < " + f"{n}; t++)", f"  {total} += (long){a}[t];"]
    by = make.rng.choice(("single", "master", "single nowait"))
    one = [make.pragma(by), "{", *tab(summed), "}"]
    guard = block("if (omp_get_thread_num() == 0)", summed)
    barrier = [make.pragma("barrier")]
    body = {
        "after-loop": [make.pragma("for"), *fill, *one],
        "after-barrier": [make.pragma("for", "nowait"), *fill, *barrier, *one],
        "guarded": [make.pragma("for"), *fill, *guard],
        "after-region": [make.pragma("for", "nowait"), *fill],
        "nowait": [make.pragma("for", "nowait"), *fill, *one],
        "guarded-nowait": [make.pragma("for", "nowait"), *fill, *guard],
        "barrier-after": [make.pragma("for", "nowait"), *fill, *one, *barrier],
        "before-loop": [make.pragma("master"), "{", *tab(summed), "}", make.pragma("for"), *fill],
    }[variant]
    parts.code += [*make.team(body), *(summed if variant == "after-region" else [])]
    parts.after.append(make.seen(str(total)))
    parts.about = a.name
    return parts


def sections(make: OmpMaker, variant: str) -> OmpParts:
    """Sections that work on things of their own, or on one."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    # Arrays, for clang -O1 moves a sum's first load out of its section, and that would be reported.
    x, y = (make.array(parts, n, base="long") for _ in range(2))
    i = make.i

    def adds(item: object, value: str) -> Lines:
        return make.loop(i, "0", f"{n}", [f"{item}[{i}] += {value};"])

    def adds_alone(item: object, value: str) -> Lines:
        return make.loop(i, "0", f"{n}", make.critical([f"{item}[{i}] += {value};"]))

    first, second = adds(x, f"(long){a}[{i}]"), adds(y, f"{i}")
    third: Lines = []
    match variant:
        case "critical":
            first, second = adds_alone(x, f"{i}"), adds_alone(x, f"(long){a}[{i}]")
        case "atomic":
            second = make.loop(i, "0", f"{n}", make.atomic(f"{x}[{i}] += {i};"))
            first = make.loop(i, "0", f"{n}", make.atomic(f"{x}[{n} - 1 - {i}] += 2;"))
        case "one-section":
            first, second = [*first, *adds(x, f"{i}")], []
        case "both-read":
            first, second = adds(a, f"{x}[{i}]"), adds(y, f"{x}[{n} - 1 - {i}]")
        case "shared":
            second = adds(x, f"{i}")
        case "read-other":
            second = adds(y, f"{x}[{i}]")
        case "third":
            third = adds(x, "1")
        case "half-critical":
            second = adds_alone(x, f"{i}")
        case _:
            pass
    sections_ = [block_of for block_of in (first, second, third) if block_of]
    body = [line for one in sections_ for line in (make.pragma("section"), "{", *tab(one), "}")]
    if make.split:
        parts.code += make.team([make.pragma("sections"), "{", *tab(body), "}"])
    else:
        parts.code += [make.pragma("parallel sections"), "{", *tab(body), "}"]
    parts.after += [make.seen(f"{x}[2]"), make.seen(f"{y}[3]")]
    parts.about = x.name
    return parts


def section_order(make: OmpMaker, variant: str) -> OmpParts:
    """Sections fill two halves; what follows in the region reads them."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    b = make.array(parts, n, base=a.base)
    i, half = make.i, f"{n} / 2"
    upper = f"{half} - 1" if variant == "overlap" else half
    first = make.loop(i, "0", half, [f"{a}[{i}] = {make.value(i)};"])
    second = make.loop(i, upper, f"{n}", [f"{a}[{i}] = {make.value(i)} + 1;"])
    if variant == "interleaved":
        first = [f"for (int {i} = 0; {i} < {n}; {i} += 2)", f"  {a}[{i}] = 1;"]
        second = [f"for (int {i} = 1; {i} < {n}; {i} += 2)", f"  {a}[{i}] = 2;"]
    elif variant == "interleaved-three":
        first = [f"for (int {i} = 0; {i} < {n}; {i} += 2)", f"  {a}[{i}] = 1;"]
        second = [f"for (int {i} = 1; {i} < {n}; {i} += 3)", f"  {a}[{i}] = 2;"]
    pieces = [
        make.pragma("section"),
        "{",
        *tab(first),
        "}",
        make.pragma("section"),
        "{",
        *tab(second),
        "}",
    ]
    nowait = "nowait" if variant in ("nowait", "then-barrier") else ""
    use = [make.pragma("for"), *make.loop(i, "0", f"{n}", [f"{b}[{i}] = {a}[{n} - 1 - {i}];"])]
    barrier = [make.pragma("barrier")] if variant == "then-barrier" else []
    parts.code += make.team(
        [make.pragma("sections", nowait), "{", *tab(pieces), "}", *barrier, *use]
    )
    parts.after.append(make.seen(f"{b}[3]"))
    parts.about = a.name
    return parts


def handed_round(make: OmpMaker, variant: str) -> OmpParts:
    """A private value that one thread finds and all need."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    item, i, base = make.names.thing(), make.i, a.base
    read = f"{item} = {a}[1] + 3;"
    use = [make.pragma("for"), *make.loop(i, "0", f"{n}", [f"{a}[{i}] = {a}[{i}] * 2 + {item};"])]
    outer = variant in ("single", "nowait", "everyone", "master")
    clause = f"private({item})" if variant in ("copyprivate", "each-private") else ""
    if outer or clause:
        parts.local.append(f"{base} {item} = 1;")
    own = [f"{base} {item} = 1;"] if variant in ("inside", "copied-inside") else []
    how = {
        "copyprivate": [make.pragma("single", f"copyprivate({item})"), read],
        "copied-inside": [make.pragma("single", f"copyprivate({item})"), read],
        "inside": [f"{item} = 3;"],
        "each-private": [f"{item} = omp_get_thread_num();"],
        "single": [make.pragma("single"), read],
        "nowait": [make.pragma("single", "nowait"), f"{item} = 3;"],
        "master": [make.pragma("master"), f"{item} = 3;"],
        "everyone": [f"{item} = omp_get_thread_num();"],
    }[variant]
    parts.code += make.team([*own, *how, *use], clause)
    parts.after.append(make.seen(f"{a}[2]"))
    parts.about = item
    return parts


PATTERNS = {
    "phases": Pattern(
        phases,
        {
            **dict.fromkeys(("barrier-of-loop", "explicit-barrier", "two-regions"), ORDERED),
            **dict.fromkeys(("same-static", "independent"), APART),
        },
        ("nowait", "other-schedule", "other-bounds", "barrier-late"),
    ),
    "begun-once": Pattern(
        begun_once,
        {
            **dict.fromkeys(
                ("single", "single-then-barrier", "master-then-barrier", "first-thread"), ORDERED
            ),
            "before": ALONE,
        },
        ("single-nowait", "master", "first-thread-alone", "everyone", "late-barrier", "set-after"),
    ),
    "ended-once": Pattern(
        ended_once,
        dict.fromkeys(("after-loop", "after-barrier", "guarded", "after-region"), ORDERED),
        ("nowait", "guarded-nowait", "barrier-after", "before-loop"),
    ),
    "sections": Pattern(
        sections,
        {
            "own": APART,
            "critical": "unprotected",
            "atomic": "conflicting",
            "one-section": ALONE,
            "both-read": "conflicting",
        },
        ("shared", "read-other", "third", "half-critical"),
    ),
    "section-order": Pattern(
        section_order,
        {"halves": ORDERED, "then-barrier": ORDERED, "interleaved": APART},
        ("nowait", "overlap", "interleaved-three"),
    ),
    "handed-round": Pattern(
        handed_round,
        {
            **dict.fromkeys(("copyprivate", "copied-inside", "inside", "each-private"), APART),
            "single": ORDERED,
        },
        ("nowait", "everyone", "master"),
    ),
}
