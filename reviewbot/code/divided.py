"""What divides: the variables of which two threads never hold the same value, and their ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reviewbot.code.dependence import ONE
from reviewbot.code.events import (
    SIZE,
    THREAD,
    Event,
    Frame,
    Loop,
    Party,
    Quotients,
    Scope,
    Side,
)
from reviewbot.code.library import SIZES
from reviewbot.code.loops import is_pulled
from reviewbot.code.tables import has_entry
from reviewbot.code.values import Form, arithmetic

_SHARES = frozenset({"for", "sections", "section", "single", "master", "task", "taskloop"})
_IN_CHUNKS = frozenset({"schedule-static", "schedule-dynamic"})
CREATORS = ("single", "master", "section")


def known_side(
    event: Event, party: Party, other: Party, scope: Scope, common: frozenset[str], *, tiles: bool
) -> Side:
    """The side of an access, worked out once: it is in many pairs, and its forms in each."""
    key = (event.order, other.serial, common, tiles)
    side = scope.sides.get(key)
    if side is None:
        side = scope.sides[key] = _side(event, party, other, scope, common, tiles=tiles)
        side.cycle = _cycle(side, event)
    return side


def _cycle(side: Side, event: Event) -> int:
    """The stride of `for (i = id; …; i += 4)`, each thread with one remainder; 0 if none."""
    if side.by != "cyclic" or side.overlap or len(side.divided) != 1:
        return 0
    strides = [loop.stride for loop in event.loops if loop.name in side.divided]
    known = [stride.constant for stride in strides if stride is not None and stride.is_constant]
    return known[0] if len(known) == 1 else 0


def _side(
    event: Event, party: Party, other: Party, scope: Scope, common: frozenset[str], *, tiles: bool
) -> Side:
    side, home = Side(), _home(event)
    outside = max(scope.outside, home.around if home is not None else 0)
    loops = event.loops[outside:]
    inner = [loop for loop in loops if loop.name and loop.name not in common]
    side.loops = {loop.name: loop for loop in inner}
    teams = _teams(event)
    if home is not None:
        teams = [team for team in teams if team.line >= home.line]
    side.loops |= {loop.name: loop for loop in teams}
    shared = [loop for loop in inner if loop.shared]
    by = "pv"
    numbered = tiles and party.kind == "team" and _by_number(event, shared, scope)
    if numbered:
        shared = []
    elif not shared:
        shared, by = _creating(event, inner, scope), "task"
    if shared:
        side.divided = {loop.name: f"d{rank}" for rank, loop in enumerate(shared)}
        side.by = by
        if by == "pv" and home is None and _reached_by_all(event):
            side.divided[THREAD] = "t"
        side.chunk = chunk_of(event) if by == "pv" else 0
        side.team = _team(event) if side.chunk else 0
        if tiles and by in ("pv", "task") and len(inner) > len(shared):
            _tile(side, event, shared, inner, scope)
        return side
    if party.kind == "team":
        number, side.by = teams[0].name if teams and home is not None else THREAD, "tid"
    else:  # the creating thread's loop variable is the number of the thread that a turn creates
        number, side.by = party.loop_name or other.loop_name, "targ"
    if not number:
        return side
    side.divided = {number: "t"}
    if side.by == "tid" and len(teams) > 1:  # of each thread's own team the numbers are others
        side.divided |= {loop.name: f"t{rank}" for rank, loop in enumerate(teams) if rank}
        return side
    created = party.loop or other.loop or (teams[0] if side.by == "tid" and teams else None)
    if created is not None and created.name == number:
        side.loops.setdefault(number, created)
    if party.kind == "main":
        return side
    within = _leading(event, number, inner, scope)
    if tiles and _alone(event, number, inner, scope):
        return side
    for loop in inner:
        if loop.name in within and _owned(side, loop, number, created, scope):
            break
    return side


def _alone(event: Event, number: str, inner: Sequence[Loop], scope: Scope) -> bool:
    """Whether one subscript of several goes by the thread's number, and by no loop."""
    forms = [e.form for e in event.path.elements if not e.field]
    named = [names_in(form, scope.quotients) for form in forms] if len(forms) > 1 else []
    loops = {loop.name for loop in inner}
    return any(number in names and names.isdisjoint(loops) for names in named)


def _named(event: Event, scope: Scope) -> set[str]:
    """The names in the subscripts of an access, and in what their quotients are made of."""
    forms = [element.form for element in event.path.elements if not element.field]
    return {name for form in forms for name in names_in(form, scope.quotients)}


def _leading(event: Event, number: str, inner: Sequence[Loop], scope: Scope) -> set[str]:
    """The names that lead to an access: of its subscripts, and of the loops' ranges in them.

    `sum[id] += a[i]` with i in a range of the thread's own goes by the number, not by the range.
    """
    names = _named(event, scope)
    if names.isdisjoint([number, *(loop.name for loop in inner)]):  # what is asked may tell more
        names |= {n for g in event.guards for form in g.nought for n in form.names}
    for loop in reversed(inner):
        if loop.name in names:
            for end in (loop.low, loop.high):
                names |= names_in(end, scope.quotients) if end is not None else set()
    return names


def _home(event: Event) -> Frame | None:
    """The inner team for which alone there is an object: each outer thread has one of its own."""
    if event.share != "nested-shared":
        return None
    inner = [frame for frame in event.frames if frame.kind == "nested"]
    depth = event.path.root.depth
    return inner[depth] if depth < len(inner) else None


def _teams(event: Event) -> list[Loop]:
    """The ranges of the numbers of the region's threads, and of those of teams within it."""
    frames = [f for f in event.frames if f.kind in ("parallel", "nested")]
    if len(frames) < 2 and not any(c.startswith(SIZE) for f in frames for c in f.clauses):
        return []
    return [_numbers(f, f"{THREAD}{rank}" if rank else THREAD) for rank, f in enumerate(frames)]


def _numbers(frame: Frame, name: str) -> Loop:
    sizes = [int(c.removeprefix(SIZE)) for c in frame.clauses if c.startswith(SIZE)]
    high = Form((), sizes[0]) if sizes else None
    return Loop(frame.line, 0, False, "", name, low=Form(), high=high, stride=ONE)


def chunk_of(event: Event) -> int:
    """How many turns of a work-shared loop at a time go to one thread; 0 where not told."""
    frame = innermost_loop(event.frames)
    if frame is None or not frame.clauses & _IN_CHUNKS:
        return 0
    sizes = [c[6:] for c in frame.clauses if c.startswith("chunk:")]
    return int(sizes[0]) if sizes and sizes[0].isdecimal() and len(sizes[0]) < 10 else 0


def _team(event: Event) -> int:
    """How many threads take the chunks of a loop in turn, one after another; 0 if not told."""
    frame = innermost_loop(event.frames)
    if frame is None or "schedule-static" not in frame.clauses:
        return 0
    sizes = [c for f in event.frames for c in f.clauses if c.startswith(SIZE)]
    return int(sizes[0].removeprefix(SIZE)) if len(sizes) == 1 else 0


def _by_number(event: Event, shared: Sequence[Loop], scope: Scope) -> bool:
    """Whether an access in a work-shared loop goes by the thread's number, not by the loop's.

    One subscript that does is enough: whatever the others are, rows of two threads are apart.
    """
    forms = [e.form for e in event.path.elements if not e.field and "tid" in e.form.marks]
    divided = {loop.name for loop in shared}
    named = [names_in(form, scope.quotients) for form in forms] if shared else []
    return any(THREAD in names and names.isdisjoint(divided) for names in named)


def _reached_by_all(event: Event) -> bool:
    """Whether each thread of a team comes to the inner team, or taskloop, that divides a loop."""
    kinds = [f.kind for f in event.frames]
    met = next((n for n, kind in enumerate(kinds) if kind in ("nested", "taskloop")), 0)
    return met > 0 and kinds[0] == "parallel" and _SHARES.isdisjoint(kinds[:met])


def _owned(side: Side, loop: Loop, number: str, of: Loop | None, scope: Scope) -> bool:
    """Let a loop over a range of the number's own divide, if it is one; whether it is."""
    word, whole = _known_own(loop, number, of, scope)
    if not word:
        return False
    side.divided, side.by = {loop.name: "r"}, "cyclic" if word.startswith("cyclic") else "own"
    if loop.low is not None and has_entry(loop.low, scope.quotients):
        side.by = "table"
    side.overlap = word.endswith("overlap")
    if word == "own" and (of is None or of.stride == ONE):
        side.gap, side.range = gap_after(loop, number, scope.quotients), (loop.low, loop.high)
    side.loops[loop.name] = whole
    return True


def _known_own(loop: Loop, number: str, of: Loop | None, scope: Scope) -> tuple[str, Loop]:
    key = (id(loop), number, id(of))
    known = scope.owned.get(key)
    if known is None:
        known = scope.owned[key] = _own(loop, number, of, scope.quotients)
    return known


def _own(loop: Loop, number: str, of: Loop | None, quotients: Quotients) -> tuple[str, Loop]:
    """(own, cyclic, overlap, cyclic-overlap or "", the ranges of all threads together)."""
    step = of.stride if of is not None and of.name == number and of.stride else ONE
    word = own_range(loop, number, quotients, step)
    if word not in ("own", "cyclic", "overlap"):
        return "", loop
    word += "-overlap" if word == "cyclic" and _too_narrow(loop, of) else ""
    return word, _of_all(loop, number, of, quotients)


def _too_narrow(loop: Loop, of: Loop | None) -> bool:
    """Whether a stride is less than the number of threads: `i = id; i < n; i += 3` of four."""
    if loop.stride is not None and _is_fewer(loop.stride):
        return True
    if of is None or loop.stride is None or of.low is None or of.high is None:
        return False
    count = of.high.plus(of.low, -1)
    return count.is_constant and loop.stride.is_constant and loop.stride.constant < count.constant


def _is_fewer(stride: Form) -> bool:
    """Whether it is less than the number of a team's threads by what is known: `threads - 1`."""
    alone = len(stride.terms) == 1 and len(stride.terms[0][0]) == 1 and stride.terms[0][1] == 1
    return alone and stride.constant < 0 and stride.terms[0][0][0].rstrip("0123456789") in SIZES


def _tile(
    side: Side, event: Event, shared: Sequence[Loop], inner: Sequence[Loop], scope: Scope
) -> None:
    """A loop over the range of one turn of a shared loop divides where it alone is used."""
    names = _named(event, scope)
    divided: dict[str, str] = {}
    loops: dict[str, Loop] = {}
    word = ""
    for rank, one in enumerate(shared):
        loops[one.name], name = one, one.name
        if one.name not in names:
            free = [n for n in inner if not n.shared and n.name in names and n.name not in divided]
            owns = ((n.name, _known_own(n, one.name, one, scope)) for n in free)
            name, (told, loops[name]) = next((o for o in owns if o[1][0]), ("", ("", one)))
            word = max(word, told, key=len)  # the longer word says that ranges overlap
        if not name:
            return
        divided[name] = f"d{rank}"
    if word:
        side.divided, side.by = divided, "cyclic" if word.startswith("cyclic") else "own"
        side.overlap = word.endswith("overlap")
        side.loops |= loops
        tiles = [n.low for n in inner if n.name in divided and not n.shared and n.low is not None]
        if any(has_entry(low, scope.quotients) for low in tiles):
            side.by = "table"


def _creating(event: Event, loops: Sequence[Loop], scope: Scope) -> list[Loop]:
    """The loops in which one thread creates the tasks that make the access, a turn each.

    Of loops that wait for their tasks in each turn only the inside counts.
    """
    frames = [f for f in event.frames if f.kind in CREATORS or f.kind == "task"]
    task = next((f for f in reversed(frames) if f.kind == "task"), None)
    alone = next((f for f in frames if f.kind in CREATORS), None)
    if alone is None or not (task or alone).looped:
        return []
    begin = scope.outside if alone.looped else alone.around  # a turn of it is anyone's
    between = event.loops[begin : (task or alone).around]  # in whatever functions they stand
    found = [loop for loop in loops if any(loop is other for other in between)]
    last = max((n for n, loop in enumerate(found) if rests(scope, loop.line, event)), default=-1)
    return found[last + 1 :] if last + 1 < len(found) else found


def rests(scope: Scope, line: int, event: Event) -> bool:
    """Whether the loop of that line waits in each turn for tasks such as make an access."""
    return any(reaches(scope, number, event) for number in scope.rests.get(line, ()))


def reaches(scope: Scope, number: int, event: Event) -> bool:
    """Whether the wait at which a group of accesses begins is one for the access's task.

    A barrier is, the end of a taskgroup of what is within; a taskwait of what its thread made.
    """
    if number in scope.closed:
        return scope.closed[number] in [f.serial for f in event.frames]
    alone = next((f.serial for f in event.frames if f.kind in CREATORS), 0)
    return not alone or number not in scope.waiters or alone in scope.waiters[number][1]


def own_range(loop: Loop, number: str, quotients: Quotients, step: Form = ONE) -> str:
    """Whether a loop runs over a range of the thread's own: own | overlap | cyclic | all | unknown.

    `number` is the name of the thread's number in forms; two threads' are `step` apart.
    """
    if loop.low is None or loop.high is None:
        return "unknown"
    low, high = names_in(loop.low, quotients), names_in(loop.high, quotients)
    after = next_number(loop.low, number, quotients, step)  # where the next thread begins
    if number in low and number not in high:
        strided = loop.stride is not None and not _is(loop.stride, 1)
        strided = strided and number not in names_in(loop.stride or ONE, quotients)
        return "cyclic" if strided and _is(after.plus(loop.low, -1), 1) else "?"
    if number not in low:
        return "?" if number in high else "all"
    if is_pulled(loop):
        return "unknown"
    gap = after.plus(loop.high, -1)
    if not gap.is_constant:
        return "unknown"
    return "own" if gap.constant >= 0 else "overlap"


def gap_after(loop: Loop, number: str, quotients: Quotients) -> int:
    """How many values are left out between a thread's own range and that of the next."""
    if loop.low is None or loop.high is None:
        return 0
    gap = next_number(loop.low, number, quotients, ONE).plus(loop.high, -1)
    return max(gap.constant, 0) if gap.is_constant else 0


def _of_all(loop: Loop, number: str, created: Loop | None, quotients: Quotients) -> Loop:
    """The ranges of all threads together: how far apart two threads' values can be."""
    low = high = None
    if created is not None and created.name == number and loop.low and loop.high:
        low = at_number(loop.low, number, created.low, quotients)
        last = created.high.plus(ONE, -1) if created.high is not None else None
        high = at_number(loop.high, number, last, quotients)
    return replace(loop, low=low, high=high, stride=ONE)


def at_number(form: Form, number: str, value: Form | None, quotients: Quotients) -> Form | None:
    """The form for the thread of that number, within quotients too; None if it cannot be said."""
    if number not in names_in(form, quotients):
        return form
    if value is None:
        return None
    result = Form((), form.constant)
    for monomial, coefficient in form.terms:
        parts = quotients.get(monomial[0]) if len(monomial) == 1 else None
        if parts is not None and number in names_in(parts[0], quotients):
            inner = at_number(parts[0], number, value, quotients)
            whole = parts[2] in "/%" and parts[1].is_constant
            if inner is None or not inner.is_constant or not whole:
                return None
            part = divmod(inner.constant, parts[1].constant)[parts[2] == "%"]
            result = result.plus(Form((), part * coefficient))
            continue
        result = result.plus(Form(((monomial, coefficient),)).replaced((number,), value))
    return result if number not in names_in(result, quotients) else None


def _is(form: Form, value: int) -> bool:
    return form.is_constant and form.constant == value


def next_number(form: Form, number: str, quotients: Quotients, step: Form) -> Form:
    """The form for the next thread: the number a step higher, within quotients too."""
    result = Form((), form.constant)
    for monomial, coefficient in form.terms:
        parts = quotients.get(monomial[0]) if len(monomial) == 1 else None
        if parts is not None and number in names_in(parts[0], quotients):
            moved = arithmetic(parts[2], next_number(parts[0], number, quotients, step), parts[1])
            result = result.plus(moved.times(Form((), coefficient)))
            continue
        term = Form(((monomial, coefficient),))
        result = result.plus(term)
        if monomial.count(number) == 1:
            rest = list(monomial)
            rest.remove(number)
            extra = Form(((tuple(rest), coefficient),)) if rest else Form((), coefficient)
            result = result.plus(extra if step is ONE else extra.times(step))
    return Form(result.terms, result.constant)


def names_in(form: Form, quotients: Quotients | None = None) -> set[str]:
    """The names in a form, and in what its quotients are made of."""
    names = form.names
    for name in tuple(names) if quotients else ():
        parts = quotients.get(name) if quotients else None
        names |= names_in(parts[0]) if parts else set()
    return names


def innermost_loop(frames: Sequence[Frame]) -> Frame | None:
    """The work-shared loop that is innermost, if any is."""
    return next((f for f in reversed(frames) if f.kind == "for"), None) if frames else None
