"""What is done to whole objects: they are moved from, and operators of their classes called."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.functions import kept_pointer
from reviewbot.code.overloads import Overloads
from reviewbot.code.symbols import Function, is_container, is_smart
from reviewbot.code.values import UNKNOWN, Element, Path, Value, opaque

_TAKES = frozenset({"init_declarator", "assignment_expression", "return_statement"})
_EMPTIED = re.compile(r"^(?:std::)?(?:(?:move_only_)?function|optional|any|variant)\b")
_HANDS_OUT = frozenset({"get", "release"})
_LETS_GO = frozenset({"reset", "release", "swap"})
_NAMES = frozenset({"identifier", "field_expression", "subscript_expression"})
_GIVES_ELEMENT = re.compile(r"(?:\.|->)\s*(?:at|front|back|top)\s*\([^()]{0,60}\)$")


class Moves(Overloads):
    """Knows that a move changes what it is made from, and that `a < b` may be a call."""

    @functools.cached_property
    def _has_operators(self) -> bool:
        """Whether some class may define an operator of its own."""
        return "operator" in self.text

    def _binary_expression(self, node: Node) -> Value:
        if not (self.parsed.cpp and self._has_operators):
            return super()._binary_expression(node)
        operator = node.child_by_field_name("operator")
        name = "operator" + self._text(operator) if operator is not None else ""
        versions = self.symbols.functions.get(name) if self.scope is not None else None
        value = self._operate(name, versions, node) if versions else None
        return value if value is not None else super()._binary_expression(node)

    def _operate(self, name: str, versions: list[Function], node: Node) -> Value | None:
        """Call the operator that the class of the left operand has, or that is given such."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        named = left is not None and left.type in _NAMES and "(" not in self._text(left)
        place = self.place(left) if named else None
        kind, pointer, array = self.shape(place) if place is not None else ("", 1, 0)
        struct = self.symbols.struct(kind)
        if place is None or left is None or right is None or pointer or array:
            return None
        lineage = self.symbols.lineage(struct) if struct in self.symbols.structs else ()
        if any(f.owner in lineage and len(f.parameters) == 1 for f in versions):
            return self.call_defined(name, [self.argument(right)], node, this=place)
        free = [f for f in versions if not f.owner and len(f.parameters) == 2]
        free = [f for f in free if self.class_of_type(f.parameters[0]) in lineage]
        if not free:
            return None
        self.call_function(free[0], [Value(target=place), self.argument(right)], node)
        return Value(form=opaque(self._text(node)[:60], place.marks | {"call"}))

    def argument(self, node: Node) -> Value:
        """An argument's value (see calls.py)."""
        raise NotImplementedError

    def moved_on(self, node: Node) -> Value:
        """What is given by a move: of a pointer where it leads, of all else the place."""
        place = self.place(node)
        if place is None:
            return UNKNOWN
        value, (kind, pointer, array) = self.handed_on(place), self.shape(place)
        if value.target is None or array or not (pointer or is_smart(kind)):
            return value
        return self.held_by(place)

    def held_by(self, place: Path) -> Value:
        """Where the pointer at a place leads, as it is handed on."""
        known = self.stored(place) if place.elements else kept_pointer(place.root)
        if known is not None and known.target is not None:
            return replace(known, fresh=False)
        return Value(target=place.step(Element()), marks=place.marks | place.root.derived)

    def copied(self, node: Node | None) -> Value:
        """What a variable is given: of `jobs.front()`, a pointer in a container, where it leads."""
        value = super().copied(node)
        place = value.target
        if place is None or node is None or node.type != "call_expression" or not self.parsed.cpp:
            return value
        kind, pointer, array = self.shape(place)
        if array or not (pointer or is_smart(kind)) or not _GIVES_ELEMENT.search(self._text(node)):
            return value
        known = self.stored(place)
        if known is not None and known.target is not None:
            return replace(known, fresh=False)
        return Value(target=place.step(Element()), marks=value.marks)

    def asked_of_owner(self, method: str, place: Path, given: list[Value], node: Node) -> Value:
        """A smart pointer is asked where it leads, or made to lead elsewhere."""
        self.record(place, "update" if method in _LETS_GO else "read", node, via="method")
        if method == "reset" and len(given) == 1 and not place.elements:
            self.assign(place.root, given[0])
        if method in _HANDS_OUT:
            return self.held_by(place)
        return Value(form=opaque(f"{self.key(place)}.{method}", place.marks | {"call"}))

    def emptied(self, node: Node, move: Node) -> None:
        """What a new object is made from by a move is changed by that: `auto f = std::move(x)`."""
        around = move.parent
        if around is None or around.type not in _TAKES or node.type not in _NAMES:
            return
        place = self.place(node)
        kind, pointer, array = self.shape(place) if place is not None else ("", 1, 0)
        if place is None or pointer or array or not (is_container(kind) or _EMPTIED.search(kind)):
            return
        self.record(place, "update", node, via="method")
