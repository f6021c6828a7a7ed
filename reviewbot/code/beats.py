"""Barriers in loops: which stretches of the turns two threads of a team can be in at once.

A barrier in a loop parts what a turn does before it from what the same turn does behind it, and
the end of a turn meets the start of the next. What is behind the loop meets the end of the last
turn alone: all threads have taken as many turns, and passed the barrier of each.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from reviewbot.code.events import Beat, Event, Scope, Stretch, sides


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
        ours = {scope.phase(number) for number in sides(first.phase)}
        return any(scope.phase(number) in ours for number in sides(second.phase))
    a, b = stretch(scope, first), stretch(scope, second)
    return not a[0].isdisjoint(b[0]) and not a[1].isdisjoint(b[1])


def stretch(scope: Scope, event: Event) -> Stretch:
    """(phases whose beginning, phases whose end) lies next to an access on some way."""
    known = scope.stretches.get(event.order)
    if known is None:
        phases = {scope.on_ways(number) for number in sides(event.phase)}
        begun, ended = set(phases), set(phases)
        for beat in beats_around(scope, event) if scope.turns else ():
            for one, two in zip(sides(beat.first), sides(beat.last), strict=False):
                first, last = scope.on_ways(one), scope.on_ways(two)
                if first in phases:
                    begun.add(last)  # of the turn before
                if last in phases:
                    ended.add(first)  # of the turn that follows
        known = scope.stretches[event.order] = frozenset(begun), frozenset(ended)
    return known


def beats_around(scope: Scope, event: Event) -> Iterator[Beat]:
    """The loops with barriers around an access, the innermost first."""
    place = bisect_left(scope.turns, event.order, key=_end)
    while 0 <= place < len(scope.turns):
        beat = scope.turns[place]
        if beat.start < event.order and beat.party == event.party:
            yield beat
        place = beat.around


def _end(beat: Beat) -> int:
    return beat.end
