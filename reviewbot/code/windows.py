"""Windows around an element: `sum += map[(y + d) * width + x]` with d in -r..r.

Some turn of the window goes to what another turn of the divided loop has: with all that both sides
are made of alike the same, the window moves one of them on by whole strides of what is divided.
"""

from __future__ import annotations

from collections.abc import Iterable

from reviewbot.code.dependence import ONE, positive
from reviewbot.code.events import Loop, Side
from reviewbot.code.values import OPAQUE, Form

_NEAR = (1, -1, 0, 2)  # turns of a window that are looked for, by their distance


def reaches_other(left: Form, right: Form, a: Side, b: Side) -> bool:
    """Whether a serial loop surely moves one side on to what is another turn's."""
    apart = left.plus(right, -1)
    loops = {**b.loops, **a.loops}
    moving = {n: loop for n, loop in loops.items() if n in apart.names and n not in a.divided}
    plain = a.divided == b.divided and apart.names.isdisjoint(a.divided)
    if not moving or not plain or (left.marks | right.marks) & OPAQUE or a.gap or b.gap or a.cycle:
        return False
    factors = {name: _factor(apart, name) for name in moving}
    rest = _without(apart, moving)
    strides = [(_factor(left, name), _step(a, name)) for name in a.divided]
    return any(
        _moves_on(loop, factor, rest, stride, step)
        for name, loop in moving.items()
        for stride, step in strides
        if (factor := factors[name]) is not None and stride is not None and step
        if all(_has(other, 0) for n, other in moving.items() if n != name)
    )


def _step(side: Side, name: str) -> int:
    """How far apart values of a divided variable are that are next to one another; 0 if unknown."""
    loop = side.loops.get(name)
    if loop is None or loop.stride is None:
        return 1 if loop is None else 0
    return loop.stride.constant if loop.stride.is_constant else 0


def _moves_on(loop: Loop, factor: Form, rest: Form, stride: Form, step: int) -> bool:
    """Whether factor · d + rest is some number of strides by which turns differ, for some d."""
    each, left = _multiple(factor, stride), _multiple(rest, stride)
    if not each or left is None:
        return False
    far = ((near, each * near + left) for near in _NEAR)
    return any(distance and distance % step == 0 and _has(loop, near) for near, distance in far)


def _has(loop: Loop, value: int) -> bool:
    """Whether a loop has that turn, where every symbol is a size, and a loop has two turns."""
    low, high = loop.low, loop.high
    if low is None or high is None or loop.stride != ONE or (low.marks | high.marks) & OPAQUE:
        return False
    here = Form((), value)
    room = high.plus(ONE) if high.terms else high
    return positive(here.plus(low, -1).plus(ONE)) and positive(room.plus(here, -1))


def _factor(form: Form, name: str) -> Form | None:
    """By what a variable is multiplied; None where that is none, or a power of itself."""
    found = Form()
    for monomial, coefficient in form.terms:
        if name in monomial:
            rest = list(monomial)
            rest.remove(name)
            one = Form(((tuple(rest), coefficient),)) if rest else Form((), coefficient)
            found = found.plus(one)
    return found if found.terms or found.constant else None


def _without(form: Form, names: Iterable[str]) -> Form:
    kept = [term for term in form.terms if set(names).isdisjoint(term[0])]
    return Form(tuple(kept), form.constant)


def _multiple(form: Form, of: Form) -> int | None:
    """How often one form is another; None if it is not a whole number of times."""
    monomial, size = of.terms[0] if of.terms else ((), of.constant)
    have = dict(form.terms).get(monomial, 0) if of.terms else form.constant
    if have % size:
        return None
    rest = form.plus(of.times(Form((), have // size)), -1)
    return have // size if not rest.terms and not rest.constant else None
