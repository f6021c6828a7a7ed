"""Conditions that a thread's own number decides: `if (id == 0)` in all threads but the first.

`for (t = 1; t < n; t++) create(work, t); work(0);`: only who calls `work` itself comes to it.
"""

from __future__ import annotations

from reviewbot.code.events import Guard, Loop
from reviewbot.code.macro_names import MacroNames
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import ZERO, Form
from reviewbot.code.words import IDENTIFIER

_EQUAL = frozenset({"==", "!="})


class Decided(MacroNames):
    """Knows the outcome of some conditions wherever the walk comes to them."""

    def decided(self, guard: Guard) -> bool | None:
        """Whether a condition holds, if all threads that come to it here find the same."""
        form, party = guard.form, self.party
        if form is None or party is None or self.scope is None:
            return None
        if form.is_constant:  # `if (last)`
            return bool(form.constant) if self._asks_bound_numbers(guard.text) else None
        if len(form.terms) != 1 or form.constant or form.terms[0][1] != 1:
            return None
        left, right, sign = self.quotients.get(form.terms[0][0][0], (ZERO, ZERO, ""))
        less = left.plus(right, -1)
        if sign not in _EQUAL:
            return None
        if less.is_constant:
            return (
                (less.constant == 0) == (sign == "==")
                if self._asks_bound_numbers(guard.text)
                else None
            )
        if self.scope.kind != "threads":
            return None
        never = party.many and party.loop is not None and _never(less, party.loop)
        return sign == "!=" if never else None

    def _asks_bound_numbers(self, condition: str) -> bool:
        """Whether it asks for numbers that this call was given, and nothing else that varies."""
        found = [self.lookup(name) for name in IDENTIFIER.findall(condition)]
        given = [symbol for symbol in found if symbol is not None]
        return bool(given) and all(map(self._is_bound_number, given))

    def _is_bound_number(self, symbol: Symbol) -> bool:
        number = symbol.storage == "param" and not symbol.pointer and not symbol.reference
        return number and symbol.once and self.assigned(symbol) == 0


def _never(difference: Form, loop: Loop) -> bool:
    """Whether a number is 0 for no value of a loop's variable, which is all that it is made of."""
    low, high = loop.low, loop.high
    if [m for m, _ in difference.terms] != [(loop.name,)] or low is None or high is None:
        return False
    factor = difference.terms[0][1]
    if abs(factor) != 1 or not low.is_constant:
        return False
    place = -difference.constant * factor  # where it is 0
    return place < low.constant or (high.is_constant and place >= high.constant)
