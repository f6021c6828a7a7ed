"""Subscripts tried for every thread, where all the numbers that they are made of are known.

What the tests of dependence.py cannot tell of quotients, remainders and listed numbers a few
hundred trials can: `bits[i >> 5]` over 0..64 and 64..128, `cells[(id + turn) % 3]` of three threads
that take their turns together.
"""

from __future__ import annotations

import operator as op
from collections.abc import Iterator, Sequence

from reviewbot.code.events import Beat, Event, Guard, Loop, Party, Points, Scope, Turns
from reviewbot.code.values import CLAMPED, LOAD, RANGE, Form

MAX_THREADS = 32  # of one creation
MAX_POINTS = 4096  # turns of one access, by all threads
MAX_TRIED = 20_000  # turns of all accesses of a scope
MAX_COMPARED = 200_000  # subscripts of all pairs of a scope
MAX_DEPTH = 6  # quotients of quotients
MAX_NAMES = 64
MAX_BEATS = 64
Env = dict[str, int]
_LOOSE = frozenset({CLAMPED, RANGE, "local"})  # at most, at least, from there on; or changed
_ASKS = {"==": op.eq, "!=": op.ne, "^": op.xor, "<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}


class _Unknown(Exception):
    """A number that is not known, or too many turns."""


def tried(scope: Scope, pairs: Sequence[tuple[Form, Form]], first: Event, second: Event) -> str:
    """Never | same (one thread alone has both) | other | "" of subscripts tried for all threads."""
    one, two = scope.parties[first.party], scope.parties[second.party]
    if (
        scope.kind != "threads"
        or not pairs
        or _creates(one, first, two)
        or _creates(two, second, one)
    ):
        return ""
    beat = _together(scope, first, second)
    ours = _points(scope, [left for left, _ in pairs], first, one, beat)
    if not ours:
        return ""
    theirs = _points(scope, [right for _, right in pairs], second, two, beat)
    if not theirs:
        return ""
    apart = _turns_apart(beat, first, second) if beat is not None else 0
    if apart is None:
        return ""
    return _judged(scope, (ours, theirs), apart, first, second)


def _creates(party: Party, event: Event, other: Party) -> bool:
    """Whether an access is in a turn of the loop that creates the other's threads."""
    return party.serial != other.serial and any(
        loop.line == other.loop_line and loop.name == other.loop_name for loop in event.loops
    )


def _judged(
    scope: Scope, points: tuple[Points, Points], apart: int, first: Event, second: Event
) -> str:
    alike = first.party == second.party
    alone = False
    for mine, turns in points[0].items():
        for other, others in points[1].items():
            if scope.compared > MAX_COMPARED:
                return ""
            if not _meet(scope, turns, others, apart):
                continue
            if not (alike and mine == other):
                return "other" if _is_sure(first) and _is_sure(second) else ""
            alone = True
    return "same" if alone else "never"


def _meet(scope: Scope, turns: Turns, others: Turns, apart: int) -> bool:
    for turn, found in turns.items():
        there = others.get(turn - apart, set())
        scope.compared += 1 + min(len(found), len(there))
        if not found.isdisjoint(there):
            return True
    return False


def _is_sure(event: Event) -> bool:
    """Whether an access is made in every turn that its loops' headers tell of."""
    forms = [f for loop in event.loops for f in (loop.low, loop.high) if f is not None]
    return not event.guards and not any(CLAMPED in form.marks for form in forms)


# --- the turns that all threads take together ----------------------------------------------------


def _together(scope: Scope, first: Event, second: Event) -> Beat | None:
    """The one loop around both in whose every turn the threads of a creation meet."""
    if first.party != second.party or not scope.turns or len(scope.turns) > MAX_BEATS:
        return None
    beats = [b for b in scope.turns if b.party == first.party and _within(b, first, second)]
    if len(beats) != 1 or not beats[0].plain:
        return None
    phases = range(beats[0].first, beats[0].last + 1)
    return beats[0] if first.phase in phases and second.phase in phases else None


def _within(beat: Beat, first: Event, second: Event) -> bool:
    return all(beat.start < event.order <= beat.end for event in (first, second))


def _turns_apart(beat: Beat, first: Event, second: Event) -> int | None:
    """How many turns the first access is behind the second where both can be made at once."""
    apart, left = divmod(second.phase - first.phase, beat.last - beat.first)
    return apart if not left else None


def _beaten(scope: Scope, event: Event) -> Loop:
    """The loop whose turns are taken together, all threads as many of them."""
    found = [loop for loop in event.loops if loop.line in scope.beats]
    ends = [f for loop in found for f in (loop.low, loop.high)]
    if len(found) != 1 or not all(f is not None and f.is_constant for f in ends):
        raise _Unknown
    return found[0]


# --- subscripts, thread by thread ----------------------------------------------------------------


def _points(
    scope: Scope, forms: Sequence[Form], event: Event, party: Party, beat: Beat | None
) -> Points:
    """The subscripts of an access by thread and turn; nothing where they are not known."""
    key = event.order, beat is not None, tuple(forms)
    known = scope.points.get(key)
    if known is None:
        try:
            known = _listed(scope, forms, event, party, beat)
        except _Unknown:
            known = {}
        scope.points[key] = known
    return known


def _listed(
    scope: Scope, forms: Sequence[Form], event: Event, party: Party, beat: Beat | None
) -> Points:
    turn = _beaten(scope, event) if beat is not None else None
    loops = _needed(scope, forms, event, turn)
    found: Points = {}
    last = scope.tries + MAX_POINTS
    for env in _threads(scope, party, loops):
        turns = found.setdefault(env.get(party.loop_name, 0), {})
        for inner in _turns(scope, loops, dict(env)):
            if scope.tries > min(last, MAX_TRIED):
                raise _Unknown
            at = (inner[turn.name] - _least(turn)) // _stride(turn) if turn is not None else 0
            if all(_holds(scope, guard, inner) for guard in event.guards):
                subscripts = tuple([_value(scope, form, inner) for form in forms])
                turns.setdefault(at, set()).add(subscripts)
    return found


def _threads(scope: Scope, party: Party, loops: Sequence[Loop]) -> Iterator[Env]:
    """The number of each thread of a creation; one empty number for a thread alone."""
    loop = party.loop
    if not party.many:
        yield {}
        return
    if loop is None or not party.loop_name or any(n.name == party.loop_name for n in loops):
        raise _Unknown
    numbers = _range(scope, loop, {})
    if len(numbers) > MAX_THREADS:
        raise _Unknown
    yield from ({party.loop_name: number} for number in numbers)


def _turns(scope: Scope, loops: Sequence[Loop], env: Env) -> Iterator[Env]:
    """The values of the loops' variables, turn by turn."""
    if not loops:
        scope.tries += 1
        yield env
        return
    for value in _range(scope, loops[0], env):
        env[loops[0].name] = value
        yield from _turns(scope, loops[1:], env)


def _range(scope: Scope, loop: Loop, env: Env) -> range:
    if loop.low is None or loop.high is None:
        raise _Unknown
    low, high = _value(scope, loop.low, env), _value(scope, loop.high, env)
    if high - low > MAX_POINTS:
        raise _Unknown
    return range(low, high, _stride(loop))


def _least(loop: Loop) -> int:
    return loop.low.constant if loop.low is not None else 0


def _stride(loop: Loop) -> int:
    """Between two values, 1 where that is not known: more values than there are do no harm."""
    down = "--" in loop.header or "-=" in loop.header
    known = loop.stride is not None and loop.stride.is_constant and loop.stride.constant > 0
    return loop.stride.constant if known and loop.stride is not None and not down else 1


def _needed(scope: Scope, forms: Sequence[Form], event: Event, turn: Loop | None) -> list[Loop]:
    """The loops around an access, the outermost first, whose variables decide its subscripts."""
    asked = [guard.form for guard in event.guards if guard.form is not None]
    names = _names(scope, [*forms, *asked]) | ({turn.name} if turn is not None else set())
    found: list[Loop] = []
    for loop in reversed(event.loops[scope.outside :]):
        if loop.name and loop.name in names:
            found.append(loop)
            names |= _names(scope, [f for f in (loop.low, loop.high) if f is not None])
    if len({loop.name for loop in found}) != len(found):
        raise _Unknown
    return found[::-1]


def _names(scope: Scope, forms: Sequence[Form]) -> set[str]:
    """All names in forms, and in what their quotients are made of."""
    waiting = [name for form in forms for name in form.names]
    names: set[str] = set()
    while waiting and len(names) < MAX_NAMES:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            made = scope.quotients.get(name)
            waiting += [*made[0].names, *made[1].names] if made is not None else []
    return names


def _value(scope: Scope, form: Form, env: Env, depth: int = 0) -> int:
    """The number that a form is for one thread in one turn."""
    if not form.marks.isdisjoint(_LOOSE) or depth > MAX_DEPTH:
        raise _Unknown
    total = form.constant
    for monomial, factor in form.terms:
        product = factor
        for name in monomial:
            product *= env[name] if name in env else _made(scope, name, env, depth)
        total += product
    return total


def _made(scope: Scope, name: str, env: Env, depth: int) -> int:
    made = scope.quotients.get(name)
    if made is None:
        raise _Unknown
    left, right, operator = made
    one = _value(scope, left, env, depth + 1)
    if operator == LOAD:
        return _entry(scope, right, one)
    two = _value(scope, right, env, depth + 1)
    if operator in ("/", "%"):
        if one < 0 or two <= 0:
            raise _Unknown
        return one // two if operator == "/" else one % two
    if operator not in _ASKS:
        raise _Unknown
    return int(_ASKS[operator](one, two))


def _entry(scope: Scope, table: Form, index: int) -> int:
    """An entry of a list that nothing here changes."""
    ((name,), _), *_ = table.terms
    numbers = scope.lists.get(name, ())
    if not 0 <= index < len(numbers) or name in _written(scope):
        raise _Unknown
    return numbers[index]


def _written(scope: Scope) -> set[str]:
    if scope.written is None:
        scope.written = {event.key for event in scope.events if event.mode != "read"}
    return scope.written


def _holds(scope: Scope, guard: Guard, env: Env) -> bool:
    """Whether the code under a condition may run; what is not known may hold."""
    if guard.form is None:
        return True
    try:
        return bool(_value(scope, guard.form, env)) == guard.holds
    except _Unknown:
        return True
