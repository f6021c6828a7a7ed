"""Variables that a loop moves on by one amount each turn: `begin = i * size` in other words.

`for (i = 0; i < n; i++) { start(begin, begin + size); begin += size; }` gives turn i what it would
give if begin were i times the size. Known are such steps at the top level of the body, by an amount
that no turn changes, also in the shape `end = begin + size; …; begin = end;`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from tree_sitter import Node

from reviewbot.code.arguments import Arguments
from reviewbot.code.assigned import assignments
from reviewbot.code.counters import bare
from reviewbot.code.dependence import ONE
from reviewbot.code.parse import text_of
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import BY_THREAD, OPAQUE, UNKNOWN, Form, Value, opaque, shifted

_MOST = 8  # variables of one loop
_STARTED = "expression_statement"
_BY_ONE = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\+\+|\+\+\s*([A-Za-z_]\w*)(?![\w.\[(]|->)")
_EITHER = re.compile(r"[?{]|&&|\|\|")
_LOOPS = ("for_statement", "while_statement", "do_statement", "for_range_loop")
_CHANGING = (OPAQUE - {"div", "mod"}) | BY_THREAD | {"seq"}


class Inductions(Arguments):
    """Says what such a variable is worth in a turn, as a form of the loop's own variable."""

    def begin_turns(self, body: Node) -> list[Symbol]:
        """Let the variables that the body moves on stand for what they are in this turn."""
        loop = self.loops[-1]
        plain = loop.name and loop.low is not None and loop.stride == ONE and not loop.shared
        if not plain or loop.low is None or body.type not in ("compound_statement", _STARTED):
            return []
        turn = Form(opaque(loop.name).terms, 0, frozenset({"seq"})).plus(loop.low, -1)
        found: list[Symbol] = []
        for name, amount in _steps(body):
            symbol = self.lookup(name) if len(found) < _MOST else None
            step = self._amount(symbol, amount, body) if symbol is not None else None
            if symbol is None or step is None:
                continue
            first = self._first(symbol, body)
            if symbol.pointer and first.target is None:
                continue
            self.induced[symbol.serial] = step
            symbol.value, symbol.once = shifted(first, step.times(turn)), True
            found.append(symbol)
        return found

    def end_turns(self, moved: Iterable[Symbol]) -> None:
        """After the loop nothing is known of what it moved on."""
        for symbol in moved:
            del self.induced[symbol.serial]
            symbol.value, symbol.once = None, False
            symbol.derived |= {"update"}

    def _first(self, symbol: Symbol, body: Node) -> Value:
        """What a variable is worth in the first turn: its initialiser, if it is new to the loop."""
        given = self.begun.get(symbol.serial, UNKNOWN)
        marks = symbol.derived | {"local", "update"}
        unknown = Value(form=opaque(f"{symbol.name}@{symbol.offset} first", marks))
        steps = self.assigned(symbol) - (symbol.storage == "auto")
        if steps != 1 or (given.target is None if symbol.pointer else given.form is None):
            return unknown
        around = body.parent.parent if body.parent is not None else None
        while around is not None and around.type not in _LOOPS:
            around = around.parent
        return given if around is None or around.start_byte < symbol.offset else unknown

    def _amount(self, symbol: Symbol, amount: Node | None, body: Node) -> Form | None:
        """By how much a local is moved on each turn, if by one amount and in one place alone."""
        loop = self.loops[-1]
        if symbol.storage not in ("auto", "param") or symbol.pointer > 1 or symbol.array:
            return None
        if symbol.reference:
            return None  # what moves on is what it names
        if symbol.serial == loop.variable or symbol.serial in self.induced:
            return None
        places = assignments(self.text).get(symbol.name, [])
        if bisect_left(places, body.end_byte) - bisect_left(places, body.start_byte) != 1:
            return None
        form = ONE if amount is None else self.unheard(amount).form
        return form if form is not None and not form.marks & _CHANGING else None


def _steps(body: Node) -> Iterable[tuple[str, Node | None]]:
    """(variable, by what it is moved on; None for one) of the statements of a body itself."""
    if "continue" in text_of(body):
        return
    given: dict[str, Node] = {}
    for statement in body.named_children if body.type != _STARTED else [body]:
        if statement.type == "declaration":
            given |= _declared(statement)
        node = bare(statement) if statement.type == _STARTED else None
        yield from ((name, None) for name in _stepped(node))
        if node is not None and node.type == "assignment_expression":
            left, right = (node.child_by_field_name(side) for side in ("left", "right"))
            sign = node.child_by_field_name("operator")
            if left is None or right is None or sign is None or left.type != "identifier":
                continue
            if text_of(sign) == "+=":
                yield text_of(left), right
            elif text_of(sign) == "=":
                amount = _added(given.get(text_of(right), right), text_of(left))
                if amount is not None:
                    yield text_of(left), amount


def _stepped(node: Node | None) -> list[str]:
    """What a statement steps by one on every way through it: `x[n++] = f(*from++)`."""
    text = text_of(node) if node is not None else ""
    return (
        []
        if "++" not in text or _EITHER.search(text)
        else [a or b for a, b in _BY_ONE.findall(text)]
    )


def _declared(statement: Node) -> dict[str, Node]:
    found = {}
    for declarator in statement.children_by_field_name("declarator"):
        name, value = (declarator.child_by_field_name(f) for f in ("declarator", "value"))
        if name is not None and value is not None:
            found[text_of(name)] = value
    return found


def _added(value: Node, name: str) -> Node | None:
    """What is added to a variable: `x + n`, or that as one end of `std::min(x + n, all)`."""
    if value.type == "call_expression":
        called = value.child_by_field_name("function")
        listed = value.child_by_field_name("arguments")
        if called is None or listed is None or not text_of(called).endswith("min"):
            return None
        sums = (_added(item, name) for item in listed.named_children if item.type != value.type)
        return next((node for node in sums if node is not None), None)
    sides = [value.child_by_field_name(side) for side in ("left", "operator", "right")]
    left, sign, right = sides
    if value.type != "binary_expression" or left is None or sign is None or right is None:
        return None
    return right if text_of(sign) == "+" and text_of(left) == name else None
