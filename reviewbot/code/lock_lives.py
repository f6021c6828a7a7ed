"""Where a lock is made and destroyed: who does that is alone with what the lock protects.

A mutex may not be used before it is initialised, nor after it is destroyed (POSIX,
pthread_mutex_destroy), so what a function does beside that is in nobody's way.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tree_sitter import Node

from reviewbot.code.lifetimes import LockLife
from reviewbot.code.values import Element, Path, Value
from reviewbot.code.views import Views

_LOCK = r"(?:mutex|mtx|rwlock|spin(?:lock)?|lock|critical_?section)"
_MAKES = re.compile(rf"(?i){_LOCK}_?(?:init|create|new)|(?:init(?:ialize)?|create|new)_?{_LOCK}")
_ENDS = re.compile(
    rf"(?i){_LOCK}_?(?:destroy|fini|free|delete)|(?:destroy|fini|free|delete)_?{_LOCK}"
)
_NO_LOCK = re.compile(r"(?i)attr|b_?lock|clock|unlock|file")
MAX_LIVES = 12  # locks that one party makes and destroys


@lru_cache(maxsize=2048)
def life_of(name: str) -> str:
    """What a call of that name is in the life of a lock: its setup, its teardown, or neither."""
    if _NO_LOCK.search(name):
        return ""
    return "setup" if _MAKES.search(name) else "teardown" if _ENDS.search(name) else ""


class LockLives(Views):
    """Notes where locks are made and destroyed."""

    def _named_call(self, name: str, node: Node, nodes: list[Node]) -> Value:
        if time := life_of(name.rsplit("::", 1)[-1]):
            self._note_life(time, node, nodes)
        return super()._named_call(name, node, nodes)

    def _note_life(self, time: str, node: Node, nodes: list[Node]) -> None:
        scope, party = self.scope, self.party
        if scope is None or party is None or scope.kind != "threads" or self.flow.dead:
            return
        lives = scope.lock_lives.setdefault(party.serial, [])
        place = self._made_or_ended(node, nodes)
        if place is not None and len(lives) < MAX_LIVES:
            guards = tuple(self.guards)
            lives.append(LockLife(self.key(place), time, self.order, self.function, guards))

    def _made_or_ended(self, node: Node, nodes: list[Node]) -> Path | None:
        """The lock that is given, or the variable that gets it."""
        if nodes and nodes[0].type != "null":
            self.flow.dead, dead = True, self.flow.dead  # the call itself is walked later
            found = self._lock_argument(nodes[self.lock_given(0, nodes)])
            self.flow.dead = dead
            return found
        around = node.parent
        left = around.child_by_field_name("left") if around is not None else None
        symbol = self.lookup(self._text(left)) if left is not None else None
        return Path(symbol).step(Element()) if symbol is not None and symbol.pointer else None
