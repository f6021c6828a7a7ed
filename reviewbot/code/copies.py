"""Containers that are copied: `mine = theirs.rows;`, `std::vector<int> mine(theirs.rows);`."""

from __future__ import annotations

from tree_sitter import Node

from reviewbot.code.declarators import Member, sole
from reviewbot.code.replaced import Replaced
from reviewbot.code.symbols import Symbol, is_container
from reviewbot.code.values import Path, Value
from reviewbot.code.wholes import INDEXED

_NAMED = frozenset({"identifier", "field_expression", "subscript_expression"})


class Copies(Replaced):
    """A copy reads each element; who only names a container may hand it on by reference."""

    def _assignment_expression(self, node: Node) -> Value:
        if self.parsed.cpp:
            self._copied_whole(node.child_by_field_name("right"))
        return super()._assignment_expression(node)

    def _declare(self, symbol: Symbol, start: Node | None) -> None:
        plain = self.parsed.cpp and not symbol.reference and not symbol.pointer
        if start is not None and plain and (symbol.type == "auto" or is_container(symbol.type)):
            self._copied_whole(sole(start) or start)
        super()._declare(symbol, start)

    def _make_member(self, place: Path, member: Member, child: Node) -> None:
        if child.named_children and not member.reference and not member.pointer:
            self._copied_whole(sole(child.named_children[-1]))
        super()._make_member(place, member, child)

    def _copied_whole(self, node: Node | None) -> None:
        """Record the reading of the elements of a container by its name."""
        if node is None or node.type not in _NAMED or self.scope is None or self.party is None:
            return
        text = self._text(node)
        place = self.place(node) if "(" not in text and "+" not in text else None
        kind, pointer, array = self.shape(place) if place is not None else ("", 1, 0)
        if place is None or pointer or array or not INDEXED.search(kind.partition("<")[0].rstrip()):
            return
        for part in self.wholes.parts(place, written=True):
            self.record(part, "read", node, via="whole")
