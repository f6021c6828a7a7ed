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

from reviewbot.code.dependence import NEVER, ONE, OTHER, dimension
from reviewbot.code.events import Event, Frame, Loop, Party, Quotients, Scope, Side
from reviewbot.code.values import Form, arithmetic

THREAD = "tid"  # the name that forms give to the thread's number
_CREATORS = ("single", "master", "section")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How two subscripts meet.

    `kind`: never | same (only where the divided variables agree: one thread) | other (two threads
    can meet) | free (no divided variable matters) | unknown. `distance` is that of the divided
    variable where it is a number. `by` says what divides: pv | task | tid | targ | own | cyclic.
    """

    kind: str
    by: str = "-"
    distance: int | None = None


def meeting(scope: Scope, first: Event, second: Event) -> Meeting | None:
    """How the subscripts of two accesses meet; None if there is none, or nothing divides them.

    Loops around the construct that makes the threads give one value to all.
    """
    pairs = _subscripts(first, second)
    if pairs is None:
        return None
    one, two = scope.parties[first.party], scope.parties[second.party]
    steady = _lockstep(scope, first, second)
    sides = (first, one, two), (second, two, one)
    a, b = (_known_side(*side, scope, steady, tiles=True) for side in sides)
    if a.by != b.by:
        a, b = (_known_side(*side, scope, steady, tiles=False) for side in sides)
    if not a.divided or not b.divided or a.by != b.by:
        return None
    found: dict[str, int] = {}
    unknown, others = False, 0
    for left, right in pairs:
        forced, complete = dimension(left, right, a, b, scope.quotients)
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
    far = [d for d in found.values() if d]
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
    return list(zip(a, b, strict=True)) if a and len(a) == len(b) and same else None


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
    return side


def _side(
    event: Event, party: Party, other: Party, scope: Scope, *, steady: bool, tiles: bool
) -> Side:
    side = Side()
    inner = [loop for loop in event.loops[scope.outside :] if loop.name]
    if steady:
        first = next((n for n, loop in enumerate(inner) if loop.shared), 0)
        inner = inner[first:]
    side.loops = {loop.name: loop for loop in inner}
    shared = [loop for loop in inner if loop.shared]
    by = "pv"
    if not shared:
        shared, by = _creating(event, inner), "task"
    if shared:
        side.divided = {loop.name: f"d{rank}" for rank, loop in enumerate(shared)}
        side.by = by
        if tiles and by == "pv" and len(shared) == 1 and len(inner) > 1:
            _tile(side, event, shared[0], inner, scope)
        return side
    if party.kind == "team":
        number, side.by = THREAD, "tid"
    else:  # the creating thread's loop variable is the number of the thread that a turn creates
        number, side.by = party.loop_name or other.loop_name, "targ"
    if not number:
        return side
    side.divided = {number: "t"}
    created = party.loop or other.loop
    if created is not None and created.name == number:
        side.loops.setdefault(number, created)
    if party.kind == "main":
        return side
    for loop in inner:
        if _owned(side, loop, number, created, scope):
            break
    return side


def _owned(side: Side, loop: Loop, number: str, of: Loop | None, scope: Scope) -> bool:
    """Let a loop over a range of the number's own divide, if it is one; whether it is."""
    key = (id(loop), number, id(of))
    known = scope.owned.get(key)
    if known is None:
        known = scope.owned[key] = _own(loop, number, of, scope.quotients)
    word, whole = known
    if not word:
        return False
    side.divided, side.by = {loop.name: "r"}, "cyclic" if word.startswith("cyclic") else "own"
    side.overlap = word.endswith("overlap")
    side.loops[loop.name] = whole
    return True


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


def _tile(side: Side, event: Event, shared: Loop, inner: Sequence[Loop], scope: Scope) -> None:
    """A loop over the range of one turn of the shared loop divides where it alone is used."""
    names = {n for e in event.path.elements if not e.field for n in _names(e.form, scope.quotients)}
    if shared.name in names:
        return
    for loop in inner:
        if not loop.shared and loop.name in names:
            _owned(side, loop, shared.name, shared, scope)
            return


def _creating(event: Event, loops: Sequence[Loop]) -> list[Loop]:
    """The loops in which one thread creates the tasks that make the access, a turn each."""
    frames = [f for f in event.frames if f.kind in _CREATORS or f.kind == "task"]
    task = next((f for f in reversed(frames) if f.kind == "task"), None)
    alone = next((f for f in frames if f.kind in _CREATORS), None)
    if task is None or alone is None or not task.looped:
        return []
    return [loop for loop in loops if alone.line <= loop.line <= task.line]


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
            if inner is None or not inner.is_constant or not parts[1].is_constant:
                return None
            whole = divmod(inner.constant, parts[1].constant)[parts[2] == "%"]
            result = result.plus(Form((), whole * coefficient))
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
