"""Callbacks of C++20's stop tokens: whoever asks for the stop runs them, beside their owner."""

from __future__ import annotations

from tree_sitter import Node

from reviewbot.code.declarators import LISTS
from reviewbot.code.futures import Futures
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Path


class Stopping(Futures):
    """A callback may run for as long as its object lives: the end of that waits for it."""

    def _declare(self, symbol: Symbol, start: Node | None) -> None:
        if "stop_callback" not in symbol.type or start is None or start.type not in LISTS:
            super()._declare(symbol, start)
            return
        nodes = [c for c in start.named_children if c.type != "comment"]
        if len(nodes) != 2 or not self._is_lent(nodes[0]):
            super()._declare(symbol, start)
            return
        self.declare(symbol)
        self.expr(nodes[0])
        handle = self.key(Path(symbol))
        self._spawn(start, nodes[1:], handle=handle)
        self.cleanups[-1].append(("join", handle))

    def _is_lent(self, token: Node) -> bool:
        """Whether a token came from outside, so that others may ask for its stop."""
        symbol = self.lookup(self._text(token)) if token.type == "identifier" else None
        return symbol is not None and symbol.storage == "param"
