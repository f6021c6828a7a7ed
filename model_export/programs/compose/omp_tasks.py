"""OpenMP patterns of tasks: what they capture, who waits for them, what they depend on."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, Size, block, tab
from model_export.programs.compose.parts import Lines

APART, ORDERED, GUARDED, ATOMIC = "same-location", "unordered", "unprotected", "conflicting"
# Tasks that do next to nothing are run by the thread that makes them, before others wake up.
EFFORT = 200


def _effort(make: OmpMaker, variable: str) -> Lines:
    count = make.rng.choice((EFFORT, EFFORT + 100, 2 * EFFORT))
    return [f"for (int w = 0; w < {count}; w++)", f"  {variable} += w % 3;"]


def _made_by_one(make: OmpMaker, body: Lines, *clauses: str) -> Lines:
    one = make.rng.choice(("single", "single", "master", "single nowait"))
    return make.team([make.pragma(one), "{", *tab(body), "}"], *clauses)


def _task(make: OmpMaker, body: Lines, *clauses: str) -> Lines:
    return [make.pragma("task", *clauses), "{", *tab(body), "}"]


def task_loop(make: OmpMaker, variant: str) -> OmpParts:
    """A loop that makes a task for each element, and what is done when it ends."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((60, 68, 84, 100)))
    a = make.array(parts, n, extra=2)
    total = make.scalar(parts, base="long")
    i, v = make.i, make.names.thing()
    index = {"next": f"{i} + 1", "fold": f"{i} % 8"}.get(variant, i)
    work = [f"long {v} = {i};", *_effort(make, v), f"{a}[{index}] += {v};"]
    if variant == "next":
        work[-1] = f"{a}[{i}] = {a}[{i} + 1] + {v};"
    clause = make.rng.choice((f"firstprivate({i})", "")) if variant != "shared-index" else ""
    tasks = [f"for (int {i} = 0; {i} < {n}; {i}++)", *tab(_task(make, work, clause))]
    summed = [f"for (int t = 0; t < {n}; t++)", f"  {total} += (long){a}[t];"]
    group = [make.pragma("taskgroup"), "{", *tab(tasks), "}"]
    body = {
        "then-wait": [*tasks, make.pragma("taskwait"), *summed],
        "group": [*group, *summed],
        "read-at-once": [*tasks, *summed],
        "wait-late": [*tasks, *summed, make.pragma("taskwait")],
    }.get(variant, tasks)
    if variant == "every-thread":
        parts.code += make.team(tasks)
    else:
        parts.code += _made_by_one(make, body)
    if variant in ("apart", "next", "fold", "every-thread"):
        parts.code += summed
    parts.after.append(make.seen(str(total)))
    parts.about = a.name
    return parts


def task_sum(make: OmpMaker, variant: str) -> OmpParts:
    """Tasks that add to one total."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((60, 68, 84, 100)))
    a = make.array(parts, n)
    total = make.scalar(parts, base="long", listed=True)
    i, v = make.i, make.names.thing()
    work = [f"long {v} = (long){a}[{i}];", *_effort(make, v)]
    add = f"{total} += {v};"
    merge = {
        "atomic": make.atomic(add),
        "critical": make.critical([add]),
        "by-element": [f"{a}[{i}] += {v};"],
        "half": [f"if ({i} % 2) {{", *tab(make.atomic(add)), "} else {", f"  {add}", "}"],
    }.get(variant, [add])
    clause = f"shared({total})" if variant == "listed" else ""
    extra = [f"{total} += 1;"] if variant == "maker-too" else []
    merge = make.atomic(add) if variant == "maker-too" else merge
    chained = f"depend(inout: {total})" if variant == "chained" else ""
    if variant == "chained" and not total.plain:
        merge = make.critical([add])
        chained = ""
    task = _task(make, [*work, *merge], clause, chained)
    loop = block(f"for (int {i} = 0; {i} < {n}; {i}++)", [*task, *extra])
    if variant == "by-element":
        loop += [
            make.pragma("taskwait"),
            *make.loop(i, "0", f"{n}", [f"{total} += (long){a}[{i}];"]),
        ]
    parts.code += _made_by_one(make, loop)
    parts.after.append(make.seen(str(total)))
    parts.about = total.name
    return parts


def task_capture(make: OmpMaker, variant: str) -> OmpParts:
    """What a task takes along: a copy of the maker's variable, or the variable itself."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((60, 68, 84, 100)))
    a = make.array(parts, n, extra=2)
    at, v = make.names.thing(), make.names.thing()
    outer = variant in ("firstprivate", "outer-shared", "copied", "shared")
    work = [f"long {v} = 0;", *_effort(make, v), f"{a}[{at}] = {v} + {at};"]
    clause = {
        "firstprivate": f"firstprivate({at})",
        "listed-inside": f"shared({at})",
        "shared": f"shared({at})",
    }.get(variant, "")
    task = _task(make, work, clause)
    kind = "" if outer or variant == "file-level" else "int "
    loop = [f"for ({kind}{at} = 0; {at} < {n}; {at}++)", *tab(task)]
    if variant == "copied":
        own = make.names.thing()
        work = [line.replace(f"{a}[{at}]", f"{a}[{own}]") for line in work]
        work[-1] = f"{a}[{own}] = {v} + {own};"
        loop = block(loop[0], [f"int {own} = {at};", *_task(make, work)])
    if variant == "file-level":
        parts.top.append(f"static int {at};")
    elif outer:
        parts.local.append(f"int {at};")
    if variant == "listed-inside":
        # Declared before the loop and waited for, lest the tasks outlive it.
        loop[0] = loop[0].replace("int ", "", 1)
        loop = [f"int {at};", *loop, make.pragma("taskwait")]
    parts.code += _made_by_one(make, loop)
    parts.after.append(make.seen(f"{a}[3]"))
    parts.about = at
    return parts


def two_tasks(make: OmpMaker, variant: str) -> OmpParts:
    """A task that makes a value and one that takes it."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((60, 68, 84, 100)))
    a = make.array(parts, n)
    item = make.scalar(parts, base="long", listed=True)
    other = make.scalar(parts, base="long", listed=True)
    v, r = make.names.thing(), make.names.thing()
    make_it = [f"long {v} = 0;", *_effort(make, v), f"{item} = {v};"]
    take_it = [f"long {v} = 1;", *_effort(make, v), f"{other} += {item} + {v};"]
    wait = make.pragma("taskwait")
    out, into = f"depend(out: {item})", f"depend(in: {item})"
    wrong = f"depend(in: {other})"
    first, second = {
        "depend": (_task(make, make_it, out), _task(make, take_it, into)),
        "depend-inout": (
            _task(make, make_it, f"depend(inout: {item})"),
            _task(make, take_it, f"depend(inout: {item})"),
        ),
        "taskwait": ([*_task(make, make_it), wait], _task(make, take_it)),
        "group": (
            [make.pragma("taskgroup"), "{", *tab(_task(make, make_it)), "}"],
            _task(make, take_it),
        ),
        "wait-and-take": ([*_task(make, make_it), wait], take_it),
        "none": (_task(make, make_it), _task(make, take_it)),
        "wrong-name": (_task(make, make_it, out), _task(make, take_it, wrong)),
        "one-side": (_task(make, make_it, out), _task(make, take_it)),
        "both-in": (_task(make, make_it, into), _task(make, take_it, into)),
        "wait-late": ([*_task(make, make_it), *_task(make, take_it)], [wait]),
    }[variant]
    body = [*first, *second, wait]
    rounds = [f"for (int {r} = 0; {r} < {make.rng.choice((30, 40))}; {r}++) {{", *tab(body), "}"]
    parts.code += _made_by_one(make, rounds)
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
    parts.code += _made_by_one(make, [f"{total} = {name}(&{a}[0], 0, {n});"])
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
    work = [f"long {v} = at->{field};", *_effort(make, v)]
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
    parts.code += _made_by_one(make, [f"{name}(&{items}[0]);"])
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
        *_effort(make, v),
        f"{kind}{own} = {at};",
        *block(f"if ({own})", leave),
    ]
    inside = variant == "inside-shared"
    if outer:
        parts.local.append(f"{kind}{at};")
    declared = "" if outer or inside else kind
    head = f"for ({declared}{at} = &{items}[0]; {at}; {at} = {at}->next)"
    loop = block(head, _task(make, work, clause))
    if inside:
        loop = [f"{kind}{at};", *loop, make.pragma("taskwait")]
    parts.code += _made_by_one(make, loop)
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
    work = [f"long {v} = {i};", *_effort(make, v), f"{a}[{i}] += {v};"]
    part = make.j
    inner = block(
        f"for (int {i} = {part}; {i} < {n}; {i} += 4)", _task(make, work, f"firstprivate({i})")
    )
    wait = [make.pragma("taskwait")]
    summed = [f"for (int t = 0; t < {n}; t++)", f"  {total} += (long){a}[t];"]
    parts_of = f"for (int {part} = 0; {part} < 4; {part}++)"
    each = [parts_of, *tab(_task(make, inner))]
    waiting = [parts_of, *tab(_task(make, [*inner, *wait]))]
    group = [make.pragma("taskgroup"), "{", *tab(each), "}"]
    body = {
        "group": [*group, *summed],
        "waits-inside": [*waiting, *wait, *summed],
        "barrier": each,
        "outer-wait": [*each, *wait, *summed],
        "inner-wait-only": [*waiting, *summed],
        "no-wait": [*each, *summed],
    }[variant]
    parts.code += _made_by_one(make, body)
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
    work = [f"long {v} = {b};", *_effort(make, v)]
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
    task = _task(make, [*work, *body], *clauses)
    loop = block(f"for (int {b} = 1; {b} < {blocks}; {b}++)", [f"int {first} = {b} * {w};", *task])
    parts.code += _made_by_one(make, loop)
    parts.after.append(make.seen(f"{a}[{width * 3}]"))
    parts.about = a.name
    return parts


def taskloop(make: OmpMaker, variant: str) -> OmpParts:
    """A loop cut into tasks."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((100, 124, 156, 204)))
    a = make.array(parts, n)
    total = make.scalar(parts, base="long", listed=True)
    i, v = make.i, make.names.thing()
    work = [f"long {v} = {i};", *_effort(make, v)]
    grain = make.rng.choice(("grainsize(5)", "num_tasks(24)", "grainsize(7)"))
    statement: Lines = {
        "previous": [f"{a}[{i}] = {a}[{i} - 1] + {v};"],
        "sum": [f"{total} += {v};"],
        "sum-atomic": make.atomic(f"{total} += {v};"),
        "fold": [f"{a}[{i} % 6] += {v};"],
    }.get(variant, [f"{a}[{i}] += {v};"])
    nogroup = "nogroup" if variant in ("nogroup-read", "nogroup-wait") else ""
    loop = [
        make.pragma("taskloop", grain, nogroup),
        *block(f"for (int {i} = 1; {i} < {n}; {i}++)", [*work, *statement]),
    ]
    summed = [f"for (int t = 0; t < {n}; t++)", f"  {total} += (long){a}[t];"]
    after = {
        "then-read": summed,
        "nogroup-read": summed,
        "nogroup-wait": [make.pragma("taskwait"), *summed],
    }.get(variant, [])
    if variant == "every-thread":
        parts.code += make.team(loop)
    else:
        parts.code += _made_by_one(make, [*loop, *after])
    parts.after += [make.seen(str(total)), make.seen(f"{a}[5]")]
    parts.about = total.name if variant.startswith("sum") else a.name
    return parts


def _apart(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, APART)


PATTERNS = {
    "task-loop": Pattern(
        task_loop,
        {**_apart("apart"), "then-wait": ORDERED, "group": ORDERED},
        ("read-at-once", "wait-late", "fold", "next", "every-thread"),
    ),
    "task-sum": Pattern(
        task_sum,
        {"atomic": ATOMIC, "critical": GUARDED, "by-element": ORDERED, "chained": ORDERED},
        ("bare", "half", "listed", "maker-too"),
    ),
    "task-capture": Pattern(
        task_capture,
        _apart("firstprivate", "inside", "copied"),
        ("outer-shared", "listed-inside", "shared", "file-level"),
    ),
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
    "taskloop": Pattern(
        taskloop,
        {**_apart("apart"), "then-read": ORDERED, "nogroup-wait": ORDERED, "sum-atomic": ATOMIC},
        ("previous", "sum", "fold", "nogroup-read", "every-thread"),
    ),
}
