"""Entries of maps and pointers in containers: `it->second->n++`, `map.insert(x).first->second`."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.adopted import Adopted
from reviewbot.code.declarators import structured
from reviewbot.code.symbols import Symbol, is_smart
from reviewbot.code.values import Element, Path, Value, opaque
from reviewbot.code.words import words

_MAP = re.compile(r"\bmap\b|_map\b")
_GIVES_ELEMENT = re.compile(r"(?:\.|->)\s*(?:at|front|back|top)\s*\([^()]{0,60}\)\Z")

_KEYED = re.compile(r"(?:\b|_)(?:map|set)\b")
# They lead to an entry; what puts one in gives where it is, and whether it is new.
_LEADS = frozenset(words("try_emplace emplace insert insert_or_assign lower_bound upper_bound"))
_PUTS = re.compile(r"(?:\.|->)\s*(?:try_emplace|emplace|insert|insert_or_assign)\s*\(")
_KEYS = frozenset({"identifier", "number_literal"})


class Entries(Adopted):
    """An element of a map is the value that it holds for a key."""

    def _field(self, node: Node) -> Path | None:
        place = super()._field(node)
        if place is None or len(place.elements) < 2 or place.elements[-1].field != "second":
            return place
        around = Path(place.root, place.elements[:-2])
        entry = not place.elements[-2].field and _MAP.search(self.shape(around)[0]) is not None
        return Path(place.root, place.elements[:-1], place.by) if entry else place

    def followed(self, node: Node) -> Path | None:
        """Where a pointer leads that a container gives: not to where it lies in there."""
        place = super().followed(node)
        if place is None or not place.elements or node.type != "call_expression":
            return place
        if place.elements[-1].field or not _GIVES_ELEMENT.search(self._text(node)[-80:]):
            return place
        kind, pointer, array = self.shape(place)
        if array or not (pointer or is_smart(kind)):
            return place
        self.record(place, "read", node)
        known = self.stored(place)
        return known.target if known is not None and known.target else place.step(Element())

    def _data_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        value = super()._data_method(method, place, node, nodes)
        if method not in _LEADS or value.target is not None or not nodes:
            return value
        if _KEYED.search(self.shape(place)[0]) is None:
            return value
        marks = value.sources | {"call"}
        named = method == "try_emplace" and nodes[0].type in _KEYS
        key = self.expr(nodes[0]).number if named else opaque(f"{method}@{node.start_byte}", marks)
        return Value(target=place.step(Element("", key)), form=value.form, marks=value.marks)

    def load(self, node: Node, kind: str) -> Value:
        """`map.insert(x).first`, or `r.first` of what it gave, leads to the entry."""
        argument = node.child_by_field_name("argument") if kind == "field_expression" else None
        if argument is None or self.text[node.end_byte - 6 : node.end_byte] != ".first":
            return super().load(node, kind)
        if argument.type == "call_expression" and _PUTS.search(self._text(argument)[:200]):
            return self._call_expression(argument)
        symbol = self.lookup(self._text(argument)) if self._put else None
        put = symbol is not None and symbol.serial in self._put
        known = symbol.value if symbol is not None and put else None
        return known if known is not None else super().load(node, kind)

    @functools.cached_property
    def _put(self) -> set[int]:
        """Variables, by serial, that are what an insertion gave: where, and whether it is new."""
        return set()

    def _bind(self, symbol: Symbol, value: Value, start: Node | None) -> None:
        super()._bind(symbol, value, start)
        called = start is not None and start.type == "call_expression" and value.target is not None
        if called and start is not None and _PUTS.search(self._text(start)[:200]):
            self._put.add(symbol.serial)

    def _do_declaration(self, node: Node) -> None:
        """`auto [it, added] = map.try_emplace(key)`: the first name leads to the entry."""
        super()._do_declaration(node)
        declarator = node.child_by_field_name("declarator") if self._put else None
        bound = structured(declarator and declarator.child_by_field_name("declarator"))
        for name in bound.named_children[1:] if bound is not None else ():
            symbol = self.lookup(self._text(name))
            if symbol is not None and symbol.serial in self._put and symbol.value is not None:
                symbol.value = replace(symbol.value, target=None)
