"""Whether two subscripts can name one element for two different threads: exact where it is linear.

The classical dependence tests (greatest common divisor, Banerjee's bounds, delinearisation by
symbolic strides; Allen and Kennedy 2001, chapters 3 and 4) over index forms. A *divided* variable
is one of which two threads never hold the same value: the variable of a loop whose iterations are
shared out, the thread's number, or that of a loop over the thread's own range. The question is
which differences of the divided variables let both subscripts be equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reviewbot.code.congruence import contradicted
from reviewbot.code.dependence import NEVER, ONE, OTHER, dimension
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
from reviewbot.code.rows import beyond_strides, stepped_apart
from reviewbot.code.splits import split
from reviewbot.code.tables import by_table, has_entry
from reviewbot.code.values import BY_THREAD, RANGE, Form, arithmetic

_SHARES = frozenset({"for", "sections", "section", "single", "master", "task", "taskloop"})
_IN_CHUNKS = frozenset({"schedule-static", "schedule-dynamic"})
# Marks of a number that two threads may read differently from what has one name.
_OF_ITS_OWN = frozenset({"mem", "local", "update", "ticket", "counter"})
_CREATORS = ("single", "master", "section")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How two subscripts meet.

    `kind`: never | same (only where the divided variables agree: one thread) | other (two threads
    can meet) | free (no divided variable matters) | unknown. `distance` is that of the divided
    variable where it is a number. `by` says what divides: pv | task | tid | targ | own | cyclic,
    or split: two ranges, and no number; or table: a number's entries there.
    """

    kind: str
    by: str = "-"
    distance: int | None = None


def meeting(scope: Scope, first: Event, second: Event) -> Meeting | None:
    """How the subscripts of two accesses meet; None if there is none, or nothing divides them.

    Loops around the construct that makes the threads give one value to all.
    """
    pairs = _subscripts(first, second)
    return None if pairs is None else _meeting(scope, pairs, first, second)


def one_turn(scope: Scope, first: Event, second: Event) -> bool:
    """Whether conditions leave both accesses to the one thread that has a number: `i == n - 1`."""
    if scope.kind != "threads" or first.party != second.party:
        return False
    forms = ((f for g in e.guards for f in g.nought) for e in (first, second))
    ours, theirs = ([f for f in of if _is_alike(f, scope.quotients)][-3:] for of in forms)
    pairs = ((a, b) for a in ours for b in theirs)
    found = (_meeting(scope, [pair], first, second) for pair in pairs)
    return any(met is not None and met.kind in ("same", "never") for met in found)


def _is_alike(form: Form, quotients: Quotients) -> bool:
    """Whether all that is no number of a turn in it has one value for all threads."""
    return form.marks.isdisjoint(_OF_ITS_OWN) and not has_entry(form, quotients)


def _meeting(
    scope: Scope, pairs: Sequence[tuple[Form, Form]], first: Event, second: Event
) -> Meeting | None:
    one, two = scope.parties[first.party], scope.parties[second.party]
    steady = _lockstep(scope, first, second)
    both = (first, one, two), (second, two, one)
    a, b = (_known_side(*side, scope, steady, tiles=True) for side in both)
    if a.by != b.by or not _tells(pairs, a, b, scope):
        a, b = (_known_side(*side, scope, steady, tiles=False) for side in both)
    sides = (first, a), (second, b)
    if not a.divided or not b.divided or a.by != b.by:
        return _of_two(scope, pairs, *sides)
    if _in_other_turns(first, one, two) or _in_other_turns(second, two, one):
        return Meeting(kind="unknown", by=a.by)
    found = _agreed(pairs, a, b, scope.quotients)
    if found.kind in ("never", "same"):
        return found
    if found.by == "tid" and (told := _of_two(scope, pairs, *sides)) is not None:
        return told
    if contradicted(pairs, *sides, scope.quotients):
        return replace(found, kind="never", distance=None)
    listed = _listed(scope, pairs, a, b) if found.kind == "unknown" else ""
    return Meeting(kind=listed, by="table") if listed else found


def _tells(pairs: Sequence[tuple[Form, Form]], a: Side, b: Side, scope: Scope) -> bool:
    """Whether the side that was tried first says enough: rows by number may be divided by turns."""
    if a.by != "tid" or len(pairs) < 2 or not a.divided or not b.divided:
        return True
    return _agreed(pairs, a, b, scope.quotients).kind in ("never", "same")


def _in_other_turns(event: Event, creator: Party, party: Party) -> bool:
    """Whether the creator of threads uses the variable that numbers them in a loop of its own."""
    if party.creator != creator.serial or not party.many or not party.loop_name:
        return False
    lines = [loop.line for loop in event.loops if loop.name == party.loop_name]
    return bool(lines) and party.loop_line not in lines


def _listed(scope: Scope, pairs: Sequence[tuple[Form, Form]], a: Side, b: Side) -> str:
    """How ranges meet that begin and end at the entries of a table, by the divided number."""
    if len(a.divided) != 1 or a.divided != b.divided:
        return ""
    ((number, rank),) = a.divided.items()
    loop = a.range_of(rank)
    step = loop.stride if loop is not None and loop.stride is not None else ONE

    def after(form: Form) -> Form:
        return _next(form, number, scope.quotients, step)

    return by_table(pairs, a, b, after, scope.quotients)


def _of_two(
    scope: Scope,
    pairs: Sequence[tuple[Form, Form]],
    first: tuple[Event, Side],
    second: tuple[Event, Side],
) -> Meeting | None:
    """How the ranges of two threads, or of two sections or tasks, meet that nothing numbers."""
    one, two = (scope.parties[event.party] for event, _ in (first, second))
    if one.serial == two.serial:
        blocks = [_block(event) for event, _ in (first, second)]
        if not all(blocks) or blocks[0] == blocks[1]:
            return None
    elif one.many or two.many:
        return None
    kind = split(pairs, first[1], second[1])
    return Meeting(kind=kind, by="split") if kind != "unknown" else None


def _block(event: Event) -> int:
    """The section, or the task of no loop, that makes an access; 0 if there is none."""
    frame = next((f for f in reversed(event.frames) if f.kind in _SHARES), None)
    alone = frame is not None and frame.kind in ("section", "task") and not frame.looped
    return frame.serial if frame is not None and alone else 0


def _agreed(pairs: Sequence[tuple[Form, Form]], a: Side, b: Side, quotients: Quotients) -> Meeting:
    """How the forms alone meet, whatever decides whether the accesses are made."""
    found: dict[str, int] = {}
    unknown, others = False, 0
    for left, right in pairs:
        forced, complete = dimension(left, right, a, b, quotients)
        if not complete and not forced:
            found_more = beyond_strides(left, right, a, b, quotients)
            forced, complete = found_more or (forced, complete)
        elif not forced and stepped_apart(left, right, a, b):
            return Meeting(kind="never", by=a.by)
        unknown = unknown or not complete
        if forced is NEVER:
            return Meeting(kind="never", by=a.by)
        if forced is OTHER:
            others += 1
            continue
        for rank, distance in forced.items():
            if found.setdefault(rank, distance) != distance:
                return Meeting(kind="never", by=a.by)
    if others:
        sure = not unknown and not any(found.values()) and others + len(found) <= len(pairs)
        return Meeting(kind="other" if sure and not found else "unknown", by=a.by)
    return _judged(found, unknown, a, b)


def _judged(found: Mapping[str, int], unknown: bool, a: Side, b: Side) -> Meeting:
    ranks = set(a.divided.values()) | set(b.divided.values())
    cycle = a.cycle if a.cycle == b.cycle else 0
    far = [d for d in found.values() if d and not (cycle and d % cycle == 0)]
    if any(not _reachable(rank, d, a) for rank, d in found.items()):
        return Meeting(kind="never", by=a.by)
    distance = far[0] if len(far) == 1 else None
    if not far and set(found) >= ranks:
        return Meeting(kind="other" if a.overlap or b.overlap else "same", by=a.by)
    if unknown:
        return Meeting(kind="unknown", by=a.by, distance=distance)
    return Meeting(kind="other" if found else "free", by=a.by, distance=distance)


def _subscripts(first: Event, second: Event) -> list[tuple[Form, Form]] | None:
    a = [e.form for e in first.path.elements if not e.field]
    b = [e.form for e in second.path.elements if not e.field]
    one, two = first.path.root, second.path.root
    same = one.serial == two.serial or (one.name, one.offset) == (two.name, two.offset)
    if not a or len(a) != len(b) or not same:
        return None
    return [pair for pair in zip(a, b, strict=True) if not any(map(_covers, pair))]


def _covers(form: Form) -> bool:
    """Whether it stands for elements of which only the first is known, the same for all threads."""
    return RANGE in form.marks and BY_THREAD.isdisjoint(form.marks)


# --- what divides --------------------------------------------------------------------------------


def _lockstep(scope: Scope, first: Event, second: Event) -> bool:
    """Whether all threads take the turns of the loops around one work-shared loop together."""
    a, b = (_innermost_loop(event.frames) for event in (first, second))
    if a is None or b is None or a.serial != b.serial:
        return False
    return not a.nowait or all(line in scope.beats for line in _around(scope, first))


def _around(scope: Scope, event: Event) -> Sequence[int]:
    """Lines of the loops, within the region, around the work-shared loop of an access."""
    inner = event.loops[scope.outside :]
    first = next((n for n, loop in enumerate(inner) if loop.shared), 0)
    return [loop.line for loop in inner[:first]]


def _innermost_loop(frames: Sequence[Frame]) -> Frame | None:
    return next((f for f in reversed(frames) if f.kind == "for"), None)


def _known_side(
    event: Event, party: Party, other: Party, scope: Scope, steady: bool, *, tiles: bool
) -> Side:
    """The side of an access, worked out once: it is in many pairs, and its forms in each."""
    key = (event.order, other.serial, steady, tiles)
    side = scope.sides.get(key)
    if side is None:
        side = scope.sides[key] = _side(event, party, other, scope, steady=steady, tiles=tiles)
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
    event: Event, party: Party, other: Party, scope: Scope, *, steady: bool, tiles: bool
) -> Side:
    side = Side()
    inner = [loop for loop in event.loops[scope.outside :] if loop.name]
    if steady:
        first = next((n for n, loop in enumerate(inner) if loop.shared), 0)
        inner = inner[first:]
    side.loops = {loop.name: loop for loop in inner}
    teams = _teams(event)
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
        if by == "pv" and _reached_by_all(event):
            side.divided[THREAD] = "t"
        side.chunk = _chunk(event) if by == "pv" else 0
        if tiles and by in ("pv", "task") and len(inner) > len(shared):
            _tile(side, event, shared, inner, scope)
        return side
    if party.kind == "team":
        number, side.by = THREAD, "tid"
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
    for loop in inner:
        if _owned(side, loop, number, created, scope):
            break
    return side


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


def _chunk(event: Event) -> int:
    """How many turns of a work-shared loop at a time go to one thread; 0 where not told."""
    frame = _innermost_loop(event.frames)
    if frame is None or not frame.clauses & _IN_CHUNKS:
        return 0
    sizes = [c[6:] for c in frame.clauses if c.startswith("chunk:")]
    return int(sizes[0]) if sizes and sizes[0].isdecimal() and len(sizes[0]) < 10 else 0


def _by_number(event: Event, shared: Sequence[Loop], scope: Scope) -> bool:
    """Whether an access in a work-shared loop goes by the thread's number, not by the loop's.

    One subscript that does is enough: whatever the others are, rows of two threads are apart.
    """
    forms = [e.form for e in event.path.elements if not e.field and "tid" in e.form.marks]
    divided = {loop.name for loop in shared}
    named = [_names(form, scope.quotients) for form in forms] if shared else []
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
    if of is None or loop.stride is None or of.low is None or of.high is None:
        return False
    count = of.high.plus(of.low, -1)
    return count.is_constant and loop.stride.is_constant and loop.stride.constant < count.constant


def _tile(
    side: Side, event: Event, shared: Sequence[Loop], inner: Sequence[Loop], scope: Scope
) -> None:
    """A loop over the range of one turn of a shared loop divides where it alone is used."""
    names = {n for e in event.path.elements if not e.field for n in _names(e.form, scope.quotients)}
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
    frames = [f for f in event.frames if f.kind in _CREATORS or f.kind == "task"]
    task = next((f for f in reversed(frames) if f.kind == "task"), None)
    alone = next((f for f in frames if f.kind in _CREATORS), None)
    if task is None or alone is None or not task.looped:
        return []
    between = event.loops[alone.around : task.around]  # in whatever functions they stand
    found = [loop for loop in loops if any(loop is other for other in between)]
    last = max((n for n, loop in enumerate(found) if loop.line in scope.rests), default=-1)
    return found[last + 1 :] if last + 1 < len(found) else found


def own_range(loop: Loop, number: str, quotients: Quotients, step: Form = ONE) -> str:
    """Whether a loop runs over a range of the thread's own: own | overlap | cyclic | all | unknown.

    `number` is the name of the thread's number in forms; two threads' are `step` apart.
    """
    if loop.low is None or loop.high is None:
        return "unknown"
    low, high = _names(loop.low, quotients), _names(loop.high, quotients)
    after = _next(loop.low, number, quotients, step)  # where the next thread begins
    if number in low and number not in high:
        strided = loop.stride is not None and not _is(loop.stride, 1)
        return "cyclic" if strided and _is(after.plus(loop.low, -1), 1) else "?"
    if number not in low:
        return "?" if number in high else "all"
    gap = after.plus(loop.high, -1)
    if not gap.is_constant:
        return "unknown"
    return "own" if gap.constant >= 0 else "overlap"


def _of_all(loop: Loop, number: str, created: Loop | None, quotients: Quotients) -> Loop:
    """The ranges of all threads together: how far apart two threads' values can be."""
    low = high = None
    if created is not None and created.name == number and loop.low and loop.high:
        low = _at(loop.low, number, created.low, quotients)
        last = created.high.plus(ONE, -1) if created.high is not None else None
        high = _at(loop.high, number, last, quotients)
    return replace(loop, low=low, high=high, stride=ONE)


def _at(form: Form, number: str, value: Form | None, quotients: Quotients) -> Form | None:
    """The form for the thread of that number, within quotients too; None if it cannot be said."""
    if number not in _names(form, quotients):
        return form
    if value is None:
        return None
    result = Form((), form.constant)
    for monomial, coefficient in form.terms:
        parts = quotients.get(monomial[0]) if len(monomial) == 1 else None
        if parts is not None and number in _names(parts[0], quotients):
            inner = _at(parts[0], number, value, quotients)
            whole = parts[2] in "/%" and parts[1].is_constant
            if inner is None or not inner.is_constant or not whole:
                return None
            part = divmod(inner.constant, parts[1].constant)[parts[2] == "%"]
            result = result.plus(Form((), part * coefficient))
            continue
        result = result.plus(Form(((monomial, coefficient),)).replaced((number,), value))
    return result if number not in _names(result, quotients) else None


def _is(form: Form, value: int) -> bool:
    return form.is_constant and form.constant == value


def _next(form: Form, number: str, quotients: Quotients, step: Form) -> Form:
    """The form for the next thread: the number a step higher, within quotients too."""
    result = Form((), form.constant)
    for monomial, coefficient in form.terms:
        parts = quotients.get(monomial[0]) if len(monomial) == 1 else None
        if parts is not None and number in _names(parts[0], quotients):
            moved = arithmetic(parts[2], _next(parts[0], number, quotients, step), parts[1])
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


def _names(form: Form, quotients: Quotients | None = None) -> set[str]:
    names = form.names
    for name in tuple(names) if quotients else ():
        parts = quotients.get(name) if quotients else None
        names |= _names(parts[0]) if parts else set()
    return names


def _reachable(rank: str, distance: int, side: Side) -> bool:
    """Whether the loop's range and stride let its variable differ by so much."""
    loop = side.range_of(rank)
    if loop is None or not distance:
        return True
    stride = loop.stride.constant if loop.stride is not None and loop.stride.is_constant else 1
    if stride and distance % stride:
        return False
    if loop.low is None or loop.high is None:
        return True
    trips = loop.high.plus(loop.low, -1)
    return not trips.is_constant or abs(distance) < trips.constant


def words(found: Meeting | None) -> Iterable[tuple[str, str]]:
    """The meeting as relations."""
    if found is None:
        return (("meet", "-"),)
    told = [("meet", found.kind), ("meet-by", f"{found.by}-{found.kind}")]
    if found.distance is not None and found.kind in ("other", "unknown"):
        size = abs(found.distance)
        word = "1" if size == 1 else ("few" if size < 8 else "many")
        told.append(("distance", f"{'-' if found.distance < 0 else '+'}{word}"))
    return told
