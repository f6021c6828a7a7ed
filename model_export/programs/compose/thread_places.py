"""Patterns of place: which elements of an array, a list or a queue each thread touches."""

from __future__ import annotations

from collections.abc import Mapping

from model_export.programs.compose.maker import Guarding, Maker
from model_export.programs.compose.parts import RACY, Lines, Parts, indent, loop

# --- place ---------------------------------------------------------------------------------------


def divided(make: Maker, variant: str) -> Parts:
    """An array of which each thread has its part; the variants let the parts overlap."""
    parts = Parts()
    count, width = make.threads, make.rng.choice((4, 8, 16))
    size = str((count + 1) * width)
    item = make.variable(parts, size=size)
    a = item.inner
    update = make.rng.choice(("{0} += id;", "{0} = {1};", "{0}++;"))
    value = make.rng.choice(("id + i", "i", "id"))

    def at(index: str) -> Lines:
        return [update.format(f"{a}[{index}]", value)]

    w, t = str(width), str(count)
    shapes: Mapping[str, Lines] = {
        "block": [f"for (int i = id * {w}; i < (id + 1) * {w}; i++)", *indent(at("i"))],
        "cyclic": [f"for (int i = id; i < {count * width}; i += {t})", *indent(at("i"))],
        "own": make.repeated(at("id"))
        if "i" not in value.replace("id", "")
        else [f"{a}[id] += 1;"],
        "offset": [f"for (int i = 0; i < {w}; i++)", *indent(at(f"id * {w} + i"))],
        "bounds": [
            f"const int first = id * {w}, last = first + {w};",
            "for (int i = first; i < last; i++)",
            *indent(at("i")),
        ],
        "pointer": [
            f"{item.base} *p = &{a}[id * {w}];",
            f"for (int i = 0; i < {w}; i++)",
            f"  p[i] += {value};",
        ],
        "one-too-far": [f"for (int i = id * {w}; i <= (id + 1) * {w}; i++)", *indent(at("i"))],
        "halved": [f"for (int i = 0; i < {w}; i++)", *indent(at(f"(id / 2) * {w} + i"))],
        "remainder": [f"for (int i = 0; i < {w}; i++)", *indent(at(f"(id + i) % {t}"))],
        "all": [f"for (int i = 0; i < {count * width}; i++)", *indent(at("i"))],
        "narrow-stride": [
            f"for (int i = id; i < {count * width}; i += {max(1, count - 1)})",
            *indent(at("i")),
        ],
        "neighbour": [
            f"for (int i = id * {w}; i < (id + 1) * {w}; i++)",
            f"  {a}[i] += {a}[i + 1];",
        ],
        "next-slot": [f"{a}[id] += {a}[(id + 1) % {t}];"],
        "fixed-slot": [f"{a}[{make.rng.choice(('0', '1', '2'))}] += id;"],
    }
    body = (
        ["{", *indent(list(shapes[variant])), "}"]
        if variant in ("bounds", "pointer")
        else list(shapes[variant])
    )
    parts.many += make.placed(parts, body)
    parts.after += make.read(f"{item.outer}[1]")
    parts.effects[item.name] = RACY if variant in OVERLAPS else "same-location"
    return parts


OVERLAPS = (
    "one-too-far",
    "halved",
    "remainder",
    "all",
    "narrow-stride",
    "neighbour",
    "next-slot",
    "fixed-slot",
)


def own_locks(make: Maker, variant: str) -> Parts:
    """Elements that each have a lock of their own; the variants lock one and touch another."""
    parts = Parts()
    count = str(make.rng.choice((3, 4, 6)))
    locks = make.lock(parts, size=count, kind="mutex")
    item = make.variable(parts, size=count)
    target = f"(id + r) % {count}"
    odd = {"wrong": f"(k + id) % {count}", "first": "0", "by-id": f"id % {count}"}.get(variant, "k")
    lock = Guarding(f"{locks.inner}[{odd}]", locks.outer, "mutex")
    body = make.guarded(lock, make.update(f"{item.inner}[k]"))
    if variant == "bare":
        body = make.update(f"{item.inner}[k]")
    if variant == "first" and make.rng.random() < 0.5:
        racy = False  # one lock for all is a lock as well
    else:
        racy = variant in ("wrong", "by-id", "bare")
    parts.many += ["for (int r = 0; r < 60; r++) {", f"  int k = {target};", *indent(body), "}"]
    parts.effects[item.name] = RACY if racy else "unprotected"
    return parts


def indirect(make: Maker, variant: str) -> Parts:
    """Elements reached through a list of indices that each thread has a part of."""
    parts = Parts()
    width, count = make.rng.choice((8, 16)), make.threads
    whole = count * width
    item = make.variable(parts, size=str(whole))
    table = make.names.thing()
    parts.top.append(f"static int {table}[{whole}];")
    targets = {"permuted": f"(i * {_odd(make)}) % {whole}", "reversed": f"{whole - 1} - i"}
    target = targets.get(
        variant, make.rng.choice((f"i % {width}", f"(i * i) % {whole}", f"i / {count}"))
    )
    if variant in ("locked", "atomic"):
        target = f"i % {width}"
    if "i * 3" in target and whole % 3 == 0:
        target = f"{whole - 1} - i"
    parts.before += [f"for (int i = 0; i < {whole}; i++)", f"  {table}[i] = {target};"]
    place = f"{item.inner}[k]"
    best = [f"if ({place} < i)", f"  {place} = i;"]
    body = make.rng.choice(([f"{place} += i;"], best, [f"{place} = {place} + 1;"]))
    if variant == "locked":
        body = make.guarded(make.lock(parts), body)
    over = make.rng.choice(
        (
            f"for (int i = id * {width}; i < (id + 1) * {width}; i++) {{",
            f"for (int i = id; i < {whole}; i += {count}) {{",
        )
    )
    inner = [f"const int k = {table}[i];", *body]
    parts.many += make.placed(parts, [over, *indent(inner), "}"])
    parts.after += make.read(f"{item.outer}[2]")
    clean = {"permuted": "same-location", "reversed": "same-location", "locked": "unprotected"}
    parts.effects[item.name] = clean.get(variant, RACY)
    return parts


def _odd(make: Maker) -> int:
    return make.rng.choice((1, 3, 5, 7))


def appended(make: Maker, variant: str) -> Parts:
    """A list that all threads append to: whoever takes a place must take it alone."""
    parts = Parts()
    room, rounds = 400, make.rng.choice((10, 40))
    items = make.variable(parts, base="int", size=str(room))
    taking = variant in ("ticket", "ticket-reread")
    builtin = make.d.builtin != "c11" and not make.d.cpp
    used = make.variable(parts, base="int", atomic=taking and not builtin)
    store = f"{items.inner}[at] = id;"
    taken = f"int at = {_ticket(make, used.inner)};"
    plain = [f"int at = {used.inner}++;", store]
    shapes = {
        "locked": lambda: make.guarded(make.lock(parts), plain),
        "ticket": lambda: [taken, store],
        "plain": lambda: plain,
        "stored-late": lambda: [
            "int at;",
            *make.guarded(make.lock(parts), [f"at = {used.inner}++;"]),
            store,
        ],
        "ticket-reread": lambda: [
            f"(void){_ticket(make, used.inner)};",
            f"{items.inner}[{make.d.atomic_load(used.inner)} - 1] = id;",
        ],
        "half-locked": lambda: [
            *make.guarded(make.lock(parts), [f"{used.inner}++;"]),
            f"{items.inner}[{used.inner} - 1] = id;",
        ],
    }
    parts.many += loop("r", str(rounds), shapes[variant]())
    parts.after += make.read(f"{items.outer}[0]")
    states = {
        "locked": ("unprotected", "unprotected"),
        "ticket": ("conflicting", "same-location"),
        "stored-late": ("unprotected", "same-location"),
        "plain": (RACY, RACY),
        "ticket-reread": ("conflicting", RACY),
        "half-locked": (RACY, RACY),
    }
    parts.effects[used.name], parts.effects[items.name] = states[variant]
    return parts


def _ticket(make: Maker, place: str) -> str:
    if make.d.cpp:
        return make.rng.choice((f"{place}.fetch_add(1)", f"{place}++"))
    return {
        "c11": f"atomic_fetch_add(&{place}, 1)",
        "gcc": f"__atomic_fetch_add(&{place}, 1, __ATOMIC_RELAXED)",
        "sync": f"__sync_fetch_and_add(&{place}, 1)",
    }[make.d.builtin]
