"""What a flag was when a condition let an access through, against what is stored in it later.

`while (!quit.load()) { use(data); }`: who is in the loop has not seen `quit.store(true)`, so that
what came before that store is not known to be over.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.events import Event, Guard, Scope, Sync

_PLACE = r"(?:this->)?[A-Za-z_][\w.]*(?:->[\w.]+)*"
_ASKS = re.compile(
    rf"(?:{_PLACE}(?:\.load\([\w:]*\))?"
    rf"|(?:std::)?atomic_load(?:_explicit)?\(&{_PLACE}(?:,[\w:]+)?\))"
)
_STORES = re.compile(
    rf"(?:{_PLACE}\s*(?:(?:\.|->)store\s*\(|=(?!=))"
    rf"|(?:std::)?atomic_store(?:_explicit)?\s*\(\s*&\s*{_PLACE}\s*,)\s*(true|false|[01])\s*[;,)]"
)
_LONGEST = 160  # characters of what is stored, or asked, that are looked at


def stored_truth(text: str, node: Node) -> str:
    """What a statement stores in a flag: "1" or "0"; "" if that is not written there."""
    found = _STORES.match(text, node.start_byte, node.start_byte + _LONGEST)
    return "" if found is None else "1" if found[1] in ("true", "1") else "0"


def _asked_truth(guard: Guard) -> str:
    """What a condition says that a flag was: "1" or "0"; "" if it asks for anything else."""
    text, holds = guard.text, guard.holds
    if len(text) > _LONGEST or len(guard.keys) != 1:
        return ""
    while text[:1] == "!" or (text[:1] == "(" and text[-1:] == ")"):
        holds, text = (not holds, text[1:]) if text[0] == "!" else (holds, text[1:-1])
    return "" if _ASKS.fullmatch(text) is None else "1" if holds else "0"


def not_yet(scope: Scope, wait: Sync, waiter: Event, giver: Event) -> bool:
    """Whether an access is made only while a flag is not what the giver stores after its own."""
    if wait.kind != "flag":
        return False
    asked = [g for g in waiter.guards if wait.key in g.keys and g.line == wait.line]
    seen = {_asked_truth(guard) for guard in asked}
    if len(seen) != 1 or "" in seen:
        return False
    if any(w.key == wait.key and w.line != wait.line for w in waiter.waits):
        return False
    signals = scope.parties[giver.party].signals
    stored = {s.stores for s in signals if s.key == wait.key and s.order > giver.order}
    return bool(stored) and "" not in stored and seen.isdisjoint(stored)
