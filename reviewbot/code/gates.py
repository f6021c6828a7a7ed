"""Locks as gates: what a thread does after its creator has given the lock of its creation back."""

from __future__ import annotations

from reviewbot.code.events import Event, Held, Scope


def is_gate(lock: Held) -> bool:
    """Whether a holding is one in time, of one lock that has a name of its own."""
    named = "[]" not in lock.key and not lock.key.startswith("T:")
    return bool(lock.taken) and lock.certain and lock.kind == "mutex" and named


def behind_gate(scope: Scope, waiter: Event, giver: Event) -> bool:
    """Whether one access waits until the lock is given back under which the other is made.

    `lock(m); create(t); x = 1; unlock(m);` with `lock(m); unlock(m); use(x);` in the thread: it was
    created while the lock was held, so that to have had the lock is to come after x.
    """
    party = scope.parties[waiter.party]
    if waiter.party == giver.party or not (party.gates or party.behind):
        return False
    over = {taken for taken, key in party.gates if key in waiter.passed} | party.behind
    return any(h.certain and h.taken in over for h in giver.locks)
