"""What a semaphore's first permits allow: who finds some there does not wait for the other.

With `sem_init(&go, 0, 0)` a wait ends when the other has posted; with 1 the first wait ends at
once. Of two that wait for each other one begins, and has as many permits as there are places.
"""

from __future__ import annotations

from math import prod

from reviewbot.code.dependence import ONE
from reviewbot.code.events import MADE, Event, Quotients, Scope, Sync
from reviewbot.code.flips import alone
from reviewbot.code.values import SEQ, ZERO, Form


def runs_ahead(scope: Scope, wait: Sync, waiter: Event, giver: Event) -> bool:
    """Whether permits that are there at first let a wait end before the giver's access.

    Not where the giver itself waits for others, who may have waited for this one.
    """
    if wait.kind != "sem" or wait.credit < 1 or _gives_back(scope, wait, waiter):
        return False
    party = scope.parties[giver.party]
    if party.creator == waiter.party and party.created_at > wait.order:
        return False
    waits = [w for w in giver.waits if w.kind != MADE]
    return all(w.kind == "sem" and w.credit > 0 for w in waits) and _has_enough(wait, waiter)


def _gives_back(scope: Scope, wait: Sync, waiter: Event) -> bool:
    """Whether the one who waits posts too, as one does who uses a semaphore as a lock."""
    return any(s.kind == "sem" and s.key == wait.key for s in scope.parties[waiter.party].signals)


def _has_enough(wait: Sync, waiter: Event) -> bool:
    """Whether all waits up to an access, or those of one turn, take no more than the first ones."""
    taken = ZERO
    for other in waiter.waits:
        if (other.kind, other.key) != (wait.kind, wait.key):
            continue
        if other.count is None and not waiter.loops:
            return False
        taken = taken.plus(other.count or ONE)
    return taken.is_constant and taken.constant <= wait.credit


def fills_all(scope: Scope, first: Event, second: Event, one: Sync, two: Sync) -> bool:
    """Whether the permits of two who wait for each other are more than the places that they use."""
    if {one.kind, two.kind} != {"sem"} or one.key == two.key or min(one.credit, two.credit) < 0:
        return False
    places = [_places(event, scope.quotients) for event in (first, second)]
    return 0 not in places and one.credit + two.credit > max(places)


def _places(event: Event, quotients: Quotients) -> int:
    """How many places an access goes over by turns: `ring[n % 6].text[k]` has 6; 0 if not told."""
    forms = [e.form for e in event.path.elements if e.form.terms]
    rings = [ring for form in forms if (ring := _ring(form, quotients))]
    inner = all(form.marks <= SEQ or _ring(form, quotients) for form in forms)
    if not rings or not inner:
        return 0 if forms else 1
    return prod(rings)


def _ring(form: Form, quotients: Quotients) -> int:
    made = alone(form, quotients)
    rest = made is not None and made[2] == "%" and made[1].is_constant
    return made[1].constant if made is not None and rest else 0
