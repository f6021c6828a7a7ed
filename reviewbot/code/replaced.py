"""`int me = 0; me = omp_get_thread_num();`: what a variable begins with is replaced at once."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.elements_given import ElementsGiven
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import NO_MARKS, Value


class Replaced(ElementsGiven):
    """A local that its own block assigns once more, in any case, has that number from there."""

    def _assignment_expression(self, node: Node) -> Value:
        left = node.child_by_field_name("left")
        if left is not None and left.type == "identifier" and self.scope is not None:
            symbol = self.scopes[-1].get(self._text(left))
            if symbol is not None and self._replaces(symbol, node, left):
                symbol.once, symbol.value, symbol.derived = True, None, NO_MARKS
        return super()._assignment_expression(node)

    def _replaces(self, symbol: Symbol, node: Node, left: Node) -> bool:
        """Whether this is the one assignment after a constant that a variable was made with."""
        statement, right = node.parent, node.child_by_field_name("right")
        block = statement.parent if statement is not None else None
        if right is None or block is None or block.type != "compound_statement":
            return False
        if symbol.once or symbol.pointer or symbol.reference or symbol.storage != "auto":
            return False
        if self.text[left.end_byte : right.start_byte].strip() != "=":
            return False
        if symbol.derived or self.assigned(symbol) != 2 or symbol.offset < block.start_byte:
            return False
        return re.search(rf"\b{symbol.name}\b", self._text(right)) is None
