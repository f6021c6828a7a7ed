"""Which way an `if` goes, where what the function was called with settles it."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.conditions import settled
from reviewbot.code.leaving import Leaving
from reviewbot.code.modes import asked_flag, is_never_set
from reviewbot.code.values import Path, Value
from reviewbot.code.words import IDENTIFIER

_NAMED = {"true": 1, "false": 0, "null": 0, "nullptr": 0, "NULL": 0}
_LOCKS = ("lock", "mutex", "mtx", "critical")
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".C", ".c++")
_FLAGS = 32  # of one file that are looked for in the whole of it
_LARGEST = 1000  # characters of an `if` that is about locks and little else
_LONGEST = 120  # characters of a condition; longer ones ask for more than one argument


class Arguments(Leaving):
    """`put(q, x, true)`: what is done `if (locked)` and what is done otherwise."""

    def way(self, node: Node) -> bool | None:
        """Whether the condition of an `if` about locks is true, if constants passed here settle it.

        Other ways are all walked: callers that are not seen here may pass something else.
        """
        condition = node.child_by_field_name("condition")
        if condition is None or condition.start_byte >= self.own:
            return None
        if node.end_byte - node.start_byte > _LARGEST or not _speaks_of_locks(self._text(node)):
            return None
        text = self._text(condition)
        if len(text) > _LONGEST or not any(map(self._is_told, IDENTIFIER.findall(text))):
            return None
        if self._repeats(self.function.rpartition("::")[2]):
            return None  # other calls of the function, within it, are not walked
        number = settled(text, self._told_number)
        return None if number is None else bool(number)

    def asks_never_set(self, node: Node) -> bool:
        """Whether an `if` about locks asks for a flag of this file that nothing in it ever sets."""
        condition = node.child_by_field_name("condition")
        short = node.end_byte - node.start_byte <= _LARGEST
        if condition is None or not short or not _speaks_of_locks(self._text(node)):
            return False
        flag = asked_flag(self._text(condition))
        if flag is None or not self.parsed.path.endswith(_SOURCES):
            return False  # a header's types are of other files too
        if flag not in self._never_set:
            known = len(self._never_set) < _FLAGS
            self._never_set[flag] = known and is_never_set(
                self.text[: self.own], flag[0], member=flag[1]
            )
        return self._never_set[flag]

    @functools.cached_property
    def _never_set(self) -> dict[tuple[str, bool], bool]:
        return {}

    def _is_told(self, name: str) -> bool:
        """Whether a name is a parameter that keeps the value it was called with."""
        symbol = self.lookup(name)
        if symbol is None or symbol.storage != "param" or symbol.value is None:
            return False
        return symbol.once and not symbol.reference and name not in self._addressed

    def _told_number(self, name: str) -> int | None:
        symbol = self.lookup(name) if self._is_told(name) else None
        if symbol is not None:
            return _number(symbol.value)
        form = self.macro_number(name)
        return form.constant if form is not None and form.is_constant else _NAMED.get(name)

    @functools.cached_property
    def _repeating(self) -> dict[str, bool]:
        return {}

    def _repeats(self, name: str) -> bool:
        """Whether a function names itself."""
        known = self._repeating.get(name)
        if known is None:
            bodies = [self._text(f.body) for f in self.symbols.functions.get(name, ())]
            itself = re.compile(rf"\b{re.escape(name)}\b")
            known = self._repeating[name] = any(itself.search(body) for body in bodies)
        return known


def _number(value: Value | None) -> int | None:
    """The number that an argument is; the address of a variable is true."""
    if value is None:
        return None
    if value.target is not None:
        return 1 if _is_there(value.target) else None
    if value.form is None or value.form.is_constant:
        return value.form.constant if value.form is not None else None
    names = value.form.names
    alone = len(names) == 1 and not value.form.constant
    return _NAMED.get(next(iter(names))) if alone else None


def _is_there(target: Path) -> bool:
    """Whether a place is a variable's or a part of it: no pointer to it is null."""
    if target.root.pointer or target.root.reference or target.root.storage == "this":
        return False
    return bool(target.root.array) or all(e.field for e in target.elements)


def _speaks_of_locks(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in _LOCKS)
