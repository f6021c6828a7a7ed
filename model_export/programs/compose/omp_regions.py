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
    write = f"{slot}[tid] = tid * 10 + {step};"
    read = f"{held}[tid] += {slot}[{other}];"
    head = ["int tid = omp_get_thread_num();", "int nt = omp_get_num_threads();"]
    body = {
        "once": [write.replace(step, "1"), barrier, read],
        "two-barriers": [write, barrier, read, barrier],
        "own-slot": [write, f"{held}[tid] += {slot}[tid];"],
        "flipped": [
            f"{slot}[{step} % 2][tid] = tid + {step};",
            barrier,
            f"{held}[tid] += {slot}[{step} % 2][{other}];",
        ],
        "no-barrier": [write.replace(step, "1"), read],
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
        "single-call": [make.pragma("single"), call.replace(one, f"{one}_all"), second],
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
    "handed-round": Pattern(
        handed_round,
        {
            **dict.fromkeys(("copyprivate", "copied-inside", "inside", "each-private"), APART),
            "single": ORDERED,
        },
        ("nowait", "everyone", "master"),
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
