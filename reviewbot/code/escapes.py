"""Flags and semaphores in a local whose address others find: both ways to name them are known.

`request.done` of who waits is `taken->done` of who serves the request.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.scoped_macros import ScopedMacros
from reviewbot.code.values import Form, Path

MAX_SIGNALS = 200  # of one thread
MAX_TOLD = 80  # characters of an argument that tell what it is called
_CONDITION_LIKE = re.compile(r"(?i)(?:cond|cnd|cv|condition|condvar|wakeup|event)$")


class Escapes(ScopedMacros):
    """Lets waits and signals be known by a pointer's name, too."""

    def _wait(
        self,
        kind: str,
        key: str,
        node: Node,
        form: Form | None = None,
        *,
        place: Path | None = None,
        asks: frozenset[str] = frozenset(),
    ) -> None:
        super()._wait(kind, key, node, form, place=place, asks=asks)
        if other := self._as_pointed(key, place):
            again = replace(self.flow.waits[-1], key=other)
            self.flow.waits = (*self.flow.waits, again)[-12:]

    def _signal(
        self,
        kind: str,
        key: str,
        node: Node,
        *,
        quiet: bool = False,
        form: Form | None = None,
        place: Path | None = None,
    ) -> None:
        super()._signal(kind, key, node, quiet=quiet, form=form, place=place)
        signals = self.party.signals if self.party is not None else []
        other = self._as_pointed(key, place) if 0 < len(signals) < MAX_SIGNALS else ""
        if other and signals[-1].key == key:
            signals.append(replace(signals[-1], key=other))

    def of_condition(self, done: str, nodes: list[Node], node: Node) -> bool:
        """`mp_cond_wait(&c, &m)`, `nni_cv_wake(c)`: whether it is known what was waited for."""
        texts = [self._text(one)[-MAX_TOLD:] for one in nodes]
        named = [i for i, text in enumerate(texts) if _CONDITION_LIKE.search(text)]
        if not named and len(nodes) > 1 and not self.is_lock_like(texts[1]):
            return False
        chosen = named[0] if named else 0
        for one in (*nodes[:chosen], *nodes[chosen + 1 :]):
            self.expr(one)
        place = self._lock_argument(nodes[chosen])
        key = self.key(place) if place is not None else self._text(nodes[chosen])
        (self._wait if done == "wait" else self._signal)("cond", key, node, place=place)
        return True

    def _as_pointed(self, key: str, place: Path | None) -> str:
        """What a pointer to the local would call a member of it; "" if none leads there."""
        if place is not None and self.escaped:
            self.by_pointers(place)
        return self.also_known.get(key, "")
