"""Patterns of who is there: one owner, a copy for each, the first use, lists and queues."""

from __future__ import annotations

from model_export.programs.compose.maker import Maker
from model_export.programs.compose.parts import RACY, Parts, indent, loop


def single_owner(make: Maker, variant: str) -> Parts:
    """An object that only one thread touches; the variants bring a second."""
    parts = Parts()
    item = make.variable(parts)
    body = make.touch(item.inner)
    guards = {
        "first": "id == 0",
        "last": f"id == {make.threads - 1}",
        "not-first": "id != 0",
        "low": f"id < {max(2, make.threads - 1)}",
        "even": "id % 2 == 0",
    }
    if variant in guards:
        parts.many += [
            f"if ({guards[variant]}) {{",
            *indent(make.placed(parts, make.repeated(body))),
            "}",
        ]
    elif variant == "second":
        parts.single += make.placed(parts, make.repeated(body))
        parts.other += make.touch(item.inner)
    else:
        parts.single += make.placed(parts, make.repeated(body))
    parts.after += make.read(item.outer)
    several = {"not-first": make.threads > 2, "low": True, "even": make.threads > 2}.get(
        variant, variant == "second"
    )
    parts.effects[item.name] = RACY if several else "concurrent"
    return parts


def own_copy(make: Maker, variant: str) -> Parts:
    """A value for each thread, put together at the end; the variants share what was one's own."""
    parts = Parts()
    total = make.variable(parts)
    lock = make.lock(parts)
    scratch = make.names.thing()
    local = {
        "static": "static",
        "tls": "static thread_local" if make.d.cpp else "static _Thread_local",
    }.get(variant, "")
    if variant == "global-scratch":
        parts.top.append(f"static long {scratch};")
    elif local and make.rng.random() < 0.5:
        parts.top.append(f"{local} long {scratch};")
        local = "-"
    declared = (
        []
        if variant == "global-scratch" or local == "-"
        else [f"{local} long {scratch} = 0;".strip()]
    )
    work = ["for (int i = 0; i < 30; i++)", f"  {scratch} += i * id;"]
    merge = [f"{total.inner} += {scratch};"]
    if variant != "bare-merge":
        merge = make.guarded(lock, merge)
    parts.many += ["{", *indent([*declared, *work, *merge]), "}"]
    parts.after += make.read(total.outer)
    parts.effects[total.name] = RACY if variant == "bare-merge" else "unprotected"
    shared = variant in ("static", "global-scratch")
    if shared or variant == "tls":
        parts.effects[scratch] = RACY if shared else "same-location"
    return parts


def once(make: Maker, variant: str) -> Parts:
    """Something made at its first use; the variants ask without a lock whether it is there."""
    parts = Parts()
    item, lock = make.variable(parts, base="int"), make.lock(parts, kind="mutex")
    done = make.names.thing()
    flag = (
        make.d.atomic_type("int")
        if variant == "atomic-flag" and (make.d.cpp or make.d.builtin == "c11")
        else "int"
    )
    parts.top.append(f"static {flag} {done};")
    create = [f"{item.inner} = 42;", f"{done} = 1;"]
    tested = [f"if (!{done}) {{", *indent(create), "}"]
    match variant:
        case "locked":
            body = make.guarded(lock, tested)
        case "unlocked":
            body = tested
        case "atomic-flag" if flag != "int":
            body = [f"if (!{done}) {{", *indent(make.guarded(lock, tested)), "}"]
        case _:
            body = [f"if (!{done}) {{", *indent(make.guarded(lock, tested)), "}"]
    parts.many += [*body, *make.read(item.inner)]
    racy = variant == "unlocked" or (variant != "locked" and flag == "int")
    parts.effects[item.name if variant == "unlocked" else done] = RACY if racy else "unordered"
    if variant == "double-checked" and racy:
        parts.effects[done] = RACY
    return parts


def linked(make: Maker, variant: str) -> Parts:
    """Nodes pushed onto a list that all threads share."""
    parts = Parts()
    node, head, lock = make.names.holder(), make.names.thing(), make.lock(parts)
    kind = f"struct {node}"
    parts.top += [f"{kind} {{", "  int value;", f"  {kind} *next;", "};", f"static {kind} *{head};"]
    cast = (
        f"static_cast<{kind} *>(malloc(sizeof({kind})))"
        if make.d.cpp
        else f"malloc(sizeof({kind}))"
    )
    fresh = [f"{kind} *n = {cast};", "n->value = id;"]
    push = [f"n->next = {head};", f"{head} = n;"]
    counted = make.rng.random() < 0.4
    match variant:
        case "bare":
            body = [*fresh, *push]
        case "half":
            body = [*fresh, push[0], *make.guarded(lock, push[1:])]
        case "written-late":
            body = [*fresh[:1], *make.guarded(lock, push), *fresh[1:]]
        case _:
            body = [*fresh, *make.guarded(lock, push)]
    parts.many += loop("r", "25", body)
    walk = [f"for ({kind} *n = {head}; n; n = n->next)", "  kept += n->value;"]
    if variant == "walked-bare":
        parts.during += walk
    elif counted:
        parts.during += make.guarded(lock, walk, outer=True)
    parts.after += walk
    racy = variant in ("bare", "half", "walked-bare")
    parts.effects[head] = RACY if racy else "unprotected"
    if variant == "written-late" and counted:
        parts.effects["value"] = RACY
    return parts


def queued(make: Maker, variant: str) -> Parts:
    """A bounded queue with a condition variable between one producer and several consumers."""
    parts = Parts()
    lock = make.lock(parts, kind="mutex")
    stock = make.variable(parts, base="int")
    ready = make.names.thing()
    kind = {"pthread": "pthread_cond_t", "c11": "int", "cxx": "std::condition_variable_any"}[
        make.d.api
    ]
    parts.top.append(f"static {kind} {ready};")
    if make.d.api == "pthread":
        parts.before.append(f"pthread_cond_init(&{ready}, NULL);")
    rounds = str(5 * make.threads)
    wake = {
        "pthread": f"pthread_cond_broadcast(&{ready});",
        "c11": f"{ready} = 1;",
        "cxx": f"{ready}.notify_all();",
    }[make.d.api]
    wait = {
        "pthread": f"pthread_cond_wait(&{ready}, &{lock.inner});",
        "cxx": f"{ready}.wait({lock.inner});",
    }.get(make.d.api)
    put = [f"{stock.inner}++;", *([wake] if wait else [])]
    make_side = put if variant == "put-bare" else make.guarded(lock, put)
    if variant == "woken-outside" and wait:
        make_side = [*make.guarded(lock, put[:1]), wake]
    take = [
        *([f"while ({stock.inner} <= 0)", f"  {wait}"] if wait and variant != "put-bare" else []),
        f"{stock.inner}--;",
    ]
    if wait:  # a lock that is waited on is taken by hand
        taken = [make.d.acquire(lock.inner, "mutex"), *take, make.d.release(lock.inner, "mutex")]
    else:
        taken = make.guarded(lock, take)
    if variant == "counted-bare":
        taken = [*taken, *make.read(stock.inner)]
    parts.single += loop("r", rounds, make_side)
    parts.many += loop("r", "5", taken)
    parts.effects[stock.name] = RACY if variant in ("put-bare", "counted-bare") else "unprotected"
    return parts


def met(make: Maker, variant: str) -> Parts:
    """Two steps with a barrier between them: write one's own, read the neighbour's."""
    parts = Parts()
    count = str(make.threads)
    item = make.variable(parts, size=count)
    barrier = make.names.thing()
    if make.d.cpp:
        parts.top += ["#include <barrier>", f"static std::barrier<> {barrier}({count});"]
        wait = f"{barrier}.arrive_and_wait();"
    else:
        parts.top.append(f"static pthread_barrier_t {barrier};")
        parts.before.append(f"pthread_barrier_init(&{barrier}, NULL, {count});")
        wait = f"pthread_barrier_wait(&{barrier});"
    own, next_ = f"{item.inner}[id]", f"{item.inner}[(id + 1) % {count}]"
    write, read = [f"{own} = id + 5;"], [f"kept += (long){next_};"]
    alone = ["if (id == 0) {", f"  {item.inner}[{int(count) - 1}] += 1;", "}"]
    shapes = {
        "between": [*write, wait, *read],
        "alone-then": [*write, wait, *alone],
        "none": [*write, *read],
        "late": [*write, *read, wait],
        "second-write": [*write, wait, *read, f"{own} += 2;"],
        "alone-before": [*write, *alone, wait],
    }
    parts.many += list(shapes[variant])
    parts.effects[item.name] = "unordered" if variant in ("between", "alone-then") else RACY
    return parts
