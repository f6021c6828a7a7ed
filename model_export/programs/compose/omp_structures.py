"""OpenMP patterns of structures: lists and vectors that grow, graphs, packed fields, pointers."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, Size, block, tab

APART, ORDERED, GUARDED, ATOMIC = "same-location", "unordered", "unprotected", "conflicting"


def pushed(make: OmpMaker, variant: str) -> OmpParts:
    """Nodes put in front of a list by all iterations."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((68, 84, 100)))
    node, head, i = make.names.holder(), make.names.thing(), make.i
    field, made, lock = make.names.thing(), make.names.thing(), make.names.lock()
    kind = f"struct {node}"
    parts.top += [
        f"{kind} {{",
        f"  int {field};",
        f"  {kind} *next;",
        "};",
        f"static {kind} *{head};",
    ]
    fresh = (
        [f"{kind} *{made} = new {kind}();"]
        if make.cpp
        else [f"{kind} *{made} = malloc(sizeof({kind}));"]
    )
    fresh.append(f"{made}->{field} = {i};")
    link = [f"{made}->next = {head};", f"{head} = {made};"]
    if variant == "locked":
        parts.top.append(f"static omp_lock_t {lock};")
        parts.setup.append(f"omp_init_lock(&{lock});")
    body = {
        "critical": [*fresh, *make.critical(link)],
        "all-critical": make.critical([*fresh, *link]),
        "locked": [*fresh, f"omp_set_lock(&{lock});", *link, f"omp_unset_lock(&{lock});"],
        "bare": [*fresh, *link],
        "half": [*fresh, link[0], *make.critical(link[1:])],
        "asked-outside": [
            *fresh,
            f"if ({head} && {head}->{field} == -1)",
            "  continue;",
            *make.critical(link),
        ],
        "two-names": [
            f"if ({i} % 2) {{",
            *tab([*fresh, *make.critical(link, "EVEN")]),
            "} else {",
            *tab([*fresh, *make.critical(link, "ODD")]),
            "}",
        ],
    }[variant]
    parts.code += make.over(parts, "0", f"{n}", body)
    walk = [f"for ({kind} *t = {head}; t; t = t->next)", f"  CHECK += t->{field};"]
    parts.after += (
        walk if variant not in ("bare", "half", "two-names") else [make.seen(f"({head} != 0)")]
    )
    parts.about = head
    return parts


def grown(make: OmpMaker, variant: str) -> OmpParts:
    """Results collected in a container or in an array with a count."""
    parts = OmpParts()
    n = make.size(parts)
    data = make.array(parts, n, base="int")
    parts.setup[-1] = f"  {data}[i] = (i * 7) % 5;"
    i, own, at = make.i, make.names.thing(), make.names.thing()
    item, count = make.names.thing(), make.names.thing()
    test = f"if ({data}[{i}] % 3 != 1)"
    if make.cpp:
        parts.local.append(f"std::vector<int> {item};")
        push = [f"{item}.push_back({i});"]
        merge = [f"for (int v : {own})", f"  {item}.push_back(v);"]
        mine, keep = f"std::vector<int> {own};", f"{own}.push_back({i});"
        reading = f"{data}[{i}] += (int){item}.size() > 9;"
        parts.after.append(make.seen(f"{item}.size()"))
    else:
        parts.local += [f"int {item}[{n.declared()}];", f"int {count} = 0;"]
        push = [f"{item}[{count}] = {i};", f"{count}++;"]
        merge = [f"for (int t = 0; t < {at}; t++)", f"  {item}[{count}++] = {own}[t];"]
        mine, keep = f"int {own}[{n.declared()}], {at} = 0;", f"{own}[{at}++] = {i};"
        reading = f"{data}[{i}] += {count} > 9;"
        parts.after.append(make.seen(count))
    loop = make.loop(i, "0", f"{n}", [test, f"  {keep}"])
    gathered = [mine, make.pragma("for", "nowait"), *loop]
    if variant in ("own-then-critical", "own-then-bare"):
        parts.code += make.team(
            [*gathered, *(make.critical(merge) if "critical" in variant else merge)]
        )
    else:
        body = {
            "critical": [f"{test} {{", *tab(make.critical(push)), "}"],
            "bare": [f"{test} {{", *tab(push), "}"],
            "read-outside": [*make.critical(push), reading],
            "some-critical": [f"{test} {{", *tab(make.critical(push)), "} else {", *tab(push), "}"],
        }.get(variant, [])
        if variant == "placed":
            if make.cpp:
                parts.setup.append(f"{item}.resize({n});")
            body = [f"{item}[{i}] = {data}[{i}] * 2;"]
        parts.code += make.over(parts, "0", f"{n}", body)
    parts.about = item if make.cpp or variant == "placed" else count
    return parts


def explored(make: OmpMaker, variant: str) -> OmpParts:
    """A graph searched level by level; two nodes of a level may find the same neighbour."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((100, 124, 156)))
    level = make.array(parts, n, base="int")
    parts.setup[-1] = f"  {level}[i] = i < 24 ? 0 : -1;"
    i, j, to, step = make.i, make.j, make.names.thing(), make.names.thing()
    changed = make.scalar(parts, base="int", listed=True)
    nxt = make.names.thing()
    neighbour = f"int {to} = ({i} * 3 + {j} * 5 + 1) % {n};"
    visit = [f"if ({level}[{to}] < 0)", f"  {level}[{to}] = {step} + 1;"]
    seen = make.names.thing()
    peek = [f"int {seen};", *make.atomic(f"{seen} = {level}[{to}];", "read")]
    mark = [f"if ({seen} < 0) {{", *tab(make.atomic(f"{level}[{to}] = {step} + 1;", "write")), "}"]
    mine = [
        f"int {seen};",
        *make.atomic(f"{seen} = {level}[{i}];", "read"),
        f"if ({seen} != {step})",
        "  continue;",
    ]
    skip = [f"if ({level}[{i}] != {step})", "  continue;"]
    top_down = make.loop(
        j,
        "0",
        "4",
        [
            neighbour,
            *(visit if variant != "half-atomic" else [f"int {seen} = {level}[{to}];", *mark]),
        ],
    )
    atomics = make.loop(j, "0", "4", [neighbour, *peek, *mark])
    guarded = make.loop(j, "0", "4", [neighbour, *make.critical(visit)])
    bottom_up = [
        f"if ({level}[{i}] >= 0) {{",
        f"  {nxt}[{i}] = {level}[{i}];",
        "  continue;",
        "}",
        f"{nxt}[{i}] = -1;",
        *make.loop(
            j, "0", "4", [neighbour, f"if ({level}[{to}] == {step})", f"  {nxt}[{i}] = {step} + 1;"]
        ),
    ]
    body = {
        "atomic": [*mine, *atomics],
        "critical": make.critical(
            [
                f"if ({level}[{i}] == {step}) {{",
                *tab(make.loop(j, "0", "4", [neighbour, *visit])),
                "}",
            ]
        ),
        "pulled": bottom_up,
        "bare": [*skip, *top_down],
        "half-atomic": [*skip, *top_down],
        "asked-bare": [*skip, *guarded],
        "pulled-in-place": [line.replace(f"{nxt}[", f"{level}[") for line in bottom_up],
    }[variant]
    loop = make.over(parts, "0", f"{n}", body)
    if variant == "pulled":
        parts.top.append(f"static int {nxt}[{n.declared()}];")
        loop += [f"for (int t = 0; t < {n}; t++)", f"  {level}[t] = {nxt}[t];"]
    parts.code += block(f"for (int {step} = 0; {step} < 6; {step}++)", loop)
    parts.after += [make.seen(f"{level}[30]"), make.seen(str(changed))]
    parts.about = level.name
    return parts


def packed(make: OmpMaker, variant: str) -> OmpParts:
    """Fields of one structure that different threads write."""
    parts = OmpParts()
    n = make.size(parts)
    kind, item, x, y = (
        make.names.holder(),
        make.names.thing(),
        make.names.thing(),
        make.names.thing(),
    )
    i = make.i
    one, two = {
        "apart": (f"int {x};", f"int {y};"),
        "bytes": (f"unsigned char {x};", f"unsigned char {y};"),
        "split": (f"unsigned {x} : 7;\n  unsigned : 0;", f"unsigned {y} : 9;"),
        "half-bits": (f"unsigned {x} : 12;", f"unsigned {y};"),
        "bits": (f"unsigned {x} : 12;", f"unsigned {y} : 12;"),
        "flags": (f"unsigned char {x} : 1;", f"unsigned char {y} : 1;"),
        "shared-field": (f"int {x};", f"int {y};"),
    }[variant]
    parts.top += [
        f"struct {kind} {{",
        *f"  {one}\n  {two}".split("\n"),
        "};",
        f"static struct {kind} {item};",
    ]
    write = "{0} = {1} & 1;"
    target = x if variant == "shared-field" else y
    first = make.loop(i, "0", f"{n}", [write.format(f"{item}.{x}", i)])
    second = make.loop(i, "0", f"{n}", [write.format(f"{item}.{target}", i)])
    if make.split:
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
        parts.code += [make.pragma("parallel sections", "num_threads(2)"), "{", *tab(pieces), "}"]
    else:
        body = [
            *block("if (omp_get_thread_num() == 0)", first),
            *block("if (omp_get_thread_num() == 1)", second),
        ]
        parts.code += [make.pragma("parallel", "num_threads(2)"), "{", *tab(body), "}"]
    parts.after += [make.seen(f"{item}.{x}"), make.seen(f"{item}.{y}")]
    parts.about = x if variant == "shared-field" else y
    return parts


def pointed(make: OmpMaker, variant: str) -> OmpParts:
    """A pointer to the element at hand, declared for each iteration or for all."""
    parts = OmpParts()
    n = make.size(parts)
    width = make.rng.choice((3, 4, 5))
    whole = Size(str(n.value * width), n.value * width, True)
    a = make.array(parts, whole)
    at, i, j = make.names.thing(), make.i, make.j
    point = f"{at} = &{a}[{i} * {width}];"
    use = make.loop(j, "0", str(width), [f"{at}[{j}] += {i};"])
    declared, clause, body = {
        "inside": ("", "", [f"{a.base} *{point}", *use]),
        "const-inside": ("", "", [f"{a.base} *const {point}", *use]),
        "private": ("local", f"private({at})", [point, *use]),
        "outside": ("local", "", [point, *use]),
        "listed": ("local", f"shared({at})", [point, *use]),
        "file-level": ("top", "", [point, *use]),
        "walking": ("walk", "", [*use, f"{at} += {width};"]),
    }[variant]
    if declared == "local":
        parts.local.append(f"{a.base} *{at};")
    elif declared == "top":
        parts.top.append(f"static {a.base} *{at};")
    elif declared == "walk":
        parts.local.append(f"{a.base} *{at};")
        parts.setup.append(f"{at} = &{a}[0];")
        body[-1] = f"{at} = &{a}[{i} * {width}];"
    parts.code += make.over(parts, "0", f"{n}", body, clause)
    parts.about = at
    parts.after.append(make.seen(f"{a}[7]"))
    return parts


PATTERNS = {
    "pushed": Pattern(
        pushed,
        dict.fromkeys(("critical", "all-critical", "locked"), GUARDED),
        ("bare", "half", "asked-outside", "two-names"),
    ),
    "grown": Pattern(
        grown,
        {"critical": GUARDED, "own-then-critical": GUARDED, "placed": APART},
        ("bare", "own-then-bare", "read-outside", "some-critical"),
    ),
    "explored": Pattern(
        explored,
        {"atomic": ATOMIC, "critical": GUARDED, "pulled": APART},
        ("bare", "half-atomic", "asked-bare", "pulled-in-place"),
    ),
    "packed": Pattern(
        packed,
        dict.fromkeys(("apart", "bytes", "split", "half-bits"), APART),
        ("bits", "flags", "shared-field"),
    ),
    "pointed": Pattern(
        pointed,
        dict.fromkeys(("inside", "const-inside", "private"), APART),
        ("outside", "listed", "file-level", "walking"),
    ),
}
