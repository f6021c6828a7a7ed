"""Numbers put into types too narrow for them: what is kept is a remainder.

`uint8_t k = i;` in a loop of 1024 turns gives four of them one k, as `k = i % 256` does. Told are
numbers of loops whose ends are known; of others a type says nothing, and most fit.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.declarators import clean_type
from reviewbot.code.events import Loop
from reviewbot.code.numbers_given import NumbersGiven
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Form, Value, arithmetic

_NARROW = re.compile(
    r"(?:std::)?(?:u?int(?P<bits>8|16)_t|(?P<byte>(?:(?:un)?signed )?char|std::byte)"
    r"|(?:(?:un)?signed )?short(?: (?:un)?signed)?(?: int)?)"
)


def bits_of(kind: str) -> int:
    """How many bits a narrow type of whole numbers has; 0 of any other type."""
    found = _NARROW.fullmatch(kind)
    if found is None:
        return 0
    return int(found["bits"]) if found["bits"] else 8 if found["byte"] else 16


class Narrowed(NumbersGiven):
    """Knows what a narrow variable, parameter or cast keeps of a number of a turn."""

    def _bind(self, symbol: Symbol, value: Value, start: Node | None) -> None:
        super()._bind(symbol, self._kept_of(symbol, value), start)

    def assign(self, symbol: Symbol, value: Value, *, compound: bool = False) -> None:
        """Let a variable stand for what it was assigned, as far as it has room for that."""
        super().assign(symbol, self._kept_of(symbol, value), compound=compound)

    def cast_to(self, value: Value, kind: str) -> Value:
        """What a cast makes of a pointer, or leaves of a number: `(unsigned char)i`."""
        if self.loops and value.form is not None and "*" not in kind:
            value = self._narrowed(value, clean_type(kind))
        return super().cast_to(value, kind)

    def _bind_parameters(
        self,
        parameters: tuple[Node, ...],
        values: list[Value],
        deeper: frozenset[str] = frozenset(),
    ) -> None:
        if self.loops and any(value.form is not None and value.form.terms for value in values):
            values = [
                self._given_to(parameters[n], value) if n < len(parameters) else value
                for n, value in enumerate(values)
            ]
        super()._bind_parameters(parameters, values, deeper)

    def _given_to(self, parameter: Node, value: Value) -> Value:
        kind, name = (parameter.child_by_field_name(f) for f in ("type", "declarator"))
        if kind is None or name is None or name.type != "identifier":
            return value
        return self._narrowed(value, clean_type(self._text(kind)))

    def _kept_of(self, symbol: Symbol, value: Value) -> Value:
        plain = not (symbol.pointer or symbol.array or symbol.reference)
        return self._narrowed(value, symbol.type) if plain and self.loops else value

    def _narrowed(self, value: Value, kind: str) -> Value:
        form = value.form
        if form is None or not form.terms:
            return value
        bits = bits_of(self.symbols.types.get(kind, kind))
        if not bits or _reach(form, self.loops) < 1 << bits:
            return value
        size = Form((), 1 << bits)
        rest = arithmetic("%", form, size)
        self.note_made(rest.terms[0][0][0], "%", form, size)
        return Value(form=rest, marks=value.marks)


def _reach(form: Form, loops: list[Loop]) -> int:
    """How far the greatest value of a form is from its least; 0 if its loops do not tell."""
    around = {loop.name: loop for loop in loops}
    reach = 0
    for monomial, factor in form.terms:
        loop = around.get(monomial[0]) if len(monomial) == 1 else None
        if loop is None or loop.low is None or loop.high is None:
            return 0
        size = loop.high.plus(loop.low, -1)
        if not size.is_constant:
            return 0
        reach += abs(factor) * (size.constant - 1)
    return reach
