"""Partners by a bit: `mate = i ^ s` and the condition that leaves one of both to act for the two.

Of x and `x ^ s` one has the highest bit of s, and is the greater one. If conditions see to it that
whoever acts has it not, then what one acts on is never the partner of another.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.dependence import ZERO
from reviewbot.code.differences import Where, atoms
from reviewbot.code.events import Event, Quotients
from reviewbot.code.flips import alone, is_alike
from reviewbot.code.values import Form

_LATEST = 6  # conditions around an access that are looked at
_LESS = {"<": "lower", "<=": "lower", ">": "upper", ">=": "upper"}
_GREATER = {"lower": "upper", "upper": "lower"}


def are_parted(
    pairs: Sequence[tuple[Form, Form]], first: Where, second: Where, quotients: Quotients
) -> bool:
    """Whether both sides are on the same half of their pairs, and one goes to the other half."""
    for left, right in pairs:
        if _parted(left, right, first, second, quotients):
            return True
        if _parted(right, left, second, first, quotients):
            return True
    return False


def _parted(mine: Form, theirs: Form, first: Where, second: Where, quotients: Quotients) -> bool:
    made = alone(theirs, quotients)
    if made is None or made[2] != "^" or not is_alike(made[1], first[1], second[1], quotients):
        return False
    half = _half(mine, made[1], first[0], quotients)
    return half != "" and half == _half(made[0], made[1], second[0], quotients)


def _half(number: Form, mask: Form, event: Event, quotients: Quotients) -> str:
    """Which half of its pair a number is where an access is made: lower | upper | clear | set."""
    for guard in event.guards[-_LATEST:]:
        for sign, left, right in atoms(guard.form, guard.holds, quotients, 0):
            if _is_bit(left, number, mask, quotients) and right == ZERO and sign in ("==", "!="):
                return "clear" if sign == "==" else "set"
            if _is_mate(right, number, mask, quotients) and _is(left, number) and sign in _LESS:
                return _LESS[sign]
            if _is_mate(left, number, mask, quotients) and _is(right, number) and sign in _LESS:
                return _GREATER[_LESS[sign]]
    return ""


def _is_mate(form: Form, number: Form, mask: Form, quotients: Quotients) -> bool:
    made = alone(form, quotients)
    return made is not None and made[2] == "^" and _is(made[0], number) and _is(made[1], mask)


def _is_bit(form: Form, number: Form, mask: Form, quotients: Quotients) -> bool:
    made = alone(form, quotients)
    return made is not None and made[2] == "&" and _is(made[0], number) and _is(made[1], mask)


def _is(one: Form, two: Form) -> bool:
    return (one.terms, one.constant) == (two.terms, two.constant)
