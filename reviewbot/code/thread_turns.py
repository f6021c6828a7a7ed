"""Subscripts tried for every thread, where all the numbers that they are made of are known.

What the tests of dependence.py cannot tell of quotients, remainders and listed numbers a few
hundred turns can: `bits[i >> 5]` over 0..64 and 64..128, `cells[(id + turn) % 3]` of three threads
that take their turns together. Nothing is guessed here, and no turn is left out.

MAX_THREADS and MAX_POINTS (turns.py) bound what is tried for one access, which is done once, and
MAX_TRIED that of all accesses of a scope. MAX_COMPARED bounds what is compared of all its pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from reviewbot.code.events import Beat, Event, Guard, Loop, Party, Scope, Tried
from reviewbot.code.numbers import MAX_DEPTH, Array, Bools, Numbers, Untold, bounded
from reviewbot.code.turns import MAX_POINTS, Points, compared, needed
from reviewbot.code.values import CLAMPED, LOAD, RANGE, Form

Pairs = Sequence[tuple[Form, Form]]
MAX_THREADS = 32  # of one creation
MAX_TRIED = 20_000  # turns of all accesses of a scope
MAX_COMPARED = 1_000_000  # turns of both accesses of all pairs of a scope
MAX_BEATS = 64
_KNOWN = frozenset({"/", "%", "^", "==", "!=", "<", "<=", ">", ">="})


def met_by_threads(scope: Scope, pairs: Pairs, first: Event, second: Event) -> Tried | None:
    """How the subscripts meet of threads that are created; None where that is not known."""
    one, two = scope.parties[first.party], scope.parties[second.party]
    if scope.kind != "threads" or not pairs:
        return None
    if _creates(one, first, two) or _creates(two, second, one):
        return None
    beat = _together(scope, first, second)
    ours = _points(scope, [left for left, _ in pairs], first, one, beat)
    if ours is None:
        return None
    theirs = _points(scope, [right for _, right in pairs], second, two, beat)
    apart = _turns_apart(beat, first, second) if beat is not None else 0
    if theirs is None or apart is None:
        return None
    scope.compared += len(ours) + len(theirs)
    if scope.compared > MAX_COMPARED:
        return None
    if apart:
        ours = Points([ours.elements[0] - apart, *ours.elements[1:]], ours.owners)
    found = compared(ours, theirs, alike=first.party == second.party)
    sure = found != "other" or (_is_sure(first) and _is_sure(second))
    return Tried(found, exact=True) if sure else None


def _creates(party: Party, event: Event, other: Party) -> bool:
    """Whether an access is in a turn of the loop that creates the other's threads."""
    return party.serial != other.serial and any(
        loop.line == other.loop_line and loop.name == other.loop_name for loop in event.loops
    )


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


def _beaten(scope: Scope, loops: Sequence[Loop]) -> Loop:
    """The loop whose turns are taken together, all threads as many of them."""
    found = [loop for loop in loops if loop.line in scope.beats and loop.name]
    ends = [f for loop in found for f in (loop.low, loop.high)]
    if len(found) != 1 or not all(f is not None and f.is_constant for f in ends):
        raise Untold
    return found[0]


# --- subscripts, thread by thread ----------------------------------------------------------------


def _points(
    scope: Scope, forms: Sequence[Form], event: Event, party: Party, beat: Beat | None
) -> Points | None:
    """The turn taken together, and the subscripts, by thread; None where they are not known."""
    key = event.order, beat is not None, tuple(forms)
    if key not in scope.points:
        try:
            scope.points[key] = _listed(scope, forms, event, party, beat)
        except Untold:
            scope.points[key] = None
    return scope.points[key]


def _listed(
    scope: Scope, forms: Sequence[Form], event: Event, party: Party, beat: Beat | None
) -> Points:
    _charge(scope, 0)
    numbers = Known(scope)
    threads, loops = _creating(party), [_plain(loop) for loop in event.loops[scope.outside :]]
    beaten = [_beaten(scope, loops)] if beat is not None else []
    asked = [guard.form for guard in event.guards if guard.form is not None]
    inner = needed(loops, [*forms, *asked], [loop.name for loop in beaten], numbers)
    tried = _run(numbers, threads, inner, loops)
    numbers.keep(event.guards)
    found = [*map(numbers.turn, beaten), *(numbers.value(form) for form in forms)]
    _charge(scope, tried)
    return Points(found, [numbers.env[loop.name] for loop in threads] or [numbers.nought])


def _creating(party: Party) -> list[Loop]:
    """The loop whose variable numbers the threads of a creation; none of a thread alone."""
    if not party.many:
        return []
    if party.loop is None or not party.loop_name:
        raise Untold
    return [replace(_plain(party.loop), name=party.loop_name)]


def _plain(loop: Loop) -> Loop:
    """The loop with its values from the least one on, and all of them where some are left out.

    More values than there are do no harm.
    """
    down = "--" in loop.header or "-=" in loop.header
    known = loop.stride is not None and loop.stride.is_constant and loop.stride.constant > 0
    return loop if known and not down else replace(loop, header="", stride=Form((), 1))


def _run(
    numbers: Known, threads: Sequence[Loop], inner: Sequence[Loop], loops: Sequence[Loop]
) -> int:
    """Set the variables in all turns of all threads; how many these are."""
    names = [loop.name for loop in inner]
    alike = [loop for loop in (*threads, *loops) if loop.name in names]
    numbers.begin({})
    if len(alike) > len(inner):  # two loops that count by one variable
        raise Untold
    if not numbers.run_all(threads, MAX_THREADS) or not len(numbers):
        raise Untold
    if not numbers.run_all(inner, MAX_POINTS):
        _charge(numbers.scope, MAX_POINTS)
        raise Untold
    return len(numbers)


def _charge(scope: Scope, turns: int) -> None:
    """Count turns that were tried; raises Untold once these are too many for a scope."""
    scope.tries += turns
    if scope.tries > MAX_TRIED:
        raise Untold


class Known(Numbers):
    """The values of names in all turns, of which each is known: none is given to a name."""

    untold = untold_ends = frozenset({CLAMPED, RANGE, "local"})  # at most, from there on; changed

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope.quotients, {}, ())
        self.scope = scope

    def value(self, form: Form) -> Array:
        """The form's value in each turn; of no turn there is none, whatever it is made of."""
        if len(self) and not self.is_told(form):
            raise Untold
        return super().value(form) if len(self) else self.nought

    def holds(self, guard: Guard) -> Bools | None:
        """Where a condition lets code run; what is not known may hold."""
        try:
            return super().holds(guard)
        except Untold:
            return None

    def _range(self, loop: Loop, size: int) -> tuple[Array, Array, Array]:
        low, high, step = super()._range(loop, size)
        if (high - low > MAX_POINTS).any():
            raise Untold
        return low, high, step

    def _operation(self, parts: tuple[Form, Form, str], depth: int) -> Array:
        index, table, operator = parts
        if operator != LOAD:
            return super()._operation(parts, depth)
        if depth > MAX_DEPTH or not self.is_told(index):
            raise Untold
        return self._entries(table, self._value(index, depth + 1))

    def _entries(self, table: Form, index: Array) -> Array:
        """Entries of a list that nothing here changes."""
        ((name,), _), *_ = table.terms
        listed = self.scope.lists.get(name, ())
        outside = len(index) and (index.min() < 0 or index.max() >= len(listed))
        if outside or name in _written(self.scope):
            raise Untold
        entries = [listed[place] for place in index.tolist()]
        return np.array([bounded(entry) for entry in entries], np.int64)

    def _act(self, operator: str, one: Array, two: Array) -> Array:
        """What an operation gives, where it gives that without a sign as well."""
        if operator not in _KNOWN:
            raise Untold
        if operator in "/%" and ((one < 0).any() or (two < 0).any()):
            raise Untold
        return super()._act(operator, one, two)


def _written(scope: Scope) -> set[str]:
    if scope.written is None:
        scope.written = {event.key for event in scope.events if event.mode != "read"}
    return scope.written
