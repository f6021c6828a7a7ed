"""What orders two accesses besides barriers and joins: flags, conditions, locks given on."""

from __future__ import annotations

from reviewbot.code.events import POLLED, Event, Scope
from reviewbot.code.gates import behind_gate


def ordering(scope: Scope, first: Event, second: Event) -> str:
    """A wait of one side that matches a signal which the other gives after its access."""
    found = _awaited(scope, first, second) or _awaited(scope, second, first)
    if found:
        return found
    if scope.gated and (behind_gate(scope, first, second) or behind_gate(scope, second, first)):
        return "latch"
    if _after_once(first, second) or _after_once(second, first):
        return "once"
    if _after_lock(first, second) or _after_lock(second, first):
        return "after-lock"
    return "waits-unmatched" if (first.waits or second.waits) else "none"


def mutual(scope: Scope, first: Event, second: Event) -> bool:
    """Whether each side waits for the other, as those do who use one place by turns."""
    if first.order == second.order or not (first.waits and second.waits):
        return False
    return bool(_awaited(scope, first, second) and _awaited(scope, second, first))


def _awaited(scope: Scope, waiter: Event, giver: Event) -> str:
    """The kind of the wait that sees what the giver did before."""
    if not waiter.waits:
        return ""
    party = scope.parties[giver.party]
    after = {(s.kind, s.key) for s in party.signals if s.order > giver.order}
    for wait in waiter.waits:
        if (wait.kind, wait.key) in after or (
            wait.kind == "wait" and any(k == wait.key for _, k in after)
        ):
            return wait.kind
        if wait.kind == POLLED and _given_under_lock(scope, wait.key, giver):
            return "flag"
    return ""


def _given_under_lock(scope: Scope, key: str, giver: Event) -> bool:
    """Whether the giver's thread writes that object under a lock after its access."""
    return any(
        e.key == key and e.party == giver.party and e.mode != "read" and e.locks
        for e in scope.events
        if e.order > giver.order
    )


def _after_once(waiter: Event, inner: Event) -> bool:
    """Whether one access comes after the call that makes the other, once."""
    keys = {h.key for h in inner.locks if h.kind == "once" and h.certain}
    return bool(keys) and any(w.kind == "once" and f"once:{w.key}" in keys for w in waiter.waits)


def _after_lock(writer: Event, bare: Event) -> bool:
    """Whether a bare access comes after its thread held the lock of a write under a condition.

    `lock(); if (!done) { x = make(); done = 1; } unlock(); use(x);` needs no lock for the use.
    """
    if writer.mode == "read" or bare.locks or not bare.passed:
        return False
    chosen = any(g.kind == "shared" for g in writer.guards)
    return chosen and any(h.certain and h.key in bare.passed for h in writer.locks)
