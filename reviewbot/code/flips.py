"""Two halves of a buffer by turns: a number is never what it is flipped to.

`buffer[now]` and `buffer[!now]`, `buffer[1 - now]`, `buffer[now ^ 1]` are never one, whatever the
number is that all threads have alike; and numbers whose difference is odd are never equal.
"""

from __future__ import annotations

from reviewbot.code.events import Quotients, Side
from reviewbot.code.values import Form

_SETTLED = frozenset({"mod", "div", "seq"})  # marks of a number that one turn has for all
_MOST = 8


def flipped(left: Form, right: Form, a: Side, b: Side, quotients: Quotients) -> bool:
    """Whether two subscripts differ for whatever value what all threads have alike."""
    if not left.terms or not right.terms or left.terms == right.terms:
        return False
    if not (left.marks | right.marks) <= _SETTLED:
        return False
    if not (_is_flip(left, right, quotients) or _is_flip(right, left, quotients)):
        difference = left.plus(right, -1)
        if not difference.constant % 2 or any(factor % 2 for _, factor in difference.terms):
            return False
    own = a.loops.keys() | a.divided.keys() | b.loops.keys() | b.divided.keys()
    return _made_without(left, own, quotients) and _made_without(right, own, quotients)


def _is_flip(form: Form, of: Form, quotients: Quotients) -> bool:
    """Whether a form is `!x`, or `x ^ 1`, of the other."""
    made = alone(form, quotients)
    if made is None or made[0].terms != of.terms or made[0].constant != of.constant:
        return False
    if made[1].terms:
        return False
    return made[2] == "^" if made[1].constant else made[2] == "=="


def without_mask(
    left: Form, right: Form, a: Side, b: Side, quotients: Quotients
) -> tuple[Form, Form]:
    """Both forms, or of `x ^ c` and `y ^ c` x and y: these are equal where those are."""
    one, two = alone(left, quotients), alone(right, quotients)
    if one is None or two is None or one[1:] != two[1:] or one[2] != "^":
        return left, right
    return (one[0], two[0]) if is_alike(one[1], a, b, quotients) else (left, right)


def is_alike(form: Form, a: Side, b: Side, quotients: Quotients) -> bool:
    """Whether all threads have one number there, whatever turns they are in."""
    own = a.loops.keys() | a.divided.keys() | b.loops.keys() | b.divided.keys()
    return form.marks <= _SETTLED and _made_without(form, own, quotients)


def alone(form: Form, quotients: Quotients) -> tuple[Form, Form, str] | None:
    """What a form is made of that is nothing but one operation."""
    if len(form.terms) != 1 or form.constant or form.terms[0][1] != 1:
        return None
    return quotients.get(form.terms[0][0][0]) if len(form.terms[0][0]) == 1 else None


def _made_without(form: Form, names: set[str], quotients: Quotients) -> bool:
    waiting = list(form.names)
    for name in waiting:
        made = quotients.get(name)
        if name in names or len(waiting) > _MOST:
            return False
        waiting += (made[0].names | made[1].names) if made is not None else ()
    return True
