"""Numbers that a condition chooses: `y > 0 ? y - 1 : 0`, `max(y - 1, 0)`, `clamp(y, 0, h - 1)`.

As the end of a range such a number is what it is at most; as a subscript it is what it is worth in
each turn, which is for those to work out who try turns: the comparison is 0 or 1, and the number
is `comparison * (one - other) + other`.
"""

from __future__ import annotations

from reviewbot.code.events import Quotients
from reviewbot.code.values import CLAMPED, OPAQUE, Form, Value, arithmetic, opaque

PLUS = "+"  # of an operation: a sum that goes by a name of its own
_ORDERS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_UNTOLD = OPAQUE - {"mod", "div", CLAMPED}
_BY_NUMBER = frozenset({"tid", "seq-tid", "targ", "seq-targ"})
_MOST = 6  # terms of what is chosen between


def chosen(
    made: Quotients, formulas: Quotients, condition: Value, ways: tuple[Value, Value]
) -> Form | None:
    """The number of both that a comparison chooses; None if nobody can tell what it compares."""
    asked, (one, two) = condition.form, (way.form for way in ways)
    if asked is None or one is None or two is None or not _is_comparison(asked, made, formulas):
        return None
    return _either(formulas, asked, one, two)


def _is_comparison(form: Form, made: Quotients, formulas: Quotients) -> bool:
    """Whether a number is nothing but the answer of a comparison: 0 or 1."""
    if len(form.terms) != 1 or form.constant or form.terms[0][1] != 1 or len(form.names) != 1:
        return False
    (name,) = form.names
    known = made.get(name) or formulas.get(name)
    return known is not None and known[2] in _ORDERS


def extreme(formulas: Quotients, sign: str, one: Form, two: Form) -> Form | None:
    """The lesser of two numbers, or with the sign `>` the greater one; None if nobody can tell."""
    one, two = worth(one), worth(two)
    asked = arithmetic(sign, one, two)
    if asked.terms:
        formulas.setdefault(asked.terms[0][0][0], (one, two, sign))
    return _either(formulas, asked, one, two)


def within(formulas: Quotients, form: Form, least: Form, most: Form) -> Form | None:
    """A number kept between two others; None if nobody can tell."""
    raised = extreme(formulas, ">", form, least)
    return extreme(formulas, "<", raised, most) if raised is not None else None


def worth(form: Form) -> Form:
    """What a number is worth in each turn, where it stands for the end of a range as well.

    Not that by a thread's number: teams of any size may go beyond where it is cut.
    """
    known = form.exact is not None and form.exact.marks.isdisjoint(_BY_NUMBER)
    return form.exact if form.exact is not None and known else form


def _either(formulas: Quotients, asked: Form, one: Form, two: Form) -> Form | None:
    one, two = worth(one), worth(two)
    marks = (asked.marks | one.marks | two.marks) - {CLAMPED}
    if marks & _UNTOLD or max(len(one.terms), len(two.terms), len(asked.terms)) > _MOST:
        return None
    both = asked.times(one.plus(two, -1))
    result = opaque(f"({both.spelt}{PLUS}{two.spelt})", marks)
    formulas.setdefault(result.terms[0][0][0], (both, two, PLUS))
    return result
