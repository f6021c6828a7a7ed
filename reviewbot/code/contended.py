"""Who locks to reach an object, so that it is not alone with it, whatever its name says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reviewbot.code.constructions import is_beyond
from reviewbot.code.events import Event, Scope
from reviewbot.code.lifetimes import times

_OUTLASTS = frozenset({"this", "global", "static", "pointee"})  # the call


def mark_contended(scope: Scope, known: str, sites: Sequence[Event], often: frozenset[int]) -> None:
    """Tell the accesses that others may make at that time, as a lock there says or said before.

    `known`: what the object is known by in another version of the file; `often`: constructors and
    destructors that several threads may run at once.
    """
    locking = _locking(scope, known, sites)
    called_again = _called_again(scope, known, sites) if scope.kind == "threads" else set()
    for event in sites:
        event.recalled = event.party in called_again
        event.contended = event.party in locking or (event.party in often and is_beyond(event))


def _locking(scope: Scope, known: str, sites: Sequence[Event]) -> set[int]:
    """Parties that lock to reach the object, or did in the version before.

    Not a constructor, which may lock another object to copy it.
    """
    parties: dict[int, list[Event]] = defaultdict(list)
    for event in sites:
        if scope.parties[event.party].many:
            parties[event.party].append(event)
    locking = {number for number, events in parties.items() if any(e.locks for e in events)}
    if scope.kind != "threads":
        return locking
    for number, events in parties.items():
        name = f"{known} in {scope.parties[number].name}"
        if number not in locking and name in scope.before:
            locking.add(number)
        elif number in locking and _tells_of_life(scope, events):
            scope.guarded[name] = 1  # what its name says is no reason if the lock is taken away
    return locking


def _called_again(scope: Scope, known: str, sites: Sequence[Event]) -> set[int]:
    """Parties that lock to reach the object and make threads then, or did in the version before.

    They would have no need to if they were called once: `if (!busy(m)) std::thread(run).detach();`.
    """
    if scope.makers is None:
        scope.makers = _first_threads(scope)
    found: set[int] = set()
    for event in sites if scope.makers else ():
        party, first = scope.parties[event.party], scope.makers.get(event.party, 0)
        if event.order >= first or party.name == "main" or event.share not in _OUTLASTS:
            continue
        name = f"{known} in {party.name}"
        if times("", event, party) or not (event.locks or name in scope.before):
            continue
        found.add(event.party)
        if event.locks:
            scope.guarded[name] = 1
    return found


def _first_threads(scope: Scope) -> dict[int, int]:
    """Where in its walk each function makes its first thread."""
    made: dict[int, int] = {}
    for party in scope.parties.values():
        creator = scope.parties.get(party.creator)
        if party.kind == "thread" and creator is not None and creator.kind == "main":
            made[party.creator] = min(party.created_at, made.get(party.creator, party.created_at))
    return made


def _tells_of_life(scope: Scope, events: Sequence[Event]) -> bool:
    """Whether the names of functions would tell that one thread alone has the object."""
    return any(times("", event, scope.parties[event.party]) for event in events)
