"""OpenMP patterns of tasks that depend on one another or make tasks of their own."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, Size, block, tab
from model_export.programs.compose.omp_tasks import effort, made_by_one, task

APART, ORDERED, GUARDED, ATOMIC = "same-location", "unordered", "unprotected", "conflicting"


def two_tasks(make: OmpMaker, variant: str) -> OmpParts:
    """A task that makes a value and one that takes it."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((60, 68, 84, 100)))
    a = make.array(parts, n)
    item = make.scalar(parts, base="long", listed=True)
    other = make.scalar(parts, base="long", listed=True)
    v, r = make.names.thing(), make.names.thing()
    make_it = [f"long {v} = 0;", *effort(make, v), f"{item} = {v};"]
    take_it = [f"long {v} = 1;", *effort(make, v), f"{other} += {item} + {v};"]
    wait = make.pragma("taskwait")
    out, into = f"depend(out: {item})", f"depend(in: {item})"
    wrong = f"depend(in: {other})"
    first, second = {
        "depend": (task(make, make_it, out), task(make, take_it, into)),
        "depend-inout": (
            task(make, make_it, f"depend(inout: {item})"),
            task(make, take_it, f"depend(inout: {item})"),
        ),
        "taskwait": ([*task(make, make_it), wait], task(make, take_it)),
        "group": (
            [make.pragma("taskgroup"), "{", *tab(task(make, make_it)), "}"],
            task(make, take_it),
        ),
        "wait-and-take": ([*task(make, make_it), wait], take_it),
        "none": (task(make, make_it), task(make, take_it)),
        "wrong-name": (task(make, make_it, out), task(make, take_it, wrong)),
        "one-side": (task(make, make_it, out), task(make, take_it)),
        "both-in": (task(make, make_it, into), task(make, take_it, into)),
        "wait-late": ([*task(make, make_it), *task(make, take_it)], [wait]),
    }[variant]
    body = [*first, *second, wait]
    rounds = [f"for (int {r} = 0; {r} < {make.rng.choice((30, 40))}; {r}++) {{", *tab(body), "}"]
    parts.code += made_by_one(make, rounds)
    parts.after += [make.seen(str(other)), make.seen(f"{a}[2]")]
    parts.about = item.name
    return parts


def recursion(make: OmpMaker, variant: str) -> OmpParts:
    """A function that divides its work into tasks and joins the halves."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((128, 256, 200)))
    a = make.array(parts, n, base="long")
    x, y, calls = (make.names.thing() for _ in range(3))
    name = make.names.deed()
    wait = [make.pragma("taskwait")]
    count = {
        "counted": make.atomic(f"{calls}++;"),
        "counted-bare": [f"{calls}++;"],
    }.get(variant, [])
    if count:
        parts.top.append(f"static int {calls};")
    small = [
        "if (hi - lo < 5) {",
        "  long own = 0;",
        "  for (int t = lo; t < hi; t++)",
        "    own += from[t];",
        *tab(effort(make, "own")),
        "  return own;",
        "}",
    ]
    halves = [f"long {x} = 0, {y} = 0;", "int mid = (lo + hi) / 2;"]
    left = [make.pragma("task", f"shared({x})"), f"{x} = {name}(from, lo, mid);"]
    right = [make.pragma("task", f"shared({y})"), f"{y} = {name}(from, mid, hi);"]
    direct = [f"{y} = {name}(from, mid, hi);"]
    grouped = [make.pragma("taskgroup"), "{", *tab([*left, *right]), "}"]
    join = {
        "one-direct": [*left, *direct, *wait],
        "group": grouped,
        "no-wait": [*left, *right],
        "wait-between": [*left, *wait, *right],
        "direct-no-wait": [*left, *direct],
    }.get(variant, [*left, *right, *wait])
    body = [*count, *small, *halves, *join, f"return {x} + {y};"]
    parts.functions += [*block(f"static long {name}(long *from, int lo, int hi)", body), ""]
    total = make.scalar(parts, base="long")
    parts.code += made_by_one(make, [f"{total} = {name}(&{a}[0], 0, {n});"])
    parts.after.append(make.seen(str(total)))
    parts.about = calls if count else (y if variant == "wait-between" else x)
    return parts


def tree(make: OmpMaker, variant: str) -> OmpParts:
    """Nodes of a tree, visited by tasks that leave something behind."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((100, 124, 156)))
    node, items, name, total = (
        make.names.holder(),
        make.names.thing(),
        make.names.deed(),
        make.names.thing(),
    )
    field, v = make.names.thing(), make.names.thing()
    parts.top += [
        f"struct {node} {{",
        f"  long {field};",
        f"  struct {node} *left;",
        f"  struct {node} *right;",
        "};",
    ]
    parts.top += [f"static struct {node} {items}[{n.declared()}];", f"static long {total};"]
    null = "nullptr" if make.cpp else "NULL"
    links = [f"{items}[i].{field} = i % 9;"]
    links += [
        f"{items}[i].{side} = 2 * i + {k} < {n} ? &{items}[2 * i + {k}] : {null};"
        for side, k in (("left", 1), ("right", 2))
    ]
    parts.setup += block(f"for (int i = 0; i < {n}; i++)", links)
    work = [f"long {v} = at->{field};", *effort(make, v)]
    add = f"{total} += {v};"
    leave = {
        "atomic": make.atomic(add),
        "critical": make.critical([add]),
        "in-node": [f"at->{field} = {v};"],
        "parent-field": [f"at->{field} = {v};"],
        "atomic-read": [*make.atomic(add), f"at->{field} = {total} % 5;"],
        "child": ["if (at->left)", f"  at->left->{field} += {v};"],
    }.get(variant, [add])
    tasks = [
        "if (!at)",
        "  return;",
        make.pragma("task"),
        f"{name}(at->left);",
        make.pragma("task"),
        f"{name}(at->right);",
    ]
    body = [*tasks, *work, *leave]
    if variant == "critical":
        body.append(make.pragma("taskwait"))
    parts.functions += [*block(f"static void {name}(struct {node} *at)", body), ""]
    parts.code += made_by_one(make, [f"{name}(&{items}[0]);"])
    parts.after += [make.seen(total), make.seen(f"{items}[3].{field}")]
    parts.about = field if variant in ("in-node", "child") else total
    return parts


def walked(make: OmpMaker, variant: str) -> OmpParts:
    """A linked list, with a task for each node that the maker comes by."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((60, 84, 100)))
    node, items, at = make.names.holder(), make.names.thing(), make.names.thing()
    field, v = make.names.thing(), make.names.thing()
    parts.top += [f"struct {node} {{", f"  long {field};", f"  struct {node} *next;", "};"]
    parts.top += [f"static struct {node} {items}[{n.declared()}];"]
    null = "nullptr" if make.cpp else "NULL"
    parts.setup += [
        f"for (int i = 0; i < {n}; i++)",
        f"  {items}[i].next = i + 1 < {n} ? &{items}[i + 1] : {null};",
    ]
    total = make.scalar(parts, base="long")
    outer = variant in ("firstprivate", "shared-node")
    clause = f"firstprivate({at})" if variant in ("firstprivate", "inside-listed") else ""
    clause = f"shared({at})" if variant == "inside-shared" else clause
    kind, own = f"struct {node} *", make.names.thing()
    leave = {
        "next-node": [
            f"{own}->{field} += {v};",
            f"if ({own}->next)",
            f"  {own}->next->{field} += 1;",
        ],
        "total": [f"{total} += {v};"],
        "total-atomic": make.atomic(f"{total} += {v};"),
    }.get(variant, [f"{own}->{field} += {v};"])
    # A node that all tasks share is null when the walk is over.
    work = [
        f"long {v} = 0;",
        *effort(make, v),
        f"{kind}{own} = {at};",
        *block(f"if ({own})", leave),
    ]
    inside = variant == "inside-shared"
    if outer:
        parts.local.append(f"{kind}{at};")
    declared = "" if outer or inside else kind
    head = f"for ({declared}{at} = &{items}[0]; {at}; {at} = {at}->next)"
    loop = block(head, task(make, work, clause))
    if inside:
        loop = [f"{kind}{at};", *loop, make.pragma("taskwait")]
    parts.code += made_by_one(make, loop)
    parts.after += [make.seen(f"{items}[4].{field}"), make.seen(str(total))]
    parts.about = at
    if variant == "next-node":
        parts.about = field
    elif variant.startswith("total"):
        parts.about = total.name
    return parts


def grandchildren(make: OmpMaker, variant: str) -> OmpParts:
    """Tasks that make tasks: who waits for the children waits not for theirs."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((60, 68, 84)))
    a = make.array(parts, n)
    total = make.scalar(parts, base="long")
    i, v = make.i, make.names.thing()
    work = [f"long {v} = {i};", *effort(make, v), f"{a}[{i}] += {v};"]
    part = make.j
    inner = block(
        f"for (int {i} = {part}; {i} < {n}; {i} += 4)", task(make, work, f"firstprivate({i})")
    )
    wait = [make.pragma("taskwait")]
    summed = [f"for (int t = 0; t < {n}; t++)", f"  {total} += (long){a}[t];"]
    parts_of = f"for (int {part} = 0; {part} < 4; {part}++)"
    each = [parts_of, *tab(task(make, inner))]
    waiting = [parts_of, *tab(task(make, [*inner, *wait]))]
    group = [make.pragma("taskgroup"), "{", *tab(each), "}"]
    body = {
        "group": [*group, *summed],
        "waits-inside": [*waiting, *wait, *summed],
        "barrier": each,
        "outer-wait": [*each, *wait, *summed],
        "inner-wait-only": [*waiting, *summed],
        "no-wait": [*each, *summed],
    }[variant]
    parts.code += made_by_one(make, body)
    parts.code += summed if variant == "barrier" else []
    parts.after.append(make.seen(str(total)))
    parts.about = a.name
    return parts


def task_blocks(make: OmpMaker, variant: str) -> OmpParts:
    """A chain or a wave of tasks over the blocks of an array, ordered by what they name."""
    parts = OmpParts()
    width, count = make.rng.choice((8, 10, 12)), make.rng.choice((24, 30, 36))
    w, blocks = make.size(parts, width), make.size(parts, count)
    whole = Size(str(width * (count + 1)), width * (count + 1), True)
    a = make.array(parts, whole)
    b, i, v, first = make.j, make.i, make.names.thing(), make.names.thing()
    work = [f"long {v} = {b};", *effort(make, v)]
    own = [f"for (int {i} = {first}; {i} < {first} + {w}; {i}++)", f"  {a}[{i}] += {v} % 7;"]
    back = [
        f"for (int {i} = {first}; {i} < {first} + {w}; {i}++)",
        f"  {a}[{i}] = {a}[{i} - {w}] + {v} % 7;",
    ]
    here, before = f"{a}[{first}]", f"{a}[{first} - {w}]"
    body, clauses = {
        "own-block": (own, ()),
        "named": (back, (f"depend(in: {before})", f"depend(out: {here})")),
        "inout-all": (back, (f"depend(inout: {a}[0])",)),
        "no-depend": (back, ()),
        "out-only": (back, (f"depend(out: {here})",)),
        "in-only": (back, (f"depend(in: {before})",)),
        "same-block": (own, (f"depend(in: {here})",)),
    }[variant]
    if variant == "same-block":
        body = [line.replace(f"{a}[{i}]", f"{a}[{i} - {first}]") for line in body]
    one = task(make, [*work, *body], *clauses)
    loop = block(f"for (int {b} = 1; {b} < {blocks}; {b}++)", [f"int {first} = {b} * {w};", *one])
    parts.code += made_by_one(make, loop)
    parts.after.append(make.seen(f"{a}[{width * 3}]"))
    parts.about = a.name
    return parts


def _apart(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, APART)


PATTERNS = {
    "two-tasks": Pattern(
        two_tasks,
        dict.fromkeys(("depend", "depend-inout", "taskwait", "group", "wait-and-take"), ORDERED),
        ("none", "wrong-name", "one-side", "both-in", "wait-late"),
    ),
    "recursion": Pattern(
        recursion,
        {"waits": ORDERED, "one-direct": ORDERED, "group": ORDERED, "counted": ATOMIC},
        ("no-wait", "wait-between", "direct-no-wait", "counted-bare"),
    ),
    "tree": Pattern(
        tree,
        {"atomic": ATOMIC, "critical": GUARDED, "in-node": APART},
        ("bare", "atomic-read", "child"),
    ),
    "walked": Pattern(
        walked,
        {**_apart("firstprivate", "inside", "inside-listed"), "total-atomic": ATOMIC},
        ("shared-node", "inside-shared", "next-node", "total"),
    ),
    "grandchildren": Pattern(
        grandchildren,
        dict.fromkeys(("group", "waits-inside", "barrier"), ORDERED),
        ("outer-wait", "inner-wait-only", "no-wait"),
    ),
    "task-blocks": Pattern(
        task_blocks,
        {"own-block": APART, "named": ORDERED, "inout-all": ORDERED},
        ("no-depend", "out-only", "in-only", "same-block"),
    ),
}
