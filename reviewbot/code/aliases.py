"""Copies of a pointer that moves on: `q = p; p = p->next;` leaves q where it was."""

from __future__ import annotations

import functools
from dataclasses import replace

from reviewbot.code.state import State
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Path


class Aliases(State):
    """Knows which variables stand for what another points to."""

    @functools.cached_property
    def _copies(self) -> dict[int, list[Symbol]]:
        """Of pointers that are assigned again, by serial: the variables given what they held."""
        return {}

    def note_copy(self, symbol: Symbol) -> None:
        """A variable stands for what it was given: a copy of a pointer, or of one within it."""
        target = symbol.value.target if symbol.value is not None else None
        if target is None or not target.root.pointer or target.root.once:
            return
        if target.root is not symbol:
            self._copies.setdefault(target.root.serial, []).append(symbol)

    def left_behind(self, pointer: Symbol) -> int:
        """Let copies of a pointer that moves on keep what it was; the serial of that, 0 if none."""
        was: Symbol | None = None
        for symbol in self._copies.pop(pointer.serial, ()):
            value = symbol.value
            if value is None or value.target is None or value.target.root is not pointer:
                continue
            was = was or self._as_it_was(pointer)
            target = Path(was, value.target.elements, value.target.by)
            symbol.value = replace(value, target=target)
        return was.serial if was is not None else 0

    def _as_it_was(self, pointer: Symbol) -> Symbol:
        anew = Symbol("", "", "auto").serial
        if pointer.serial in self.several:
            self.several[anew] = self.several[pointer.serial]
        return replace(pointer, serial=anew)
