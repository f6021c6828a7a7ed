"""Variables that tasks share and that each turn of a loop begins anew: `int part = next();`."""

from __future__ import annotations

from tree_sitter import Node

from reviewbot.code.stopping import Stopping
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Path

_LOOPS = frozenset({"for_statement", "while_statement", "do_statement", "for_range_loop"})
_ENDS = frozenset({"function_definition", "lambda_expression", "translation_unit"})
MAX_AROUND = 50  # statements around a declaration that are looked through for a loop


class Begun(Stopping):
    """A variable's first value is a write where tasks of an earlier turn may still read it."""

    def _declare(self, symbol: Symbol, start: Node | None) -> None:
        super()._declare(symbol, start)
        lent = self.shared_names.get(symbol.serial) == "task-shared"
        if lent and start is not None and not symbol.reference and _is_in_loop(start):
            declared = start.parent.child_by_field_name("declarator") if start.parent else None
            self.record(Path(symbol), "write", declared or start, whole=True)


def _is_in_loop(node: Node) -> bool:
    """Whether a loop of the same function is around a declaration."""
    around = node.parent
    for _ in range(MAX_AROUND):
        if around is None or around.type in _ENDS:
            return False
        if around.type in _LOOPS:
            return True
        around = around.parent
    return False
