"""Macros that hold a lock for a block or for what they are given: `SCOPED_LOCK(m);`, `WITH_LOCK`.

They are of headers out of sight; what a name in capitals says is all that is known of them.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.code.locks import Locks
from reviewbot.code.values import UNKNOWN, Path, Value

_SCOPED = re.compile(
    r"(?:\w*_)?(?:SCOPED|AUTO|RAII)_\w*LOCK|\w*(?:LOCK|MUTEX)_?GUARD|LOCK_GUARD\w*"
)
# `…_LOCK_NOWAIT` does nothing where the lock is not free.
_WITH = re.compile(
    r"(?:[A-Z0-9]+_)*?WITH_(?P<which>[A-Z0-9_]+?_)??(?:(?P<shared>READ)_|WRITE_)?LOCK(?:_[A-Z]+)?"
)
MAX_NAME = 80  # characters of a macro's name that is looked at


class ScopedMacros(Locks):
    """Knows for how long a macro in capitals holds what it locks."""

    def _lock_call(self, effect: api.LockCall, name: str, node: Node, nodes: list[Node]) -> Value:
        if effect.effect != "acquire" or not name.isupper() or len(name) > MAX_NAME:
            return super()._lock_call(effect, name, node, nodes)
        found = _WITH.fullmatch(name) if len(nodes) > 1 else None
        if found is not None:
            return self._with_lock(found["which"], found["shared"], node, nodes)
        before = set(self.flow.locks)
        value = super()._lock_call(effect, name, node, nodes)
        if _SCOPED.fullmatch(name):
            taken = [key for key in self.flow.locks if key not in before]
            self.cleanups[-1] += [("lock", key) for key in taken]
        return value

    def _with_lock(
        self, which: str | None, shared: str | None, node: Node, nodes: list[Node]
    ) -> Value:
        """`WITH_LOCK(m, n++)`, `LIB_WITH_POOL_LOCK(of, n++)`: the second names one lock of all."""
        place = None if which else self._lock_argument(nodes[0])
        if which:
            self.expr(nodes[0])
        if place is None:
            place = Path(self.named_lock(f"lock:{which or self._text(nodes[0])}"))
        held = self.held(place, node, kind="shared" if shared else "mutex")
        self.sync("lock", node)
        self.hold(held)
        for inner in nodes[1:]:
            self.expr(inner)
        self.sync("unlock", node)
        self.release(held)
        self._signal("lock", held.key, node, quiet=True)
        return UNKNOWN
