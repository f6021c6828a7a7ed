"""`std::atomic_ref<int> cell(best[i]);` names a place to which all is done atomically."""

from __future__ import annotations

from tree_sitter import Node

from reviewbot.code.copies import Copies
from reviewbot.code.declarators import sole
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import UNKNOWN, Value


class AtomicRefs(Copies):
    """A variable of such a type is another name for the place that it is made with."""

    def _declare(self, symbol: Symbol, start: Node | None) -> None:
        if start is not None and "atomic_ref" in symbol.type and not symbol.pointer:
            symbol.reference, start = True, sole(start) or start
        super()._declare(symbol, start)

    def _assignment_expression(self, node: Node) -> Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or not self.by_atomic_ref(left):
            return super()._assignment_expression(node)
        value, place = self.expr(right), self.place(left)
        if place is not None:
            plain = self.text[left.end_byte : right.start_byte].strip() == "="
            self.record(place, "write" if plain else "update", left, atomic="seq_cst")
        return Value(form=value.form, marks=value.marks) if place is not None else UNKNOWN
