"""Which function of several of one name a call means: by its arguments, or by its object."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator

from tree_sitter import Node

from reviewbot.code.flow import merge_flows
from reviewbot.code.heap import Heap
from reviewbot.code.parse import text_of
from reviewbot.code.symbols import Function, is_smart
from reviewbot.code.values import Path, Value, opaque

MAX_VERSIONS = 32  # of one name and so many parameters
MAX_OVERRIDES = 3  # of one method, walked beside the one that a call names
MAX_OPERANDS = 8  # deep: of a longer sum nobody asks the type
MAX_DEEP = 4  # calls within calls: further in, the method that is named stands for all
_VIRTUAL = re.compile(r"\b(?:override|virtual|final)\b")
_FLOAT = re.compile(r"\b(?:float|double)\b")
_WHOLE = re.compile(r"\b(?:int|long|short|unsigned|char|s?size_t|u?int\d+_t|ptrdiff_t)\b")
_WORDS = re.compile(r"\b(?:string|string_view)\b")
_FRACTION = re.compile(r"(?!0[xX])[^'\"]*[.eE]|[^xX]*[fF]$")
_NUMBERS = frozenset({"bool", "int", "float"})
_COMPARES = frozenset({"==", "!=", "<", ">", "<=", ">=", "&&", "||"})
_LITERALS = {
    "true": "bool",
    "false": "bool",
    "char_literal": "int",
    "string_literal": "text",
}


class Overloads(Heap):
    """Tells functions of one name apart where the file tells enough of types."""

    def nearest(self, versions: list[Function], node: Node) -> Function:
        """The version whose parameters are of the arguments' types; the first where none is."""
        listed = node.child_by_field_name("arguments") if len(versions) > 1 else None
        nodes = [c for c in listed.named_children if c.type != "comment"] if listed else []
        kinds = [self._kind_of(argument) for argument in nodes]
        alike = [f for f in versions if len(f.parameters) == len(nodes)]
        if len(alike) < 2 or not any(kinds):
            return versions[0]
        return max(alike[:MAX_VERSIONS], key=lambda f: self._likeness(f, kinds))

    def _likeness(self, function: Function, kinds: list[str]) -> int:
        wanted = self._wanted.get(function.node.start_byte)
        if wanted is None:
            wanted = [self.class_of_type(parameter) for parameter in function.parameters]
            self._wanted[function.node.start_byte] = wanted
        return sum(_fit(kind, want) for kind, want in zip(kinds, wanted, strict=True))

    @functools.cached_property
    def _wanted(self) -> dict[int, list[str]]:
        """The classes of types that a function's parameters are of, by where it begins."""
        return {}

    def class_of_type(self, parameter: Node) -> str:
        """The class of types that a parameter, or what a cast names, is of; "" if unknown."""
        kind, declarator = (parameter.child_by_field_name(f) for f in ("type", "declarator"))
        pointer = declarator is not None and "*" in text_of(declarator)
        text = text_of(kind) if kind is not None else text_of(parameter)
        if pointer or "*" in text:
            return "text" if re.search(r"\bchar\b", text) else "pointer"
        return self._named_class(text)

    def _named_class(self, text: str) -> str:
        text = self.symbols.types.get(text, text)
        if _WORDS.search(text):
            return "text"
        if "<" in text:
            return text.partition("<")[0]
        for name, pattern in (("float", _FLOAT), ("int", _WHOLE)):
            if pattern.search(text):
                return name
        name = self.symbols.struct(text)
        return "bool" if text == "bool" else name if name in self.symbols.structs else ""

    def _kind_of(self, node: Node, depth: int = 0) -> str:
        """The class of types that an expression's value is of, as far as its text tells."""
        kind = node.type if depth < MAX_OPERANDS else ""
        if kind == "number_literal":
            return "float" if _FRACTION.match(self._text(node)) else "int"
        if kind in _LITERALS:
            return _LITERALS[kind]
        if kind == "identifier":
            return self._variable_kind(self._text(node))
        if kind == "parenthesized_expression" and node.named_child_count == 1:
            return self._kind_of(node.named_children[0], depth + 1)
        if kind == "binary_expression":
            return self._operation_kind(node, depth + 1)
        if kind == "unary_expression" and self._text(node).startswith("!"):
            return "bool"
        cast = re.match(r"static_cast\s*<([\w:\s]{1,60})>", self._text(node)[:80])
        if kind == "call_expression" and cast:
            return self._named_class(cast[1])
        return ""

    def _variable_kind(self, name: str) -> str:
        symbol = self.lookup(name)
        if symbol is None or symbol.array:
            return ""
        if symbol.pointer:
            return "text" if symbol.type.endswith("char") else "pointer"
        return self._named_class(symbol.type)

    def _operation_kind(self, node: Node, depth: int) -> str:
        operator = node.child_by_field_name("operator")
        if operator is not None and self._text(operator) in _COMPARES:
            return "bool"
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sides = [self._kind_of(side, depth) for side in (left, right) if side is not None]
        if "float" in sides:
            return "float"
        return "int" if sides and all(side in ("int", "bool") for side in sides) else ""

    def overriding_too(self, function: Function, this: Path | None) -> list[Function]:
        """Methods of derived classes that a call may mean as well: nobody knows the object's own.

        An object that is declared here is of just the class that it is declared with.
        """
        bases = self.symbols.bases
        if not bases or not function.owner or function.constructs or len(self.active) > MAX_DEEP:
            return []
        versions = self.symbols.functions[function.name]
        if len(versions) < 2 or not self._of_any_class(this):
            return []
        static = self.symbols.struct(self.shape(this)[0]) if this is not None else ""
        static = static or self.this_class
        key = (function.node.start_byte, static)
        if key not in self._overriding:
            self._overriding[key] = list(self._overriding_one(function, static))
        return self._overriding[key]

    @functools.cached_property
    def _overriding(self) -> dict[tuple[int, str], list[Function]]:
        return {}

    def _overriding_one(self, function: Function, static: str) -> Iterator[Function]:
        """The first methods that override one, of classes that come from a class."""
        found = (
            f
            for f in self.symbols.functions[function.name]
            if f is not function
            and f.owner not in ("", static)
            and len(f.parameters) == len(function.parameters)
            and static in self.symbols.lineage(f.owner)
            and (_is_virtual(f) or _is_virtual(function))
        )
        return itertools.islice(found, MAX_OVERRIDES)

    def any_of(
        self, functions: list[Function], values: list[Value], node: Node, this: Path | None
    ) -> Value:
        """A virtual call, of which nobody knows the object's class: one of these runs."""
        before, ends = self.flow, []
        for function in functions:
            self.flow = before.copy()
            self.call_function(function, values, node, this)
            ends.append(self.flow)
        self.flow = merge_flows(ends)
        marks = frozenset([m for v in values for m in v.sources]) | {"call"}
        return Value(form=opaque(f"{functions[0].name}@{node.start_byte}", marks), marks=marks)

    def _of_any_class(self, this: Path | None) -> bool:
        """Whether an object is reached by a pointer, so that its class may be a derived one."""
        if this is None or this.root.storage == "this":
            return True
        if not this.elements or this.elements[-1].field:
            return False
        kind, pointer, _ = self.shape(Path(this.root, this.elements[:-1]))
        return bool(pointer) or is_smart(kind)


def _fit(kind: str, want: str) -> int:
    """How well an argument suits a parameter: the same type, any, another number, or not at all."""
    if not kind or not want:
        return 1
    if kind == want:
        return 3
    return 0 if kind in _NUMBERS and want in _NUMBERS else -4


def _is_virtual(function: Function) -> bool:
    """Whether a method says that it overrides another or may be overridden."""
    head = text_of(function.node)[: function.body.start_byte - function.node.start_byte]
    return _VIRTUAL.search(head) is not None
