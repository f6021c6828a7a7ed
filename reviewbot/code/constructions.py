"""Constructors and destructors: each has its own object, but several threads may run one at once.

`Item::Item() { std::lock_guard g(mutex); made++; }` makes one item a call, and one count in all.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.events import Event, Party, Scope


def often_made(scope: Scope, known: str, sites: Sequence[Event]) -> frozenset[int]:
    """Constructors and destructors that guard an object, or did before: others run them too.

    `known`: what the object is known by in another version of the file.
    """
    mine = {e.party for e in sites if _is_made(scope.parties[e.party])}
    if not mine or known in scope.before:
        return frozenset(mine)
    return frozenset([e.party for e in sites if e.party in mine and is_guarded(e)])


def is_beyond(event: Event) -> bool:
    """Whether an access of a constructor is surely not to the object that it makes."""
    return event.share in ("global", "static") or event.path.root.reference


def _is_made(party: Party) -> bool:
    return party.kind == "caller" and not party.many


def is_guarded(event: Event) -> bool:
    """Whether an access holds a lock or is atomic."""
    return bool(event.locks) or event.atomic not in ("", "volatile")
