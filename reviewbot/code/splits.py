"""Whether two runners that nothing numbers go over one part of an array, or over two.

`std::thread a(fill, 0, half), b(fill, half, n);`, the sections of a team, two tasks side by side:
each goes over a range of its own text, and the ranges meet or they do not.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.dependence import MAX_TRIPS, ONE, bounds_of, positive
from reviewbot.code.events import Loop, Side
from reviewbot.code.values import BY_THREAD, CLAMPED, Form

# What two readings of one name need not have in common.
_CHANGES = BY_THREAD | {"local", "update", "ticket", "counter", "serial"}


def split(pairs: Sequence[tuple[Form, Form]], a: Side, b: Side) -> str:
    """How they meet: never | other (for sure) | unknown."""
    found = [_meet(left, right, a, b) for left, right in pairs]
    if "never" in found:
        return "never"
    return "unknown" if "" in found else "other"


def _meet(left: Form, right: Form, a: Side, b: Side) -> str:
    if (left.marks | right.marks) & _CHANGES:
        return ""
    turns = [t for t in (_values(left, a), _values(right, b)) if t is not None]
    if len(turns) == 2:
        few, many = sorted(turns, key=len)
        return "other" if any(value in many for value in few) else "never"
    one, two = _span(left, a), _span(right, b)
    if one is None or two is None:
        return ""
    if _follows(one, two) or _follows(two, one):
        return "never"
    sure = _dense(left, a, b) and _dense(right, b, a)
    within = positive(two[1].plus(one[0], -1)) and positive(one[1].plus(two[0], -1))
    return "other" if sure and within else ""


def _follows(one: tuple[Form, Form], two: tuple[Form, Form]) -> bool:
    """Whether the second range begins where the first has ended; a name may be nought here."""
    gap = two[0].plus(one[1], -1)
    return gap.constant >= 0 and all(coefficient > 0 for _, coefficient in gap.terms)


def _span(form: Form, side: Side) -> tuple[Form, Form] | None:
    """[low, high) of an index."""
    loops = _loops(form, side)
    if loops is None or any(_marks(loop) & _CHANGES for loop in loops):
        return None
    low, high = bounds_of(form, side)
    return (low, high.plus(ONE)) if low is not None and high is not None else None


def _loops(form: Form, side: Side) -> list[Loop] | None:
    """The loops whose variables an index uses; None where it uses them together."""
    found = [[n for n in monomial if n in side.loops] for monomial, _ in form.terms]
    if any(len(names) > 1 for names in found):
        return None
    return [side.loops[name] for names in found for name in names]


def _marks(loop: Loop) -> frozenset[str]:
    return frozenset().union(*(f.marks for f in (loop.low, loop.high) if f is not None))


def _dense(form: Form, side: Side, other: Side) -> bool:
    """Whether the index takes every value of its range: that of one loop of this side alone."""
    loops = _loops(form, side)
    if not loops:
        return not form.terms
    loop = loops[0]
    if loop is other.loops.get(loop.name) or len(form.terms) > 1 or abs(form.terms[0][1]) != 1:
        return False
    ends = [end for end in (loop.low, loop.high) if end is not None]
    plain = loop.stride == ONE and not any(end.names & side.loops.keys() for end in ends)
    return len(ends) == 2 and plain and CLAMPED not in _marks(loop)


def _values(form: Form, side: Side) -> range | None:
    """The values of an index over one loop of known numbers, or of none."""
    loops = _loops(form, side)
    if not form.terms:
        return range(form.constant, form.constant + 1)
    if not loops or "-" in loops[0].header or len(form.terms) != 1 or len(form.terms[0][0]) != 1:
        return None
    loop, factor = loops[0], form.terms[0][1]
    ends = (loop.low, loop.high, loop.stride)
    low, high, stride = (f.constant if f is not None and f.is_constant else None for f in ends)
    if low is None or high is None or not stride or stride < 0:
        return None
    turns = range(low, high, stride)
    if not 0 < len(turns) <= MAX_TRIPS:
        return None
    begin, step = low * factor + form.constant, stride * factor
    return range(begin, begin + step * len(turns), step)
