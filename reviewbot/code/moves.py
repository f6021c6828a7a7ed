"""What is done to whole objects: they are moved from, and operators of their classes called."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
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
_GIVES_ELEMENT = re.compile(r"(?:\.|->)\s*(?:at|front|back|top)\s*\([^()]{0,60}\)$")
_MOVED = re.compile(r"(?:std::)?move\s*\(")
_STEPS = frozenset({"++", "--"})
_NAMED = frozenset({"identifier", "field_expression"})
LVALUES = frozenset({"identifier", "field_expression", "subscript_expression"})


def _is_copied(parameter: Node) -> bool:
    """Whether a parameter is declared as a copy of what is given: `Tile t`, `Tile`."""
    declarator = parameter.child_by_field_name("declarator")
    plain = declarator is None or declarator.type == "identifier"
    return plain and parameter.type.endswith("parameter_declaration")


class Moves(Overloads):
    """Knows that a move changes what it is made from, and that `a < b` may be a call."""

    def handed(self, value: Value, node: Node, taking: list[Function], index: int) -> Value:
        """What a call hands over; a record that all these functions take by value is read by it."""
        if node.type not in _NAMED or value.target is None or not taking or not self.parsed.cpp:
            return value
        kind, pointer, array = self.shape(value.target)
        if pointer or array or self.symbols.struct(kind) not in self.symbols.structs:
            return value
        given = [f.parameters[index] for f in taking if len(f.parameters) > index]
        if given and all(map(_is_copied, given)) and self.place(node) == value.target:
            self.record(value.target, "read", node, whole=True)
        return value

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
        """Call the operator that the class of an operand has, or that is given such."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return None
        place, lineage = self._object_named(left)
        if place is not None and any(f.owner in lineage and _takes(f, 1) for f in versions):
            return self.call_defined(name, [self.argument(right)], node, this=place)
        free = [f for f in versions if _takes(f, 2)]
        found = [f for f in free if place and self.class_of_type(f.parameters[0]) in lineage]
        if place is None or not found:
            return self._on_the_right(free, left, right, node)
        self.call_function(found[0], [Value(target=place), self.argument(right)], node)
        return Value(form=opaque(self._text(node)[:60], place.marks | {"call"}))

    def _object_named(self, node: Node) -> tuple[Path | None, Sequence[str]]:
        """(the object of a class of this file that an operand names, its class and its bases)."""
        named = node.type in LVALUES and "(" not in self._text(node)
        place = self.place(node) if named else None
        kind, pointer, array = self.shape(place) if place is not None else ("", 1, 0)
        struct = self.symbols.struct(kind)
        if pointer or array or struct not in self.symbols.structs:
            return None, ()
        return place, self.symbols.lineage(struct)

    def _update_expression(self, node: Node) -> Value:
        """`++progress` of an object whose class says what that does is a call."""
        signs = ("operator++", "operator--") if self.parsed.cpp and self._has_operators else ()
        sign = self._text(node)[:2] if self._text(node)[:2] in _STEPS else self._text(node)[-2:]
        name = "operator" + sign
        versions = self.symbols.functions.get(name) if name in signs and self.scope else None
        called = self._stepped_object(name, versions, node) if versions else None
        called = called if called is not None else self._stepped_unseen(node)
        return called if called is not None else super()._update_expression(node)

    def _stepped_unseen(self, node: Node) -> Value | None:
        """An object of a class is stepped by what is defined elsewhere: no more is known of it."""
        argument = node.child_by_field_name("argument") if self.parsed.cpp and self.scope else None
        named = argument is not None and argument.type == "identifier"
        symbol = self.lookup(self._text(argument)) if argument is not None and named else None
        if symbol is None or symbol.pointer or symbol.array:
            return None
        if self.symbols.struct(symbol.type) not in self.symbols.structs:
            return None
        self.note("call:operator++")
        place = self.place(argument)
        if place is not None:
            self.record(place, "read", node, via="method")
        return UNKNOWN

    def _stepped_object(self, name: str, versions: list[Function], node: Node) -> Value | None:
        """Call the operator of the class that is stepped; None if it has none."""
        argument = node.child_by_field_name("argument")
        place = self.place(argument)
        kind, pointer, array = self.shape(place) if place is not None else ("", 1, 0)
        lineage = self.symbols.lineage(self.symbols.struct(kind)) if not pointer + array else ()
        found = [len(f.parameters) for f in versions if f.owner in lineage]
        if not found or argument is None:
            return None
        after = argument.start_byte == node.start_byte and 1 in found
        value = self.call_defined(name, [UNKNOWN] * after, node, this=place)
        return value if value.target is None else UNKNOWN  # itself, which that does not read

    def _on_the_right(
        self, versions: list[Function], left: Node, right: Node, node: Node
    ) -> Value | None:
        """`stream << account`: the operator that takes such an object, after what is streamed."""
        classes = [self.class_of_type(f.parameters[1]) for f in versions]
        place, lineage = self._object_named(right) if any(classes) else (None, ())
        found = [f for f, kind in zip(versions, classes, strict=True) if kind in lineage]
        if place is None or not found:
            return None
        self.call_function(found[0], [self.argument(left), Value(target=place)], node)
        return Value(form=opaque(self._text(node)[:60], place.marks | {"call"}))

    def bound_to(self, node: Node) -> Value | None:
        """What a reference parameter stands for; what a call gives a reference to is not read."""
        if node.type == "call_expression":
            given = self._call_expression(node)
            place = given.target if given.refers else None
            return self.handed_on(place) if place is not None else given
        place = self.place(node) if self._is_lvalue(node) else None
        return self.handed_on(place) if place is not None else None

    def _is_lvalue(self, node: Node) -> bool:
        """Whether an expression names an object: `x`, `a[i]`, `o.f`, `*p`."""
        followed = node.type == "pointer_expression" and self._text(node)[:1] == "*"
        return followed or node.type in LVALUES

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
        text = self._text(node)
        text = text.removesuffix(")") if _MOVED.match(text) else text
        if array or not (pointer or is_smart(kind)) or not _GIVES_ELEMENT.search(text):
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
        if around is None or around.type not in _TAKES or node.type not in LVALUES:
            return
        place = self.place(node)
        kind, pointer, array = self.shape(place) if place is not None else ("", 1, 0)
        if place is None or pointer or array or not (is_container(kind) or _EMPTIED.search(kind)):
            return
        self.record(place, "update", node, via="method")


def _takes(function: Function, count: int) -> bool:
    return len(function.parameters) == count
