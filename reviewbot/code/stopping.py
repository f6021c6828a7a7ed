"""Callbacks of C++20's stop tokens: whoever asks for the stop runs them, beside their owner."""

from __future__ import annotations

from tree_sitter import Node

from reviewbot.code.futures import Futures
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Path

_LISTS = frozenset({"argument_list", "initializer_list"})


class Stopping(Futures):
    """A callback may run for as long as its object lives: the end of that waits for it."""

    def _declare(self, symbol: Symbol, start: Node | None) -> None:
        listed = start if start is not None and start.type in _LISTS else None
        nodes = [c for c in listed.named_children if c.type != "comment"] if listed else []
        stops = "stop_callback" in symbol.type and len(nodes) == 2 and self._is_lent(nodes[0])
        if listed is None or not stops:
            super()._declare(symbol, start)
            return
        self.declare(symbol)
        self.expr(nodes[0])
        handle = self.key(Path(symbol))
        self._spawn(listed, nodes[1:], handle=handle)
        self.cleanups[-1].append(("join", handle))

    def _is_lent(self, token: Node) -> bool:
        """Whether a token came from outside, so that others may ask for its stop."""
        symbol = self.lookup(self._text(token)) if token.type == "identifier" else None
        return symbol is not None and symbol.storage == "param"
