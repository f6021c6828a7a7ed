"""OpenMP patterns of teams: what each thread does by its number, alone, or as all others do."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, block, tab

APART, ORDERED, ALONE = "same-location", "unordered", "concurrent"


def own_part(make: OmpMaker, variant: str) -> OmpParts:
    """Each thread reckons its part of an array from its number."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n, extra=80)
    i, tid, nt = (
        make.i,
        make.rng.choice(("tid", "id", "me")),
        make.rng.choice(("nt", "nthreads", "np")),
    )
    low, high, chunk = make.names.thing(), make.names.thing(), make.names.thing()
    update = make.rng.choice(
        (f"{a}[{i}] += {tid} + 1;", f"{a}[{i}] = {make.value(i)};", f"{a}[{i}] = {a}[{i}] * 2;")
    )
    bounds = [f"int {low} = {tid} * {n} / {nt};", f"int {high} = ({tid} + 1) * {n} / {nt};"]
    chunked = [f"int {chunk} = ({n} + {nt} - 1) / {nt};", f"int {low} = {tid} * {chunk};"]
    chunked += [f"int {high} = {low} + {chunk} < {n} ? {low} + {chunk} : {n};"]
    plain = [f"int {chunk} = {n} / {nt};", f"int {low} = {tid} * {chunk};"]
    last = [*plain, f"int {high} = {tid} == {nt} - 1 ? {n} : {low} + {chunk};"]
    far = [*plain, f"int {high} = {low} + {chunk} + 1;"]
    whole = f"for (int {i} = {low}; {i} < {high}; {i}++)"
    neighbour = f"{a}[{i}] += {a}[{i} + 1];"
    body = {
        "bounds": [*bounds, whole, f"  {update}"],
        "chunks": [*chunked, whole, f"  {update}"],
        "remainder": [*last, whole, f"  {update}"],
        "cyclic": [f"for (int {i} = {tid}; {i} < {n}; {i} += {nt})", f"  {update}"],
        "slot": [f"for (int r = 0; r < {n}; r++)", f"  {a}[{tid}] += r;"],
        "inclusive": [*bounds, whole.replace("<", "<=", 1), f"  {update}"],
        "one-more": [*far, whole, f"  {update}"],
        "everything": [f"for (int {i} = 0; {i} < {n}; {i}++)", f"  {update}"],
        "from-own": [f"for (int {i} = {tid}; {i} < {n}; {i}++)", f"  {update}"],
        "neighbour": [*bounds, whole, f"  {neighbour}"],
        "next-slot": [f"for (int r = 0; r < {n}; r++)", f"  {a}[{tid}] += {a}[{tid} + 1] + r;"],
        "short-step": [f"for (int {i} = {tid}; {i} < {n}; {i} += {nt} - 1)", f"  {update}"],
        "rounded": [
            f"int {low} = {tid} / 2 * 8;",
            f"for (int {i} = {low}; {i} < {low} + 8; {i}++)",
            f"  {update}",
        ],
    }[variant]
    uses_count = any(nt in line for line in body)
    head = [f"int {tid} = omp_get_thread_num();"]
    head += [f"int {nt} = omp_get_num_threads();"] if uses_count else []
    parts.code += make.team([*head, *body], "num_threads(4)" if variant == "short-step" else "")
    parts.after.append(make.seen(f"{a}[5]"))
    parts.about = a.name
    return parts


def exchange(make: OmpMaker, variant: str) -> OmpParts:
    """Threads write their slots and read their neighbours', in one step or in many."""
    parts = OmpParts()
    slot, held = make.names.thing(), make.names.thing()
    base = make.rng.choice(("int", "long", "double"))
    flips = variant in ("flipped", "flipped-late")
    size = "[2][64]" if flips else "[64]"
    parts.top.append(f"static {base} {slot}{size};")
    parts.local.append(f"{base} {held}[64] = {{0}};")
    step, barrier = make.names.thing(), make.pragma("barrier")
    steps = make.rng.choice((30, 40, 50))
    other = make.rng.choice(("(tid + 1) % nt", "(tid + nt - 1) % nt", "nt - 1 - tid"))
    other = "(tid + 1) % nt" if "- tid" in other and "own" in variant else other
    write, write_one = (f"{slot}[tid] = tid * 10 + {value};" for value in (step, "1"))
    read = f"{held}[tid] += {slot}[{other}];"
    head = ["int tid = omp_get_thread_num();", "int nt = omp_get_num_threads();"]
    body = {
        "once": [write_one, barrier, read],
        "two-barriers": [write, barrier, read, barrier],
        "own-slot": [write, f"{held}[tid] += {slot}[tid];"],
        "flipped": [
            f"{slot}[{step} % 2][tid] = tid + {step};",
            barrier,
            f"{held}[tid] += {slot}[{step} % 2][{other}];",
        ],
        "no-barrier": [write_one, read],
        "one-barrier": [write, barrier, read],
        "barrier-first": [barrier, write, read],
        "flipped-late": [
            f"{slot}[{step} % 2][tid] = tid + {step};",
            barrier,
            f"{held}[tid] += {slot}[({step} + 1) % 2][{other}];",
        ],
    }[variant]
    if variant not in ("once", "no-barrier"):
        body = block(f"for (int {step} = 0; {step} < {steps}; {step}++)", body)
    parts.code += make.team([*head, *body], "num_threads(4)")
    parts.after.append(make.seen(f"{held}[1]"))
    parts.about = slot
    return parts


def one_thread(make: OmpMaker, variant: str) -> OmpParts:
    """Work that is for one thread, in a team that has one or has several."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    item = make.scalar(parts, base="long")
    i = make.i
    add = make.loop(i, "0", f"{n}", [f"{item} += (long){a}[{i}];"])
    master = make.rng.choice(("master", "masked"))
    number, clause = make.rng.choice((2, 3, 4)), ""
    body = {
        "master": [make.pragma(master), "{", *tab(add), "}"],
        "single": [make.pragma("single"), "{", *tab(add), "}"],
        "first": block("if (omp_get_thread_num() == 0)", add),
        "two-masters": [
            make.pragma("master"),
            "{",
            *tab(add),
            "}",
            make.pragma("master"),
            f"{item} += 5;",
        ],
        "two-singles": [
            make.pragma("single"),
            "{",
            *tab(add),
            "}",
            make.pragma("single"),
            f"{item} += 5;",
        ],
        "master-and-all": [make.pragma(master), "{", *tab(add), "}", f"{item} += 1;"],
        "master-and-second": [
            make.pragma("master"),
            "{",
            *tab(add),
            "}",
            *block("if (omp_get_thread_num() == 1)", add),
        ],
        "not-first": block("if (omp_get_thread_num() != 0)", add),
        "even": block("if (omp_get_thread_num() % 2 == 0)", add),
        "low": block("if (omp_get_thread_num() < 2)", add),
    }.get(variant, add)
    if variant == "alone":
        clause = "num_threads(1)"
    elif variant == "condition":
        clause = "if(0)"
    elif variant == "several":
        clause = f"num_threads({number})"
    elif variant in ("not-first", "even"):
        clause = "num_threads(4)"
    parts.code += make.team(body, clause)
    parts.after.append(make.seen(str(item)))
    parts.about = item.name
    return parts


def orphaned(make: OmpMaker, variant: str) -> OmpParts:
    """A function with a loop, called by all threads: divided, or done by each of them."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    b = make.array(parts, n, base=a.base)
    i, base = make.i, a.base
    given = f"{base} *to, {base} *from, int count"
    own = f"to[{i}] = from[{i}] + {make.value(i)};"
    back = f"to[{i}] = from[count - 1 - {i}] * 2;"
    divided = make.pragma("for", "nowait" if variant in ("nowait", "nowait-barrier") else "")
    loop = make.loop(i, "0", "count", [own])
    if variant in ("single-inside", "undivided", "undivided-twice"):
        first = loop if variant != "single-inside" else [make.pragma("single"), *loop]
    elif variant == "critical-inside":
        first = make.critical(loop)
    else:
        first = [divided, *loop]
    if variant == "previous":
        first = [divided, *make.loop(i, "1", "count", [f"to[{i}] = to[{i} - 1] + from[{i}];"])]
    one = make.helper(parts, "void", given, first)
    two = make.helper(
        parts, "void", given, [make.pragma("for"), *make.loop(i, "0", "count", [back])]
    )
    call = f"{one}(&{a}[0], &{b}[0], {n});"
    second = f"{two}(&{b}[0], &{a}[0], {n});"
    barrier = [make.pragma("barrier")]
    body = {
        "divided": [call, second],
        "nowait-barrier": [call, *barrier, second],
        "single-call": [make.pragma("single"), f"{one}_all(&{a}[0], &{b}[0], {n});", second],
        "nowait": [call, second],
        "undivided-twice": [call, *barrier, call],
    }.get(variant, [call])
    if variant == "single-call":
        serial = [f"static void {one}_all({given}) {{", *tab(loop), "}", ""]
        parts.functions = [*serial, *parts.functions]
    parts.code += make.team(body)
    parts.after += [make.seen(f"{a}[2]"), make.seen(f"{b}[3]")]
    parts.about = a.name
    return parts


def undivided(make: OmpMaker, variant: str) -> OmpParts:
    """A region whose loop all threads run through, or share."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    i = make.i
    loop = make.loop(i, "0", f"{n}", [make.update(f"{a}[{i}]", make.value(i))])
    partial = make.loop(
        i,
        "0",
        f"{n}",
        [f"if ({i} % omp_get_num_threads() == omp_get_thread_num())", f"  {a}[{i}] += {i};"],
    )
    body = {
        "divided": [make.pragma("for"), *loop],
        "single": [make.pragma("single"), "{", *tab(loop), "}"],
        "by-number": partial,
        "critical": make.critical(loop),
        "every-thread": loop,
        "barriers": [make.pragma("barrier"), *loop, make.pragma("barrier")],
        "first-twice": [
            make.pragma("for", "nowait"),
            *loop,
            make.pragma("master"),
            f"{a}[{n} - 1] += 1;",
        ],
        "from-one": [f"{a}[0] = 1;", make.pragma("for"), *loop],
        "plain-inner": ["for (int r = 0; r < 2; r++) {", *tab(loop), "}"],
    }[variant]
    parts.code += make.team(body)
    parts.after.append(make.seen(f"{a}[4]"))
    parts.about = a.name
    return parts


def nested(make: OmpMaker, variant: str) -> OmpParts:
    """A region within a region: what is private outside is shared inside."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((52, 60, 68)))
    a = make.array(parts, n)
    own, i = make.names.thing(), make.i
    total = make.scalar(parts, base="long", listed=True)
    parts.setup.append("omp_set_max_active_levels(2);")
    add = f"{own} += (long){a}[{i}];"
    clause = make.reduction("+", own) if variant in ("reduced", "reduced-inside") else ""
    inner = make.loop(i, "0", f"{n}", make.atomic(add) if variant == "atomic" else [add])
    directive = make.pragma("parallel for", "num_threads(2)", clause)
    if variant == "inner-alone":
        directive = make.pragma("parallel for", "num_threads(1)")
    merge = [f"{total} += {own};"]
    merged = merge if variant == "merged-bare" else make.critical(merge)
    if variant == "merged-bare":
        directive = make.pragma("parallel for", "num_threads(2)", make.reduction("+", own))
    inside = [f"long {own} = 0;", directive, *inner, *merged]
    if variant in ("outer-shared", "simd-only"):
        parts.local.append(f"long {own} = 0;")
        inside = inside[1:]
        inside[0] = make.pragma("parallel for", "num_threads(2)")
    parts.code += [make.pragma("parallel", "num_threads(2)"), "{", *tab(inside), "}"]
    parts.after.append(make.seen(str(total)))
    parts.about = total.name if variant == "merged-bare" else own
    return parts


PATTERNS = {
    "own-part": Pattern(
        own_part,
        dict.fromkeys(("bounds", "chunks", "remainder", "cyclic", "slot"), APART),
        (
            *("inclusive", "one-more", "everything", "from-own"),
            *("neighbour", "next-slot", "short-step", "rounded"),
        ),
    ),
    "exchange": Pattern(
        exchange,
        {
            **dict.fromkeys(("once", "two-barriers", "flipped"), ORDERED),
            "own-slot": APART,
        },
        ("no-barrier", "one-barrier", "barrier-first", "flipped-late"),
    ),
    "one-thread": Pattern(
        one_thread,
        {
            **dict.fromkeys(("master", "single", "first", "two-masters"), ALONE),
            **dict.fromkeys(("alone", "condition"), ALONE),
            "two-singles": ORDERED,
        },
        (
            *("master-and-all", "master-and-second", "not-first", "even", "low"),
            *("all", "several"),
        ),
    ),
    "orphaned": Pattern(
        orphaned,
        {
            **dict.fromkeys(("divided", "nowait-barrier", "single-call", "single-inside"), ORDERED),
            "critical-inside": "unprotected",
        },
        ("nowait", "undivided", "undivided-twice", "previous"),
    ),
    "undivided": Pattern(
        undivided,
        {"divided": APART, "single": ALONE, "by-number": APART, "critical": "unprotected"},
        ("every-thread", "barriers", "first-twice", "from-one", "plain-inner"),
    ),
    "nested": Pattern(
        nested,
        {"reduced": "unprotected", "atomic": "conflicting", "inner-alone": ALONE},
        ("inner-shared", "merged-bare", "outer-shared"),
    ),
}
