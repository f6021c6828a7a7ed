"""What is given by a semaphore at first, as a number reckoned, and by a store to a flag."""

from __future__ import annotations

import functools
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.conditions import settled
from reviewbot.code.lock_lives import LockLives
from reviewbot.code.semaphores import begun, field_of
from reviewbot.code.told_flags import stored_truth
from reviewbot.code.values import Value

_MADE = "sem_init"


class Credits(LockLives):
    """Reads the number that a semaphore is made with, and what is stored in an atomic flag."""

    @functools.cached_property
    def _permits_given(self) -> dict[str, set[int | None]]:
        return {}

    @functools.cached_property
    def _permits_written(self) -> dict[str, set[str]]:
        return begun(self.text)

    def _named_call(self, name: str, node: Node, nodes: list[Node]) -> Value:
        place = self._lock_argument(nodes[0]) if name == _MADE and len(nodes) == 3 else None
        if place is not None:
            found = self._permits_given.setdefault(field_of(place), set())
            found.add(settled(self._text(nodes[2]), self.number_of))
        return super()._named_call(name, node, nodes)

    def order_atomic(self, key: str, mode: str, order: str, node: Node) -> None:
        """An atomic write gives a signal, with what is stored in a flag."""
        super().order_atomic(key, mode, order, node)
        signals = self.party.signals if self.party is not None and mode == "write" else []
        if signals and signals[-1].key == key and signals[-1].order == self.order:
            signals[-1] = replace(signals[-1], stores=stored_truth(self.text, node))

    def credit_of(self, name: str) -> int:
        """With how many permits every semaphore of a name starts, -1 if that is not known."""
        written = self._permits_written.get(name, set())
        if len(written) != 1:
            return -1
        numbers = self._permits_given.get(name) or {settled(t, self._lasting) for t in written}
        number = next(iter(numbers)) if len(numbers) == 1 else None
        return -1 if number is None else number

    def _lasting(self, name: str) -> int | None:
        """The number that a name stands for in the whole file."""
        symbol = self.lookup(name)
        lasts = symbol is None or symbol.storage == "global"
        return self.number_of(name) if lasts else None
