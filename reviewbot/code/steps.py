"""Loops whose turns two threads take together: their variables have one value for both."""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.beats import beats_around
from reviewbot.code.depends import TASKS
from reviewbot.code.divided import CREATORS, innermost_loop, rests
from reviewbot.code.events import Beat, Event, Loop, Scope
from reviewbot.code.values import BY_THREAD, OPAQUE, Form

_VARIES = BY_THREAD | OPAQUE
_NONE = frozenset[str]()


def turns_in_common(scope: Scope, first: Event, second: Event) -> frozenset[str]:
    """Names of the variables of loops of which both accesses are in one turn, if they meet."""
    if not first.loops or not second.loops:
        return _NONE
    found = _NONE
    if scope.turns and min(first.phase, second.phase) >= 0:
        found |= _between_barriers(scope, first, second)
    if scope.rests and first.group == second.group:
        found |= _awaited_each_turn(scope, first) & _awaited_each_turn(scope, second)
    if _lockstep(scope, first, second):
        found |= _outside_shared(scope, first) | _outside_shared(scope, second)
    return found


def _between_barriers(scope: Scope, first: Event, second: Event) -> frozenset[str]:
    """Of loops with a barrier in each turn, and none between the accesses, that begin alike."""
    if scope.on_ways(first.phase) != scope.on_ways(second.phase):
        return _NONE
    sure = scope.kind != "threads"  # of threads, barriers under conditions are not told apart
    ours, theirs = (
        {_place(b) for b in beats_around(scope, e) if b.plain or sure} for e in (first, second)
    )
    places = ours & theirs if ours else ours
    lines = {line for line, begin, end in places if scope.on_ways(begin) != scope.on_ways(end)}
    if not lines:
        return _NONE
    begins = [{_begin(x) for x in e.loops if x.line in lines} for e in (first, second)]
    return frozenset([name for name, low, _ in begins[0] & begins[1] if low is not None])


def _begin(loop: Loop) -> tuple[str, Form | None, Form | None]:
    """(variable, where it begins, its stride), the latter where they are the same for everyone."""
    low = loop.low
    known = low is not None and not loop.shared and low.marks.isdisjoint(_VARIES)
    return loop.name, low if known else None, loop.stride


def _place(beat: Beat) -> tuple[int, int, int]:
    return beat.line, beat.first, beat.last


def _awaited_each_turn(scope: Scope, event: Event) -> frozenset[str]:
    """Of loops in which one thread creates tasks, and waits for them before the next turn.

    Not of the innermost: that has a task a turn, which meets none of its own kind.
    """
    tasks = [f for f in event.frames if f.kind in TASKS]
    alone = next((f for f in event.frames if f.kind in CREATORS), None)
    if alone is None or len(tasks) > 1:
        return _NONE
    between = event.loops[alone.around : tasks[0].around if tasks else None]
    last = max((n for n, loop in enumerate(between) if rests(scope, loop.line, event)), default=-1)
    inside = last + 1 < len(between) or not tasks
    return frozenset([loop.name for loop in between[: last + 1]]) if inside else _NONE


def _lockstep(scope: Scope, first: Event, second: Event) -> bool:
    """Whether all threads take the turns of the loops around one work-shared loop together."""
    a, b = innermost_loop(first.frames), innermost_loop(second.frames)
    if a is None or b is None or a.serial != b.serial:
        return False
    return not a.nowait or all(line in scope.beats for line in _around(scope, first))


def _around(scope: Scope, event: Event) -> Sequence[int]:
    """Lines of the loops, within the region, around the work-shared loop of an access."""
    inner = event.loops[scope.outside :]
    first = next((n for n, loop in enumerate(inner) if loop.shared), 0)
    return [loop.line for loop in inner[:first]]


def _outside_shared(scope: Scope, event: Event) -> frozenset[str]:
    """The variables of the loops, within the region, around the work-shared loop of an access."""
    inner = [loop for loop in event.loops[scope.outside :] if loop.name]
    first = next((n for n, loop in enumerate(inner) if loop.shared), 0)
    return frozenset([loop.name for loop in inner[:first]])
