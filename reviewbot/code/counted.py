"""Counts that let one thread through: `if (atomic_fetch_sub(&left, 1) == 1) …` is done once in all.

Whatever the order of the change, as long as the count is changed in one place alone.
"""

from __future__ import annotations

import re

from reviewbot.code.events import Event, Guard, Scope

_COUNTS = re.compile(
    r"!?\(*(?:std::)?(?:[\w.>\[\]-]{1,80}(?:\.|->)fetch_(?:add|sub)|atomic_fetch_(?:add|sub)(?:_explicit)?"
    r"|__atomic_(?:fetch_(?:add|sub)|(?:add|sub)_fetch)|__sync_(?:fetch_and_(?:add|sub)|(?:add|sub)_and_fetch))"
    r"\([^()=!<>]{1,120}\)\)*(?P<sign>==|!=)\w{1,60}\)*"
)
_MOST = 4  # conditions, the innermost ones, that are looked at


def lets_through_once(scope: Scope, first: Event, second: Event) -> bool:
    """Whether one condition on a count lets one thread to both accesses, and no other, ever."""
    if scope.kind != "threads" or not (first.guards and second.guards):
        return False
    asked = {guard.line for guard in second.guards[-_MOST:] if _is_count(scope, guard)}
    return any(g.line in asked and _is_count(scope, g) for g in first.guards[-_MOST:])


def _is_count(scope: Scope, guard: Guard) -> bool:
    match = _COUNTS.fullmatch(guard.text)
    if match is None or (match["sign"] == "==") != guard.holds or guard.text.startswith("!"):
        return False
    sites = changes(scope)
    changed = [sites[key] for key in guard.keys if key in sites]
    return len(changed) == 1 and len(changed[0]) == 1


def changes(scope: Scope) -> dict[str, set[int]]:
    """Where threads other than the main one change each object atomically, or at all."""
    if scope.changes is None:
        scope.changes = {}
        for event in scope.events:
            if event.mode != "read" and scope.parties[event.party].kind != "main":
                scope.changes.setdefault(event.key, set()).add(event.offset)
    return scope.changes
