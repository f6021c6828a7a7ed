"""Views of memory that others own: `std::span`, `std::string_view`, and parts cut from them.

The value of a view is the place of its first element, with the number of its elements as the form.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.symbols import Symbol, is_container
from reviewbot.code.texts import Texts
from reviewbot.code.values import UNKNOWN, ZERO, Element, Form, Path, Value, opaque

_VIEW = re.compile(r"^(?:\w+::)*(?:span|Span|basic_string_view|string_view|(?:Mutable)?ArrayRef)$")
_CUTS = frozenset({"first", "last", "subspan"})
_PLACES = frozenset({"identifier", "field_expression", "subscript_expression"})
_BEGINS = frozenset({"data", "begin", "cbegin", "front"})
_MEANT = frozenset({"first", "last", "subspan", "substr", "size", "end", "cend", "at"}) | _BEGINS


@functools.lru_cache(maxsize=4096)
def is_view(kind: str) -> bool:
    """Whether objects of a type are views."""
    return _VIEW.match(kind.removeprefix("const ").partition("<")[0].strip()) is not None


class Views(Texts):
    """Follows views to what they show."""

    def made_from(self, symbol: Symbol, start: Node) -> Value:
        """A view's initialiser, or any other."""
        if symbol.pointer or not self.parsed.cpp:
            return super().made_from(symbol, start)
        if is_view(symbol.type):
            listed = start.named_children if start.type.endswith("_list") else [start]
            listed = [n for n in listed if n.type != "comment"]
            value = self._view_of(listed)
            if len(listed) == 1 and "string" in symbol.type:
                self.read_letters(value, start)  # for their end
            return value
        value = super().made_from(symbol, start)
        sized = value.form is not None and value.target is not None
        if sized and symbol.type == "auto" and self._cuts(start):
            symbol.type = "std::span<>"
        return value

    def _cuts(self, node: Node) -> bool:
        """Whether a call cuts a part from a view."""
        function = node.child_by_field_name("function") if node.type == "call_expression" else None
        method = function.child_by_field_name("field") if function is not None else None
        return method is not None and self._text(method).partition("<")[0] in _CUTS

    def _view_of(self, nodes: list[Node]) -> Value:
        """`span s(container)`, `s(pointer, count)`, `s = other`."""
        if not nodes:
            return UNKNOWN
        read = nodes[0].type == "parameter_declaration"  # `span<int> s(v);` reads as a function
        place = self._guard_place(nodes[0]) if read else None
        if place is None and nodes[0].type in _PLACES:
            place = self.place(nodes[0])
        value = self._shown(Value(target=place)) if place is not None else UNKNOWN
        if value == UNKNOWN and not read:
            value = self.expr(nodes[0])
        if len(nodes) == 2 and value.target is not None:
            value = replace(value, form=self.expr(nodes[1]).number)
        return value

    def _shown(self, value: Value) -> Value:
        """The view of a container, an array or another view at a place; unknown of all else."""
        place = value.target
        if place is None:
            return UNKNOWN
        kind, pointer, array = self.shape(place)
        if not pointer and not array and is_view(kind):
            return self._viewed(place) or UNKNOWN
        if array or (is_container(kind) and not pointer):
            size = opaque(f"{self.key(place)}.size()")
            return Value(target=place.step(Element()), form=size, marks=place.marks)
        return UNKNOWN

    def _viewed(self, place: Path) -> Value | None:
        """What the view at a place shows, if it is known."""
        value = place.root.value if not place.elements else self.stored(place)
        return value if value is not None and value.target is not None else None

    def _view_at(self, place: Path) -> Value | None:
        kind, pointer, array = self.shape(place)
        plain = not pointer and not array and is_view(kind)
        return self._viewed(place) if plain else None

    def _pointee(self, place: Path, node: Node | None) -> Path:
        known = self._view_at(place) if self.parsed.cpp else None
        if known is not None and known.target is not None:
            return known.target
        return super()._pointee(place, node)

    def _bind_parameters(
        self,
        parameters: tuple[Node, ...],
        values: list[Value],
        deeper: frozenset[str] = frozenset(),
    ) -> None:
        if self.parsed.cpp and values:
            values = [
                self._as_view(parameters[n], v) if n < len(parameters) else v
                for n, v in enumerate(values)
            ]
        super()._bind_parameters(parameters, values, deeper)

    def _as_view(self, parameter: Node, value: Value) -> Value:
        kind = parameter.child_by_field_name("type")
        text = self._text(kind) if kind is not None and value.target is not None else ""
        if not text or not is_view(self.symbols.types.get(text, text)):
            return value
        shown = self._shown(value)
        return shown if shown != UNKNOWN else value

    def _named_call(self, name: str, node: Node, nodes: list[Node]) -> Value:
        if self.parsed.cpp and nodes and is_view(self.symbols.types.get(name, name)):
            return self._view_of(nodes)
        return super()._named_call(name, node, nodes)

    def _data_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        known = self._view_at(place) if method in _MEANT and self.parsed.cpp else None
        if known is None or known.target is None:
            return super()._data_method(method, place, node, nodes)
        self.record(place, "read", node.child_by_field_name("function") or node, via="method")
        given = [self.expr(n).number for n in nodes]
        size = known.form if known.form is not None else opaque(f"{self.key(place)}.size()")
        return _part(method, known.target, size, given)

    def element_of(self, base: Path, step: Element) -> Path:
        """An element of what a view shows, or of what a container holds."""
        known = self._view_at(base) if self.parsed.cpp else None
        if known is None or known.target is None:
            return super().element_of(base, step)
        return known.target.shifted(step.form)

    def size_of(self, base: Path | None) -> Form | None:
        """The number of the elements that a view shows."""
        known = self._view_at(base) if base is not None and self.parsed.cpp else None
        return known.form if known is not None else None


def _part(method: str, first: Path, size: Form, given: list[Form]) -> Value:
    """What a method of a view gives: a part of it, an element, its size."""
    begin, count = ZERO, size
    if method == "size":
        return Value(form=size)
    if method == "first" and given:
        count = given[0]
    elif method == "last" and given:
        begin, count = size.plus(given[0], -1), given[0]
    elif method in ("subspan", "substr") and given:
        begin, count = given[0], given[1] if len(given) > 1 else size.plus(given[0], -1)
    elif method in ("end", "cend"):
        return Value(target=first.shifted(size), marks=first.marks)
    elif method == "at" and given:
        return Value(target=first.shifted(given[0]), marks=first.marks)
    elif method in _BEGINS:
        return Value(target=first, marks=first.marks)
    return Value(target=first.shifted(begin), form=count, marks=first.marks)
