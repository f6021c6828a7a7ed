"""The arithmetic of one subscript dimension: for which differences of iterations two forms agree.

Greatest common divisors, Banerjee's bounds and delinearisation by symbolic strides (Allen and
Kennedy 2001, chapters 3 and 4), over polynomials whose symbols are sizes of at least one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from reviewbot.code.events import Loop, Quotients, Side
from reviewbot.code.flips import flipped, without_mask
from reviewbot.code.values import BY_THREAD, OPAQUE, Form, Monomial

MAX_SIZES = 4  # by which the rows of a table may be counted
MAX_TRIPS = 4096  # of a loop that is tried turn by turn
ONE = Form((), 1)
ZERO = Form()
Forced = dict[str, int]
# What a dimension may say instead of differences: nothing makes the forms equal; or different
# values of the divided variable surely do.
NEVER: Forced = {"never": 1}
OTHER: Forced = {"other": 1}
Bounds = tuple[Form | None, Form | None]


def dimension(
    left: Form, right: Form, a: Side, b: Side, quotients: Quotients
) -> tuple[Forced, bool]:
    """(differences, by rank, of first less second that make both forms equal; whether all told).

    Empty if the dimension sets no condition; or NEVER, or OTHER.
    """
    if (rank := _plain(left, right, a, b, quotients)) is not None:
        return {rank: 0}, True
    if flipped(left, right, a, b, quotients):
        return NEVER, True
    left, right = without_mask(left, right, a, b, quotients)
    cut = _cut(left, right, a, b, quotients)
    if cut is not None:
        return cut
    parts = _split(left, right, a, b)
    if parts is None:
        return {}, False
    both, (low, high), rest = parts
    if both[0] != both[1]:
        told = _differing(both, rest, a, b) if (low, high) == (ZERO, ZERO) else None
        return (told, True) if told is not None else ({}, False)
    divided = both[0]
    order = sorted(divided.items(), key=lambda item: -_weight(item[1]))
    forced: dict[str, int] = {}
    for index, (rank, stride) in enumerate(order):
        bounds = _with_smaller(low, high, order[index + 1 :], a)
        found = _solve(stride, rest, bounds)
        if found is None and len(order) == 1:
            found = _in_row(left, right, a, b, rank)
        if found is None:
            found = _in_turns(stride, rest, bounds, a.range_of(rank))
        if found is None and len(order) == 1 and _beyond(stride, rest, bounds, a.range_of(rank)):
            return NEVER, True
        if found is None and len(order) == 1 and _reaches_next(stride, rest, bounds):
            return OTHER, True
        if found is None:
            return forced, False
        if isinstance(found, str):
            return NEVER, True
        forced[rank] = found
        rest = rest.plus(stride.times(Form((), found)))
    if order:
        return forced, True
    return (NEVER if _excluded(rest, low, high) else {}), True


def _plain(left: Form, right: Form, a: Side, b: Side, quotients: Quotients) -> str | None:
    """The rank where both are the same c·i + d of one divided variable: the commonest case."""
    if len(left.terms) != 1 or left.terms != right.terms or left.constant != right.constant:
        return None
    monomial = left.terms[0][0]
    if len(monomial) != 1 or monomial[0] in quotients or (left.marks | right.marks) & OPAQUE:
        return None
    rank = a.divided.get(monomial[0])
    return rank if rank == b.divided.get(monomial[0]) else None


def _size(stride: Form) -> Form:
    return Form(tuple([(m, abs(c)) for m, c in stride.terms]), abs(stride.constant))


def _in_row(left: Form, right: Form, a: Side, b: Side, rank: str) -> int | str | None:
    """The one difference within a row of a table: of `t[y * width + x]`, x divided, it is 0.

    The rows begin at multiples of a size that the divided variable's range does not exceed.
    """
    for size in _row_sizes(left, a)[:MAX_SIZES]:
        parts = _split(_less_rows(left, a, size), _less_rows(right, b, size), a, b)
        if parts is None or list(parts[0][0]) != [rank] or parts[0][0] != parts[0][1]:
            continue
        stride, (low, high), rest = parts[0][0][rank], *parts[1:]
        bottom, top = _with_smaller(low, high, [(rank, stride)], a)
        if bottom is None or top is None:
            continue
        if _within(rest.plus(bottom), rest.plus(top), size):
            found = _solve(stride, rest, (low, high))
            if found is not None:
                return found
    return None


def _row_sizes(form: Form, side: Side) -> list[Form]:
    """By what the serial loops multiply: sizes of rows, the largest first."""
    sizes = {}
    for monomial, coefficient in form.terms:
        rest = tuple([name for name in monomial if name not in side.loops])
        if len(rest) < len(monomial) and side.divided.keys().isdisjoint(monomial):
            sizes[rest, abs(coefficient)] = _size(Form(((rest, coefficient),)))
    return [sizes[key] for key in sorted(sizes, key=lambda key: (-len(key[0]), -key[1]))]


def _less_rows(form: Form, side: Side, size: Form) -> Form:
    """An index without the terms that choose the row: multiples of its size by serial loops."""
    (symbols, count), *_ = size.terms

    def chooses(monomial: Monomial, coefficient: int) -> bool:
        left = [name for name in monomial if name not in side.loops]
        whole = all(left.count(name) >= symbols.count(name) for name in symbols)
        return len(left) < len(monomial) and whole and not coefficient % count

    kept = [term for term in form.terms if not chooses(*term)]
    return Form(tuple(kept), form.constant, form.marks)


def _weight(stride: Form) -> int:
    return 1_000_000 if stride.terms else abs(stride.constant)


def _with_smaller(
    low: Form | None, high: Form | None, smaller: Sequence[tuple[str, Form]], side: Side
) -> Bounds:
    """The bounds of what is left, with divided variables of smaller strides in it too."""
    for rank, stride in smaller:
        loop = side.range_of(rank)
        if loop is None or loop.low is None or loop.high is None:
            return None, None
        reach = loop.high.plus(loop.low, -1).plus(ONE, -1).times(_size(stride))
        low = low.plus(reach, -1) if low is not None else None
        high = high.plus(reach) if high is not None else None
    return low, high


def _split(
    left: Form, right: Form, a: Side, b: Side
) -> tuple[tuple[dict[str, Form], dict[str, Form]], Bounds, Form] | None:
    """The difference as (strides by side and rank, bounds of the serial part, the rest)."""
    strides: list[dict[str, Form]] = [{}, {}]
    low: Form | None = Form()
    high: Form | None = Form()
    rest = Form((), left.constant - right.constant)
    for number, (form, side, sign) in enumerate(((left, a, 1), (right, b, -1))):
        for monomial, coefficient in form.terms:
            inside = [n for n in monomial if n in side.divided or n in side.loops]
            if len(inside) > 1:
                return None
            if not inside:
                rest = rest.plus(Form(((monomial, sign * coefficient),)))
                continue
            factor = _without(monomial, inside[0], coefficient)
            if inside[0] in side.divided:
                rank = side.divided[inside[0]]
                strides[number][rank] = strides[number].get(rank, Form()).plus(factor)
                continue
            reach = _reach(factor, side.loops[inside[0]], side)
            if sign < 0:
                reach = _negative(reach)
            low = low.plus(reach[0]) if low is not None and reach[0] is not None else None
            high = high.plus(reach[1]) if high is not None and reach[1] is not None else None
        if _clouded(form, side, strides[number]):
            return None
    return (strides[0], strides[1]), (low, high), rest


def bounds_of(form: Form, side: Side) -> Bounds:
    """The least and the greatest value of an index, in terms of what no loop changes."""
    low: Form | None = Form((), form.constant)
    high = low
    for monomial, coefficient in form.terms:
        name = next((n for n in monomial if n in side.loops), "")
        if name:
            reach = _reach(_without(monomial, name, coefficient), side.loops[name], side)
        else:
            reach = (Form(((monomial, coefficient),)),) * 2
        low = low.plus(reach[0]) if low is not None and reach[0] is not None else None
        high = high.plus(reach[1]) if high is not None and reach[1] is not None else None
    return low, high


def _clouded(form: Form, side: Side, strides: Mapping[str, Form]) -> bool:
    """Whether the form derives from something by thread that its names do not show."""
    if form.marks & OPAQUE:
        return True
    if strides or not form.marks & BY_THREAD:
        return False
    loops = [side.loops[name] for name in form.names if name in side.loops]
    return not loops or any(_strange(loop, form) for loop in loops)


def _strange(loop: Loop, form: Form) -> bool:
    """Whether a loop's range follows from the thread in a way that its ends do not tell."""
    start = loop.low
    if start is not None and start.is_constant and not start.marks & (BY_THREAD | OPAQUE):
        return False  # however far each thread goes, all begin alike
    if form.marks & {"seq-tid", "seq-targ"}:
        return True  # had it been understood, it would be the thread's own range
    if loop.low is None or loop.high is None:
        return "seq-pv" in form.marks
    return "seq-pv" in form.marks and bool((loop.low.marks | loop.high.marks) & {"mem", "call"})


def _without(monomial: Monomial, name: str, coefficient: int) -> Form:
    rest = list(monomial)
    rest.remove(name)
    return Form(((tuple(rest), coefficient),)) if rest else Form((), coefficient)


def _reach(factor: Form, loop: Loop, side: Side) -> Bounds:
    """The least and the greatest value of factor · variable."""
    low, high = _extreme(loop.low, side, least=True), _extreme(loop.high, side, least=False)
    if low is None or high is None:
        return None, None
    top = high.plus(ONE, -1)
    bounds = low.times(factor), top.times(factor)
    sign = factor.terms[0][1] if factor.terms else factor.constant
    return bounds if sign >= 0 else (bounds[1], bounds[0])


def _extreme(form: Form | None, side: Side, *, least: bool) -> Form | None:
    """A bound with the variables of outer loops at their own extremes."""
    for _ in range(3):
        if form is None:
            return None
        name = next((n for n in form.names if n in side.loops), None)
        if name is None:
            return Form(form.terms, form.constant)
        form = _replaced(form, name, side.loops[name], least=least)
    return None


def _replaced(form: Form, name: str, loop: Loop, *, least: bool) -> Form | None:
    result = Form((), form.constant)
    for monomial, coefficient in form.terms:
        if name not in monomial:
            result = result.plus(Form(((monomial, coefficient),)))
            continue
        factor = _without(monomial, name, coefficient)
        down = least == (factor.constant >= 0)
        value = loop.low if down else (loop.high.plus(ONE, -1) if loop.high else None)
        if factor.terms or value is None:
            return None
        result = result.plus(value.times(factor))
    return Form(result.terms, result.constant)


def _negative(bounds: Bounds) -> Bounds:
    low, high = bounds
    zero = Form()
    return (
        zero.plus(high, -1) if high is not None else None,
        zero.plus(low, -1) if low is not None else None,
    )


def _solve(stride: Form, rest: Form, bounds: Bounds) -> int | str | None:
    """The one δ with stride · δ + s + rest = 0 for an s within bounds; "never"; None if not one."""
    low, high = bounds
    if low is None or high is None or not (stride.terms or stride.constant):
        return None
    if not stride.terms:
        return _solve_number(stride.constant, rest, low, high)
    if len(stride.terms) != 1 or stride.constant:
        return None
    monomial, coefficient = stride.terms[0]
    multiple = dict(rest.terms).get(monomial, 0)
    left = rest.plus(Form(((monomial, multiple),)), -1)
    size = Form(((monomial, abs(coefficient)),))
    if multiple % coefficient or not _within(left.plus(low), left.plus(high), size):
        return None
    return -multiple // coefficient


def _solve_number(stride: int, rest: Form, low: Form, high: Form) -> int | str | None:
    bottom, top = rest.plus(low), rest.plus(high)
    if not (bottom.is_constant and top.is_constant):
        return None
    # stride · δ must lie between -top and -bottom; one multiple there is a distance for sure.
    size = abs(stride)
    least, most = math.ceil(-top.constant / size), math.floor(-bottom.constant / size)
    if least > most:
        return "never"
    return (least if stride > 0 else -least) if least == most else None


def _in_turns(stride: Form, rest: Form, bounds: Bounds, loop: Loop | None) -> int | str | None:
    """The one difference that two turns of a loop over blocks can have: `…; at += size)`."""
    step = loop.stride if loop is not None else None
    if step is None or step == ONE or not (step.terms or step.constant > 1):
        return None
    found = _solve(stride.times(step), rest, bounds)
    if step.is_constant and isinstance(found, int):
        return found * step.constant
    return found if found == 0 or isinstance(found, str) else None


def _reaches_next(stride: Form, rest: Form, bounds: Bounds) -> bool:
    """Whether the serial part moves far enough to make several differences equal: `a[i + d]`."""
    low, high = bounds
    if low is None or high is None or stride.terms or not stride.constant:
        return False
    bottom, top, size = rest.plus(low), rest.plus(high), abs(stride.constant)
    if not (bottom.is_constant and top.is_constant):
        return False
    return math.ceil(-top.constant / size) < math.floor(-bottom.constant / size)


def _within(bottom: Form, top: Form, size: Form) -> bool:
    """Whether -size < bottom and top < size, for any positive values of the symbols."""
    above, below = size.plus(top, -1), size.plus(bottom)
    return positive(above) and positive(below)


def positive(form: Form) -> bool:
    """Surely above zero where every symbol is a size of at least one."""
    if any(coefficient < 0 for _, coefficient in form.terms):
        return False
    return form.constant + sum(coefficient for _, coefficient in form.terms) > 0


def _excluded(rest: Form, low: Form | None, high: Form | None) -> bool:
    """Whether rest + s is never zero for s within [low, high]."""
    if low is None or high is None:
        return False
    bottom, top = rest.plus(low), rest.plus(high)
    return positive(bottom) or positive(Form().plus(top, -1))


def _beyond(stride: Form, rest: Form, bounds: Bounds, loop: Loop | None) -> bool:
    """Whether the loop's range is too short for any difference to bridge what is left."""
    low, high = bounds
    if low is None or high is None or loop is None or loop.low is None or loop.high is None:
        return False
    reach = loop.high.plus(loop.low, -1).plus(ONE, -1).times(_size(stride))
    above, below = rest.plus(low).plus(reach, -1), rest.plus(high).plus(reach)
    return positive(above) or positive(Form().plus(below, -1))


# --- forms that differ in stride, or that a division cuts --------------------------------------


def _differing(
    both: tuple[dict[str, Form], dict[str, Form]], rest: Form, a: Side, b: Side
) -> Forced | None:
    """Both sides use the one divided variable with strides of their own; None if unknown."""
    ranks = set(both[0]) | set(both[1])
    if len(ranks) != 1:
        return None
    rank = ranks.pop()
    strides = [side.get(rank, ZERO) for side in both]
    if strides[0].terms or strides[1].terms:
        return None
    first, second = strides[0].constant, strides[1].constant
    loops = a.range_of(rank), b.range_of(rank)
    if not first or not second:
        loop = loops[1] if second else loops[0]
        return _one_value(rest, first or -second, loop)
    trips = [_turns(loop) for loop in loops]
    if trips[0] is None or trips[1] is None or not rest.is_constant:
        return None
    return _tried(first, second, rest.constant, trips[0], trips[1])


def _one_value(rest: Form, stride: int, loop: Loop | None) -> Forced | None:
    """One side's index is the same in every turn: stride · i + rest = 0 for the other's i."""
    if any(c % stride for _, c in rest.terms) or (rest.is_constant and rest.constant % stride):
        return NEVER if rest.is_constant else None
    terms = tuple((m, -c // stride) for m, c in rest.terms)
    value = Form(terms, -rest.constant // stride)
    if loop is None or loop.low is None or loop.high is None:
        return OTHER if loop is not None and value.is_constant and value.constant > 0 else None
    above, below = value.plus(loop.low, -1), loop.high.plus(value, -1).plus(ONE, -1)
    if positive(ZERO.plus(above, -1)) or positive(ZERO.plus(below, -1)):
        return NEVER
    inside = all(positive(form.plus(ONE)) for form in (above, below))
    return OTHER if inside else None


def _turns(loop: Loop | None) -> range | None:
    """The values of a loop's variable, where they are few known numbers."""
    if loop is None or loop.low is None or loop.high is None or loop.stride is None:
        return None
    if not (loop.low.is_constant and loop.high.is_constant and loop.stride.is_constant):
        return None
    turns = range(loop.low.constant, loop.high.constant, max(loop.stride.constant, 1))
    return turns if len(turns) <= MAX_TRIPS else None


def _tried(first: int, second: int, rest: int, ours: range, theirs: range) -> Forced | None:
    """Whether first · i + rest = second · j has a solution with i and j apart, turn by turn."""
    equal = False
    for i in ours:
        left = first * i + rest
        if left % second == 0 and left // second in theirs:
            if left // second != i:
                return OTHER
            equal = True
    return None if equal else NEVER


def _cut(
    left: Form, right: Form, a: Side, b: Side, quotients: Quotients
) -> tuple[Forced, bool] | None:
    """Both forms are quotients, or remainders, by one number; None if they are not."""
    parts = [_divided(form, quotients) for form in (left, right)]
    if parts[0] is None or parts[1] is None or parts[0][1:] != parts[1][1:]:
        return None
    (one, number, operator), (two, _, _) = parts[0], parts[1]
    inner = _split(one, two, a, b)
    if inner is None or inner[0][0] != inner[0][1] or inner[1] != (ZERO, ZERO):
        return {}, False
    strides, rest = inner[0][0], inner[2]
    if operator == "%":  # whole multiples change nothing: `~t & 1` is never `t & 1`
        rest = Form(tuple([term for term in rest.terms if term[1] % number]), rest.constant)
    if not rest.is_constant or any(s.terms for s in strides.values()) or len(strides) > 1:
        return {}, False
    if not strides:
        if operator == "%":
            return (NEVER, True) if rest.constant % number else ({}, True)
        return ({}, True) if not rest.constant else ({}, False)
    (rank, stride) = next(iter(strides.items()))
    if operator == "%":
        alike = rest.constant % number == 0 and abs(stride.constant) == 1
        if alike and a.cycle == b.cycle == number:
            return {rank: 0}, True  # who has the value has all of its remainder
        return _wrapped(rank, stride.constant, rest.constant, number, _turns(a.range_of(rank)))
    if not rest.constant and _in_one_chunk(one, number, rank, a, b):
        return {rank: 0}, True
    step = stride.constant * _step(a.range_of(rank))
    if abs(step) < number:
        return OTHER, True
    exact = not rest.constant and step % number == 0
    return ({rank: 0}, True) if exact else ({}, False)


def _step(loop: Loop | None) -> int:
    known = loop is not None and loop.stride is not None and loop.stride.is_constant
    return loop.stride.constant if known and loop is not None and loop.stride is not None else 1


def _in_one_chunk(dividend: Form, number: int, rank: str, a: Side, b: Side) -> bool:
    """Whether turns with one quotient are of one chunk, which one thread takes: `a[i / 64]`."""
    loop = a.range_of(rank)
    if (
        not a.chunk
        or a.chunk != b.chunk
        or loop is None
        or loop.low is None
        or loop != b.range_of(rank)
    ):
        return False
    alone = (
        len(dividend.terms) == 1 and dividend.terms[0][1] == 1 and len(dividend.terms[0][0]) == 1
    )
    if not alone or not loop.low.is_constant or len(a.divided) != 1:
        return False
    first = loop.low.constant + dividend.constant
    return first % number == 0 and a.chunk * _step(loop) % number == 0


def _wrapped(
    rank: str, stride: int, rest: int, number: int, turns: range | None
) -> tuple[Forced, bool]:
    period = number // math.gcd(number, stride)
    if rest % math.gcd(number, stride):
        return NEVER, True
    if turns is None:
        return {}, False
    if len(turns) * turns.step > period:
        return OTHER, True
    return ({rank: 0}, True) if rest % number == 0 else ({}, False)


def _divided(form: Form, quotients: Quotients) -> tuple[Form, int, str] | None:
    """(dividend, divisor, operator) of a form that is nothing but a quotient or a remainder."""
    if len(form.terms) != 1 or form.constant or form.terms[0][1] != 1:
        return None
    made = quotients.get(form.terms[0][0][0])
    if made is None or made[2] not in "/%" or not made[1].is_constant or made[1].constant < 2:
        return None
    return made[0], made[1].constant, made[2]
