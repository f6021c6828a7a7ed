"""Remainders that never wrap, quotients of whole multiples, and colours that survive a wrap.

Of numbers less than a ring's length apart the remainders agree where they do themselves; so do the
halves of numbers that are all even. And `(k + 1) % n` is odd wherever k and n are even.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.congruence import multiples
from reviewbot.code.dependence import bounds_of, positive
from reviewbot.code.differences import Where
from reviewbot.code.events import THREAD, Quotients, Side
from reviewbot.code.flips import alone, is_alike
from reviewbot.code.values import OPAQUE, Form

_UNSURE = OPAQUE - {"mod", "div"}  # numbers of which the names do not tell where they lie
Pair = tuple[Form, Form]


def unwrapped(
    pairs: Sequence[Pair], first: Where, second: Where, quotients: Quotients
) -> Sequence[Pair]:
    """The subscripts, or what they are remainders and quotients of, where these say as much."""
    if not any(name in quotients for pair in pairs for form in pair for name in form.names):
        return pairs
    return [_unwrapped(pair, first, second, quotients) for pair in pairs]


def _unwrapped(pair: Pair, first: Where, second: Where, quotients: Quotients) -> Pair:
    one, two = alone(pair[0], quotients), alone(pair[1], quotients)
    if one is None or two is None or one[1:] != two[1:] or not one[1].is_constant:
        return pair
    inner, number = (one[0], two[0]), one[1].constant
    sides = first[1], second[1]
    told = all(_is_told(f, side, *sides, quotients) for f, side in zip(inner, sides, strict=True))
    if one[2] == "%" and told and _never_wraps(inner, number, *sides):
        return inner
    if one[2] == "/" and _are_whole(inner, number, first, second, quotients):
        return inner
    return pair


def _is_told(form: Form, side: Side, a: Side, b: Side, quotients: Quotients) -> bool:
    """Whether ranges bound each number in a form that threads have each for themselves."""
    rest = [(m, c) for m, c in form.terms if not any(name in side.loops for name in m)]
    fixed = Form(tuple(rest))
    own = any(name.startswith(THREAD) for name in fixed.names)
    return not own and not form.marks & _UNSURE and is_alike(fixed, a, b, quotients)


def _never_wraps(inner: Pair, number: int, a: Side, b: Side) -> bool:
    (low, high), (bottom, top) = bounds_of(inner[0], a), bounds_of(inner[1], b)
    if low is None or high is None or bottom is None or top is None:
        return False
    size = Form((), number)
    spans = size.plus(high, -1).plus(bottom), size.plus(top, -1).plus(low)
    return all(positive(span) for span in spans)


def _are_whole(inner: Pair, number: int, first: Where, second: Where, quotients: Quotients) -> bool:
    """Whether both dividends always leave one remainder."""
    left = _remainders(inner[0], number, first, quotients)
    right = _remainders(inner[1], number, second, quotients)
    return any(
        a.is_constant and b.is_constant and (a.constant - b.constant) % number == 0
        for a in left
        for b in right
    )


def _remainders(form: Form, number: int, where: Where, quotients: Quotients) -> list[Form]:
    """What is left of a form, less multiples of that number."""
    known = [f for n, f in multiples(*where, quotients) if n % number == 0]
    return [form.plus(f, -1) for f in known if f.names & form.names]


def off_colour(pairs: Sequence[Pair], first: Where, second: Where, quotients: Quotients) -> bool:
    """Whether some subscripts can never agree for the remainders that their numbers leave."""
    wrap = [pair for pair in pairs if _wraps(pair, quotients)]
    return any(_off_colour(pair, first, second, quotients) for pair in wrap)


def _wraps(pair: Pair, quotients: Quotients) -> bool:
    made = [alone(form, quotients) for form in pair]
    return any(m is not None and m[2] == "%" and m[1].is_constant for m in made)


def _off_colour(pair: Pair, first: Where, second: Where, quotients: Quotients) -> bool:
    own = first[1].loops.keys() | first[1].divided.keys() | second[1].loops.keys()
    (left, ring), (right, other) = (_dividend(form, quotients) for form in pair)
    for n in {n for n, _ in multiples(*first, quotients)}:
        if n < 2 or ring % n or other % n:
            continue
        for one in _remainders(left, n, first, quotients):
            for two in _remainders(right, n, second, quotients):
                less = one.plus(two, -1)
                if own.isdisjoint(one.names | two.names) and less.is_constant and less.constant % n:
                    return True
    return False


def _dividend(form: Form, quotients: Quotients) -> tuple[Form, int]:
    """What a form is a remainder of, and by which number; itself, by 0, if it is none."""
    made = alone(form, quotients)
    if made is None or made[2] != "%" or not made[1].is_constant:
        return form, 0
    return made[0], made[1].constant
