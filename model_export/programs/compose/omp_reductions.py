"""OpenMP patterns of results that many iterations contribute to."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import Datum, OmpParts, Pattern, Size, block, tab
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
    mine = [f"{item.base} {own} = {first};", make.pragma("for", *_nowait(make))]
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


def _nowait(make: OmpMaker) -> tuple[str, ...]:
    return make.rng.choice(((), ("nowait",)))


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
    search = [f"{a.base} {own} = 0;", f"int {place} = 0;", make.pragma("for", *_nowait(make))]
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


def bins(make: OmpMaker, variant: str) -> OmpParts:
    """Counts by class: an array in which every iteration adds somewhere."""
    parts = OmpParts()
    n = make.size(parts)
    data = make.array(parts, n, base="int")
    parts.setup[-1] = f"  {data}[i] = (i * 13) % 31;"
    width = make.size(parts, make.rng.choice((5, 7, 11, 13)))
    name, kind = make.names.thing(), make.rng.choice(("int", "long", "unsigned"))
    parts.local.append(f"{kind} {name}[{width.declared()}] = {{0}};")
    if make.rng.random() < 0.5:
        # Not a static array: clang 19 lets all threads write to one in spite of the clause.
        parts.local[-1] = f"{kind} *{name} = {make.zeroed(kind, width.declared())};"
    i, own, lock = make.i, make.names.thing(), make.names.lock()
    index = make.rng.choice((f"{data}[{i}] % {width}", f"({data}[{i}] * 3 + {i}) % {width}"))
    add = make.rng.choice((f"{name}[{index}]++;", f"{name}[{index}] += 1;"))
    shift = f"{own}[{index}]++;"
    merge = [f"for (int b = 0; b < {width}; b++)", f"  {name}[b] += {own}[b];"]
    private = [
        f"{kind} {own}[{width.declared()}] = {{0}};",
        make.pragma("for", *_nowait(make)),
        *make.loop(i, "0", f"{n}", [shift]),
    ]
    over = lambda body, *clauses: make.over(parts, "0", f"{n}", body, *clauses)  # noqa: E731
    match variant:
        case "clause":
            parts.code += over([add], make.reduction("+", f"{name}[:{width.declared()}]"))
        case "atomic":
            parts.code += over(make.atomic(add))
        case "critical":
            parts.code += over(make.critical([add]))
        case "own-then-critical":
            parts.code += make.team([*private, *make.critical(merge)])
        case "own-then-atomic":
            parts.code += make.team(
                [*private, merge[0], "{", *tab(make.atomic(merge[1].strip())), "}"]
            )
        case "own-then-bare":
            parts.code += make.team([*private, *merge])
        case "lock-by-bin" | "lock-by-row" | "lock-by-thread":
            parts.top.append(f"static omp_lock_t {lock}[{width.declared()}];")
            parts.setup += [f"for (int b = 0; b < {width}; b++)", f"  omp_init_lock(&{lock}[b]);"]
            by_thread_ = f"omp_get_thread_num() % {width}"
            which = {"lock-by-bin": "at", "lock-by-row": f"{i} % {width}"}.get(variant, by_thread_)
            parts.code += over(
                [
                    f"int at = {index};",
                    f"omp_set_lock(&{lock}[{which}]);",
                    f"{name}[at]++;",
                    f"omp_unset_lock(&{lock}[{which}]);",
                ]
            )
        case "half-atomic":
            other = make.atomic(f"{name}[0]++;")
            parts.code += over([f"if ({index} == 0) {{", *tab(other), "} else {", f"  {add}", "}"])
        case _:
            parts.code += over([add])
    parts.after.append(make.seen(f"{name}[2]"))
    parts.about = name
    return parts


def own_reduction(make: OmpMaker, variant: str) -> OmpParts:
    """A reduction that the program declares for a type of its own."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n, base="double")
    kind, name, item = make.names.holder(), make.names.deed(), make.names.thing()
    x, y, i = make.names.thing(), make.names.thing(), make.i
    parts.top += ["typedef struct {", f"  double {x};", f"  double {y};", f"}} {kind}_t;"]
    combine = f"omp_out.{x} += omp_in.{x}, omp_out.{y} += omp_in.{y}"
    zero = f"omp_priv = {kind}_t()" if make.cpp else "omp_priv = {0, 0}"
    if variant in ("declared", "other-only"):
        parts.top.append(
            f"#pragma omp declare reduction({name} : {kind}_t : {combine}) initializer({zero})"
        )
    parts.local.append(f"{kind}_t {item} = {{0, 0}};")
    body = [f"{item}.{x} += {a}[{i}];", f"{item}.{y} += {a}[{i}] * {a}[{i}];"]
    other = make.names.thing()
    match variant:
        case "declared":
            parts.code += make.over(parts, "0", f"{n}", body, f"reduction({name} : {item})")
        case "critical":
            parts.code += make.over(parts, "0", f"{n}", make.critical(body))
        case "other-only":
            parts.local.append(f"{kind}_t {other} = {{0, 0}};")
            body.append(f"{other}.{x} += 1;")
            parts.code += make.over(parts, "0", f"{n}", body, f"reduction({name} : {other})")
        case "atomic-one":
            parts.code += make.over(parts, "0", f"{n}", [*make.atomic(body[0]), body[1]])
        case "atomic-both":
            parts.code += make.over(
                parts, "0", f"{n}", [*make.atomic(body[0]), *make.atomic(body[1])]
            )
        case _:
            parts.code += make.over(parts, "0", f"{n}", body)
    parts.after += [make.seen(f"{item}.{x}"), make.seen(f"{item}.{y}")]
    parts.about = y if variant == "atomic-one" else item
    return parts


def flag(make: OmpMaker, variant: str) -> OmpParts:
    """Something is looked for; whoever finds it says so."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n, base="int")
    found = make.scalar(parts, base="int", listed=True)
    i = make.i
    test = make.rng.choice((f"{a}[{i}] >= 0", f"{a}[{i}] % 3 != 2", f"{i} > 1"))
    say, else_ = f"{found} = 1;", []
    match variant:
        case "atomic":
            inner: Lines = make.atomic(say, "write")
        case "critical":
            inner = make.critical([say])
        case "asked-first":
            seen = make.names.thing()
            else_ = [f"int {seen};", *make.atomic(f"{seen} = {found};", "read")]
            test, inner = f"!{seen} && {test}", make.atomic(say, "write")
        case "unlocked-ask":
            test, inner = f"!{found} && {test}", make.atomic(say, "write")
        case "bare-ask":
            test, inner = f"!{found} && {test}", make.critical([say])
        case _:
            inner = [say]
    clause = {
        "reduced": make.reduction("||", str(found)),
        "or": make.reduction("|", str(found)),
    }.get(variant, "")
    if variant == "number":
        inner = [f"{found} = {i};"]
    if variant == "in-place":
        body = [f"{found} = {found} || {a}[{i}] > 5;"]
    else:
        body = [*else_, f"if ({test}) {{", *tab(inner), "}"]
    parts.code += make.over(parts, "0", f"{n}", body, clause)
    parts.after.append(make.seen(str(found)))
    parts.about = found.name
    return parts


def counter(make: OmpMaker, variant: str) -> OmpParts:
    """Progress: a counter that all move on and some look at."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    count = make.scalar(parts, base="int", listed=variant == "volatile")
    i, now = make.i, make.names.thing()
    work = f"{a}[{i}] = {a}[{i}] * 2 + 1;"
    body = {
        "captured": [
            f"int {now};",
            *make.atomic(f"{now} = ++{count};", "capture"),
            f"{a}[{i}] += {now} % 2;",
        ],
        "atomic": make.atomic(f"{count}++;"),
        "atomic-read": [
            *make.atomic(f"{count}++;", "update"),
            f"int {now};",
            *make.atomic(f"{now} = {count};", "read"),
            f"{a}[{i}] += {now} % 2;",
        ],
        "critical": make.critical([f"{count}++;", f"if ({count} % 50 == 0)", f"  {a}[{i}] += 1;"]),
        "same-name": [
            *make.critical([f"{count}++;"], "PROGRESS"),
            *make.critical([f"{a}[{i}] += {count} % 2;"], "PROGRESS"),
        ],
        "bare": [f"{count}++;"],
        "bare-read": [*make.atomic(f"{count}++;"), f"if ({count} % 50 == 0)", f"  {a}[{i}] += 1;"],
        "read-after": [*make.critical([f"{count}++;"]), f"{a}[{i}] += {count} % 2;"],
        "names": [
            *make.critical([f"{count}++;"], "PROGRESS"),
            *make.critical([f"{a}[{i}] += {count} % 2;"], "REPORT"),
        ],
        "mixed": [
            f"if ({i} % 2 == 0) {{",
            *tab(make.atomic(f"{count}++;")),
            "} else {",
            *tab(make.critical([f"{count}++;"])),
            "}",
        ],
    }[variant]
    parts.code += make.over(parts, "0", f"{n}", [work, *body])
    parts.after.append(make.seen(str(count)))
    parts.about = count.name
    return parts


def scan(make: OmpMaker, variant: str) -> OmpParts:
    """Running sums: by doubling steps in one or two arrays, or by blocks."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n, base="long")
    b = make.array(parts, n, base="long")
    step = make.names.thing()
    if variant in ("two-arrays", "in-place", "copy-nowait"):
        body = _doubling(make, a, b, n, step, variant)
        head = f"for (int {step} = 1; {step} < {n}; {step} *= 2)"
        parts.code += block(head, body)
    else:
        parts.code += _by_blocks(make, parts, a, n, variant)
    parts.after.append(make.seen(f"{a}[{n} - 1]"))
    parts.about = a.name
    return parts


def _doubling(make: OmpMaker, a: Datum, b: Datum, n: Size, step: str, variant: str) -> Lines:
    i = make.i
    add = f"{i} >= {step} ? {a}[{i} - {step}] : 0"
    if variant == "in-place":
        return make.shared_out(make.loop(i, step, f"{n}", [f"{a}[{i}] += {a}[{i} - {step}];"]))
    first = make.loop(i, "0", f"{n}", [f"{b}[{i}] = {a}[{i}] + ({add});"])
    second = make.loop(i, "0", f"{n}", [f"{a}[{i}] = {b}[{i}];"])
    if variant == "copy-nowait":
        return make.team(
            [
                make.pragma("for", "nowait"),
                *first,
                make.pragma("for", "schedule(static, 3)"),
                *second,
            ]
        )
    return [*make.shared_out(first), *make.shared_out(second)]


def _by_blocks(make: OmpMaker, parts: OmpParts, a: Datum, n: Size, variant: str) -> Lines:
    i, width = make.i, make.rng.choice((7, 9, 11))
    low = f"t * {width}"
    high = f"(t + 1) * {width} < {n} ? (t + 1) * {width} : {n}"
    blocks = f"({n} + {width - 1}) / {width}"
    first = f"{low} + 1" if variant in ("blocks", "outer-serial") else f"t ? {low} : 1"
    inner = [
        f"int last = {high};",
        f"for (int {i} = {first}; {i} < last; {i}++)",
        f"  {a}[{i}] += {a}[{i} - 1];",
    ]
    loop = make.loop("t", "0", blocks, inner)
    if variant == "serial":
        return make.loop(i, "1", f"{n}", [f"{a}[{i}] += {a}[{i} - 1];"])
    return make.shared_out(loop)


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
    "bins": Pattern(
        bins,
        {
            **dict.fromkeys(("clause", "critical", "own-then-critical", "lock-by-bin"), GUARDED),
            **dict.fromkeys(("atomic", "own-then-atomic"), "conflicting"),
        },
        ("bare", "own-then-bare", "lock-by-row", "lock-by-thread", "half-atomic"),
    ),
    "own-reduction": Pattern(
        own_reduction,
        {"declared": GUARDED, "critical": GUARDED, "atomic-both": "conflicting"},
        ("none", "other-only", "atomic-one"),
    ),
    "flag": Pattern(
        flag,
        {
            **dict.fromkeys(("critical", "reduced", "or"), GUARDED),
            **dict.fromkeys(("atomic", "asked-first"), "conflicting"),
        },
        ("bare", "unlocked-ask", "bare-ask", "number", "in-place"),
    ),
    "counter": Pattern(
        counter,
        {
            **dict.fromkeys(("critical", "same-name"), GUARDED),
            **dict.fromkeys(("captured", "atomic", "atomic-read"), "conflicting"),
        },
        ("bare", "bare-read", "read-after", "names", "mixed"),
    ),
    "scan": Pattern(
        scan,
        {"two-arrays": "unordered", "blocks": "same-location", "serial": "concurrent"},
        ("in-place", "copy-nowait", "across-blocks"),
    ),
}
