"""Barriers in loops: which stretches of the turns two threads of a team can be in at once.

A barrier in a loop parts what a turn does before it from what the same turn does behind it, and
the end of a turn meets the start of the next. What is behind the loop meets the end of the last
turn alone: all threads have taken as many turns, and passed the barrier of each.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from reviewbot.code.events import Beat, Event, Scope, Stretch


def add_beat(scope: Scope, beat: Beat) -> None:
    """Keep a loop with barriers; it is around those within it that were kept before."""
    number = len(scope.turns)
    for inner in reversed(scope.turns):
        if inner.start < beat.start or inner.around >= 0:
            break
        inner.around = number
    scope.turns.append(beat)


def meets_in_phase(scope: Scope, first: Event, second: Event) -> bool:
    """Whether no barrier surely stands between two accesses: they begin and end in one phase."""
    if first.party != second.party:
        return scope.phase(first.phase) == scope.phase(second.phase)
    a, b = stretch(scope, first), stretch(scope, second)
    return not a[0].isdisjoint(b[0]) and not a[1].isdisjoint(b[1])


def stretch(scope: Scope, event: Event) -> Stretch:
    """(phases whose beginning, phases whose end) lies next to an access on some way."""
    known = scope.stretches.get(event.order)
    if known is None:
        phase = scope.on_ways(event.phase)
        begun, ended = {phase}, {phase}
        for beat in _around(scope, event) if scope.turns else ():
            first, last = scope.on_ways(beat.first), scope.on_ways(beat.last)
            if phase == first:
                begun.add(last)  # of the turn before
            if phase == last:
                ended.add(first)  # of the turn that follows
        known = scope.stretches[event.order] = frozenset(begun), frozenset(ended)
    return known


def steady(scope: Scope, first: Event, second: Event) -> frozenset[int]:
    """Lines of the loops around both of which all threads of a team are in one turn.

    A barrier is in each turn, and none between the accesses: those of two turns it keeps apart.
    """
    if first.party != second.party or scope.on_ways(first.phase) != scope.on_ways(second.phase):
        return frozenset()
    beats = [beat for beat in _around(scope, first) if beat.start < second.order <= beat.end]
    met = [b.line for b in beats if scope.on_ways(b.first) != scope.on_ways(b.last)]
    return frozenset(met)


def _around(scope: Scope, event: Event) -> Iterator[Beat]:
    place = bisect_left(scope.turns, event.order, key=_end)
    while 0 <= place < len(scope.turns):
        beat = scope.turns[place]
        if beat.start < event.order and beat.party == event.party:
            yield beat
        place = beat.around


def _end(beat: Beat) -> int:
    return beat.end
