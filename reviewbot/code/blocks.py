"""Subscripts of two sections, or of two tasks, worked out turn by turn where all is known.

`grid[k][k]` of one and `grid[k][n - 1 - k]` of the other meet where n is odd, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.events import Event, Frame, Guard, Scope, Tried
from reviewbot.code.numbers import UNTOLD, Numbers, Untold
from reviewbot.code.team_turns import MAX_LOOPS, MAX_TRIALS
from reviewbot.code.turns import MAX_POINTS, Points, compared, needed
from reviewbot.code.values import Form

Pairs = Sequence[tuple[Form, Form]]


def met_in_blocks(scope: Scope, pairs: Pairs, first: Event, second: Event) -> str:
    """Never | other, "" where the turns of either are not plain numbers, or too many to try."""
    if not pairs or any(not form.marks.isdisjoint(UNTOLD) for pair in pairs for form in pair):
        return ""
    key = ("blocks", tuple(pairs), first.loops, second.loops, first.guards, second.guards)
    if key not in scope.tried:
        if len(scope.tried) >= MAX_TRIALS:
            return ""
        scope.tried[key] = _tried(scope, pairs, first, second)
    found = scope.tried[key]
    return found.kind if found is not None else ""


def _tried(scope: Scope, pairs: Pairs, first: Event, second: Event) -> Tried | None:
    try:
        one = _points(scope, first, [left for left, _ in pairs])
        two = _points(scope, second, [right for _, right in pairs])
    except Untold:
        return None
    kind = compared(one, two, alike=False)
    sure = kind == "never" or all(map(_is_told, (*first.guards, *second.guards)))
    return Tried(kind, True) if sure else None


def _is_told(guard: Guard) -> bool:
    return guard.form is not None and guard.form.marks.isdisjoint(UNTOLD)


def _block(event: Event) -> Frame:
    return next(f for f in reversed(event.frames) if f.kind in ("section", "task"))


def _points(scope: Scope, event: Event, forms: Sequence[Form]) -> Points:
    """All elements that an access may go to; conditions that are not told are taken to hold."""
    numbers = Numbers(scope.quotients, scope.formulas, ())
    guards = [g.form for g in event.guards if g.form is not None and _is_told(g)]
    loops = needed(event.loops, [*forms, *guards], (), numbers)
    around = {loop.name for loop in event.loops[: _block(event).around]}  # both are in one turn
    if len(loops) > MAX_LOOPS or any(loop.name in around for loop in loops):
        raise Untold
    numbers.begin({})
    numbers.run(loops, MAX_POINTS)
    if numbers.cut:
        raise Untold
    numbers.keep(event.guards)
    return Points([numbers.value(form) for form in forms], [])
