"""Classes that stand for a lock: given as a template's argument, and some that lock nothing."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.choices import Choices
from reviewbot.code.symbols import Function
from reviewbot.code.values import UNKNOWN, Path

_GIVEN = re.compile(r"(?:\w+\s*::\s*)*(\w+)\s*<([^<>]{0,200})>")
_PARAMETER = re.compile(r"\s*(?:class|typename)\s+(\w+)\s*(?:=\s*([\w:\s]+))?")
_LISTED = r"\btemplate\s*<([^<>;{{}}]{{0,200}})>\s*(?:class|struct)\s+{}\b"
_MAYBE_GUARD = re.compile(r"\boptional\s*<\s*(?:std\s*::\s*)?(?:lock_guard|\w+_lock)\b")
_PUTS = frozenset({"emplace", "reset"})
_METHODS = ("lock", "unlock")


class LockClasses(Choices):
    """Which class a lock is of, and whether it keeps anybody out."""

    def lock_methods(self, place: Path) -> list[Function]:
        """What a lock's class, if it is one of this code, does to take it and to give it back."""
        name = self._lock_class(place)
        if name not in self.symbols.structs:
            return []
        known = self.symbols.functions
        return [f for method in _METHODS for f in known.get(method, ()) if f.owner == name]

    def locks_nothing(self, place: Path) -> bool:
        """Whether taking a lock does nothing: `struct NoMutex { void lock() {} … };`."""
        methods = self.lock_methods(place) if self.parsed.cpp else []
        return bool(methods) and all(
            child.type == "comment" for method in methods for child in method.body.named_children
        )

    def guard_put_in(self, method: str, place: Path, kind: str, nodes: list[Node]) -> bool:
        """Whether this was `lk.emplace(m)` or `lk.reset()` of an `optional<lock_guard<…>> lk`."""
        if method not in _PUTS or place.elements or not _MAYBE_GUARD.search(kind):
            return False
        made = method == "emplace" and bool(nodes)
        self.regain(place.root, self.guard_made(kind, nodes) if made else UNKNOWN)
        return True

    def _lock_class(self, place: Path) -> str:
        """The class of a lock; where a template's parameter names it, what the object is made of.

        `std::lock_guard<M> g(mutex_)` in a method of `Ids<NoMutex> ids;` takes a `NoMutex`.
        """
        kind = self.symbols.struct(self.shape(place)[0])
        if kind in self.symbols.structs:
            return kind
        made = _GIVEN.fullmatch(self.symbols.types.get(place.root.type, place.root.type).strip())
        if made is None or not place.elements:
            return kind
        given = [part.strip() for part in made[2].split(",")]
        for at, (name, usual) in enumerate(self._parameters_of(made[1])):
            if name == kind:
                return self.symbols.struct(given[at] if at < len(given) and given[at] else usual)
        return kind

    def _parameters_of(self, name: str) -> list[tuple[str, str]]:
        """(name, what it is where nothing is given) of each parameter of a class template."""
        if name not in self._lists_given:
            found = re.search(_LISTED.format(re.escape(name)), self.text)
            parts = [_PARAMETER.match(part) for part in found[1].split(",")] if found else []
            self._lists_given[name] = [
                (p[1], (p[2] or "").strip()) if p else ("", "") for p in parts
            ]
        return self._lists_given[name]

    @functools.cached_property
    def _lists_given(self) -> dict[str, list[tuple[str, str]]]:
        return {}
