"""Where the answer of a tried lock is kept, and which conditions ask for it.

`TryGuard(std::mutex &m) : owns(m.try_lock()) {}` keeps it in a member; `if (!guard.taken())`,
`if (!guard)` and `bool got = lk.owns_lock(); if (!got)` ask for it.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.functions import Functions
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Value

_GIVES = re.compile(
    r"\b(operator\s+bool|[A-Za-z_]\w*)\s*\(\s*\)\s*(?:const\b\s*)?(?:noexcept\b\s*)?(?:override\b\s*)?"
    r"\{\s*return\s+(?:this\s*->\s*)?([A-Za-z_]\w*)\s*;\s*\}"
)
_METHOD = re.compile(r"([A-Za-z_]\w*)\s*(?:\.|->)\s*([A-Za-z_]\w*)\s*\(\s*\)")
_ASKS = re.compile(r"(?:bool\s*)?[({]?\s*([A-Za-z_]\w*)(?:\s*\.\s*owns_lock\s*\(\s*\))?\s*[)}]?")
_WHOLE = re.compile(r"(?<![\w.>])[A-Za-z_]\w*\b(?!\s*(?:\.|->|\())")
_TRUTH = "operator bool"


class Answers(Functions):
    """Knows the names under which the answer of a try is asked for."""

    def told_by(self, name: Node) -> str:
        """What takes an answer: a variable, or a member of the object whose method runs."""
        text = self._text(name).removeprefix("this->")
        own = self.this if self.lookup(text) is None else None
        return f"{own.root.name}.{text}" if own is not None and not own.elements else text

    def asked_of(self, condition: str) -> set[str]:
        """The names of which a condition asks, the members that its calls give among them."""
        names = super().asked_of(condition)
        found = {f"{self.this.root.name}.{n}" for n in names} if self.this is not None else set()
        if self._giving:
            for owner, method in _METHOD.findall(condition):
                found |= {f"{owner}.{member}" for member in self._giving.get(method, ())}
            for owner in _WHOLE.findall(condition):
                found |= {f"{owner}.{member}" for member in self._giving.get(_TRUTH, ())}
        return names | found

    @functools.cached_property
    def _giving(self) -> dict[str, set[str]]:
        """The members that methods do nothing but give, by the methods' names."""
        found = defaultdict[str, set[str]](set)
        for method, member in _GIVES.findall(self.text) if self.parsed.cpp else ():
            found[" ".join(method.split())].add(member)
        return dict(found)

    def _bind(self, symbol: Symbol, value: Value, start: Node | None) -> None:
        """`bool got = lk.owns_lock();` keeps what the guard would say."""
        super()._bind(symbol, value, start)
        asked = (
            _ASKS.fullmatch(self._text(start)) if start is not None and self.flow.locks else None
        )
        if asked is None or symbol.pointer or symbol.reference:
            return
        for key, lock in self.flow.locks.items():
            name, _, success = lock.when.partition("=")
            if name == asked[1] and not lock.certain:
                self.flow.locks[key] = replace(lock, when=f"{symbol.name}={success}")
