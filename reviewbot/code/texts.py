"""Text that C++ reads from memory: `std::cout << buffer`, `std::string s(buffer)`."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.marked import Marked
from reviewbot.code.symbols import Symbol, is_stream
from reviewbot.code.values import Element, Value

_TEXT = re.compile(r"^(?:const )?(?:std::)?(?:basic_)?string(?:_view)?\b")
_LETTERS = frozenset({"char", "const char", "signed char", "unsigned char", "wchar_t"})
_PLACES = frozenset({"identifier", "field_expression", "subscript_expression"})
_PLACES |= {"qualified_identifier"}


class Texts(Marked):
    """Knows what reads letters until their end."""

    def read_letters(self, value: Value, node: Node) -> None:
        """The letters from where a pointer leads are read."""
        target = value.target
        if target is None or self.scope is None:
            return
        kind, pointer, array = self.shape(target)
        if kind in _LETTERS and not pointer and not array:
            self.record(target.onwards(), "read", node, via="call")

    def made_from(self, symbol: Symbol, start: Node) -> Value:
        """An initialiser's value; a string made of letters reads them."""
        value = super().made_from(symbol, start)
        if self.parsed.cpp and not symbol.pointer and _TEXT.match(symbol.type):
            self.read_letters(self._named_in(start) or value, start)
        return value

    def _named_in(self, start: Node) -> Value | None:
        """The letters that `std::string s(letters);` names, which reads as a function."""
        nodes = start.named_children if start.type == "parameter_list" else []
        place = self._guard_place(nodes[0]) if len(nodes) == 1 else None
        shape = self.shape(place) if place is not None else ("", 0, 0)
        return Value(target=place.step(Element())) if place is not None and any(shape[1:]) else None

    def into_stream(self, node: Node, given: Value, right: Node) -> bool:
        """`log << x` changes the stream and reads text; of a chain the first link tells."""
        self.read_letters(given, right)
        if node.type not in _PLACES or "stream" not in self.text:
            return False
        place = self.place(node)
        if place is None or not is_stream(self.shape(place)[0]):
            return False
        self.record(place, "update", node, via="method")
        return True
