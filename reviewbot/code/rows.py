"""Rows that a thread has for itself and reflections: where strides alone do not tell.

An index `f(i) + j` with `j` in a range that may depend on `i` names a row for each `i`. Rows are
apart if each begins where the one before has ended, as in the packed triangle
`i * (i + 1) / 2 + j` with `j <= i`. The forms `i` and `n - 1 - j` meet where `i + j = n - 1`,
which no two values below `n / 2` add up to.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from reviewbot.code.dependence import NEVER, ONE, OTHER, ZERO, Forced, positive
from reviewbot.code.events import THREAD, Loop, Quotients, Side
from reviewbot.code.values import CLAMPED, OPAQUE, Form, Monomial
from reviewbot.code.windows import reaches_other

_STRANGE = OPAQUE - {"div"}  # numbers of which the names do not tell where they lie
_NO_END = _STRANGE - {CLAMPED}
_UP = re.compile(r"\+\+|\+=|=\s*\w+\s*\+[^;]*$")  # a loop's header that counts up
MAX_FACTORS = 4  # of one product


def beyond_strides(
    left: Form, right: Form, a: Side, b: Side, quotients: Quotients
) -> tuple[Forced, bool] | None:
    """As `dimension` tells it, of forms that it cannot judge; None if nothing can be said."""
    if (left.terms, left.constant) == (right.terms, right.constant):
        return _own_rows(left, a, b, quotients)
    if reaches_other(left, right, a, b):
        return OTHER, True
    return _reflected(left, right, a, b, quotients)


# --- rows ----------------------------------------------------------------------------------------


def _own_rows(form: Form, a: Side, b: Side, quotients: Quotients) -> tuple[Forced, bool] | None:
    name = _divider(form, a, b, quotients)
    step = _step(a, name) if name else 0
    parts = _row(form, name, a, b, quotients) if step else None
    if parts is None:
        return None
    start, low, top, sure = parts
    begins = _growth(start.plus(low), name, step, quotients)
    if begins is None:
        return None
    gap = begins.plus(low).plus(top, -1).plus(ONE, -1)  # to the next row's first from our last
    if _never_negative(gap, name):
        return {a.divided[name]: 0}, True
    return (
        (OTHER, True) if sure and _never_negative(ZERO.plus(gap, -1).plus(ONE, -1), name) else None
    )


def _step(side: Side, name: str) -> int:
    """How far apart neighbouring values of a variable are that begins at zero or above; else 0."""
    loop = side.range_of(side.divided[name])
    if loop is None:
        return int(name == THREAD)
    if loop.stride is None or not loop.stride.is_constant or loop.low is None:
        return 0
    return loop.stride.constant if _never_negative(loop.low, name) else 0


def _divider(form: Form, a: Side, b: Side, quotients: Quotients) -> str:
    """The one divided variable in a form and its quotients; "" if there is not just one."""
    names = set(form.names)
    for name in form.names:
        made = quotients.get(name)
        if made is not None and made[2] == "/":
            names |= made[0].names
    found = [name for name in names if name in a.divided]
    if len(found) != 1 or len(a.divided) != 1 or a.divided != b.divided:
        return ""
    return found[0]


def _row(
    form: Form, name: str, a: Side, b: Side, quotients: Quotients
) -> tuple[Form, Form, Form, bool] | None:
    """(where the row begins, its least and greatest part, whether it is without gaps).

    None if some part of the form is not understood.
    """
    start, low, top, sure = Form((), form.constant), ZERO, ZERO, True
    for monomial, coefficient in form.terms:
        loop = _inner(monomial, name, a, b)
        size = _remainder(monomial, quotients)
        if coefficient > 0 and loop is not None and loop.low is not None and loop.high is not None:
            times = Form((), coefficient)
            low, top = low.plus(loop.low.times(times)), top.plus(_last(loop.high).times(times))
            sure = sure and coefficient == 1
        elif coefficient > 0 and size is not None:
            top, sure = top.plus(_last(size).times(Form((), coefficient))), False
        elif any(n in a.loops and n not in a.divided for n in monomial):
            return None
        else:
            start = start.plus(Form(((monomial, coefficient),)))
    known = _known(form, start, name) if not sure else not form.marks & _STRANGE
    known = known and not (low.marks | top.marks) & _NO_END
    return (start, low, top, sure) if known and _plain(low, top, name, a) else None


def _last(end: Form) -> Form:
    return end.plus(ONE, -1)


def _inner(monomial: Monomial, name: str, a: Side, b: Side) -> Loop | None:
    """The serial loop whose variable this is, alike on both sides."""
    inner = monomial[0] if len(monomial) == 1 and monomial[0] != name else ""
    one, two = a.loops.get(inner), b.loops.get(inner)
    if one is None or two is None or inner in a.divided:
        return None
    return one if (one.low, one.high) == (two.low, two.high) else None


def _remainder(monomial: Monomial, quotients: Quotients) -> Form | None:
    """The divisor of a remainder: it is less, and not negative."""
    made = quotients.get(monomial[0]) if len(monomial) == 1 else None
    return made[1] if made is not None and made[2] == "%" else None


def _known(form: Form, start: Form, name: str) -> bool:
    """Whether all that differs in where a row begins is the divided variable."""
    if not form.marks & _STRANGE:
        return True
    return all(name in monomial for monomial, _ in start.terms)


def _plain(low: Form, top: Form, name: str, side: Side) -> bool:
    """Whether a row's ends depend on no loop but the one that is divided."""
    names = low.names | top.names
    return not any(n in side.loops and n != name for n in names)


def _growth(form: Form, name: str, step: int, quotients: Quotients) -> Form | None:
    """The form at the next value of the variable, less the form: exact, in quotients too."""
    result = ZERO
    for monomial, coefficient in form.terms:
        made = quotients.get(monomial[0]) if len(monomial) == 1 else None
        if made is not None and name in made[0].names:
            inner = _growth(made[0], name, step, quotients)
            if inner is None or made[2] != "/" or not made[1].is_constant:
                return None
            whole = _divided(inner, made[1].constant)
            if whole is None:
                return None
            result = result.plus(whole.times(Form((), coefficient)))
        elif name in monomial:
            if len(monomial) > MAX_FACTORS:
                return None
            term = Form(((monomial, coefficient),))
            result = result.plus(_moved(monomial, name, step).times(Form((), coefficient)))
            result = result.plus(term, -1)
    return Form(result.terms, result.constant)


def _moved(monomial: Monomial, name: str, step: int) -> Form:
    product = ONE
    for factor in monomial:
        product = product.times(Form((((factor,), 1),), step if factor == name else 0))
    return product


def _divided(form: Form, number: int) -> Form | None:
    if number <= 0 or any(c % number for c in (form.constant, *(c for _, c in form.terms))):
        return None
    return Form(tuple((m, c // number) for m, c in form.terms), form.constant // number)


def _never_negative(form: Form, name: str) -> bool:
    """Surely not below zero, for sizes of at least one and a variable of at least zero."""
    fixed = form.constant + sum(c for m, c in form.terms if name not in m)
    return fixed >= 0 and all(c >= 0 for _, c in form.terms)


# --- steps ---------------------------------------------------------------------------------------


def stepped_apart(left: Form, right: Form, a: Side, b: Side) -> bool:
    """Whether serial loops step over each other's values: one even, the other odd.

    The test by the greatest common divisor of all steps (Allen and Kennedy 2001, chapter 3).
    """
    common, apart = 0, left.constant - right.constant
    for form, side, sign in ((left, a, 1), (right, b, -1)):
        for monomial, coefficient in () if form.marks & OPAQUE else form.terms:
            loop = side.loops.get(monomial[0]) if len(monomial) == 1 else None
            begin = _begin(loop) if loop is not None and loop.name not in side.divided else None
            if begin is None:
                return False
            common = math.gcd(common, coefficient * begin[1])
            apart += sign * coefficient * begin[0]
    return common > 1 and apart % common != 0 and not (left.marks | right.marks) & OPAQUE


def _begin(loop: Loop) -> tuple[int, int] | None:
    """(least value, step) of a loop that counts up in known steps from a known number."""
    if loop.low is None or loop.stride is None or not _UP.search(loop.header):
        return None
    known = loop.low.is_constant and loop.stride.is_constant
    return (loop.low.constant, loop.stride.constant) if known else None


# --- reflections ---------------------------------------------------------------------------------


def _reflected(
    left: Form, right: Form, a: Side, b: Side, quotients: Quotients
) -> tuple[Forced, bool] | None:
    """`i + c` and `d - j`: they meet where i + j is d - c, if two values add up to that."""
    one, two = _single(left, a), _single(right, b)
    if one is None or two is None or (left.marks | right.marks) & _STRANGE:
        return None
    (name, sign), (other, opposite) = one, two
    loop = a.range_of(a.divided[name])
    if a.divided[name] != b.divided[other] or {sign, opposite} != {1, -1} or loop is None:
        return None
    if loop.low is None or loop.high is None or (loop.low.marks | loop.high.marks) & _NO_END:
        return None
    up, down = (left, right) if sign == 1 else (right, left)
    total = _without(down, (a.divided, b.divided)).plus(_without(up, (a.divided, b.divided)), -1)
    least, most = loop.low.plus(loop.low), _last(loop.high).plus(_last(loop.high))
    above, below = total.plus(most, -1), least.plus(total, -1)
    if any(positive(_at_least(form, quotients)) for form in (above, below)):
        return NEVER, True
    reached = [_at_least(ZERO.plus(form, -1).plus(ONE), quotients) for form in (above, below)]
    return (OTHER, True) if all(positive(form) for form in reached) else None


def _single(form: Form, side: Side) -> tuple[str, int] | None:
    """(the one divided variable in a form that has no loop's, its coefficient)."""
    found = [(m, c) for m, c in form.terms if any(n in side.divided or n in side.loops for n in m)]
    if len(found) != 1 or len(found[0][0]) != 1 or found[0][0][0] not in side.divided:
        return None
    return found[0][0][0], found[0][1]


def _without(form: Form, divided: tuple[Mapping[str, str], ...]) -> Form:
    kept = tuple([t for t in form.terms if not any(n in names for n in t[0] for names in divided)])
    return Form(kept, form.constant)


def _at_least(form: Form, quotients: Quotients) -> Form:
    """A form that is never more: of `c · (d / k)` what d is worth, rounded to its harm."""
    result = Form((), form.constant)
    for monomial, coefficient in form.terms:
        made = quotients.get(monomial[0]) if len(monomial) == 1 else None
        number = made[1].constant if made is not None and made[1].is_constant else 0
        if made is None or made[2] != "/" or number <= 0 or coefficient % number:
            result = result.plus(Form(((monomial, coefficient),)))
            continue
        share = made[0].times(Form((), coefficient // number))
        lost = (number - 1) * (coefficient // number) if coefficient > 0 else 0
        result = result.plus(share).plus(Form((), lost), -1)
    return Form(result.terms, result.constant)
