"""How many threads a barrier or latch waits for, and how many signals a loop of waits takes."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.code.carriers import turns_of
from reviewbot.code.credit_numbers import Credits
from reviewbot.code.dependence import ONE
from reviewbot.code.events import Sync
from reviewbot.code.semaphores import field_of
from reviewbot.code.values import Form, Path, Value, opaque

_COUNTED = re.compile(r"\b(?:latch|barrier)\b")
_STEPS = frozenset({"arrive", "wait"})  # of a barrier of C++20
_MEETS = api.BARRIER_METHODS | _STEPS
_LEFT = re.compile(r"\b(?:break|goto|return)\b")
_MADE = "pthread_barrier_init"


class Counts(Credits):
    """Meetings that are too small for the threads that come to them order nothing for sure."""

    @functools.cached_property
    def _sizes_of(self) -> dict[str, Form | None]:
        """How many threads meet at a barrier, while it is made with one number alone."""
        return {}

    def _named_call(self, name: str, node: Node, nodes: list[Node]) -> Value:
        value = super()._named_call(name, node, nodes)
        place = self._lock_argument(nodes[0]) if name == _MADE and len(nodes) == 3 else None
        if place is not None:
            key, size = self.key(place), self.expr(nodes[2]).number
            self._sizes_of[key] = size if self._sizes_of.get(key, size) == size else None
        return value

    def _size(self, place: Path | None) -> Form | None:
        """How many threads meet there, as a barrier or latch was made."""
        if place is None:
            return None
        known = self._sizes_of.get(self.key(place))
        value = place.root.value if not place.elements else None
        counts = value is not None and _COUNTED.search(place.root.type) is not None
        return value.form if counts and value is not None else known

    def _too_few(self, place: Path | None) -> bool:
        """Whether a barrier lets go before all threads that were made alike have come."""
        size, party = self._size(place), self.party
        turns = turns_of(party.loop) if party is not None and party.many else None
        if size is None or turns is None:
            return False
        gap = size.plus(turns, -1)
        return gap.is_constant and gap.constant < 0

    def _synchronise(self, name: str, node: Node, nodes: list[Node]) -> Value:
        phase = self.phase
        value = super()._synchronise(name, node, nodes)
        if name in api.BARRIER_CALLS and self._too_few(self._lock_argument(nodes[0])):
            self.phase = phase
        return value

    def _special_method(
        self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]
    ) -> Value | None:
        phase = self.phase
        value = self._in_two_steps(method, place, kind, node, nodes)
        if value is None:
            value = super()._special_method(method, place, kind, node, nodes)
        if method in _MEETS and self.phase != phase and self._too_few(place):
            self.phase = phase
        return value

    @functools.cached_property
    def _arrived(self) -> set[str]:
        """Keys of barriers at which some thread arrives first, and waits later."""
        return set()

    def _in_two_steps(
        self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]
    ) -> Value | None:
        """`auto t = b.arrive(); …; b.wait(std::move(t));`: what is between meets both sides."""
        if method not in _STEPS or self.scope is None or self.has_method(kind, method):
            return None
        key = self.key(place)
        if method == "arrive" and self.phase >= 0:
            self._arrived.add(key)
            self.phase = -self.phase - 1
        elif method == "wait" and self.phase < 0 and key in self._arrived and len(nodes) == 1:
            self._barrier(node)
        else:
            return None
        for argument in nodes:
            self.expr(argument)
        return Value(form=opaque(f"{method}@{node.start_byte}"))

    # --- waits that take so many signals ---------------------------------------------------------

    def _await(self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]) -> Value:
        value, size = super()._await(method, place, kind, node, nodes), self._size(place)
        if size is not None and self.flow.waits:
            last = replace(self.flow.waits[-1], count=size)
            self.flow.waits = (*self.flow.waits[:-1], last)
        return value

    def _waited(self, sync: Sync, place: Path | None) -> Sync:
        wait = super()._waited(sync, place)
        once = sync.kind == "sem" and not self.loops and "[]" not in sync.key
        wait = replace(wait, count=ONE) if once else wait
        if sync.kind != "sem" or place is None:
            return wait
        return replace(wait, credit=self.credit_of(field_of(place)))

    def awaited_in_turn(self, waits: Sequence[Sync], start: int, node: Node) -> None:
        """Behind a loop that takes so many signals of a semaphore, so many were given."""
        super().awaited_in_turn(waits, start, node)
        turns = turns_of(self.loops[-1]) if len(self.loops) == 1 else None
        taken = [w for w in waits if w.kind == "sem" and w.order > start and w.count is None]
        none = turns is not None and turns.is_constant and turns.constant < 1
        if turns is None or none or not taken:
            return
        others = [w for w in self.flow.waits if w not in taken]
        if _LEFT.search(self._text(node)):  # one at least, where the walk knows of a turn
            turns, taken = ONE, [w for w in taken if w in self.flow.waits]
        self.flow.waits = (*others, *[replace(w, count=turns) for w in taken])[-12:]
