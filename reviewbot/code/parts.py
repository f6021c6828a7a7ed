"""Walking functions that split the range they are given between their calls of themselves."""

from __future__ import annotations

import functools

from reviewbot.code.divided import CREATORS
from reviewbot.code.events import Part
from reviewbot.code.halves import Dimension, dimensions
from reviewbot.code.range_loops import RangeLoops
from reviewbot.code.symbols import Function
from reviewbot.code.values import Form, opaque


class Parts(RangeLoops):
    """Knows of each call of such a function which range it was given."""

    def splits_on(self, function: Function) -> None:
        """A function is called: if by itself, what that call does may go on meanwhile."""
        if self.portion is not None and self.portion.function == function.node.start_byte:
            self.portion.open = True

    def begin_part(self, function: Function) -> None:
        """The parameters of a function are bound: of one that splits its range this is a part."""
        within = self.portion
        if within is not None and within.function != function.node.start_byte:
            return  # what it calls works for it
        names, found = self._dimensions(function)
        if not found or (within is None and not self._once_alone()):
            return
        root = within.root if within is not None else self.fresh_serial()
        shares = [
            (self._given_number(names[low]), self._given_number(names[high]), gap)
            for low, high, gap in found
        ]
        self.portion = Part(
            function.node.start_byte, root, self.runner(), len(self.frames), tuple(shares)
        )

    def _dimensions(self, function: Function) -> tuple[tuple[str, ...], tuple[Dimension, ...]]:
        """The names of a function's parameters, and those that its calls of itself split."""
        known = self._split.get(function.node.start_byte)
        if known is None:
            given = [self.symbols.declared(parameter, "") for parameter in function.parameters]
            names = tuple([symbol.name for one in given for symbol, _ in one])
            plain = len(names) == len(function.parameters)
            found = dimensions(function.name, names, self._text(function.body)) if plain else ()
            known = self._split[function.node.start_byte] = names, found
        return known

    @functools.cached_property
    def _split(self) -> dict[int, tuple[tuple[str, ...], tuple[Dimension, ...]]]:
        return {}

    def _once_alone(self) -> bool:
        """Whether one thread comes here, and once."""
        scope, party = self.scope, self.party
        if scope is None or party is None:
            return False
        if scope.kind == "threads":
            return party.kind == "main" and not self.loops
        around = [frame for frame in self.frames if frame.kind in (*CREATORS, "task")]
        alone = any(frame.kind in CREATORS for frame in around)
        return alone and len(self.loops) == scope.outside and not any(f.looped for f in around)

    def _given_number(self, name: str) -> Form:
        """The number that a parameter stands for."""
        symbol = self.lookup(name)
        if symbol is None:
            return opaque(name)
        known = symbol.value.form if symbol.value is not None and symbol.once else None
        return known if known is not None else opaque(f"{symbol.name}@{symbol.offset}")

    def rested(self) -> None:
        """Tasks have ended (see constructs.py)."""
        if self.portion is not None:
            self.portion.open = False
