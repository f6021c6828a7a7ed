"""OpenMP patterns of functions that iterations call, and of what each thread keeps."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, block
from model_export.programs.compose.parts import Lines

APART = "same-location"


def kept_between_calls(make: OmpMaker, variant: str) -> OmpParts:
    """A function called by every iteration, with a variable that lives from call to call."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    item, i, kind = make.names.thing(), make.i, make.rng.choice(("int", "long", "double"))
    local = "thread_local" if make.cpp else "static _Thread_local"
    head: Lines = {
        "automatic": [f"{kind} {item} = v;"],
        "thread-local": [f"{local} {kind} {item};"],
        "static": [f"static {kind} {item};"],
        "static-once": [f"static {kind} {item} = 1;"],
    }.get(variant, [])
    body = [
        *head,
        f"{item} += v;",
        f"return {item} % 7;" if kind != "double" else f"return (int){item};",
    ]
    if variant == "static-const":
        body = [f"static const {kind} {item} = 3;", f"return v + (int){item};"]
    elif variant == "global-private":
        parts.top += [f"static {kind} {item};", f"#pragma omp threadprivate({item})"]
    elif variant in ("global", "global-volatile"):
        volatile = "volatile " if variant == "global-volatile" else ""
        parts.top.append(f"static {volatile}{kind} {item};")
    elif variant == "static-once":
        body = [*head, f"if ({item} < 1000000)", f"  {item} += v;", "return v * 2;"]
    name = make.helper(parts, "int", "int v", body)
    statement = make.rng.choice((f"{a}[{i}] = {name}({i} + 1);", f"{a}[{i}] += {name}({i} + 2);"))
    parts.code += make.over(parts, "0", f"{n}", [statement])
    parts.after.append(make.seen(f"{a}[6]"))
    parts.about = item
    return parts


def passed_down(make: OmpMaker, variant: str) -> OmpParts:
    """A function that is handed an address: of one element, of the next, of one for all."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n, extra=2)
    one = make.scalar(parts, base=a.base)
    i, base = make.i, a.base
    callee = make.helper(parts, "void", f"{base} *at, int v", [make.update("*at", "v")])
    local = make.names.thing()
    about = a
    match variant:
        case "element":
            body = [f"{callee}(&{a}[{i}], {i});"]
        case "offset":
            body = [f"{callee}(&{a}[0] + {i}, {i});"]
        case "own-local":
            body = [f"{base} {local} = 0;", f"{callee}(&{local}, {i});", f"{a}[{i}] = {local};"]
        case "protected":
            body, about = make.critical([f"{callee}(&{one}, {i});"]), one
        case "one-for-all":
            body, about = [f"{callee}(&{one}, {i});"], one
        case "fixed-element":
            body = [f"{callee}(&{a}[0], {i});"]
        case "and-next":
            body = [f"{callee}(&{a}[{i}], {i});", f"{callee}(&{a}[{i} + 1], 1);"]
        case _:
            body = [f"{callee}(&{a}[{i} / 3], {i});"]
            make.odd_chunks()
            if make.schedule == "static, 3":
                make.schedule = "static, 5"
    parts.code += make.over(parts, "0", f"{n}", body)
    parts.after += [make.seen(f"{a}[2]"), make.seen(str(one))]
    parts.about = about.name
    return parts


def thread_private(make: OmpMaker, variant: str) -> OmpParts:
    """A file's variable that each thread counts in, summed up at the end."""
    parts = OmpParts()
    n = make.size(parts)
    item, i, base = make.names.thing(), make.i, make.rng.choice(("int", "long"))
    total = make.scalar(parts, base="long", listed=True)
    parts.top.append(f"static {base} {item};")
    own = variant in ("private", "copied-in", "reset", "bare-total")
    if own:
        parts.top.append(f"#pragma omp threadprivate({item})")
    elif variant == "language":
        word = "thread_local" if make.cpp else "_Thread_local"
        parts.top[-1] = f"static {word} {base} {item};"
    loop = make.loop(i, "0", f"{n}", [f"{item} += {make.value(i)};"])
    merge = [f"{total} += {item};"]
    merged = merge if variant == "bare-total" else make.critical(merge)
    clause = f"copyin({item})" if variant == "copied-in" else ""
    reset = [] if variant == "copied-in" else [f"{item} = 0;"]
    if variant in ("shared", "volatile") and make.rng.random() < 0.5:
        reset = []
    if variant == "volatile":
        parts.top[-1] = f"static volatile {base} {item};"
    parts.code += make.team([*reset, make.pragma("for"), *loop, *merged], clause)
    parts.after.append(make.seen(str(total)))
    parts.about = total.name if variant == "bare-total" else item
    return parts


def thread_number(make: OmpMaker, variant: str) -> OmpParts:
    """The number of the thread: each asks for its own, or all keep it in one place."""
    parts = OmpParts()
    name, nt = make.names.thing(), make.names.thing()
    n = make.size(parts)
    a = make.array(parts, n, extra=64)
    i = make.i
    declared, clause, head = {
        "inside": ("", "", f"int {name} = omp_get_thread_num();"),
        "private": (f"int {name};", f"private({name})", f"{name} = omp_get_thread_num();"),
        "const-inside": ("", "", f"const int {name} = omp_get_thread_num();"),
        "outside": (f"int {name};", "", f"{name} = omp_get_thread_num();"),
        "listed": (f"int {name} = 0;", f"shared({name})", f"{name} = omp_get_thread_num();"),
        "file-level": ("", "", f"{name} = omp_get_thread_num();"),
    }[variant]
    if declared:
        parts.local.append(declared)
    if variant == "file-level":
        parts.top.append(f"static int {name};")
    loop = block(f"for (int {i} = {name}; {i} < {n}; {i} += {nt})", [f"{a}[{i}] += {name} + 1;"])
    body = [head, f"int {nt} = omp_get_num_threads();", *loop]
    parts.code += make.team(body, clause)
    parts.after.append(make.seen(f"{a}[3]"))
    parts.about = name
    return parts


def captured(make: OmpMaker, variant: str) -> OmpParts:
    """A C++ lambda, or a C function, that works on what it was given or on what it can see."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    one = make.scalar(parts, base=a.base)
    i, name = make.i, make.names.deed()
    kind = a.base
    value_only = [f"return ({kind})(v * 2 + 1);"]
    bumps = [f"{one} += v;", f"return ({kind})v;"]
    body = {
        "value": value_only,
        "bumps": bumps,
        "bumps-critical": make.critical(bumps[:1]) + bumps[1:],
    }
    chosen = {"value": "value", "value-copy": "value", "critical": "bumps-critical"}.get(
        variant, "bumps"
    )
    # Outside C++ there is no lambda: the same text stands in the loop.
    lines = body[chosen]
    call = f"{a}[{i}] = {name}({i});"
    if make.cpp:
        ways = {"value": "[]", "value-copy": "[=]"}.get(variant, "[&]")
        parts.code += [f"auto {name} = {ways}(int v) {{", *("  " + line for line in lines), "};"]
        inner = [call]
    else:
        inner = [f"int v = {i} + 1;", *lines[:-1], f"{a}[{i}] = {lines[-1][7:-1]};"]
    if variant == "twice":
        inner.append(inner[-1] if make.cpp else f"{one} += 1;")
    elif variant == "every-third":
        inner = [f"if ({i} % 3 == 0) {{", *("  " + line for line in inner), "}"]
        make.odd_chunks()
        if make.schedule == "static, 3":
            make.schedule = "static, 5"
    parts.code += make.over(parts, "0", f"{n}", inner)
    parts.after += [make.seen(f"{a}[3]"), make.seen(str(one))]
    parts.about = a.name if chosen == "value" else one.name
    return parts


def _apart(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, APART)


PATTERNS = {
    "kept-between-calls": Pattern(
        kept_between_calls,
        {**_apart("automatic", "thread-local", "global-private"), "static-const": "conflicting"},
        ("static", "static-once", "global", "global-volatile"),
    ),
    "passed-down": Pattern(
        passed_down,
        {**_apart("element", "offset", "own-local"), "protected": "unprotected"},
        ("one-for-all", "fixed-element", "and-next", "third-element"),
    ),
    "thread-private": Pattern(
        thread_private,
        _apart("private", "copied-in", "reset", "language"),
        ("shared", "volatile", "bare-total"),
    ),
    "thread-number": Pattern(
        thread_number,
        _apart("inside", "private", "const-inside"),
        ("outside", "listed", "file-level"),
    ),
    "captured": Pattern(
        captured,
        {**_apart("value", "value-copy"), "critical": "unprotected"},
        ("bumps", "twice", "every-third"),
    ),
}
