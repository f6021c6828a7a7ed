"""All locks of an array, taken by a loop one after the other: who has them shuts all others out.

`for (i = 0; i < N; i++) lock(&stripe[i]);` meets whoever holds any one of them; a loop that leaves
out a lock of the array does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.conditions import settled
from reviewbot.code.counts import Counts
from reviewbot.code.dependence import ONE
from reviewbot.code.events import Held, Sync
from reviewbot.code.parse import text_of
from reviewbot.code.values import ZERO, Path

_LEFT = re.compile(r"\b(?:break|goto|return)\b")
MAX_HELD = 8  # locks, the last ones taken, that are looked at


class Spans(Counts):
    """Knows which loops of lock calls take every lock of an array."""

    def held(self, place: Path, node: Node, *, kind: str = "mutex", certain: bool = True) -> Held:
        """The record of a lock on that place, with the size of the array that a loop goes over."""
        held = super().held(place, node, kind=kind, certain=certain)
        name = self.loops[-1].name if self.loops else ""
        if not name or held.form.terms != (((name,), 1),) or held.form.constant:
            return held
        return replace(held, among=self._size_around(place, name))

    def awaited_in_turn(self, waits: Sequence[Sync], start: int, node: Node) -> None:
        """Behind a loop all is held that each turn has taken, where it takes all there is."""
        super().awaited_in_turn(waits, start, node)
        loop, locks = self.loops[-1], self.flow.locks
        high = loop.high.constant if loop.high is not None and loop.high.is_constant else 0
        if not locks or loop.low != ZERO or loop.stride != ONE or _LEFT.search(text_of(node)):
            return
        for key, held in list(locks.items())[-MAX_HELD:]:
            if held.certain and 0 < held.among <= high and held.form.terms == (((loop.name,), 1),):
                locks[key] = replace(held, among=0, every=True)

    def _size_around(self, place: Path, name: str) -> int:
        """How many elements the array has whose index is that variable; 0 if nobody knows."""
        steps = place.elements
        at = next((n for n, e in enumerate(steps) if not e.field and name in e.form.names), -1)
        if at < 0 or (at and not steps[at - 1].field):
            return 0
        if not at:
            plain = not (place.root.pointer or place.root.reference)
            return self._declared_size(place.root.offset) if plain else 0
        around = self.shape(Path(place.root, steps[: at - 1]))[0]
        member = self.symbols.member(around, steps[at - 1].field)
        fixed = member is not None and member.array == 1 and not member.pointer
        return self._declared_size(member.offset) if fixed and member is not None else 0

    def _declared_size(self, offset: int) -> int:
        """The size of the array whose name stands there, 0 if nobody knows."""
        node = self.parsed.root.descendant_for_byte_range(offset, offset + 1)
        array = node.parent if node is not None else None
        if array is None or array.type != "array_declarator":
            return 0
        size = array.child_by_field_name("size")
        return (settled(text_of(size), self.number_of) or 0) if size is not None else 0
