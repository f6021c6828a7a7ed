"""Arrays whose contents decide how much is done: which they are, and how a file fills them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from tree_sitter import Node

from reviewbot.code.parse import text_of
from reviewbot.hotspots.expressions import Expression, Value, expression, subscript
from reviewbot.hotspots.layout import descendants, unwrapped
from reviewbot.hotspots.steps import Store

POINTS = 4096  # of a table that are kept: all of a short one
_DECIDING = {
    "for_statement": ("condition", "initializer"),
    "while_statement": ("condition",),
    "do_statement": ("condition",),
    "if_statement": ("condition",),
    "switch_statement": ("condition",),
    "call_expression": ("arguments",),
    "conditional_expression": ("condition", "consequence", "alternative"),
    "init_declarator": ("value",),
}


@dataclass(frozen=True, slots=True)
class Tables:
    """Arrays by name, and where the file fills one of them, in bytes."""

    names: frozenset[str] = frozenset()
    places: tuple[int, ...] = ()

    def filled_within(self, node: Node) -> bool:
        """Whether one is filled below a node."""
        return any(node.start_byte <= place < node.end_byte for place in self.places)


@dataclass(slots=True)
class _Seen:
    """What one look at a file finds."""

    names: set[str] = field(default_factory=set)
    filled: list[tuple[str, Node, int]] = field(default_factory=list)
    parameters: dict[str, list[str]] = field(default_factory=dict)  # of functions
    calls: list[Node] = field(default_factory=list)

    def look(self, node: Node) -> None:
        """Take down what a node says."""
        kind = node.type
        for part in _DECIDING.get(kind, ()):
            child = node.child_by_field_name(part)
            self.names.update(_read(child) if child is not None else ())
        if kind == "assignment_expression":
            array, value = _filled(node)
            if value is not None:
                self.filled.append((array, value, node.start_byte))
        elif kind == "function_declarator":
            inner = [p.child_by_field_name("declarator") for p in _children(node, "parameters")]
            told = [unwrapped(one, {})[0] if one is not None else "" for one in inner]
            self.parameters[_name(node, "declarator")] = told
        elif kind == "call_expression":
            self.calls.append(node)

    def handed_on(self) -> set[str]:
        """The names that such arrays have in the functions to which they are given."""
        found = set()
        for call in self.calls:
            names = self.parameters.get(_name(call, "function"), ())
            for name, given in zip(names, _children(call, "arguments"), strict=False):
                if given.type == "identifier" and text_of(given) in self.names:
                    found.add(name)
        return found


def deciding(root: Node) -> Tables:
    """The arrays read in conditions, bounds and arguments, and those they are filled from.

    `for (k = 0; k < len[i]; k++)` makes one of len, and `len[i] = size[i]` then of size.
    """
    seen = _Seen()
    for node in descendants(root):
        seen.look(node)
    if not seen.names or not seen.filled:
        return Tables()
    names = seen.names | seen.handed_on()
    for array, value, _ in reversed(seen.filled):
        names.update(_read(value) if array in names else ())
    places = tuple(place for array, _, place in seen.filled if array in names)
    return Tables(frozenset(names), places)


def _name(node: Node, field_name: str) -> str:
    part = node.child_by_field_name(field_name)
    return text_of(part) if part is not None else ""


def _children(node: Node, field_name: str) -> list[Node]:
    part = node.child_by_field_name(field_name)
    return part.named_children if part is not None else []


def _read(node: Node) -> Iterator[str]:
    for found in descendants(node):
        if found.type == "subscript_expression":
            array = found.child_by_field_name("argument")
            if array is not None and array.type == "identifier":
                yield text_of(array)


def _filled(node: Node) -> tuple[str, Node | None]:
    """(array, value) of a plain assignment to an element."""
    if node.type != "assignment_expression":
        return "", None
    left, operator = node.child_by_field_name("left"), node.child_by_field_name("operator")
    if left is None or operator is None:
        return "", None
    array = left.child_by_field_name("argument")
    plain = left.type == "subscript_expression" and operator.type == "="
    if not plain or array is None or array.type != "identifier":
        return "", None
    return text_of(array), node.child_by_field_name("right")


def stores(node: Node, tables: Tables) -> Iterator[Store]:
    """The assignment of a statement, where it fills one of the tables."""
    for found in node.named_children if tables.filled_within(node) else ():
        array, value = _filled(found)
        left = found.child_by_field_name("left")
        if value is not None and left is not None and array in tables.names:
            rest = _on_top(value, array)
            index = expression(subscript(left))
            yield Store(array, index, rest or expression(value), rest is not None)


def _on_top(value: Node, array: str) -> Expression | None:
    """What is added to another element of the same array: start[i + 1] = start[i] + rest."""
    left, right = value.child_by_field_name("left"), value.child_by_field_name("right")
    operator = value.child_by_field_name("operator")
    if operator is None or operator.type != "+" or left is None or right is None:
        return None
    for one, other in ((left, right), (right, left)):
        inner = one.child_by_field_name("argument")
        if one.type == "subscript_expression" and inner is not None and text_of(inner) == array:
            return expression(other)
    return None


def joined(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Both tables as one, by index."""
    both = np.concatenate([first, second], axis=1)
    return both[:, np.argsort(both[0], kind="stable")]


def table(index: Value, value: Value, rounds: float, *, sums: bool) -> NDArray[np.float64] | None:
    """(indices, values), (2, points), of what a loop of so many rounds stores; None for nothing."""
    places = np.atleast_1d(np.asarray(index, dtype=np.float64))
    values = np.broadcast_to(np.asarray(value, dtype=np.float64), places.shape)
    if places.ndim != 1 or not places.size:
        return None
    order = np.argsort(places, kind="stable")[:: max(1, places.size // POINTS)]
    places, values = places[order], values[order]
    if sums:  # each point stands for as many rounds as there are between two
        values = np.cumsum(values) * max(1.0, rounds / places.size)
        places = np.concatenate([[places[0] - 1], places])
        values = np.concatenate([[0.0], values])
    return np.stack([places, values])
