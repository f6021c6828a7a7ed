"""Walking declarations: which variables there are and what they are bound to."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.expressions import Expressions
from reviewbot.code.symbols import Symbol, add_declaration
from reviewbot.code.threads import LOCK_TYPES, RAII_EXCLUSIVE, RAII_SHARED, THREAD_TYPES
from reviewbot.code.values import UNKNOWN, Element, Path, Value, note_origins

_MADE = re.compile(r"(?:std::)?(?:make|allocate)_(shared|unique)\s*<(.+)>\s*\(")


class Declarations(Expressions):
    """Enters variables, locks and threads where they are declared."""

    def _do_declaration(self, node: Node) -> None:
        owner = self.party.serial if self.party else 0
        self._sizes(node.child_by_field_name("declarator"))
        for symbol, start in self.symbols.declared(node, "auto", owner=owner):
            self._declare(symbol, start)

    def _sizes(self, node: Node | None) -> None:
        """The sizes of an array that is made as the program runs are read."""
        while node is not None and node.type == "array_declarator":
            size = node.child_by_field_name("size")
            if size is not None and size.type != "number_literal":
                self.expr(size)
            node = node.child_by_field_name("declarator")

    def _do_alias_declaration(self, node: Node) -> None:
        add_declaration(node, self.symbols)

    _do_type_definition = _do_alias_declaration

    def _declare(self, symbol: Symbol, start: Node | None) -> None:
        value = UNKNOWN
        self.symbols.resolve(symbol)
        lock_type = RAII_EXCLUSIVE.search(symbol.type) or RAII_SHARED.search(symbol.type)
        if lock_type and not symbol.reference and not symbol.pointer:
            self.declare(symbol)
            self.guard_object(symbol, start)
            return
        if start is not None:
            thread = THREAD_TYPES.search(symbol.type) and start.type in (
                "argument_list",
                "initializer_list",
            )
            if thread:
                self.declare(symbol)
                self.start_thread(Path(symbol), start)
                return
            if self._is_fields(symbol, start):
                self.declare(symbol)
                self.store_fields(Path(symbol), start)
                return
            value = self.expr(start) if not symbol.reference else self._bound(start)
        self.initial = value
        self.declare(symbol)
        if "jthread" in symbol.type and not symbol.pointer and not symbol.reference:
            self.cleanups[-1].append(("join", self.key(Path(symbol))))
        own = self.symbols.struct(symbol.type) in self.symbols.structs
        if own and not symbol.pointer and not symbol.reference:
            self.construct_object(symbol, start)
        if start is not None and start.type in ("call_expression", "initializer_list"):
            self.name_handle(symbol)
        if symbol.storage == "static":
            symbol.once = False
            return
        self._bind(symbol, value, start)

    def _bind(self, symbol: Symbol, value: Value, start: Node | None) -> None:
        if symbol.type == "auto" and start is not None:
            self._infer(symbol, value, start)
        if start is None:
            return
        if symbol.pointer == 1:
            value = self.as_declared(value, symbol.type)
        note_origins(symbol, value)
        if symbol.pointer and not symbol.once:
            self.points(symbol, value)
        if symbol.once or symbol.reference:
            symbol.value = value if value != UNKNOWN else None
        symbol.derived |= value.sources

    def _is_fields(self, symbol: Symbol, start: Node) -> bool:
        """Whether an initialiser lists the fields of a plain struct, or of an array of them."""
        name = self.symbols.struct(symbol.type)
        plain = name in self.symbols.structs and name not in self.symbols.functions
        held = not symbol.pointer and not symbol.reference and symbol.storage != "static"
        return start.type == "initializer_list" and plain and held

    def store_fields(self, place: Path, node: Node) -> None:
        """`struct job j = {.st = &st}` stores pointers as assignments to its fields do."""
        kind, _, array = self.shape(place)
        fields = list(self.symbols.structs.get(self.symbols.struct(kind), {}))
        for index, child in enumerate(c for c in node.named_children if c.type != "comment"):
            designator = child.child_by_field_name("designator")
            inner = child.child_by_field_name("value") or child
            name = self._text(designator).lstrip(".") if designator is not None else ""
            name = name or (fields[index] if index < len(fields) else "")
            part = place.step(Element() if array else Element(name))
            if inner.type == "initializer_list":
                self.store_fields(part, inner)
            elif array or name:
                value = self.expr(inner)
                self.store(part, value)
                if not array:
                    self.fill(part, value)

    def _infer(self, symbol: Symbol, value: Value, start: Node) -> None:
        text, made_of = self._text(start), start.child_by_field_name("type")
        if "async" in text[:16]:
            symbol.type = "std::future"
        elif made := _MADE.match(text):
            symbol.type = f"std::{made[1]}_ptr<{made[2]}>"
        elif start.type == "new_expression" and not symbol.pointer:
            symbol.type, symbol.pointer = self._text(made_of) if made_of is not None else "", 1
        if value.target is not None:
            kind, pointer, _ = self.shape(value.target)
            symbol.type = kind or symbol.type
            symbol.pointer = pointer + (0 if symbol.reference else 1)

    def _bound(self, node: Node) -> Value:
        place = self.place(node)
        return Value(target=place) if place is not None else UNKNOWN

    def guard_object(self, symbol: Symbol, start: Node | None) -> None:
        """An RAII lock (see calls.py)."""
        raise NotImplementedError

    def construct_object(self, symbol: Symbol, start: Node | None) -> None:
        """An object of a class defined here (see calls.py)."""
        raise NotImplementedError

    def destroy(self, name: str, node: Node | None) -> None:
        """An object of a class defined here goes out of scope (see calls.py)."""
        raise NotImplementedError

    def start_thread(self, place: Path, start: Node) -> None:
        """`std::thread t(f, a)` (see calls.py)."""
        raise NotImplementedError

    def name_handle(self, symbol: Symbol) -> None:
        """`auto f = std::async(…)`: the handle is known once the variable is declared."""
        made = f"{symbol.name}@{symbol.offset}"
        for party in self.scope.parties.values() if self.scope is not None else ():
            if party.handle in (made, made + "[]"):
                party.handle = self.key(Path(symbol)) + party.handle.removeprefix(made)

    def held_type(self, kind: str) -> bool:
        """Whether objects of this type synchronise and are no data themselves."""
        return LOCK_TYPES.search(kind) is not None
