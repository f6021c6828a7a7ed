"""What strides and conditions say of remainders: two turns of one colour are never neighbours.

`if ((i + j) % 2 == colour)` and `for (j = 1 + (i + colour) % 2; …; j += 2)` both say that a form is
a multiple of a number. If two subscripts agree only where such forms differ by no multiple of it,
they never agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reviewbot.code.events import Event, Guard, Loop, Quotients, Side
from reviewbot.code.values import OPAQUE, Form, opaque

# A form that is a multiple of a number; what a thread alone decides is in none.
Multiple = tuple[int, Form]
_UNSURE = OPAQUE - {"mod"}
_MOST = 8


def contradicted(
    pairs: Sequence[tuple[Form, Form]],
    first: tuple[Event, Side],
    second: tuple[Event, Side],
    quotients: Quotients,
) -> bool:
    """Whether the turns in which the subscripts agree cannot both come to their accesses."""
    apart = _differences(pairs)
    if not apart:
        return False
    ours, theirs = (multiples(*side, quotients) for side in (first, second))
    own = first[1].loops.keys() | first[1].divided.keys() | second[1].loops.keys()
    return any(
        n == m and _contradict(one, two, n, apart, own) for n, one in ours for m, two in theirs
    )


def _differences(pairs: Sequence[tuple[Form, Form]]) -> dict[str, int]:
    """By variable, how far its two values are apart where the subscripts agree."""
    found = {}
    for left, right in pairs:
        alone = len(left.terms) == 1 and left.terms == right.terms
        if alone and not (left.marks | right.marks) & OPAQUE:
            monomial, factor = left.terms[0]
            if len(monomial) == 1 and (right.constant - left.constant) % factor == 0:
                found[monomial[0]] = (right.constant - left.constant) // factor
    return found


def _contradict(
    one: Form, two: Form, number: int, apart: Mapping[str, int], own: Iterable[str]
) -> bool:
    ours, theirs = dict(one.terms), dict(two.terms)
    left = one.constant - two.constant
    for monomial in ours.keys() | theirs.keys():
        factor = ours.get(monomial, 0)
        if (factor - theirs.get(monomial, 0)) % number:
            return False
        if factor % number == 0:
            continue
        if len(monomial) == 1 and monomial[0] in apart:
            left += factor * apart[monomial[0]]
        elif any(name in own for name in monomial):
            return False
    return left % number != 0


def multiples(event: Event, side: Side, quotients: Quotients) -> list[Multiple]:
    """Forms that are multiples of a number whenever the access is made."""
    found = [m for loop in event.loops if loop.name in side.loops for m in _of_loop(loop)]
    found += [m for guard in event.guards for m in _of_guard(guard, quotients)]
    plain = [(n, _plain(form, n, quotients)) for n, form in found[:_MOST]]
    return [(n, form) for n, form in plain if not form.marks & _UNSURE]


def _of_loop(loop: Loop) -> Iterable[Multiple]:
    """Every value of a loop's variable is a number of strides from the first."""
    if loop.low is None or loop.stride is None or loop.stride.terms or loop.stride.constant < 2:
        return
    if "--" not in loop.header and "-=" not in loop.header:
        yield loop.stride.constant, opaque(loop.name).plus(loop.low, -1)


def _of_guard(guard: Guard, quotients: Quotients) -> Iterable[Multiple]:
    """A condition that holds, or fails, for the remainders of two numbers."""
    form, holds = guard.form, guard.holds
    made = _made(form, quotients) if form is not None else None
    if form is None or made is None:
        return
    if made[2] == "%":
        if made[1] == Form((), 2):
            yield 2, made[0].plus(Form((), 1 if holds else 0), -1)
        return
    left, right, sign = made
    if sign not in ("==", "!="):
        return
    if _made(right, quotients) is not None:
        left, right = right, left
    equal = (sign == "==") == holds
    rest = _made(left, quotients)
    if rest is None:
        yield from _of_digits(left, right, quotients) if equal else ()
    elif rest[2] == "%" and rest[1].is_constant and (equal or rest[1].constant == 2):
        yield rest[1].constant, rest[0].plus(right, -1).plus(Form((), 0 if equal else 1), -1)


def _of_digits(left: Form, right: Form, quotients: Quotients) -> Iterable[Multiple]:
    """`2 * (i % 2) + j % 2 == colour`: of numbers in a mixed radix all digits are the same."""
    room = 1
    for monomial, factor in sorted(left.terms, key=lambda term: abs(term[1])):
        made = quotients.get(monomial[0]) if len(monomial) == 1 else None
        if made is None or made[2] != "%" or not made[1].is_constant or factor < room:
            return
        room = factor * made[1].constant
        digit = opaque(f"digit {factor} of {right.terms}{right.constant - left.constant}")
        yield made[1].constant, made[0].plus(digit, -1)


def _plain(form: Form, number: int, quotients: Quotients) -> Form:
    """The form with remainders by that number as what they are the remainders of."""
    for monomial, factor in form.terms:
        made = quotients.get(monomial[0]) if len(monomial) == 1 else None
        if made is not None and made[2] == "%" and made[1] == Form((), number):
            term = Form(((monomial, factor),))
            whole = form.plus(term, -1).plus(made[0].times(Form((), factor)))
            form = Form(whole.terms, whole.constant, whole.marks - {"mod"} | made[0].marks)
    return form if not any(n in quotients for n in form.names) else opaque("?", _UNSURE)


def _made(form: Form, quotients: Quotients) -> tuple[Form, Form, str] | None:
    """What a form is made of that is nothing but one operation."""
    if len(form.terms) != 1 or form.constant or form.terms[0][1] != 1:
        return None
    return quotients.get(form.terms[0][0][0]) if len(form.terms[0][0]) == 1 else None
