"""Structured bindings: `auto [from, to] = cut(part, n);` names the parts of its own object."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.declarators import structured
from reviewbot.code.moves import LVALUES
from reviewbot.code.symbols import Symbol, is_container, is_smart
from reviewbot.code.tuples import Tuples
from reviewbot.code.values import Element, Form, Path, Value, loaded_marks

_ARRAY = re.compile(r"(?:std::)?array\b")
_LEADS = re.compile(r"(?:\.|->)\s*\w+\s*\(|\b(?:from|to)_chars\s*\(")  # may give iterators


class Bindings(Tuples):
    """Knows that the names of a structured binding have one part each of what they are given."""

    def _do_declaration(self, node: Node) -> None:
        declarator = node.child_by_field_name("declarator") if self.parsed.cpp else None
        bound = structured(declarator and declarator.child_by_field_name("declarator"))
        start = declarator.child_by_field_name("value") if declarator is not None else None
        by_value = bound is not None and bound.parent == declarator
        if not by_value or bound is None or start is None or not self._is_object(start):
            super()._do_declaration(node)
            return
        self._name_parts(node, bound, start)

    def _is_object(self, start: Node) -> bool:
        called = start.type == "call_expression" and _LEADS.search(self._text(start)[:200]) is None
        return called or start.type in LVALUES

    def _name_parts(self, node: Node, bound: Node, start: Node) -> None:
        """Declare the object that nobody names, and a variable for each part of it."""
        whole = Symbol(self._text(bound), "auto", "auto", bound.start_byte)
        self._declare(whole, start)
        if whole.type == "auto" and start.type in LVALUES:
            place = self.place(start)
            whole.type = self.shape(place)[0] if place is not None else "auto"
        owner = self._own_serial()
        for index, (symbol, _) in enumerate(self.symbols.declared(node, "auto", owner=owner)):
            self._name_part(symbol, self._part_of(Path(whole), index), start)

    def _part_of(self, place: Path, index: int) -> Path:
        kind, _, array = self.shape(place)
        if array or _ARRAY.match(kind):
            return place.step(Element("", Form((), index)))
        return self.part(place, index)

    def _name_part(self, symbol: Symbol, part: Path, start: Node) -> None:
        """A name stands for a number, or for where a pointer leads, as if copied from its part."""
        kind, pointer, array = self.shape(part)
        if array:
            symbol.reference, symbol.value = True, Value(target=part)
            self.declare(symbol)
            return
        if kind and symbol.type == "auto":
            symbol.type, symbol.pointer = kind, pointer
        self.declare(symbol)
        self.retype()
        if self.symbols.struct(kind) in self.symbols.structs and not pointer:
            self.copy_fields(part, Path(symbol))
            return
        self._bind(symbol, self._held_by(part, kind, pointer), start)

    def _held_by(self, part: Path, kind: str, pointer: int) -> Value:
        marks = loaded_marks(part)
        if pointer or is_smart(kind):
            return self.stored(part) or Value(target=part.step(Element()), marks=marks)
        if is_container(kind):
            return Value(marks=marks)
        return Value(form=self.filled(part) or self.entry(part, marks), marks=marks)
