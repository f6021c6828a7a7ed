"""The ends of a thread's range: `min(lo + per, n)`, `last ? n : lo + per`, `if (hi > n) hi = n`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

from reviewbot.code.events import Guard
from reviewbot.code.parse import text_of
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import BY_THREAD, Form, Value, clamped

_VARYING = BY_THREAD | {"seq"}  # a turn may create a thread
_COMPARED = re.compile(r"[<>=]=|(?<![<>-])[<>](?![<>])")


def bounding(
    node: Node, condition: Value, first: Value, second: Value, exact: Form | None
) -> Value | None:
    """Of `a < b ? a : b`, or `last thread ? n : a`, the one of both that differs by thread."""
    sign = _COMPARED.search(text_of(node))
    if sign is None or first.form is None or second.form is None:
        return None
    varying = [v for v in (first, second) if v.number.marks & _VARYING]
    alone = sign[0] == "==" and bool(condition.number.marks & _VARYING)
    if len(varying) != 1 or not (alone or (sign[0] != "==" and _compares(node))):
        return None
    return clamped(varying[0], exact)


def _compares(node: Node) -> bool:
    """Whether the sides of a comparison are what the conditional chooses between."""
    test = node.child_by_field_name("condition")
    while test is not None and test.type == "parenthesized_expression":
        test = next(iter(test.named_children), None)
    if test is None or test.type != "binary_expression":
        return False
    parts = [(test, "left"), (test, "right"), (node, "consequence"), (node, "alternative")]
    texts = [_plain(parent.child_by_field_name(field)) for parent, field in parts]
    return set(texts[:2]) == set(texts[2:])


def _plain(node: Node | None) -> str:
    """An expression's text without blanks and parentheses around it."""
    while node is not None and node.type == "parenthesized_expression":
        node = next((c for c in node.named_children if c.type != "comment"), None)
    return "".join(text_of(node).split()) if node is not None else ""


def kept_end(symbol: Symbol, guards: Sequence[Guard]) -> bool:
    """Whether `if (end > n) end = n;` leaves a variable what it is at most; it is noted there."""
    known = symbol.value
    if known is None or known.form is None:
        return known is None and any(guard.kind == "tid-eq" for guard in guards[-1:])
    if not known.form.marks & BY_THREAD:
        return False
    symbol.value = clamped(known)
    return True
