"""Locals of classes out of sight: made of nothing or of numbers, they hold what is theirs."""

from __future__ import annotations

import functools
import re

from reviewbot.code.block_ends import MAX_SIZE, block_end
from reviewbot.code.getters import Getters
from reviewbot.code.outputs import is_number
from reviewbot.code.symbols import Symbol, is_atomic, is_container, is_smart
from reviewbot.code.values import Path

_EMPTY = re.compile(r"\s*[;,]")
# Where a variable is given on, or gets what others have: by its address, as an argument, by `=`.
_GIVEN_ON = (
    r"[(,={{]\s*{name}\s*[),;}}]|&\s*{name}\b(?!\s*[.\[])|\b{name}\s?\.\s?\w+\s?=(?!=)"
    r"|\breturn\b[^;]*\[[^;]*&"  # a lambda may outlive it
)
_ASKED = r"\b{name}\s?\.\s?\w+\s?\(([^()]{{0,80}})(\)?)"  # a method: `v.attach(all)`
_RETURNED = re.compile(r"\breturn\b[^;{}]*$")
_BEFORE = 200  # characters of a statement before a name


class UnknownClasses(Getters):
    """`Vec v; v[0] = x;`: an element of the thread's own vector, whatever class that is."""

    def _fresh(self, path: Path) -> bool:
        return super()._fresh(path) or (self.parsed.cpp and self._holds(path))

    def _holds(self, path: Path) -> bool:
        """Whether a path leads to what a local itself holds: by its members, and one subscript."""
        root, party = path.root, self.party
        if root.storage != "auto" or root.pointer or root.reference or root.array or root.rule:
            return False
        if party is None or not path.elements or root.region != self.region:
            return False
        own = root.owner == party.serial and bool(self.region or party.kind == "thread")
        if not own or len([e for e in path.elements if not e.field]) != 1:
            return False
        return self._holds_own(root) and self.sharing(path) == "pointee"  # by no task, inner team

    def _holds_own(self, root: Symbol) -> bool:
        known = self._held_alone.get(root.offset)
        if known is None:
            known = self._held_alone[root.offset] = self._begins_alone(root)
        return known

    @functools.cached_property
    def _held_alone(self) -> dict[int, bool]:
        """Of locals, by where they are declared: whether each leads to nothing of others."""
        return {}

    def _begins_alone(self, root: Symbol) -> bool:
        kind, start = self.symbols.types.get(root.type, root.type), root.offset + len(root.name)
        known = is_container(kind) or is_smart(kind) or is_atomic(kind)
        known = known or self.symbols.struct(kind) in self.symbols.structs
        if known or not kind or kind == "auto" or is_number(root, self.symbols.types):
            return False
        if _EMPTY.match(self.text, start) is None and not self._made_alone(root):
            return False
        end = block_end(self.text, start)
        if end - start == MAX_SIZE or self.gets(root, end):
            return False
        return not self._is_given_on(root.name, start, end)

    def _is_given_on(self, name: str, start: int, end: int) -> bool:
        given = re.compile(_GIVEN_ON.format(name=name))
        for match in given.finditer(self.text, start, end):
            before = self.text[max(match.start() - _BEFORE, 0) : match.start() + 1]
            if "&" in match[0] or _RETURNED.search(before) is None:
                return True
        asked = re.compile(_ASKED.format(name=name)).finditer(self.text, start, end)
        return any(not match[2] or not self._are_numbers(match[1]) for match in asked)
