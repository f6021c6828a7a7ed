"""Numbers that something out of sight may have set: what they began with tells nothing."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator

from tree_sitter import Node

from reviewbot.code.block_ends import block_end
from reviewbot.code.effects import LEAVES_NUMBERS
from reviewbot.code.spans import Spans
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Value
from reviewbot.code.words import words

# What parentheses follow that call nothing: `if (n)`, `for (…; n)`.
_WORDS = frozenset(
    words(
        """if while for switch return sizeof catch decltype else do throw case co_return and or
    not"""
    )
)
# Read backwards from a parenthesis: a name, `std::` before it, or the type of what is made there.
_CALLED = re.compile(r"\(\s*(?P<name>\w*)(?P<std>::dts\b)?(?:\s+[*&]*(?P<type>>|\w*))?")
_STREAM = re.compile(r"[\w\s.:>*()-]*")  # `in >> a >> n`
_STREAMED = re.compile(r">>\s*([A-Za-z_]\w*)")
_READS = re.compile(r"(?i)scan|(?<!th)read|get|parse|query|recv|receive|bcast|comm_(?:size|rank)")
_ENDS = ";{}"
_OPENS = ("(", ",", "=", "*)")  # `f(&n)`, `f((void *)&n)`, but not `a & n`
MAX_USES = 24  # of one number; no more are looked at
MAX_BACK = 300  # characters from an argument back to the name of what is called


class NumbersGiven(Spans):
    """Knows that `int n = 0; scanf("%d", &n);` leaves n anything."""

    @functools.cached_property
    def _set_unseen(self) -> dict[int, bool]:
        """Of locals, by where they are declared."""
        return {}

    def may_be_set(self, symbol: Symbol) -> bool:
        """Whether a call or a stream may give a local another number in its block.

        `scanf("%d", &n)`, `in >> n` and, in C++, `option("-n", n)`, which may take a reference.
        """
        if symbol.storage != "auto" or symbol.constant:
            return False
        known = self._set_unseen.get(symbol.offset)
        if known is None:
            known = self._set_unseen[symbol.offset] = any(map(self._may_set, self._uses(symbol)))
        return known

    def _bind(self, symbol: Symbol, value: Value, start: Node | None) -> None:
        super()._bind(symbol, value, start)
        form, alone = value.form, self.party is None or self.party.kind == "main"
        if form is None or not form.is_constant or not alone or symbol.pointer or symbol.constant:
            return  # what threads are given by their own calls is followed (see outputs.py)
        streamed = self.parsed.cpp and symbol.name in self._streamed
        if (streamed or symbol.name in self._addressed) and any(
            self._may_set(use) and _is_read(use) for use in self._uses(symbol)
        ):
            symbol.value = None  # one number still, though nobody knows which

    @functools.cached_property
    def _streamed(self) -> frozenset[str]:
        return frozenset(_STREAMED.findall(self.text))

    def _uses(self, symbol: Symbol) -> Iterator[re.Match[str]]:
        """Where a local's address is taken, or it is an argument or behind `>>`."""
        start = symbol.offset + len(symbol.name)
        ways = r"&|>>|[(,]" if self.parsed.cpp else "&"
        used = re.compile(rf"({ways})\s*{symbol.name}\s*(?P<next>[^\w\s(\[])")
        found = used.finditer(self.text, start, block_end(self.text, start))
        return itertools.islice(found, MAX_USES)

    def _may_set(self, use: re.Match[str]) -> bool:
        before = _before(use)
        if use[1] == ">>":
            since = max(map(before.rfind, _ENDS))
            return _STREAM.fullmatch(before, since + 1) is not None
        by_name = use[1] != "&"
        if use["next"] not in ",)" if by_name else not before[:-1].rstrip().endswith(_OPENS):
            return False
        called = _caller(before)
        if called is None:
            return not by_name  # `int *p = &n;`
        name = called["name"][::-1]
        if name in LEAVES_NUMBERS or name in _WORDS:
            return False
        return not by_name or self._takes_reference(name, called)

    def _takes_reference(self, name: str, called: re.Match[str]) -> bool:
        """Whether a function may take its arguments by reference, or nobody knows."""
        kind = (called["type"] or "")[::-1]
        made = kind and kind not in _WORDS  # `std::vector<int> v(n)`
        if not name or made or called["std"]:
            return False
        versions = self.symbols.functions.get(name, ())
        return not versions or any("&" in self._text(p) for f in versions for p in f.parameters)


def _is_read(use: re.Match[str]) -> bool:
    """Whether a use sets a number from what is read or asked: by a stream, by the call's name."""
    if use[1] == ">>":
        return True
    called = _caller(_before(use)) if use[1] == "&" else None
    return called is not None and _READS.search(called["name"][::-1]) is not None


def _before(use: re.Match[str]) -> str:
    return use.string[max(use.start() - MAX_BACK, 0) : use.end(1)]


def _caller(before: str) -> re.Match[str] | None:
    """What is called with the argument that comes after a text; None if nothing is."""
    backwards, depth = before[::-1], 0
    for at, char in enumerate(backwards):
        depth += (char == ")") - (char == "(")
        if char in _ENDS:
            return None
        if depth < 0:
            return _CALLED.match(backwards, at)
    return None
