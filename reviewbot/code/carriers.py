"""What others do once they ran what they were given; what a wait's condition tells of an access."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reviewbot.code.dependence import ONE
from reviewbot.code.events import Event, Loop, Party, Scope, Sync
from reviewbot.code.values import ZERO, Form


def signals_of_carriers(scope: Scope, party: Party) -> list[Sync]:
    """The signals that who ran a thread's code gives once that code is over."""
    later: list[Sync] = []
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


def turns_of(loop: Loop | None) -> Form | None:
    """How many times a loop goes round, if its header tells."""
    if loop is None or loop.low is None or loop.high is None or loop.stride != ONE:
        return None
    return loop.high.plus(loop.low, -1)


def takes_all(scope: Scope, wait: Sync, waiter: Event, giver: Event) -> bool:
    """Whether one thread's waits take as many signals as there are threads that give one each.

    Of fewer nobody knows whose they were, unless the threads wait too: they may take turns.
    """
    party, own = scope.parties[giver.party], scope.parties[waiter.party]
    given = turns_of(party.loop) if party.many and not own.many else None
    if wait.count is None or given is None or any(w.kind == wait.kind for w in giver.waits):
        return True
    counts = [w.count for w in waiter.waits if (w.kind, w.key) == (wait.kind, wait.key)]
    taken = ZERO
    for count in counts:
        if count is None:
            return True
        taken = taken.plus(count)
    gap = taken.plus(given, -1)
    return not gap.is_constant or gap.constant >= 0


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
