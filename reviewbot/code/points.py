"""Elements by a thread's number beside the range of the thread's own: `halo[id] = a[lo]`."""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.dependence import positive
from reviewbot.code.divided import gap_after, names_in
from reviewbot.code.events import THREAD, Event, Loop, Quotients, Side
from reviewbot.code.values import CLAMPED, OPAQUE, Form

_UNSURE = OPAQUE - {"mod", "div", CLAMPED}


def in_own_range(
    pairs: Sequence[tuple[Form, Form]],
    first: tuple[Event, Side],
    second: tuple[Event, Side],
    quotients: Quotients,
) -> str:
    """Same | never | "": whether an element by number lies in its thread's own range, or in none.

    A range begins with an element of its own, if it has any.
    """
    if {first[1].by, second[1].by} != {"own", "tid"} or first[1].overlap or second[1].overlap:
        return ""
    ranged, flipped = (first, False) if first[1].by == "own" else (second, True)
    found = [_told(*(pair[::-1] if flipped else pair), *ranged, quotients) for pair in pairs]
    return next((word for word in ("never", "same") if word in found), "")


def _told(mine: Form, point: Form, event: Event, side: Side, quotients: Quotients) -> str:
    loop = next((x for x in event.loops if x.name in side.divided), None)
    if loop is None or loop.low is None or loop.high is None or point.marks & _UNSURE:
        return ""
    if THREAD not in names_in(point, quotients) or mine.terms != (((loop.name,), 1),):
        return ""
    place = Form(point.terms, point.constant - mine.constant)
    before, behind = place.plus(loop.low, -1), loop.high.plus(place, -1)
    if before.is_constant and (before.constant == 0 or (before.constant > 0 and positive(behind))):
        return "same"
    if behind.is_constant and behind.constant > 0 and positive(before.plus(Form((), 1))):
        return "same"
    return "never" if _between(before, behind, loop, quotients) else ""


def _between(before: Form, behind: Form, loop: Loop, quotients: Quotients) -> bool:
    """Whether a place lies behind one thread's range and before that of the next."""
    gap = gap_after(loop, THREAD, quotients)
    if before.is_constant and before.constant < 0:
        return -before.constant <= gap
    return behind.is_constant and behind.constant <= 0 and -behind.constant < gap
