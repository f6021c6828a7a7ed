"""Walking what happens to objects of the file's classes: made, ended, assigned, swapped."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.foreign import Foreign
from reviewbot.code.symbols import Function, Symbol
from reviewbot.code.values import UNKNOWN, Element, Path, Value
from reviewbot.code.words import IDENTIFIER

_GIVES_BACK = re.compile(
    r"(?i)unlock\w*\s*\(|unset_(?:nest_)?lock\s*\(|\brelease\s*\(|\bleave\w*\s*\("
)


class Objects(Foreign):
    """Constructors, destructors and assignment operators are calls that nobody writes."""

    def construct_object(self, symbol: Symbol, start: Node | None) -> None:
        """Walk a constructor that starts threads, and plan the destructor."""
        name = self.symbols.struct(symbol.type)
        if self.scope is None:
            return
        nodes = (
            [c for c in start.named_children if c.type != "comment"] if start is not None else []
        )
        self.stand_at(symbol)
        locks = self._locks(name)
        worth = locks or self.makes_threads(name) or self._counts(name)
        if name in self.symbols.functions and worth:
            self.call_defined(
                name,
                self._given(name, nodes),
                start or self.parsed.root,
                this=Path(symbol),
            )
        end = "~" + name
        kept = locks or self.scope.kind == "threads" or self._counts(end)
        if end in self.symbols.functions and kept:
            self.cleanups[-1].append(("destroy", symbol.name))

    def destroy(self, name: str, node: Node | None) -> None:
        """The destructor of a local object: it often joins."""
        symbol = self.lookup(name)
        if symbol is not None and not self.flow.dead:
            self.stand_at(symbol)
            self.call_defined(
                "~" + self.symbols.struct(symbol.type),
                [],
                node or self.parsed.root,
                this=Path(symbol),
            )

    def _locks(self, name: str) -> bool:
        """Whether objects of a class hold a lock as long as they live."""
        ends = self.symbols.functions.get("~" + name, [])
        return any(_GIVES_BACK.search(self._text(f.body)) for f in ends)

    def _given(self, name: str, nodes: list[Node]) -> list[Value]:
        """A constructor's arguments; `Guard g(m);` reads as a function with a type `m`."""
        if not any(node.type == "parameter_declaration" for node in nodes):
            return self._arguments(name, nodes)
        places = [self._guard_place(node) for node in nodes]
        return [self._at(place) if place is not None else UNKNOWN for place in places]

    def _at(self, place: Path) -> Value:
        """An object handed over: a pointer's or an array's elements, else the object itself."""
        _, pointer, array = self.shape(place)
        return Value(target=place.step(Element()) if (pointer or array) else place)

    def _arguments(self, name: str, nodes: list[Node]) -> list[Value]:
        """The arguments of a call into this file (see calls.py)."""
        raise NotImplementedError

    def _counts(self, name: str) -> bool:
        """Whether a constructor or destructor reaches what all objects of the program share."""
        owner = name.lstrip("~")
        members = self.symbols.structs.get(owner, {}).values()
        shared = {member.name for member in members if member.static} | set(self.symbols.globals)
        bodies = [self._text(f.body) for f in self.symbols.functions.get(name, [])]
        return any(not shared.isdisjoint(IDENTIFIER.findall(body)) for body in bodies)

    def assign_object(self, left: Node | None, right: Node | None, node: Node) -> bool:
        """Walk the assignment operator that a class defines; False if it has none."""
        if left is None or right is None:
            return False
        name = "operator" + self.text[left.end_byte : right.start_byte].strip()
        if name not in self.symbols.functions:
            return False
        place = self.place(left)
        kinds = self.symbols.lineage(self.symbols.struct(self.shape(place)[0])) if place else ()
        if place is None or not any(f.owner in kinds for f in self.symbols.functions[name]):
            return False
        self.call_defined(name, [self.argument(right)], node, this=place)
        return True

    def changed(self, node: Node) -> None:
        """An object that a function of the library is given to change, by reference."""
        place = self.place(node)
        if place is not None:
            self.record(place, "update", node)

    def _has_method(self, kind: str, method: str) -> bool:
        """Whether a method of this file may be meant: one of the type's own, or of an unknown's."""
        struct = self.symbols.struct(kind)
        owners = {f.owner for f in self._versions(method, struct) if f.owner}
        unknown = not kind or kind == "auto" or struct in self.symbols.structs
        return bool(owners) and (struct in owners or unknown)

    def makes_threads(self, name: str) -> bool:
        """Whether the function, or one it calls, creates or joins threads (see analyse.py)."""
        raise NotImplementedError

    def _versions(self, name: str, owner: str | None = None) -> list[Function]:
        """Functions that a call may mean (see calls.py)."""
        raise NotImplementedError
