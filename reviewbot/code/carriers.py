"""What others do once they ran what they were given; what a wait's condition tells of an access."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reviewbot.code.events import Event, Party, Scope, Sync


def signals_after(scope: Scope, party: Party, giver: Event) -> list[Sync]:
    """The signals that are given once an access is over, by its thread or by who ran its code."""
    later = [s for s in party.signals if s.order > giver.order]
    for number, order in scope.runs.get(party.carrier, ()):
        later += [s for s in scope.parties[number].signals if s.order > order]
    return later


def tells_of(scope: Scope, wait: Sync, giver: Event) -> bool:
    """Whether a wait that is over has seen what was done before an access's thread went on.

    A condition that holds says so where the thread makes it hold after its access. It says nothing
    where all that the condition asks for is changed by others, or earlier, and under locks.
    """
    if not wait.asks or any(lock.certain for lock in giver.locks):
        return True
    changed = _changes(scope)
    after = list(_goes_on(scope, giver))
    if any(changed.get(k, {}).get(party, -1) > order for k in wait.asks for party, order in after):
        return True
    return not all(key in changed for key in wait.asks)


def _goes_on(scope: Scope, giver: Event) -> Iterator[tuple[int, int]]:
    """(party, place in the walk) from where an access is over."""
    yield giver.party, giver.order
    yield from scope.runs.get(scope.parties[giver.party].carrier, ())


def _changes(scope: Scope) -> dict[str, dict[int, int]]:
    """The place of the last write of each object that is written under a lock, by party."""
    if scope.changed is None:  # read once all accesses are known
        found: dict[str, dict[int, int]] = defaultdict(dict)
        locked = {e.key for e in scope.events if e.mode != "read" and (e.locks or e.atomic)}
        for event in scope.events:
            if event.mode != "read" and event.key in locked:
                last = found[event.key].get(event.party, -1)
                found[event.key][event.party] = max(last, event.order)
        scope.changed = dict(found)
    return scope.changed
