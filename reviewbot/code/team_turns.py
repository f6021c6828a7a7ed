"""Subscripts worked out turn by turn, where their arithmetic does not tell how they meet.

Every turn of every loop is tried where ranges are known numbers, which is exact. Sizes that nobody
knows are given several small values, and the answer counts where all of them agree. Where there
are too many turns some are left out, which the answer tells.

MAX_LOOPS and MAX_POINTS (turns.py) bound what is tried for one access and one choice of values, and
MAX_TRIALS how often it is: two accesses in like contexts are asked for once.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from reviewbot.code.events import SIZE, THREAD, Event, Loop, Scope, Side, Tried
from reviewbot.code.numbers import UNTOLD, Array, Numbers, Untold
from reviewbot.code.turns import MAX_POINTS, Points, compared, needed
from reviewbot.code.values import Form

Pairs = Sequence[tuple[Form, Form]]
MAX_TRIALS = 48  # pairs of one scope that are worked out, of those that differ
MAX_LOOPS = 5
# Values of the names that nobody knows, in the order in which they are met; by how many times all
# that is written the ends of ranges are greater, and whether all other sizes are as well.
_VALUES = (
    ((6, 7, 5, 9, 8), 0, False),
    ((9, 5, 8, 6, 7), 2, True),
    ((7, 9, 6, 5, 8), 0, False),
    ((5, 8, 9, 7, 6), 1, False),
)
_LARGE = (37, 34, 39, 36, 35), 0, False  # where so many turns can be tried
MAX_BEYOND = 2048
_BY_NUMBER = frozenset({"tid", "seq-tid", "targ", "seq-targ"})


@dataclass(slots=True)
class _Question:
    """Two accesses whose subscripts are to be compared, and who their numbers belong to."""

    scope: Scope
    pairs: Pairs
    sides: tuple[tuple[Event, Side], tuple[Event, Side]]
    by_number: bool  # whether both go by the thread's number
    alike: bool  # whether equal numbers are one thread's


def met_in_team(
    scope: Scope, pairs: Pairs, first: tuple[Event, Side], second: tuple[Event, Side]
) -> Tried | None:
    """How the subscripts meet, by trying; None where they cannot be worked out."""
    key = (tuple(pairs), _context(*first), _context(*second))
    if key not in scope.tried:
        strange = any(_is_strange(event) or _leaves_row(event) for event, _ in (first, second))
        if len(scope.tried) >= MAX_TRIALS or strange:
            return None
        by_number = _uses_number(first[0]) and _uses_number(second[0])
        alike = by_number or _divided_alike(first, second)
        asked = _Question(scope, pairs, (first, second), by_number, alike)
        scope.tried[key] = _tried(asked)
    return scope.tried[key]


def _context(event: Event, side: Side) -> tuple[object, ...]:
    divided = tuple(side.divided.items())
    return (event.party, side.by, divided, event.loops, event.guards, event.frames)


def _is_strange(event: Event) -> bool:
    """Whether teams within teams run the code: whose turn it is takes more than one number."""
    return any(frame.kind == "nested" for frame in event.frames)


def _leaves_row(event: Event) -> bool:
    """Whether a column may be one of another row: `t[0][k * width + j]`."""
    forms = [e.form for e in event.path.elements if not e.field]
    names = {loop.name for loop in event.loops} if len(forms) > 1 else set()
    for row, form in itertools.pairwise(forms):
        wide = [m for m, c in form.terms if len(m) > 1 or abs(c) > 1]
        if row.is_constant and any(not names.isdisjoint(monomial) for monomial in wide):
            return True
    return False


def _tried(asked: _Question) -> Tried | None:
    if not any(a.marks.isdisjoint(UNTOLD) and b.marks.isdisjoint(UNTOLD) for a, b in asked.pairs):
        return None
    found: dict[int, str] = {}
    far = _beyond(asked)
    for values, beyond, large in (*_VALUES, _LARGE):
        made = asked.scope.quotients, asked.scope.formulas
        numbers = Numbers(*made, values, far * beyond, large=large)
        try:
            answer = _met(asked, numbers)
        except Untold:
            if values is _LARGE[0]:
                break
            return None
        if not numbers.guesses:
            return Tried(answer, not numbers.cut or answer == "other") if answer else None
        if answer and not _agree(found.setdefault(beyond, answer), answer):
            return None
        if answer == "same":
            found[beyond] = answer
    return _agreed(list(found.values())) if len(found) > 1 else None


def _beyond(asked: _Question) -> int:
    """As much as is written anywhere in forms and ranges."""
    numbers = Numbers(asked.scope.quotients, asked.scope.formulas, ())
    loops = [loop for event, _ in asked.sides for loop in event.loops]
    ends = [end for loop in loops for end in (loop.low, loop.high) if end is not None]
    forms = [form for pair in asked.pairs for form in pair]
    return min(max(map(numbers.greatest, [*ends, *forms])), MAX_BEYOND) + 16


def _agree(one: str, two: str) -> bool:
    """Whether two answers say alike if two threads can meet."""
    return (one == "other") == (two == "other")


def _agreed(found: Sequence[str]) -> Tried | None:
    """What the answers for several values come to; nothing where one value decides."""
    if not all(_agree(found[0], answer) for answer in found):
        return None
    return Tried("same" if "same" in found else found[0], False)


def _uses_number(event: Event) -> bool:
    """Whether the thread's number tells to which elements an access goes."""
    forms = [e.form for e in event.path.elements if not e.field]
    return any(not form.marks.isdisjoint(_BY_NUMBER) for form in forms)


def _divided_alike(first: tuple[Event, Side], second: tuple[Event, Side]) -> bool:
    """Whether equal numbers of turns are one thread's on both sides."""
    (one, a), (two, b) = first, second
    if one.party != two.party or a.by != b.by or not a.divided:
        return False
    if a.by == "pv":
        return True  # how two loops share turns out is a relation of its own
    return a.by == "task" and one.work is two.work


def _met(asked: _Question, numbers: Numbers) -> str:
    """How they meet for one choice of values: never | same | other, "" if none is reached."""
    kept = [pair for pair in asked.pairs if all(map(numbers.is_told, pair))]
    one = _points(asked, 0, [pair[0] for pair in kept], numbers)
    itself = asked.sides[0] == asked.sides[1] and all(a == b for a, b in kept)
    two = one if itself else _points(asked, 1, [pair[1] for pair in kept], numbers)
    if not (len(one) and len(two)):
        return "" if numbers.guesses or numbers.cut else "never"
    found = compared(one, two, alike=asked.alike)
    if found == "other" and len(kept) < len(asked.pairs):
        raise Untold  # the subscripts that are left out may be apart
    return found


def _points(asked: _Question, at: int, forms: Sequence[Form], numbers: Numbers) -> Points:
    """All elements that an access may go to, with the turn or the thread that goes there."""
    event, side = asked.sides[at]
    inner = [loop for loop in event.loops if loop.name in side.loops or loop.shared]
    guards = [g.form for g in event.guards if g.form is not None and numbers.is_told(g.form)]
    by = [THREAD] if asked.by_number else list(side.divided)
    owning = by if asked.alike else []
    loops = needed([_team(event), *inner], [*forms, *guards], owning, numbers)
    numbers.begin(_outer(event, loops))
    if len(loops) > MAX_LOOPS or not {loop.name for loop in loops}.issuperset(owning):
        raise Untold
    numbers.run(loops, MAX_POINTS)
    numbers.keep(event.guards)
    elements = [numbers.value(form) for form in forms]
    return Points(elements, [_owner(name, side, numbers, loops) for name in owning])


def _outer(event: Event, loops: Sequence[Loop]) -> dict[str, Loop]:
    """Loops around of which both sides have the same turn."""
    run = {loop.name for loop in loops}
    return {loop.name: loop for loop in event.loops if loop.name and loop.name not in run}


def _team(event: Event) -> Loop:
    """The range of the numbers of a team's threads."""
    sizes = [c for f in event.frames for c in f.clauses if c.startswith(SIZE)]
    size = Form((), int(sizes[0].removeprefix(SIZE))) if sizes else None
    return Loop(0, 0, False, "", THREAD, "1", Form(), size, Form((), 1))


def _owner(name: str, side: Side, numbers: Numbers, loops: Sequence[Loop]) -> Array:
    """Who has a turn: the turn itself, or of a loop in chunks the chunk."""
    values = numbers.env[name]
    loop = next((loop for loop in loops if loop.name == name), None)
    if not side.chunk or len(side.divided) > 1 or loop is None or loop.low is None:
        return values
    chunk = numbers.turn(loop) // side.chunk
    return chunk % side.team if side.team else chunk
