"""What threads made in a loop share by what their lambdas capture by reference."""

from __future__ import annotations

import re

from reviewbot.code.creations import Chosen
from reviewbot.code.events import ITEM, Loop, Party
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import SEQ, remark
from reviewbot.code.words import IDENTIFIER

_ITEM = re.compile(rf"{re.escape(ITEM)}\d{{1,12}}")
_ALL = re.compile(r"\[\s*&\s*[],]")
_ONE = re.compile(r"&\s*([A-Za-z_]\w*)\s*(?=[],])")


class Captured(Chosen):
    """Knows which captured references are bound anew for each thread."""

    def bound_in_turn(self, header: str, text: str, party: Party) -> dict[str, Symbol]:
        """`for (auto &x : xs) ts.emplace_back([&x] { … });`: each thread has another element.

        To capture a reference by reference is to refer to what it was bound to.
        """
        loop, inner = party.loop, dict[str, Symbol]()
        if not party.many or loop is None:
            return inner
        names = IDENTIFIER.findall(text) if _ALL.match(header) else _ONE.findall(header)
        for name in dict.fromkeys(names):
            symbol = self.lookup(name)
            if symbol is None or symbol.value is None or not self._rebound_by(symbol, loop):
                continue
            value = remark(symbol.value, SEQ, "targ")
            inner[name] = Symbol(name, symbol.type, "auto", symbol.offset, value=value, once=True)
            inner[name].reference, inner[name].owner = True, party.serial
        return inner

    def _rebound_by(self, symbol: Symbol, loop: Loop) -> bool:
        """Whether a reference is bound in each turn of a loop, to what its variable tells."""
        target = symbol.value.target if symbol.value is not None else None
        if not symbol.reference or symbol.pointer or symbol.array or target is None:
            return False
        names = {n for e in target.elements if not e.field for n in e.form.names}
        if not loop.name:  # over what has an unknown size
            return any(self._item_of(name) == loop.line for name in names)
        return loop.name in names and (loop.name.startswith(ITEM) or self._in_turn(symbol, loop))

    def _item_of(self, name: str) -> int:
        """The line of the range loop that gives this number to its elements, 0 of another."""
        return self.line_at(int(name.removeprefix(ITEM))) if _ITEM.fullmatch(name) else 0
