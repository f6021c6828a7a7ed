"""Families in which threads get in one another's way, or memory in everyone's."""

from __future__ import annotations

from model_export.hotspots.draw import Draw, Kernel, family


def _grid(d: Draw, low: int, high: int, each: float = 4) -> tuple[int, int]:
    rounds = d.whole(low, high)
    return rounds, max(2, round(d.nanoseconds() / each / rounds))


def _summed(d: Draw, protect: str, *, bottleneck: str) -> Kernel:
    """A shared sum, protected in every round, or reduced."""
    n, m = _grid(d, 2000, 15000, 5)
    m = min(m, 60)
    total, g = f"total{d.tag}", d.grind()
    d.used.add(total)  # a size of that name would hide it
    d.globals.append(f"static double {total};")
    how = d.lever("hot", "reduced")
    local = f"{total}_here"
    clause = f" reduction(+ : {local})" if how == "reduced" else ""
    update = [f"  {local} += s;"] if how == "reduced" else [protect, f"  {total} += s;"]
    body = [
        f"double {local} = 0;",
        f"#pragma omp parallel for{clause}{d.pick('', ' schedule(static)')}",
        f"for (int i = 0; i < {d.size(n)}; i++) {{",
        "  double s = i * 0.5;",
        f"  {g.loop('s', 'k', d.size(m))}",
        *update,
        "}",
        f"{total} += {local};",
    ]
    return Kernel(
        d.called(), body, result=total, bottleneck="none" if how == "reduced" else bottleneck
    )


@family
def critical_sum(d: Draw) -> Kernel:
    """A sum in a critical section, or reduced."""
    return _summed(d, "#pragma omp critical", bottleneck="contention")


@family
def atomic_sum(d: Draw) -> Kernel:
    """A sum by atomic updates, or reduced."""
    return _summed(d, "#pragma omp atomic", bottleneck="contention")


@family
def critical_work(d: Draw) -> Kernel:
    """Much of a round lies in a critical section, or hardly anything."""
    n, m = _grid(d, 100, 800)
    out, g = d.array(n), d.grind()
    inside = max(1, int(m * float(d.lever("1.0", "0.02", "0.4"))))
    body = [
        f"#pragma omp parallel for{d.pick('', ' schedule(dynamic)')}",
        f"for (int i = 0; i < {d.size(n)}; i++) {{",
        "  double s = i;",
        f"  {g.loop('s', 'k', d.size(m))}",
        "#pragma omp critical",
        "  {",
        "    double t = s;",
        f"    {g.loop('t', 'k', d.size(inside))}",
        f"    {out}[i] = {out}[0] + t;",
        "  }",
        "}",
    ]
    bottleneck = "contention" if inside * 5 > m else "none"
    return Kernel(d.called(), body, result=f"{out}[1]", bottleneck=bottleneck)


@family
def locked_bins(d: Draw) -> Kernel:
    """Bins with a lock each, few or many; or one lock for all."""
    n, m = _grid(d, 2000, 12000, 5)
    bins = int(d.lever("1", "2", "64", "256"))
    table, locks, g = d.array(bins), f"guard{d.tag}", d.grind()
    d.globals.append(f"static omp_lock_t {locks}[{bins}];")
    body = [
        "#pragma omp parallel for",
        f"for (int i = 0; i < {d.size(n)}; i++) {{",
        "  double s = i;",
        f"  {g.loop('s', 'k', str(min(m, 50)))}",
        f"  int b = (i * 7 + (int)s) % {bins};",
        "  if (b < 0) b = 0;",
        f"  omp_set_lock(&{locks}[b]);",
        f"  {table}[b] += s;",
        f"  omp_unset_lock(&{locks}[b]);",
        "}",
    ]
    fill = [f"for (int r = 0; r < {bins}; r++) omp_init_lock(&{locks}[r]);"]
    bottleneck = "contention" if bins <= 2 else "none"
    return Kernel(d.called(), body, prepare=fill, result=f"{table}[0]", bottleneck=bottleneck)


@family
def histogram(d: Draw) -> Kernel:
    """Counting into few or many shared bins, or into bins of each thread's own."""
    n, bins = d.whole(40000, 150000), int(d.pick("4", "8", "64", "512"))
    data, table, size = d.array(n, "int"), d.array(bins, "int"), d.size(n)
    how = d.lever("atomic", "private")
    fill = [f"for (int r = 0; r < {n}; r++) {data}[r] = (int)(next_random() % {bins});"]
    if how == "atomic":
        body = [
            "#pragma omp parallel for",
            f"for (int i = 0; i < {size}; i++) {{",
            "#pragma omp atomic",
            f"  {table}[{data}[i]]++;",
            "}",
        ]
    else:
        body = [
            "#pragma omp parallel",
            "{",
            f"  int mine[{bins}] = {{0}};",
            "#pragma omp for nowait",
            f"  for (int i = 0; i < {size}; i++) mine[{data}[i]]++;",
            "#pragma omp critical",
            f"  for (int b = 0; b < {bins}; b++) {table}[b] += mine[b];",
            "}",
        ]
    bottleneck = "contention" if how == "atomic" and bins <= 64 else "none"
    return Kernel(d.called(), body, prepare=fill, result=f"{table}[0]", bottleneck=bottleneck)


@family
def own_slots(d: Draw) -> Kernel:
    """Each thread counts in its own element of an array: neighbours, or far apart."""
    n = max(5000, round(d.nanoseconds() / 4))
    apart = d.lever("1", "16", "1", "8")
    slots = d.array(f"64 * {apart}", d.pick("long", "double", "int"))
    place = "t" if apart == "1" else f"t * {apart}"
    body = [
        "#pragma omp parallel",
        "{",
        "  int t = omp_get_thread_num();",
        "#pragma omp for",
        f"  for (int i = 0; i < {d.size(n)}; i++) {{",
        f"    if (i % {d.whole(2, 5)} != 1) {slots}[{place}] += i & {d.pick('3', '15', '255')};",
        "  }",
        "}",
    ]
    bottleneck = "false-sharing" if apart == "1" else "none"
    return Kernel(d.called(), body, result=f"{slots}[0]", bottleneck=bottleneck)


@family
def slot_structs(d: Draw) -> Kernel:
    """A structure for each thread, with or without padding."""
    n = max(5000, round(d.nanoseconds() / 5))
    padding = d.lever("", "  char apart[112];", "", "  char filler[64 - 2 * sizeof(double)];")
    kind, name = f"stats{d.tag}", f"per_thread{d.tag}"
    # The padding's place is the structure's: an aligned one is padded without a field.
    aligned = d.chance(0.3) and padding != ""
    fields = ["  double sum;", "  double most;", *([padding] if padding and not aligned else [])]
    d.globals += [
        f"struct {'__attribute__((aligned(64))) ' if aligned else ''}{kind} {{",
        *fields,
        "};",
        f"static struct {kind} {name}[64];",
    ]
    body = [
        f"#pragma omp parallel for{d.pick('', ' schedule(static)')}",
        f"for (int i = 0; i < {d.size(n)}; i++) {{",
        f"  {name}[omp_get_thread_num()].sum += i * 0.5;",
        f"  if ({name}[omp_get_thread_num()].most < i) {name}[omp_get_thread_num()].most = i;",
        "}",
    ]
    bottleneck = "false-sharing" if not padding else "none"
    return Kernel(d.called(), body, result=f"{name}[0].sum", bottleneck=bottleneck)


@family
def neighbour_rounds(d: Draw) -> Kernel:
    """Rounds that rewrite their element again and again, dealt out one by one or in blocks."""
    n = d.whole(64, 600)
    m = max(10, round(d.nanoseconds() / 3 / n))
    out = d.array(n, d.pick("int", "double", "float"))
    schedule = d.lever(" schedule(static, 1)", " schedule(static)", "", " schedule(static, 2)")
    body = [
        f"#pragma omp parallel for{schedule}",
        f"for (int i = 0; i < {d.size(n)}; i++)",
        f"  for (int k = 0; k < {d.size(m)}; k++)",
        f"    {out}[i] += (k % 5 > {out}[i] ? 1 : k & 7);",
    ]
    bottleneck = "false-sharing" if "static," in schedule else "none"
    return Kernel(d.called(), body, result=f"{out}[1]", bottleneck=bottleneck)


@family
def walked_columns(d: Draw) -> Kernel:
    """A grid walked along its rows or across them."""
    n = d.whole(500, 1200)
    grid, size, times = d.array(n, inner=f"[{n}]"), d.size(n), d.whole(1, 3)
    first, second = ("y", "x") if d.lever("rows", "columns") == "rows" else ("x", "y")
    body = [
        f"for (int again = 0; again < {times}; again++) {{",
        "#pragma omp parallel for",
        f"  for (int {first} = 0; {first} < {size}; {first}++)",
        f"    for (int {second} = 0; {second} < {size}; {second}++)",
        f"      {grid}[y][x] = {grid}[y][x] * 0.5 + {d.pick('x', 'y', '1.0')};",
        "}",
    ]
    bottleneck = "strided" if first == "x" else "none"
    return Kernel(d.called(), body, result=f"{grid}[1][1]", bottleneck=bottleneck)


@family
def flat_columns(d: Draw) -> Kernel:
    """A grid in a flat array, its index worked out, one way or the other."""
    n, m = d.whole(500, 1000), d.whole(500, 1000)
    grid, rows, columns = d.array(n * m), d.size(n), d.size(m)
    across = d.lever("across", "along") == "across"
    index = f"b * {columns} + a" if across else f"a * {rows} + b"
    body = [
        "double sum = 0;",
        "#pragma omp parallel for reduction(+ : sum)",
        f"for (int a = 0; a < {columns}; a++)",
        f"  for (int b = 0; b < {rows}; b++)",
        f"    sum += {grid}[{index}] * {d.pick('2.0', 'a', '0.1')};",
        f"{grid}[0] = sum;",
    ]
    return Kernel(d.called(), body, result=f"{grid}[0]", bottleneck="strided" if across else "none")


@family
def gathered(d: Draw) -> Kernel:
    """Elements fetched through an index, at random or in order."""
    n = d.whole(200000, 500000)
    index, value, out = d.array(n, "int"), d.array(n), d.array(n)
    order = d.lever(f"(int)(next_random() % {n})", "r")
    direct = order == "r" and d.chance(0.7)
    body = [
        f"#pragma omp parallel for{d.pick('', ' schedule(static)', ' schedule(guided)')}",
        f"for (int i = 0; i < {d.size(n)}; i++)",
        f"  {out}[i] = {value}[{'i' if direct else index + '[i]'}] * 1.5 + i;",
    ]
    fill = [f"for (int r = 0; r < {n}; r++) {{ {index}[r] = {order}; {value}[r] = r; }}"]
    return Kernel(
        d.called(),
        body,
        prepare=fill,
        result=f"{out}[1]",
        bottleneck="none" if order == "r" else "strided",
    )


@family
def wide_records(d: Draw) -> Kernel:
    """One field of wide records, or an array of its own."""
    n, fields = d.whole(60000, 160000), d.whole(10, 24)
    kind, name, times = f"record{d.tag}", f"records{d.tag}", d.whole(2, 6)
    wide = d.lever("wide", "own") == "wide"
    d.globals.append(f"struct {kind} {{ double key; double rest[{fields}]; }};")
    if wide:
        d.globals.append(f"static struct {kind} {name}[{n}];")
    key = f"{name}[i].key" if wide else f"{d.array(n)}[i]"
    body = [
        f"for (int again = 0; again < {times}; again++) {{",
        "#pragma omp parallel for",
        f"  for (int i = 0; i < {d.size(n)}; i++) {key} = {key} * 0.5 + 1.0;",
        "}",
    ]
    result = key.replace("[i]", "[1]")
    return Kernel(d.called(), body, result=result, bottleneck="strided" if wide else "none")


@family
def vector_updates(d: Draw) -> Kernel:
    """Sums and updates of long vectors, one after another."""
    n = d.whole(20000, 120000)
    x, y, size, times = d.array(n), d.array(n), d.size(n), max(1, round(d.nanoseconds() / 3 / n))
    times = min(times, 40)
    schedule = d.schedule(chunk=d.whole(64, 2000), big=d.whole(2000, 9000))
    if schedule.endswith(("(dynamic)", "(dynamic, 1)")):
        schedule = " schedule(guided, 64)"
    body = [
        f"for (int again = 0; again < {d.size(times)}; again++) {{",
        f"  double dot = {d.pick('0.0', '1.0')};",
        f"#pragma omp parallel for reduction(+ : dot){schedule}",
        f"  for (int i = 0; i < {size}; i++) dot += {x}[i] * {y}[i];",
        f"#pragma omp parallel for{schedule}",
        f"  for (int i = 0; i < {size}; i++) {y}[i] = {y}[i] * 0.5 + dot * {x}[i];",
        "}",
    ]
    fill = f"for (int r = 0; r < {n}; r++) {x}[r] = r * 1e-6;"
    return Kernel(d.called(), body, prepare=[fill], result=f"{y}[1]")


@family
def thread_buffers(d: Draw) -> Kernel:
    """A buffer for each round, from the heap every time or once for a thread."""
    n, m = _grid(d, 400, 4000, 3)
    out, size, length = d.array(n), d.size(n), d.size(max(8, m))
    once = d.lever("each", "once") == "once"
    make = f"double *work = malloc({length} * sizeof(double));"
    body = [
        "#pragma omp parallel",
        "{",
        *([f"  {make}"] if once else []),
        "#pragma omp for",
        f"  for (int i = 0; i < {size}; i++) {{",
        *([] if once else [f"    {make}"]),
        f"    for (int k = 0; k < {length}; k++) work[k] = i * 0.1 + k;",
        f"    for (int k = 1; k < {length}; k++) work[k] += work[k - 1] * 0.5;",
        f"    {out}[i] = work[{length} - 1];",
        *([] if once else ["    free(work);"]),
        "  }",
        *(["  free(work);"] if once else []),
        "}",
    ]
    return Kernel(d.called(), body, result=f"{out}[1]")
