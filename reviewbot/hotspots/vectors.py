"""Loops that a compiler does several rounds of at once: fewer instructions for the same work."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.parse import text_of
from reviewbot.hotspots.layout import descendants
from reviewbot.hotspots.steps import Assign, Leaf, Mark, Seq, Step, Store, nothing

_TOGETHER = 0.5  # instructions of a round: two numbers of 8 bytes go into a plain register
_APART = (
    *(Mark.FLOATING, Mark.MATH, Mark.UNKNOWN_CALL, Mark.STRIDED, Mark.INDIRECT),
    *(Mark.CRITICAL, Mark.ATOMIC, Mark.ALLOCATION),
)  # what each round does alone


def together(body: Step, node: Node | None) -> Step:
    """The body of a loop with fewer instructions where its rounds can be done side by side."""
    items = body.items if isinstance(body, Seq) else (body,)
    if node is None or not all(isinstance(item, (Leaf, Assign, Store)) for item in items):
        return body
    cost = sum((item.cost for item in items if isinstance(item, Leaf)), nothing())
    if cost[list(_APART)].any() or not cost[Mark.UNIT].any() or _carried(node):
        return body
    return Seq(tuple(_halved(item) for item in items), shared=body.shared)


def _halved(item: Step) -> Step:
    if not isinstance(item, Leaf):
        return item
    cost = item.cost.copy()
    cost[Mark.INSTRUCTIONS] *= _TOGETHER
    return replace(item, cost=cost)


def _carried(node: Node) -> bool:
    """Whether it reads another element of an array that it writes: a[i] = a[i - 1]."""
    written: dict[str, set[str]] = {}
    read: dict[str, set[str]] = {}
    for found in descendants(node):
        if found.type == "subscript_expression":
            array = found.child_by_field_name("argument")
            name = text_of(array) if array is not None else ""
            parent = found.parent
            left = parent.child_by_field_name("left") if parent is not None else None
            (written if left == found else read).setdefault(name, set()).add(text_of(found))
    return any(len(places | read.get(name, set())) > 1 for name, places in written.items())
