"""Copies of a pointer that moves on: `q = p; p = p->next;` leaves q where it was."""

from __future__ import annotations

import functools
from dataclasses import replace

from reviewbot.code.events import Loop
from reviewbot.code.state import State
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Path, Value


class Aliases(State):
    """Knows which variables stand for what another points to."""

    @functools.cached_property
    def _copies(self) -> dict[int, list[Symbol | str]]:
        """Of pointers that are assigned again, by serial: who was given what they held.

        Variables, and keys of places in memory.
        """
        return {}

    def note_copy(self, symbol: Symbol) -> None:
        """A variable stands for what it was given: a copy of a pointer, or of one within it."""
        self._note(symbol, symbol.value)

    def note_stored(self, key: str, value: Value) -> None:
        """A place in memory is given a pointer."""
        self._note(key, value)

    def _note(self, where: Symbol | str, value: Value | None) -> None:
        root = value.target.root if value is not None and value.target is not None else None
        if root is not None and root.pointer and not root.once and root is not where:
            self._copies.setdefault(root.serial, []).append(where)

    def left_behind(self, pointer: Symbol) -> int:
        """Let copies of a pointer that moves on keep what it was; the serial of that, 0 if none."""
        was: Symbol | None = None
        for where in self._copies.pop(pointer.serial, ()):
            value = self.stores.get(where) if isinstance(where, str) else where.value
            if value is None or value.target is None or value.target.root is not pointer:
                continue
            was = was or self._as_it_was(pointer)
            kept = replace(value, target=Path(was, value.target.elements, value.target.by))
            if isinstance(where, str):
                self.stores[where] = kept
            else:
                where.value = kept
        return was.serial if was is not None else 0

    def _as_it_was(self, pointer: Symbol) -> Symbol:
        anew = Symbol("", "", "auto").serial
        if pointer.serial in self.several:
            self.several[anew] = self.several[pointer.serial]
        return replace(pointer, serial=anew)

    @functools.cached_property
    def made_in(self) -> dict[int, tuple[Loop, ...]]:
        """The loops around the making of what a variable points to, by its serial."""
        return {}

    def note_made_in(self, symbol: Symbol, value: Value) -> None:
        """A variable is given memory that is allocated here."""
        if value.fresh:
            self.made_in[symbol.serial] = tuple(self.loops)

    def made_within(self, symbol: Symbol, loop: Loop) -> bool:
        """Whether what a variable points to is made in each turn of a loop."""
        return any(around is loop for around in self.made_in.get(symbol.serial, ()))
