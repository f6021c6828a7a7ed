"""Types that `auto` stands for: of what is made, copied or returned."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.declarators import MADE_SHARED
from reviewbot.code.shortcuts import Shortcuts
from reviewbot.code.symbols import Function, Symbol, is_container
from reviewbot.code.threads import CHANNELS
from reviewbot.code.values import Value

COPIED = frozenset(("identifier", "field_expression", "subscript_expression", "pointer_expression"))
_VIEW = re.compile(r"\b(?:span|string_view)\b")
_PLAIN = re.compile(r"(?!std::)(?:\w+::){0,4}\w+")
_NAMING = frozenset({"template_type", "qualified_identifier", "type_identifier"})
_BY_VALUE = frozenset({"function_declarator", "reference_declarator"})  # a copy of what it names


class Inferred(Shortcuts):
    """Tells what a variable is that its declaration gives no type."""

    def infer(self, symbol: Symbol, value: Value, start: Node) -> None:
        """Give a variable that is declared `auto` the type of what it begins with."""
        text, made_of = self._text(start), start.child_by_field_name("type")
        if "async" in text[:16]:
            symbol.type = "std::future"
        elif made := MADE_SHARED.match(text):
            symbol.type = f"std::{made[1]}_ptr<{made[2]}>"
        elif start.type == "new_expression" and symbol.pointer <= 1:  # `auto *p` is `auto p`
            symbol.type, symbol.pointer = self._text(made_of) if made_of is not None else "", 1
        if value.target is not None:
            kind, pointer, _ = self.shape(value.target)
            if start.type == "call_expression" and CHANNELS.search(kind):  # `p.get_future()`
                symbol.type = "std::future"
                return
            symbol.type = kind or symbol.type
            symbol.pointer = pointer + (0 if symbol.reference else 1)
        elif symbol.type == "auto":
            self._infer_copy(symbol, start)
        if symbol.type == "auto" and start.type == "compound_literal_expression":
            named = self._type_named(made_of)  # `auto sum = Hash{};` is asked for methods of Hash
            symbol.type = named if _PLAIN.fullmatch(named) else "auto"

    def _infer_copy(self, symbol: Symbol, start: Node) -> None:
        """`auto row = rows[k];`, `auto row = make_row(n);` have a container of their own."""
        if symbol.pointer or symbol.reference or not self.parsed.cpp:
            return
        kind = self._type_copied(start) if start.type in COPIED else self._type_given(start)
        if is_container(kind.partition("<")[0]) and _VIEW.search(kind) is None:
            symbol.type = kind

    def _type_copied(self, start: Node) -> str:
        place = self.place(start)
        kind, pointer, array = self.shape(place) if place is not None else ("", 0, 0)
        return "" if pointer or array else kind

    def _type_given(self, start: Node) -> str:
        """What a call gives by value: the class that it makes, or what all who are meant return."""
        if start.type == "compound_literal_expression":
            return self._type_named(start.child_by_field_name("type"))
        named = start.child_by_field_name("function") if start.type == "call_expression" else None
        if named is None:
            return ""
        name = re.split(r"::|\.|->", self._text(named).partition("<")[0])[-1].strip()
        found = [_returned(f) for f in self.symbols.functions.get(name, ())]
        if found:
            return found[0] if all(is_container(kind.partition("<")[0]) for kind in found) else ""
        return self._type_named(named)

    def _type_named(self, named: Node | None) -> str:
        """`std::vector<int>(3)`; no function, nor what lies within a class: `…<int>::iterator`."""
        text = self._text(named) if named is not None and named.type in _NAMING else ""
        inner = text.rpartition(">")[2] if "<" in text else ""
        return "" if inner.strip() else text


def _returned(function: Function) -> str:
    """The type that a function returns, "" where it is a pointer or is not said before it."""
    kind, declarator = (function.node.child_by_field_name(f) for f in ("type", "declarator"))
    plain = declarator is not None and declarator.type in _BY_VALUE
    text = kind.text if kind is not None and plain else None
    return text.decode(errors="replace") if text else ""
