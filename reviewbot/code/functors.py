"""Calls through variables: lambdas with a state of their own, objects with a call operator."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.declarators import is_reference
from reviewbot.code.objects import Objects
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import UNKNOWN, Closure, Path, Value

_CALL = "operator()"
_HANDED = re.compile(r"(?:std::)?(c?ref|move|forward\s*<[^<>]*>)\s*(?:\(|$)")
_MADE_HERE = frozenset({"compound_literal_expression", "call_expression"})
_NAMED = frozenset({"identifier", "field_expression", "pointer_expression"})

_FUNCTIONS = frozenset({"function_definition", "lambda_expression"})


class Functors(Objects):
    """What is called by the name of a variable, and whose state it changes."""

    def _through_variable(self, symbol: Symbol, node: Node, nodes: list[Node]) -> Value:
        value = symbol.value
        values = self._given_to_variable(symbol, nodes)
        if value is not None and (value.closure is not None or value.given):
            self.run_here(value, values, node, home=symbol)
            return UNKNOWN
        if value is not None and value.function:
            self.call_defined(value.function, values, node)
            return UNKNOWN
        place = self._functor(symbol, node.child_by_field_name("function"))
        if place is not None:
            return self.call_defined("operator()", values, node, this=place)
        return self._through_table(Path(symbol), node, values)

    def _given_to_variable(self, symbol: Symbol, nodes: list[Node]) -> list[Value]:
        """The arguments of what is called by a variable: a reference is bound to the place."""
        value = symbol.value
        if value is not None and value.closure is not None and not value.given:
            return self.given_to_closure(value.closure, nodes)
        named = value is not None and not value.given and value.function
        return self._arguments(named, nodes) if named else self.given_to_kept(Path(symbol), nodes)

    def given_to_kept(self, place: Path, nodes: list[Node]) -> list[Value]:
        """Likewise of what is called by the name of a member, or from a table."""
        closures = self.closures_at(place) if nodes else ()
        if closures:
            return self.given_to_closure(closures[0], nodes)
        return [self.expr(n) for n in nodes]

    def given_to_closure(self, closure: Closure, nodes: list[Node]) -> list[Value]:
        """The arguments of a lambda's call: `use(value_)` reads nothing if it takes `T &`."""
        declarator = closure.node.child_by_field_name("declarator")
        listed = declarator.child_by_field_name("parameters") if declarator is not None else None
        taken = [p for p in listed.named_children if p.type != "comment"] if listed else []
        values = []
        for index, node in enumerate(nodes):
            bound = index < len(taken) and is_reference(taken[index])
            known = self.bound_to(node) if bound else None
            values.append(known if known is not None else self.expr(node))
        return values

    def bound_to(self, node: Node) -> Value | None:
        """What a reference parameter stands for (see moves.py)."""
        raise NotImplementedError

    def _functor(self, symbol: Symbol, function: Node | None) -> Path | None:
        """The object whose call operator is meant: a template's parameter is what it is given."""
        callable_ = self.symbols.functions.get("operator()", [])
        if not callable_:
            return None
        place = self.place(function) or Path(symbol)
        kind, given = self.shape(place)[0], symbol.value.target if symbol.value else None
        if self.symbols.struct(kind) not in self.symbols.structs and given is not None:
            kind = symbol.type = self.shape(given)[0] or kind  # a copy of what it is given
        owners = self.symbols.lineage(self.symbols.struct(kind))
        return place if any(f.owner in owners for f in callable_) else None

    # --- threads that run an object --------------------------------------------------------------

    def _spawn(self, node: Node, nodes: list[Node], *, handle: str) -> Value:
        """A thread may run an object with a call operator: a copy of it, or by `ref` itself."""
        run = self._run_object(nodes[0]) if _CALL in self.symbols.functions else None
        if run is None:
            return super()._spawn(node, nodes, handle=handle)
        values = [run, *[self._thread_argument(n) for n in nodes[1:]]]
        handle = handle or self._handle_of(node)
        many = bool(self.loops)
        self._spawn_value(Value(function=_CALL), values, node, handle=handle, many=many)
        return UNKNOWN

    def _in_vector(self, node: Node, key: str) -> None:
        if self.makes_callable(node):
            self._spawn(node, [node], handle=self._next_handle(key))
        else:
            super()._in_vector(node, key)

    def makes_callable(self, node: Node) -> bool:
        """Whether an expression makes an object with a call operator: `Worker(queue, 3)`."""
        made = node.child_by_field_name("function") or node.child_by_field_name("type")
        if _CALL not in self.symbols.functions or made is None or node.type not in _MADE_HERE:
            return False
        return self._is_callable(self._text(made))

    def _given_back(self, node: Node) -> Value:
        record = self.listed_record(node) if self.parsed.cpp and self.scope is not None else None
        return record if record is not None else super()._given_back(node)

    def made_from(self, symbol: Symbol, start: Node) -> Value:
        """`auto a = Locked{lock(m), &v};` has what is listed, as `Locked a{lock(m), &v};` has."""
        plain = not (symbol.pointer or symbol.reference or symbol.storage == "static")
        listed = plain and start.type == "compound_literal_expression" and self.parsed.cpp
        record = self.listed_record(start) if listed and self.scope is not None else None
        return record if record is not None else super().made_from(symbol, start)

    def listed_record(self, node: Node) -> Value | None:
        """`return {lo, hi};` and `return Range{lo, hi};`: a record with these fields."""
        listed = node if node.type == "initializer_list" else None
        kind: Node | None = None
        if node.type == "compound_literal_expression":
            listed, kind = node.child_by_field_name("value"), node.child_by_field_name("type")
        elif listed is not None:
            kind = self._returned_type(node)
        name = self.symbols.struct(self._text(kind)) if kind is not None else ""
        if listed is None or name not in self.symbols.structs or name in self.symbols.functions:
            return None
        made = Path(Symbol(name, name, "auto", node.start_byte, owner=self._own_serial()))
        holds = self.store_fields(made, listed)
        return Value(target=made, holds=holds, whole=True)

    def _returned_type(self, node: Node) -> Node | None:
        """The type, of the function around, that it returns by value; a lambda tells none."""
        around: Node | None = node
        while around is not None and around.type not in _FUNCTIONS:
            around = around.parent
        declarator = around.child_by_field_name("declarator") if around is not None else None
        plain = declarator is not None and declarator.type == "function_declarator"
        return around.child_by_field_name("type") if around is not None and plain else None

    def _run_object(self, node: Node) -> Value | None:
        """The object with a call operator that an expression names or makes; `whole` is a copy."""
        function = node.child_by_field_name("function") or node.child_by_field_name("type")
        name = self._text(function) if function is not None else ""
        handed = _HANDED.match(name) if node.type == "call_expression" else None
        if handed is not None:
            listed = node.child_by_field_name("arguments")
            inner = listed.named_children[0] if listed and listed.named_child_count else node
            found = self._run_object(inner) if _HANDED.match(self._text(inner)) is None else None
            return replace(found, whole="ref" not in handed[1]) if found is not None else None
        if node.type in _NAMED:
            place = self.place(node) if self._text(node)[:1] != "&" else None
            kind, pointer, array = self.shape(place) if place is not None else ("", 1, 0)
            plain = not pointer and not array and self._is_callable(kind)
            return Value(target=place, whole=True) if plain else None
        if node.type in _MADE_HERE and self._is_callable(name):
            return self._made_to_run(name, node)
        return None

    def _is_callable(self, kind: str) -> bool:
        kind = self.symbols.struct(kind)
        lineage = self.symbols.lineage(kind) if kind in self.symbols.structs else ()
        return any(f.owner in lineage for f in self.symbols.functions[_CALL])

    def _made_to_run(self, kind: str, node: Node) -> Value:
        value = self.expr(node)
        if value.target is not None and value.whole:
            return value
        name = self.symbols.struct(kind)
        made = Path(Symbol(name, name, "auto", node.start_byte, owner=self._own_serial()))
        listed = node.child_by_field_name("value")
        if listed is not None and name not in self.symbols.functions:
            self.store_fields(made, listed)
        return Value(target=made, whole=True)

    def _thread_function(self, name: str, values: list[Value], node: Node) -> None:
        first = values[0] if values and name == _CALL else UNKNOWN
        if first.whole and first.target is not None:
            kind = self.shape(first.target)[0]
            own = Symbol(kind, kind, "auto", node.start_byte, owner=self._own_serial())
            self.copy_fields(first.target, Path(own))
            values = [Value(target=Path(own)), *values[1:]]
        super()._thread_function(name, values, node)
