"""OpenMP patterns of counts: bins, flags, progress and running sums."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import Datum, OmpParts, Pattern, Size, block, tab
from model_export.programs.compose.parts import Lines

GUARDED = "unprotected"


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
        make.pragma("for", make.nowait()),
        *make.loop(i, "0", f"{n}", [shift]),
    ]

    def over(body: Lines, *clauses: str) -> Lines:
        return make.over(parts, "0", f"{n}", body, *clauses)

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
    if variant in ("two-arrays", "in-place", "copy-nowait"):
        step = make.names.thing()
        head = f"for (int {step} = 1; {step} < {n}; {step} *= 2)"
        parts.code += block(head, _doubling(make, (a, b), n, step, variant))
    else:
        parts.code += _by_blocks(make, a, n, variant)
    parts.after.append(make.seen(f"{a}[{n} - 1]"))
    parts.about = a.name
    return parts


def _doubling(
    make: OmpMaker, arrays: tuple[Datum, Datum], n: Size, step: str, variant: str
) -> Lines:
    (a, b), i = arrays, make.i
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


def _by_blocks(make: OmpMaker, a: Datum, n: Size, variant: str) -> Lines:
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
