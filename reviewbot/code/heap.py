"""Walking objects on the heap: who makes them, who owns them, who deletes them."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left

from tree_sitter import Node

from reviewbot.code.contained import Contained
from reviewbot.code.library import DUPLICATES, MAKERS
from reviewbot.code.symbols import Symbol, is_container
from reviewbot.code.values import UNKNOWN, Element, Path, Value, element_type, opaque

_MADE = re.compile(r"(?:std::|boost::)?make_(?:shared|unique)\s*<\s*([\w:]+)")
_ENDS = frozenset({"pop_back", "pop_front", "pop", "clear", "erase", "reset"})
_GIVEN_ON = re.compile(r"\b(?:move\s*\(\s*|return\s+)(?=(\w+))|\b(\w+)\s*\.\s*(?:release|swap)\b")
_MAKING = frozenset({"new_expression", "call_expression"})
RECEIVERS = frozenset({"init_declarator", "assignment_expression"})


class Heap(Contained):
    """Objects that pointers alone know are made and ended by code too."""

    def _new_expression(self, node: Node) -> Value:
        if node.parent is None or node.parent.type not in RECEIVERS:
            self.nameless(node)
        arguments, kind = (node.child_by_field_name(f) for f in ("arguments", "type"))
        if arguments is not None and kind is not None:
            nodes = [n for n in arguments.named_children if n.type != "comment"]
            self.read_given(self.symbols.struct(self._text(kind)), nodes)
        return Value(fresh=True, made=True)

    def read_for_new(self, node: Node, nodes: list[Node]) -> list[Value]:
        """The arguments of what allocates: of `make_unique<T>(…)` they are a constructor's."""
        match = _MADE.match(self._text(node))
        return self.read_given(self.symbols.struct(match[1]) if match is not None else "", nodes)

    def allocation(self, name: str, node: Node, nodes: list[Node]) -> Value:
        """A call that answers with new memory."""
        if node.parent is None or node.parent.type not in RECEIVERS:
            self.nameless(node)
        for argument, value in zip(nodes, self.read_for_new(node, nodes), strict=True):
            if name == "realloc" and value.target is not None:
                self.released(value.target, argument)
            if value.target is not None and name in DUPLICATES:
                self.record(value.target.onwards(), "read", argument, via="call")
        self.given_new(name, nodes)
        return Value(fresh=True, made=name in MAKERS)

    def _class_made(self, node: Node | None) -> tuple[str, list[Node]]:
        """(class, arguments) of `new T(a)` or `std::make_unique<T>(a)`, if T's making matters."""
        if node is None or self.scope is None:
            return "", []
        if node.type == "new_expression":
            kind = node.child_by_field_name("type")
            name = self._text(kind) if kind is not None else ""
        else:
            match = _MADE.match(self._text(node)) if node.type == "call_expression" else None
            name = match[1] if match is not None else ""
        name = self.symbols.struct(name) if name else ""
        arguments = node.child_by_field_name("arguments")
        nodes = arguments.named_children if arguments is not None else []
        known = bool(name) and self.worth_making(name)
        return (name, [n for n in nodes if n.type != "comment"]) if known else ("", [])

    def made_on_heap(self, node: Node | None, place: Path) -> None:
        """A pointer is given a new object: its constructor runs."""
        if node is None or node.type not in _MAKING:
            return
        name, nodes = self._class_made(node)
        if not name:
            return
        this = place.step(Element())
        self.construct_bases(name, node, this)
        if name in self.symbols.functions:
            self.call_defined(name, self.given_to(name, nodes), node, this=this)

    def nameless(self, node: Node) -> None:
        """An object that goes at once to where nobody here follows it."""
        name, nodes = self._class_made(node)
        if name:
            made = self.make_object(name, nodes, node)
            del self.temporaries[len(self.temporaries) - len(made.holds) :]
            if made.target is not None:
                self.made_nameless[node.start_byte] = made.target

    def plan_release(self, symbol: Symbol) -> None:
        """What a local owns ends with it, unless it is given on: of pointers, of containers."""
        if self.scope is None or symbol.reference or symbol.pointer or "<" not in symbol.type:
            return
        if symbol.storage != "auto" or self._owned(symbol.type) is None:
            return
        places = self._given_on.get(symbol.name, [])
        if bisect_left(places, symbol.offset) == bisect_left(places, self.ends[-1]):
            self.cleanups[-1].append(("destroy", symbol.name))

    @functools.cached_property
    def _given_on(self) -> dict[str, list[int]]:
        """Where in the text each name is given on, in order."""
        places: dict[str, list[int]] = {}
        for match in _GIVEN_ON.finditer(self.text):
            places.setdefault(match[1] or match[2], []).append(match.start())
        return places

    def _owned(self, kind: str) -> tuple[str, int] | None:
        """(class, steps) of what ends with a `unique_ptr` or container, if its end runs code."""
        for steps in (1, 2):
            if "unique_ptr" not in kind and not is_container(kind):
                return None
            kind = element_type(kind)
            name = self.symbols.struct(kind) if kind else ""
            if name in self.symbols.structs:
                return (name, steps) if self.ends_in_code(name) else None
        return None

    def destroy(self, name: str, node: Node | None) -> None:
        """The end of a local object, or of what a local owns."""
        symbol = self.lookup(name)
        owned = self._owned(symbol.type) if symbol is not None else None
        if symbol is None or owned is None:
            super().destroy(name, node)
        elif not self.flow.dead:
            self.stand_at(symbol)
            self.end_object(Path(symbol, (Element(),) * owned[1]), owned[0], node)

    def taken_out(self, method: str, place: Path, kind: str, node: Node) -> None:
        """An element is taken out of a container, or a pointer reset: what it owned ends."""
        owned = self._owned(kind) if method in _ENDS and self.scope is not None else None
        if owned is not None:
            for _ in range(owned[1]):
                place = place.step(Element("", opaque("any element")))
            self.end_object(place, owned[0], node)

    def _delete_expression(self, node: Node) -> Value:
        many = "[" in self.text[node.start_byte : node.start_byte + 9]
        for child in node.named_children:
            target = self.expr(child).target
            if target is None:
                continue
            self.end_object(target, self.symbols.struct(self.shape(target)[0]), node)
            if many:
                self.released(target, child)
            else:
                self.record(target, "write", child, via="call", whole=True)
        return UNKNOWN
