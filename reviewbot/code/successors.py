"""Threads of which the next is made when the last has been waited for: one at a time runs."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.events import Guard, Loop
from reviewbot.code.refilled import ASKS, Refilled
from reviewbot.code.values import UNKNOWN, Path, Value

_EMPTY = re.compile(r"\{\s*\}|(?:std::)?jthread\s*(?:\{\s*\}|\(\s*\))")
_MAYBE = re.compile(r"\boptional\s*<")


class Successors(Refilled):
    """Remembers which handles this turn of a loop has waited for before it fills them again."""

    @functools.cached_property
    def _waited_for(self) -> dict[str, tuple[Loop, int, tuple[Guard, ...]]]:
        """The loop in whose turn each handle was waited for last, where, and under what."""
        return {}

    def join_handle(
        self, key: str, node: Node | None, *, whole: bool = False, place: Path | None = None
    ) -> None:
        """Threads have ended (see spawns.py), before others get their handle."""
        super().join_handle(key, node, whole=whole, place=place)
        if self.loops:
            self._waited_for[key] = self.loops[-1], self.order, tuple(self.guards)

    def _follows(self, handle: str) -> int:
        """Where this turn has waited for the thread that had this handle; 0 if it has not."""
        loop, place, guards = self._waited_for.get(handle, (None, 0, ()))
        if "[]" in handle or not self.loops or loop is not self.loops[-1]:
            return 0
        own = set(self.guards)
        return place if all(g in own or ASKS.search(g.text) for g in guards) else 0

    def _spawn_value(
        self, entry: Value, values: list[Value], node: Node, *, handle: str, many: bool
    ) -> None:
        place, parties = self._follows(handle), self.scope.parties if self.scope else {}
        known = len(parties)
        super()._spawn_value(entry, values, node, handle=handle, many=many and not place)
        for party in list(parties.values())[known:] if place else ():
            if party.handle == handle and not party.many:
                party.bounds, party.follows = "", place

    def _assignment_expression(self, node: Node) -> Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if right is None or not self.parsed.cpp or not _EMPTY.fullmatch(self._text(right)):
            return super()._assignment_expression(node)
        place = self.place(left)
        if place is None or "jthread" not in self.shape(place)[0]:
            return super()._assignment_expression(node)
        self.join_handle(self._handle(place), node, place=place)  # it waits as it goes
        return UNKNOWN

    def _thread_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        kind = self.shape(place)[0]
        if _MAYBE.search(kind) is None or (place.elements[-1:] and not place.elements[-1].field):
            return super()._thread_method(method, place, node, nodes)
        if method == "emplace" and nodes:
            self._spawn(node, nodes, handle=self.key(place))
        elif method == "reset" and "jthread" in kind:
            self.join_handle(self.key(place), node)
        return UNKNOWN
