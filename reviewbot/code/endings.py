"""Walking the ends of objects: the destructor, then the members backwards, then the bases."""

from __future__ import annotations

import functools

from tree_sitter import Node

from reviewbot.code.foreign import Foreign
from reviewbot.code.state import MAX_STEPS
from reviewbot.code.values import Element, Path

MAX_PARTS = 4  # members of members, bases of bases


class Endings(Foreign):
    """Destructors are calls that nobody writes, of what an object is made of too."""

    @functools.cached_property
    def _ending(self) -> dict[str, bool]:
        return {}

    def ends_in_code(self, name: str, depth: int = 0) -> bool:
        """Whether the end of an object of a class runs code: a destructor's, or a thread's join."""
        known = self._ending.get(name)
        if known is None and depth < MAX_PARTS:
            members = self.symbols.structs.get(name, {}).values()
            own = [m for m in members if not (m.pointer or m.reference or m.static)]
            known = (
                "~" + name in self.symbols.functions
                or any("jthread" in m.type for m in own)
                or any(self.ends_in_code(self.symbols.struct(m.type), depth + 1) for m in own)
                or any(self.ends_in_code(b, depth + 1) for b in self.symbols.bases.get(name, ()))
            )
            self._ending[name] = known
        return bool(known)

    def destroy(self, name: str, node: Node | None) -> None:
        """The destructor of a local object: it often joins."""
        symbol = self.lookup(name)
        if symbol is not None and not self.flow.dead:
            self.stand_at(symbol)
            self.end_object(Path(symbol), self.symbols.struct(symbol.type), node)

    def end_object(self, place: Path, name: str, node: Node | None, depth: int = 0) -> None:
        """What the end of an object does, in its order."""
        self.steps += 1  # members of members grow as a power
        if self.steps > MAX_STEPS:
            self.give_up(node)
        elif depth <= MAX_PARTS and self.ends_in_code(name) and not self.flow.dead:
            self._end_parts(place, name, node, depth)

    def _end_parts(self, place: Path, name: str, node: Node | None, depth: int) -> None:
        at = node or self.parsed.root
        if "~" + name in self.symbols.functions:
            self.call_defined("~" + name, [], at, this=place)
        for member in reversed(self.symbols.structs.get(name, {}).values()):
            if member.pointer or member.reference or member.static or member.array:
                continue
            part = place.step(Element(member.name))
            if "jthread" in member.type:
                self.join_handle(self.key(part), node, whole=True)
            self.end_object(part, self.symbols.struct(member.type), node, depth + 1)
        for base in self.symbols.bases.get(name, ()):
            self.end_object(place, base, node, depth + 1)
