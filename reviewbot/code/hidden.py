"""Members that a class declares anew under the name of one of its base's: two objects, not one.

`class Base { std::mutex m; }; class Derived : Base { std::mutex m; };`: the methods of each lock
their own. The derived one's is called `Derived::m`.
"""

from __future__ import annotations

import functools

from tree_sitter import Node

from reviewbot.code.symbols import FileSymbols
from reviewbot.code.teamsizes import TeamSizes
from reviewbot.code.values import Path


class Hidden(TeamSizes):
    """Knows which members hide those of their bases."""

    @functools.cached_property
    def _hiding(self) -> dict[str, frozenset[str]]:
        return hiding(self.symbols) if self.symbols.bases else {}

    def member_name(self, kind: str, name: str) -> str:
        """What a path calls the member that this name means in a class: `Base::m` may too."""
        if "::" in name:
            kind, _, name = name.rpartition("::")
        if not self._hiding:
            return name
        for owner in self.symbols.lineage(self.symbols.struct(kind)):
            if name in self._hiding.get(owner, ()):
                return f"{owner}::{name}"
            if name in self.symbols.structs.get(owner, ()):
                return name
        return name

    def named_of(self, base: Path, argument: Node, name: str) -> str:
        """What a path calls the member that is asked for as `argument.name`."""
        if not self._hiding and "::" not in name:
            return name
        kind = self.this_class if argument.type == "this" else self.shape(base)[0]
        return self.member_name(kind, name)


def hiding(symbols: FileSymbols) -> dict[str, frozenset[str]]:
    """By class, the members of its own that have the name of a base's."""
    found = {}
    for owner in symbols.bases:
        own = symbols.structs.get(owner, {})
        bases = symbols.lineage(owner)[1:]
        others = [symbols.structs[b] for b in bases if b in symbols.structs]
        # what a header's class inherits may stand in it as well: the very same member
        names = [n for n in own if any(o.get(n, own[n]) != own[n] for o in others)]
        if names:
            found[owner] = frozenset(names)
    return found
