"""Static variables of functions: whoever comes first makes them, the others wait until they are."""

from __future__ import annotations

from tree_sitter import Node

from reviewbot.code.begun import Begun
from reviewbot.code.events import MADE, Held
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import ZERO


class Statics(Begun):
    """What makes such a variable is done once, before all that follows ([stmt.dcl])."""

    def _declare(self, symbol: Symbol, start: Node | None) -> None:
        if symbol.storage != "static" or not self.parsed.cpp or self.scope is None:
            super()._declare(symbol, start)
            return
        key, before = f"static {symbol.name}@{symbol.offset}", len(self.scope.events)
        at = start or self._name_of(symbol)
        held = Held(f"once:{key}", "once", ZERO, 0, True, self.line(at))
        self.flow.locks[held.key] = held
        super()._declare(symbol, start)
        self.flow.locks.pop(held.key, None)
        if len(self.scope.events) > before:
            self._wait(MADE, key, at)

    def _name_of(self, symbol: Symbol) -> Node:
        """Where a variable is declared that nothing is given."""
        found = self.parsed.root.descendant_for_byte_range(symbol.offset, symbol.offset + 1)
        return found if found is not None else self.parsed.root
