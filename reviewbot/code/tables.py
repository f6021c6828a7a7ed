"""Ranges whose ends are in a table: `for (k = start[i]; k < start[i + 1]; k++)`.

The entries of such a table ascend, so that a turn's range ends where the next one's begins; whether
that is so of the entries is not seen here, but whether the code takes all of it, or more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reviewbot.code.dependence import ONE, bounds_of
from reviewbot.code.events import Quotients, Side
from reviewbot.code.values import LOAD, Form

Next = Callable[[Form], Form]


def by_table(
    pairs: Sequence[tuple[Form, Form]], a: Side, b: Side, after: Next, quotients: Quotients
) -> str:
    """Same | other | "": how the ranges of two turns meet; `after` tells the next turn's number."""
    words = [_meet(pair, a, b, after, quotients) for pair in pairs]
    if "same" in words:
        return "same"
    return "other" if "other" in words and len(words) == 1 else ""


def _meet(pair: tuple[Form, Form], a: Side, b: Side, after: Next, quotients: Quotients) -> str:
    (left, right) = pair
    if not _entries(left, a, quotients) or not _entries(right, b, quotients):
        return ""
    (low, high), (bottom, top) = _span(left, a), _span(right, b)
    if low is None or high is None or bottom is None or top is None:
        return ""
    gaps = after(bottom).plus(high, -1), after(low).plus(top, -1)
    if not all(gap.is_constant for gap in gaps):
        return ""
    return "same" if all(gap.constant >= 0 for gap in gaps) else "other"


def _span(form: Form, side: Side) -> tuple[Form | None, Form | None]:
    """[low, high) of the index in one turn of what is divided."""
    within = {n: loop for n, loop in side.loops.items() if n not in side.divided}
    low, high = bounds_of(form, Side(loops=within))
    return low, high.plus(ONE) if high is not None else None


def _entries(form: Form, side: Side, quotients: Quotients) -> bool:
    """Whether the index begins at the entry of a table."""
    loops = [side.loops[name] for name in form.names if name in side.loops]
    forms = [form, *(loop.low for loop in loops if loop.low is not None)]
    return any(has_entry(f, quotients) for f in forms)


def has_entry(form: Form, quotients: Quotients) -> bool:
    """Whether a number is the entry of a table, or is computed with one."""
    return any(quotients[name][2] == LOAD for name in form.names if name in quotients)
