"""OpenMP patterns of tasks: what they capture, who waits for them, what they depend on."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern, block, tab
from model_export.programs.compose.parts import Lines

APART, ORDERED, GUARDED, ATOMIC = "same-location", "unordered", "unprotected", "conflicting"
# Tasks that do next to nothing are run by the thread that makes them, before others wake up.
EFFORT = 200


def effort(make: OmpMaker, variable: str) -> Lines:
    """Some work of a task's own, long enough for other threads to take part."""
    count = make.rng.choice((EFFORT, EFFORT + 100, 2 * EFFORT))
    return [f"for (int w = 0; w < {count}; w++)", f"  {variable} += w % 3;"]


def made_by_one(make: OmpMaker, body: Lines, *clauses: str) -> Lines:
    """A team of which one thread makes tasks."""
    one = make.rng.choice(("single", "single", "master", "single nowait"))
    return make.team([make.pragma(one), "{", *tab(body), "}"], *clauses)


def task(make: OmpMaker, body: Lines, *clauses: str) -> Lines:
    """The body as a task."""
    return [make.pragma("task", *clauses), "{", *tab(body), "}"]


def task_loop(make: OmpMaker, variant: str) -> OmpParts:
    """A loop that makes a task for each element, and what is done when it ends."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((60, 68, 84, 100)))
    a = make.array(parts, n, extra=2)
    total = make.scalar(parts, base="long")
    i, v = make.i, make.names.thing()
    index = {"next": f"{i} + 1", "fold": f"{i} % 8"}.get(variant, i)
    work = [f"long {v} = {i};", *effort(make, v), f"{a}[{index}] += {v};"]
    if variant == "next":
        work[-1] = f"{a}[{i}] = {a}[{i} + 1] + {v};"
    clause = make.rng.choice((f"firstprivate({i})", "")) if variant != "shared-index" else ""
    tasks = [f"for (int {i} = 0; {i} < {n}; {i}++)", *tab(task(make, work, clause))]
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
        parts.code += made_by_one(make, body)
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
    work = [f"long {v} = (long){a}[{i}];", *effort(make, v)]
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
    one = task(make, [*work, *merge], clause, chained)
    loop = block(f"for (int {i} = 0; {i} < {n}; {i}++)", [*one, *extra])
    if variant == "by-element":
        loop += [
            make.pragma("taskwait"),
            *make.loop(i, "0", f"{n}", [f"{total} += (long){a}[{i}];"]),
        ]
    parts.code += made_by_one(make, loop)
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
    work = [f"long {v} = 0;", *effort(make, v), f"{a}[{at}] = {v} + {at};"]
    clause = {
        "firstprivate": f"firstprivate({at})",
        "listed-inside": f"shared({at})",
        "shared": f"shared({at})",
    }.get(variant, "")
    one = task(make, work, clause)
    kind = "" if outer or variant == "file-level" else "int "
    loop = [f"for ({kind}{at} = 0; {at} < {n}; {at}++)", *tab(one)]
    if variant == "copied":
        own = make.names.thing()
        work = [line.replace(f"{a}[{at}]", f"{a}[{own}]") for line in work]
        work[-1] = f"{a}[{own}] = {v} + {own};"
        loop = block(loop[0], [f"int {own} = {at};", *task(make, work)])
    if variant == "file-level":
        parts.top.append(f"static int {at};")
    elif outer:
        parts.local.append(f"int {at};")
    if variant == "listed-inside":
        # Declared before the loop and waited for, lest the tasks outlive it.
        loop[0] = loop[0].replace("int ", "", 1)
        loop = [f"int {at};", *loop, make.pragma("taskwait")]
    parts.code += made_by_one(make, loop)
    parts.after.append(make.seen(f"{a}[3]"))
    parts.about = at
    return parts


def taskloop(make: OmpMaker, variant: str) -> OmpParts:
    """A loop cut into tasks."""
    parts = OmpParts()
    n = make.size(parts, make.rng.choice((100, 124, 156, 204)))
    a = make.array(parts, n)
    total = make.scalar(parts, base="long", listed=True)
    i, v = make.i, make.names.thing()
    work = [f"long {v} = {i};", *effort(make, v)]
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
        parts.code += made_by_one(make, [*loop, *after])
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
    "taskloop": Pattern(
        taskloop,
        {**_apart("apart"), "then-read": ORDERED, "nogroup-wait": ORDERED, "sum-atomic": ATOMIC},
        ("previous", "sum", "fold", "nogroup-read", "every-thread"),
    ),
}
