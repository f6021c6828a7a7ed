"""Patterns of sharing between threads: each makes its parts racy or clean, as it is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from model_export.programs.compose.maker import Guarding, Maker, Variable
from model_export.programs.compose.parts import RACY, Lines, Parts, indent
from model_export.programs.compose.thread_parties import (
    linked,
    met,
    once,
    own_copy,
    queued,
    single_owner,
)
from model_export.programs.compose.thread_places import (
    OVERLAPS,
    appended,
    divided,
    indirect,
    own_locks,
)

Pattern = Callable[[Maker, str], Parts]


def _spread(
    make: Maker, parts: Parts, sites: Lines, *, main_body: Lines | None = None, where: str = "many"
) -> None:
    """Puts the same work into thread functions, and main's into the time while they run."""
    getattr(parts, where).extend(make.placed(parts, make.repeated(sites)))
    if main_body is not None:
        parts.during.extend(main_body)


def _in_main(line: str) -> str:
    """The line as main would have it, who has no number."""
    return re.sub(r"\bid\b", "1", line)


# --- one lock for one object ---------------------------------------------------------------------


def locked(make: Maker, variant: str) -> Parts:
    """An object under a lock; the variants say what one of its sites does instead."""
    parts = Parts()
    kind = "rw" if variant in ("read-lock", "readers") and make.d.api != "c11" else None
    lock = make.lock(parts, kind=kind)
    item = make.variable(parts)
    workers = make.rng.choice(
        (("many",), ("many", "single"), ("single", "other"), ("single",), ("many",))
    )
    main = make.rng.choice((True, False)) or workers == ("single",)
    for index, where in enumerate(workers):
        odd = (
            variant if index == len(workers) - 1 and not (main and variant in _IN_MAIN) else "plain"
        )
        _spread(make, parts, _locked_site(make, parts, lock, item, odd), where=where)
    if main:
        parts.during += _main_site(make, parts, lock, item, variant)
    parts.after += make.read(item.outer)
    broken = variant in _LOCK_DEFECTS and not (variant in _IN_MAIN and not main)
    if variant in _IN_MAIN and not main:
        parts.during += map(_in_main, make.touch(item.outer)) if variant == "main-bare" else []
        broken = variant == "main-bare"
    parts.effects[item.name] = RACY if broken and _meets(workers, main) else "unprotected"
    return parts


_IN_MAIN = ("main-bare", "main-other-lock")
_LOCK_DEFECTS = (
    "bare",
    "other-lock",
    "early-unlock",
    "half-branch",
    "checked-outside",
    "read-lock",
    "by-thread",
    *_IN_MAIN,
)


def _meets(workers: tuple[str, ...], main: bool) -> bool:
    """Whether the odd site has anyone to meet: one thread alone races with nobody."""
    return "many" in workers or len(workers) > 1 or main


def _locked_site(make: Maker, parts: Parts, lock: Guarding, item: Variable, variant: str) -> Lines:
    place = item.inner
    body = make.touch(place)
    match variant:
        case "bare":
            return body
        case "other-lock":
            return make.guarded(make.lock(parts, kind=lock.kind), body)
        case "early-unlock":
            return [*make.guarded(lock, make.read(place)), *make.update(place)]
        case "half-branch":
            return [
                "if (id % 2 == 0) {",
                *indent(make.guarded(lock, body)),
                "} else {",
                *indent(make.update(place)),
                "}",
            ]
        case "checked-outside":
            return [
                f"if ({place} < 1000000) {{",
                *indent(make.guarded(lock, make.update(place))),
                "}",
            ]
        case "read-lock":
            return make.guarded(lock, make.update(place), read=True) if lock.kind == "rw" else body
        case "by-thread":
            several = make.lock(parts, kind=lock.kind, size=str(make.threads + 1))
            each = Guarding(f"{several.inner}[id % {make.threads + 1}]", several.outer, lock.kind)
            return make.guarded(each, body)
        case "readers":
            return [
                *make.guarded(lock, make.read(place), read=True),
                *make.guarded(lock, make.update(place)),
            ]
        case "twice":
            return [*make.guarded(lock, make.read(place)), *make.guarded(lock, body)]
        case "both-branches":
            return [
                "if (id % 2 == 0) {",
                *indent(make.guarded(lock, body)),
                "} else {",
                *indent(make.guarded(lock, make.update(place))),
                "}",
            ]
        case "two-locks":
            return make.guarded(make.lock(parts), make.guarded(lock, body))
        case _:
            return make.guarded(lock, body)


def _main_site(make: Maker, parts: Parts, lock: Guarding, item: Variable, variant: str) -> Lines:
    body = [_in_main(line) for line in make.touch(item.outer)]
    if variant == "main-bare":
        return body
    if variant == "main-other-lock":
        other = make.lock(parts, kind=lock.kind)
        return make.guarded(other, body, outer=True)
    return make.guarded(lock, body, outer=True)


# --- atomics -------------------------------------------------------------------------------------


def atomics(make: Maker, variant: str) -> Parts:
    """A counter that every thread adds to atomically; or one site, or all of it, is plain."""
    parts = Parts()
    builtin = make.d.builtin in ("gcc", "sync") and not make.d.cpp
    plain_type = variant in ("plain", "volatile") or builtin
    base = make.rng.choice(("int", "long", "unsigned"))
    item = make.variable(parts, base=base, atomic=not plain_type, volatile=variant == "volatile")
    where = make.rng.choice(("many", "many", "single"))
    if variant in ("plain", "volatile"):
        sites = make.update(item.inner)
    else:
        sites = [make.d.atomic_add(item.inner, "1")]
    _spread(make, parts, sites, where=where)
    main = where == "single" or make.rng.random() < 0.5
    if variant == "mixed" and builtin:
        parts.during += [f"{item.outer} += 2;"] if main else []
        if not main:
            parts.other += make.update(item.inner)
    elif main:
        add = (
            f"{item.outer} += 2;"
            if plain_type and not builtin
            else make.d.atomic_add(item.outer, "2")
        )
        parts.during += [add]
    if make.rng.random() < 0.5:
        read = item.outer if plain_type else make.d.atomic_load(item.outer)
        parts.after += [f"kept += (long){read};"]
    racy = variant in ("plain", "volatile") or (variant == "mixed" and builtin)
    parts.effects[item.name] = RACY if racy else "conflicting"
    return parts


# --- order ---------------------------------------------------------------------------------------


def phases(make: Maker, variant: str) -> Parts:
    """Main writes before the threads and reads after them; the variants touch it in between."""
    parts = Parts()
    item = make.variable(parts)
    where = make.rng.choice(("many", "single", "many"))
    writes = where == "single" and make.rng.random() < 0.6
    body = make.touch(item.inner) if writes else make.read(item.inner)
    parts.before += [f"{item.outer} = {make.rng.randint(1, 9)};"]
    if variant == "thread-writes":
        _spread(make, parts, make.touch(item.inner), where="many")
    elif variant == "rarely-writes":
        rare = ["if (id == 1) {", *indent(make.touch(item.inner)), "}"]
        _spread(make, parts, [*make.read(item.inner), *rare], where="many")
    else:
        _spread(make, parts, body, where=where)
    early = {"main-writes": parts.during, "main-partly": parts.partly}.get(variant)
    if variant == "main-partly" and where != "many":
        early = parts.during
    if early is not None:
        early += [f"{item.outer} += 4;"]
    if variant == "main-reads":
        # Reading meets no one unless a thread writes.
        parts.during += make.read(item.outer)
    parts.after += [
        *make.read(item.outer),
        *([f"{item.outer} = 0;"] if make.rng.random() < 0.3 else []),
    ]
    racy = variant in ("thread-writes", "rarely-writes", "main-writes", "main-partly") or (
        variant == "main-reads" and writes
    )
    parts.effects[item.name] = (
        RACY if racy else ("unordered" if writes or variant == "clean" else "conflicting")
    )
    return parts


def handed_over(make: Maker, variant: str) -> Parts:
    """One thread makes a value and says so; another waits for the word and takes it."""
    parts = Parts()
    item = make.variable(parts)
    flag = make.names.thing()
    means = make.rng.choice(("flag", "flag", "semaphore") if make.d.api == "pthread" else ("flag",))
    made, taken = make.write(item.inner), make.touch(item.inner)
    taker = make.rng.choice(("other", "main"))
    place = item.outer if taker == "main" else item.inner
    taken = [_in_main(line.replace(item.inner, place)) for line in taken]
    by_flag = means == "flag"
    signal, wait = _flag(make, parts, flag) if by_flag else _semaphore(parts, flag)
    if variant == "relaxed" and by_flag:
        signal, wait = _relaxed(make, flag)
    sides = {"early-take": [*taken, *wait], "no-wait": taken}
    if by_flag:  # there is no asking a semaphore without waiting for it
        sides["once-tested"] = [f"if ({wait[0][8:-1]}) {{", *indent(taken), "}"]
    parts.single += [*signal, *made] if variant == "late-make" else [*made, *signal]
    (parts.during if taker == "main" else parts.other).extend(sides.get(variant, [*wait, *taken]))
    racy = ("early-take", "no-wait", "late-make", *(("relaxed",) if by_flag else ()))
    parts.effects[item.name] = RACY if variant in racy else "unordered"
    return parts


def _semaphore(parts: Parts, name: str) -> tuple[Lines, Lines]:
    parts.top.append(f"static sem_t {name};")
    parts.before.append(f"sem_init(&{name}, 0, 0);")
    return [f"sem_post(&{name});"], [f"sem_wait(&{name});"]


def _flag(make: Maker, parts: Parts, name: str) -> tuple[Lines, Lines]:
    kind = "atomic_int" if make.d.builtin == "c11" else "int"
    parts.top.append(f"static {'std::atomic<int>' if make.d.cpp else kind} {name};")
    return [make.d.atomic_store(name, "1")], [f"while (!{make.d.atomic_load(name)})", "  ;"]


def _relaxed(make: Maker, flag: str) -> tuple[Lines, Lines]:
    if make.d.cpp:
        order = "std::memory_order_relaxed"
        return [f"{flag}.store(1, {order});"], [f"while (!{flag}.load({order}))", "  ;"]
    if make.d.builtin == "c11":
        order = "memory_order_relaxed"
        return [f"atomic_store_explicit(&{flag}, 1, {order});"], [
            f"while (!atomic_load_explicit(&{flag}, {order}))",
            "  ;",
        ]
    order = "__ATOMIC_RELAXED"
    return [f"__atomic_store_n(&{flag}, 1, {order});"], [
        f"while (!__atomic_load_n(&{flag}, {order}))",
        "  ;",
    ]


PATTERNS: Mapping[str, tuple[Pattern, tuple[str, ...], tuple[str, ...]]] = {
    # name: (pattern, clean variants, racy variants)
    "locked": (locked, ("plain", "readers", "twice", "both-branches", "two-locks"), _LOCK_DEFECTS),
    "atomics": (atomics, ("clean", "clean"), ("plain", "volatile", "mixed")),
    "phases": (
        phases,
        ("clean", "main-reads"),
        ("thread-writes", "rarely-writes", "main-writes", "main-partly", "main-reads"),
    ),
    "handed-over": (
        handed_over,
        ("clean", "once-tested"),
        ("early-take", "no-wait", "late-make", "relaxed"),
    ),
    "divided": (divided, ("block", "cyclic", "own", "offset", "bounds", "pointer"), OVERLAPS),
    "indirect": (indirect, ("permuted", "reversed", "locked"), ("repeated", "repeated-two")),
    "appended": (
        appended,
        ("locked", "ticket", "stored-late"),
        ("plain", "ticket-reread", "half-locked"),
    ),
    "queued": (queued, ("plain", "woken-outside"), ("put-bare", "counted-bare")),
    "met": (met, ("between", "alone-then"), ("none", "late", "second-write", "alone-before")),
    "own-locks": (own_locks, ("right", "first"), ("wrong", "by-id", "bare")),
    "single-owner": (
        single_owner,
        ("first", "last", "alone"),
        ("not-first", "low", "even", "second"),
    ),
    "own-copy": (own_copy, ("local", "tls"), ("static", "global-scratch", "bare-merge")),
    "once": (once, ("locked", "atomic-flag"), ("unlocked", "double-checked")),
    "linked": (linked, ("locked", "written-late"), ("bare", "half", "walked-bare")),
}
