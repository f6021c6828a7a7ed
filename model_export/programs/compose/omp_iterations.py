"""OpenMP patterns of repeated steps: arrays exchanged, an end decided, a state carried on."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, block, tab

APART, ORDERED, GUARDED = "same-location", "unordered", "unprotected"


def time_steps(make: OmpMaker, variant: str) -> OmpParts:
    """Two arrays that change places after every step of a simulation."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((68, 84, 100)))
    a = make.array(parts, n, base=make.rng.choice(("double", "int")), extra=2)
    b = make.array(parts, n, base=a.base, extra=2)
    old, new, kept, step = (make.names.thing() for _ in range(4))
    i, steps = make.i, make.rng.choice(("10", "16", "20"))
    declared = [f"{a.base} *{old} = &{a}[0];", f"{a.base} *{new} = &{b}[0];"]
    compute = make.loop(i, "1", f"{n}", [f"{new}[{i}] = ({old}[{i} - 1] + {old}[{i} + 1]) / 2;"])
    swap = [f"{a.base} *{kept} = {old};", f"{old} = {new};", f"{new} = {kept};"]
    loop = [make.pragma("for"), *compute]
    head = f"for (int {step} = 0; {step} < {steps}; {step}++)"
    master = make.rng.choice(("master", "masked"))
    inner = {
        "single": [*loop, make.pragma("single"), "{", *tab(swap), "}"],
        "own-pointers": [*loop, *swap],
        "master-barrier": [
            *loop,
            make.pragma(master),
            "{",
            *tab(swap),
            "}",
            make.pragma("barrier"),
        ],
        "master": [*loop, make.pragma(master), "{", *tab(swap), "}"],
        "single-nowait": [*loop, make.pragma("single", "nowait"), "{", *tab(swap), "}"],
        "every-thread": [*loop, *swap],
        "loop-nowait": [
            make.pragma("for", "nowait"),
            *compute,
            make.pragma("single"),
            "{",
            *tab(swap),
            "}",
        ],
    }.get(variant, [])
    if variant == "outside":
        parts.code += [*declared, *block(head, [*make.shared_out(compute), *swap])]
    elif variant == "own-pointers":
        parts.code += make.team([*declared, *block(head, inner)])
    else:
        parts.code += [*declared, *make.team(block(head, inner))]
    if parts.code:
        # In a block of its own: its pointers are nobody else's.
        parts.code = block("", parts.code)
    parts.about = a.name if variant in ("outside", "own-pointers") else old
    parts.after += [make.seen(f"{a}[5]"), make.seen(f"{b}[5]")]
    return parts


def until_small(make: OmpMaker, variant: str) -> OmpParts:
    """Steps that end when a sum over all threads is small; it is set back at every step."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((68, 84, 100)))
    a = make.array(parts, n, base="double")
    error = make.scalar(parts, base="double", listed=True)
    i, step = make.i, make.names.thing()
    add = [f"{a}[{i}] = {a}[{i}] * 0.5;", f"{error} += {a}[{i}];"]
    clause = make.reduction("+", str(error))
    loop = [make.pragma("for", clause), *make.loop(i, "0", f"{n}", add)]
    if make.rng.random() < 0.5 or variant == "master":
        own = make.names.thing()
        mine = [add[0], f"{own} += {a}[{i}];"]
        loop = [
            f"double {own} = 0;",
            make.pragma("for", "nowait"),
            *make.loop(i, "0", f"{n}", mine),
        ]
        loop += [*make.critical([f"{error} += {own};"]), make.pragma("barrier")]
    reset, barrier = f"{error} = 0;", make.pragma("barrier")
    stop = [f"if ({error} < 0.001)", "  break;"]
    single = [make.pragma("single"), reset]
    body = {
        "barriers": [*single, *loop, *stop, barrier],
        "master-barriers": [make.pragma("master"), reset, barrier, *loop, *stop, barrier],
        "serial-steps": [],
        "read-only": [*single, *loop, barrier],
        "no-last-barrier": [*single, *loop, *stop],
        "master": [make.pragma("master"), reset, *loop, *stop, barrier],
        "every-reset": [reset, barrier, *loop, *stop, barrier],
    }[variant]
    head = f"for (int {step} = 0; {step} < 30; {step}++)"
    if variant == "serial-steps":
        loop = make.over(parts, "0", f"{n}", add, clause)
        parts.code += block(head, [reset, *loop, *stop])
    else:
        parts.code += make.team(block(head, body), "num_threads(4)")
    parts.about = error.name
    parts.after += [make.seen(str(error)), make.seen(f"{a}[3]")]
    return parts


_GENERATOR = ("{0} = {0} * 1103515245u + 12345u;", "({0} % 10);")


def carried(make: OmpMaker, variant: str) -> OmpParts:
    """A state that goes from one iteration to the next: a generator, a growing factor."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    state, i, own = make.names.thing(), make.i, make.names.thing()
    kind = make.rng.choice(("unsigned", "unsigned long"))
    step, use = (text.format(state) for text in _GENERATOR)
    use = f"{a}[{i}] += ({a.base}){use}"
    mixed = [_GENERATOR[0].format(own), f"{a}[{i}] += ({a.base}){_GENERATOR[1].format(own)}"]
    name = ""
    if variant in ("called-global", "called-pointer", "called-shared", "called-static"):
        head = [f"static {kind} {state} = 7;"] if variant == "called-static" else []
        if variant == "called-global":
            parts.top.append(f"static {kind} {state} = 7;")
        by_pointer = variant in ("called-pointer", "called-shared")
        here = "*at" if by_pointer else state
        body = [*head, _GENERATOR[0].format(here), f"return (int)({here} / 65536 % 10);"]
        parameters = f"{kind} *at" if by_pointer else ("" if make.cpp else "void")
        name = make.helper(parts, "int", parameters, body)
    lines, clause = {
        "by-iteration": ([f"{kind} {own} = 7u * {i} + 1;", *mixed], ""),
        "firstprivate": ([step, use], f"firstprivate({state})"),
        "called-pointer": ([f"{kind} {own} = {i} + 1;", f"{a}[{i}] += {name}(&{own});"], ""),
        "critical": ([f"{kind} {own};", *make.critical([step, f"{own} = {state};"]), mixed[1]], ""),
        "shared": ([step, use], ""),
        "listed": ([step, use], f"shared({state})"),
        "called-global": ([f"{a}[{i}] += {name}();"], ""),
        "called-static": ([f"{a}[{i}] += {name}();"], ""),
        "called-shared": ([f"{a}[{i}] += {name}(&{state});"], ""),
    }[variant]
    if variant not in ("called-global", "called-static"):
        parts.local.append(f"{kind} {state} = 7;")
    parts.code += make.over(parts, "0", f"{n}", lines, clause)
    if variant not in ("called-global", "called-static"):
        parts.after.append(make.seen(f"{state} % 3"))
    parts.about = own if variant in ("by-iteration", "called-pointer") else state
    parts.after.append(make.seen(f"{a}[9]"))
    return parts


PATTERNS = {
    "time-steps": Pattern(
        time_steps,
        {
            **dict.fromkeys(("single", "master-barrier", "outside"), ORDERED),
            "own-pointers": APART,
        },
        ("master", "single-nowait", "every-thread", "loop-nowait"),
    ),
    "until-small": Pattern(
        until_small,
        dict.fromkeys(("barriers", "master-barriers", "serial-steps", "read-only"), ORDERED),
        ("no-last-barrier", "master", "every-reset"),
    ),
    "carried": Pattern(
        carried,
        {
            **dict.fromkeys(("by-iteration", "firstprivate", "called-pointer"), APART),
            "critical": GUARDED,
        },
        ("shared", "listed", "called-global", "called-static", "called-shared"),
    ),
}
