"""OpenMP patterns of mutual exclusion and hand-over: critical, locks, atomic, ordered, flags."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, block, tab
from model_export.programs.compose.parts import Lines

GUARDED, ATOMIC, ORDERED = "unprotected", "conflicting", "unordered"


def critical_names(make: OmpMaker, variant: str) -> OmpParts:
    """Two places that touch one thing, in critical sections of one name or of two."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    item = make.scalar(parts, base=make.rng.choice(("long", "double")))
    i = make.i
    one = make.rng.choice(("", make.names.macro(), make.names.thing()))
    other = make.names.thing()
    add = make.rng.choice((f"{item} += {a}[{i}];", f"{item} += {i};"))
    change = make.rng.choice((f"{item} -= 1;", f"{item} = {item} + 2;"))
    first: Lines = make.critical([add], one)
    second: Lines = {
        "other-name": make.critical([change], other),
        "bare": [change],
        "bare-read": [f"{a}[{i}] += {item} > 3;"],
        "atomic": make.atomic(f"{item} += 2;"),
    }.get(variant, make.critical([change], one))
    if variant == "unnamed-both":
        first, second = make.critical([add]), make.critical([change])
    elif variant == "unnamed-one":
        first, second = make.critical([add]), make.critical([change], other)
    elif variant == "nested-names":
        second = make.critical(make.critical([change], one or "INNER"), other)
        first = make.critical([add], one or "INNER")
    # Apart by the iteration's parity: a thread that passes both at every turn orders the others.
    body = [f"if ({i} % 2 == 0) {{", *tab(first), "} else {", *tab(second), "}"]
    if make.rng.random() < 0.4:
        loops = [make.pragma("for", "nowait"), *make.loop(i, "0", f"{n}", first)]
        loops += [make.pragma("for"), *make.loop(i, "0", f"{n}", second)]
        parts.code += make.team(loops)
    else:
        parts.code += make.over(parts, "0", f"{n}", body)
    parts.after += [make.seen(str(item)), make.seen(f"{a}[2]")]
    parts.about = item.name
    return parts


def locked(make: OmpMaker, variant: str) -> OmpParts:
    """A lock of the runtime's around an update; taken by all, by some, or another one."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    item = make.scalar(parts, base=make.rng.choice(("long", "double", "int")))
    i, lock, second = make.i, make.names.lock(), make.names.lock()
    nest = make.rng.random() < 0.15
    kind, word = ("omp_nest_lock_t", "nest_lock") if nest else ("omp_lock_t", "lock")
    for name in (lock, second)[: 2 if variant == "two-locks" else 1]:
        if make.rng.random() < 0.5:
            parts.top.append(f"static {kind} {name};")
        else:
            parts.local.append(f"{kind} {name};")
        parts.setup.append(f"omp_init_{word}(&{name});")
        parts.after.append(f"omp_destroy_{word}(&{name});")
    update = make.rng.choice((f"{item} += {a}[{i}];", f"{item} = {item} + 1;", f"{item} += {i};"))

    def under(name: str, body: Lines) -> Lines:
        return [f"omp_set_{word}(&{name});", *body, f"omp_unset_{word}(&{name});"]

    def either(yes: Lines, no: Lines) -> Lines:
        return [f"if ({i} % 2 == 0) {{", *tab(yes), "} else {", *tab(no), "}"]

    held = under(lock, [update])
    tried = f"omp_test_{word}(&{lock})"
    body = {
        "around": held,
        "both-branches": either(held, under(lock, [f"{item} += 2;"])),
        "spin": [f"while (!{tried})", "  ;", update, f"omp_unset_{word}(&{lock});"],
        "then-work": [*held, f"{a}[{i}] = {a}[{i}] * 2;"],
        "one-branch": either(held, [f"{item} += 2;"]),
        "two-locks": either(held, under(second, [f"{item} += 2;"])),
        "early": [*under(lock, [f"{a}[{i}] += 1;"]), update],
        "read-outside": [*held, f"{a}[{i}] += {item} > 5;"],
    }[variant]
    parts.code += make.over(parts, "0", f"{n}", body)
    parts.after.insert(0, make.seen(str(item)))
    parts.after.append(make.seen(f"{a}[1]"))
    parts.about = item.name
    return parts


def lock_table(make: OmpMaker, variant: str) -> OmpParts:
    """Elements that are locked one by one, or in groups, or by a number that is not theirs."""
    parts = OmpParts()
    n = make.size(parts)
    count = make.size(parts, make.rng.choice((8, 16)))
    a = make.array(parts, n, base="int")
    parts.setup[-1] = f"  {a}[i] = (i * 5 + i / 7) % {count};"
    item = make.array(parts, count, base=make.rng.choice(("long", "int", "double")))
    i, lock, at = make.i, make.names.lock(), make.names.thing()
    parts.top.append(f"static omp_lock_t {lock}[{count.declared()}];")
    parts.setup += [f"for (int i = 0; i < {count}; i++)", f"  omp_init_lock(&{lock}[i]);"]
    which, touched = {
        "own": (at, at),
        "grouped": (f"{at} / 4", at),
        "single": ("0", at),
        "by-iteration": (f"{i} % {count}", at),
        "by-thread": (f"omp_get_thread_num() % {count}", at),
        "next-element": (at, f"({at} + 1) % {count}"),
    }.get(variant, (at, at))
    held = [
        f"omp_set_lock(&{lock}[{which}]);",
        f"{item}[{touched}] += {i};",
        f"omp_unset_lock(&{lock}[{which}]);",
    ]
    if variant == "next-element":
        held.insert(1, f"{item}[{at}] += 1;")
    body = [f"int {at} = {a}[{i}];", *held]
    if variant == "bare-neighbour":
        body.append(f"{item}[({at} + 1) % {count}] += 1;")
    make.odd_chunks()
    parts.code += make.over(parts, "0", f"{n}", body)
    parts.after.append(make.seen(f"{item}[2]"))
    parts.about = item.name
    return parts


def guard_object(make: OmpMaker, variant: str) -> OmpParts:
    """A function that takes the lock, or relies on its caller to have taken it."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    item, i = make.names.thing(), make.i
    base = make.rng.choice(("long", "int", "double"))
    parts.top.append(f"static {base} {item};")
    inner = make.critical([f"{item} += v;"])
    bare = [f"{item} += v;"]
    lock = make.names.lock()
    locks = [f"omp_set_lock(&{lock});", f"{item} += v;", f"omp_unset_lock(&{lock});"]
    if "lock" in variant:
        parts.top.append(f"static omp_lock_t {lock};")
        parts.setup.append(f"omp_init_lock(&{lock});")
    body = {"callee": inner, "callee-lock": locks, "callee-atomic": make.atomic(bare[0])}.get(
        variant, bare
    )
    add = make.helper(parts, "void", "int v", body)
    call = f"{add}({make.rng.choice((i, f'(int){a}[{i}]', f'{i} % 4'))});"
    lines = {
        "caller": make.critical([call]),
        "caller-lock": [f"omp_set_lock(&{lock});", call, f"omp_unset_lock(&{lock});"],
        "lock-released": [
            f"omp_set_lock(&{lock});",
            f"{a}[{i}] += 1;",
            f"omp_unset_lock(&{lock});",
            call,
        ],
        "one-caller": [
            f"if ({i} % 2) {{",
            *tab(make.critical([call])),
            "} else {",
            f"  {call}",
            "}",
        ],
        "second-function": [*make.critical([call]), f"{a}[{i}] += 1;"],
    }.get(variant, [call])
    if variant == "second-function":
        reader = make.helper(parts, base, "void" if not make.cpp else "", [f"return {item} / 2;"])
        lines[-1] = f"{a}[{i}] += {reader}() > 1;"
    parts.code += make.over(parts, "0", f"{n}", lines)
    parts.after.append(make.seen(item))
    parts.about = item
    return parts


def atomics(make: OmpMaker, variant: str) -> OmpParts:
    """Atomic accesses of one object: all of them, or all but one."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    item = make.scalar(parts, base=make.rng.choice(("int", "long")))
    other = make.scalar(parts, base="int")
    i, now = make.i, make.names.thing()
    word = make.rng.choice(("", "update"))
    add = make.atomic(make.rng.choice((f"{item}++;", f"{item} += 2;")), word)
    read = [
        f"{item.base} {now};",
        *make.atomic(f"{now} = {item};", "read"),
        f"{a}[{i}] += {now} % 3;",
    ]
    body = {
        "update": add,
        "update-and-read": [*add, *read],
        "write-and-read": [*make.atomic(f"{item} = {i};", "write"), *read],
        "capture": [
            f"{item.base} {now};",
            *make.atomic(f"{now} = {item}++;", "capture"),
            f"{a}[{i}] += {now} % 2;",
        ],
        "plain-read": [*add, f"{a}[{i}] += {item} % 3;"],
        "plain-write": [*read, f"if ({i} % 8 == 0)", f"  {item} = {i};"],
        "plain-reset": [*add, f"if ({i} % 16 == 3)", f"  {item} = 0;"],
        "wrong-one": [*make.atomic(f"{other}++;"), f"{item} += 1;"],
        "plain": [f"{item} += {i};"],
        "two-steps": [
            f"{item.base} {now};",
            *make.atomic(f"{now} = {item};", "read"),
            f"{item} = {now} + 1;",
        ],
    }[variant]
    if variant in ("plain-write", "plain-reset"):
        make.odd_chunks()
    parts.code += make.over(parts, "0", f"{n}", body)
    parts.after += [make.seen(str(item)), make.seen(f"{a}[4]"), make.seen(str(other))]
    parts.about = item.name
    return parts


def ordered(make: OmpMaker, variant: str) -> OmpParts:
    """Iterations that take turns at one statement, and at no other."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((68, 76, 84, 100)))
    a = make.array(parts, n)
    b = make.array(parts, n, base=a.base)
    item = make.scalar(parts, base="long")
    i = make.i
    turn = [make.pragma("ordered"), "{", f"  {item} += (long){a}[{i}];", "}"]
    chain = [make.pragma("ordered"), f"{b}[{i}] = {b}[{i} - 1] + {a}[{i}];"]
    work = f"{a}[{i}] = {a}[{i}] * 2 + 1;"
    body, clause, about = {
        "turns": ([work, *turn], "ordered", item),
        "chain": ([work, *chain], "ordered", b),
        "turns-and-own": ([*turn, work], "ordered", item),
        "before-turn": ([f"{item} += {i};", *chain], "ordered", item),
        "after-turn": ([*turn, f"{b}[{i}] += {item} > 3;"], "ordered", item),
        "chain-outside": (
            [make.pragma("ordered"), f"{item} += {i};", f"{b}[{i}] = {b}[{i} - 1] + 1;"],
            "ordered",
            b,
        ),
        "no-turns": ([work, f"{b}[{i}] = {b}[{i} - 1] + {a}[{i}];"], "", b),
    }[variant]
    parts.code += make.over(parts, "1", f"{n}", body, clause)
    parts.after += [make.seen(str(item)), make.seen(f"{b}[9]")]
    parts.about = about.name
    return parts


def handed_over(make: OmpMaker, variant: str) -> OmpParts:
    """One thread makes values and says so by a flag; another waits for it, or does not."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    total = make.scalar(parts, base="long")
    flag, seen, i = make.names.thing(), make.names.thing(), make.i
    volatile = "volatile " if variant in ("volatile",) else ""
    parts.top.append(f"static {volatile}int {flag};")
    parts.setup.append(f"{flag} = 0;")
    fill = make.loop(i, "0", f"{n}", [f"{a}[{i}] = {make.value(i)};"])
    take = make.loop(i, "0", f"{n}", [f"{total} += (long){a}[{i}];"])
    release, acquire = ("", "") if variant == "relaxed" else (" release", " acquire")
    if variant == "strong":
        release = acquire = " seq_cst"
    say = make.atomic(f"{flag} = 1;", "write" + release)
    ask = [
        f"int {seen} = 0;",
        f"while (!{seen}) {{",
        *tab(make.atomic(f"{seen} = {flag};", "read" + acquire)),
        "}",
    ]
    if variant == "volatile":
        say, ask = [f"{flag} = 1;"], [f"while (!{flag})", "  ;"]
    producer, consumer = {
        "early-flag": ([*say, *fill], [*ask, *take]),
        "early-take": ([*fill, *say], [*take, *ask]),
        "no-wait": ([*fill, *say], take),
        "barrier": (fill, []),
    }.get(variant, ([*fill, *say], [*ask, *take]))
    if make.split and variant != "barrier":
        pieces = [
            make.pragma("section"),
            "{",
            *tab(producer),
            "}",
            make.pragma("section"),
            "{",
            *tab(consumer),
            "}",
        ]
        parts.code += [make.pragma("parallel sections", "num_threads(2)"), "{", *tab(pieces), "}"]
    else:
        first, second = (
            block("if (omp_get_thread_num() == 0)", producer),
            block("if (omp_get_thread_num() == 1)", consumer or take),
        )
        between = [make.pragma("barrier")] if variant == "barrier" else []
        parts.code += [
            make.pragma("parallel", "num_threads(2)"),
            "{",
            *tab([*first, *between, *second]),
            "}",
        ]
    parts.after.append(make.seen(str(total)))
    parts.about = flag if variant == "volatile" else a.name
    if variant == "volatile":
        parts.effects[a.name] = "racy"
    return parts


PATTERNS = {
    "critical-names": Pattern(
        critical_names,
        dict.fromkeys(("same", "unnamed-both", "nested-names"), GUARDED),
        ("other-name", "bare", "bare-read", "atomic", "unnamed-one"),
    ),
    "locked": Pattern(
        locked,
        dict.fromkeys(("around", "both-branches", "spin", "then-work"), GUARDED),
        ("one-branch", "two-locks", "early", "read-outside"),
    ),
    "lock-table": Pattern(
        lock_table,
        dict.fromkeys(("own", "grouped", "single"), GUARDED),
        ("by-iteration", "by-thread", "next-element", "bare-neighbour"),
    ),
    "guard-object": Pattern(
        guard_object,
        {
            **dict.fromkeys(("callee", "callee-lock", "caller", "caller-lock"), GUARDED),
            "callee-atomic": ATOMIC,
        },
        ("none", "lock-released", "one-caller", "second-function"),
    ),
    "atomics": Pattern(
        atomics,
        dict.fromkeys(("update", "update-and-read", "write-and-read", "capture"), ATOMIC),
        ("plain-read", "plain-write", "plain-reset", "wrong-one", "plain", "two-steps"),
    ),
    "ordered": Pattern(
        ordered,
        {"turns": GUARDED, "chain": ORDERED, "turns-and-own": GUARDED},
        ("before-turn", "after-turn", "chain-outside", "no-turns"),
    ),
    "handed-over": Pattern(
        handed_over,
        dict.fromkeys(("flag", "strong", "barrier"), ORDERED),
        ("relaxed", "volatile", "early-flag", "early-take", "no-wait"),
    ),
}
