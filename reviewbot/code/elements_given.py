"""Functions out of sight that are given an object and the turn's number: `fill(table, i)`.

What they write of the object is taken to be what the number names. By names that put something in,
`append(list, i)`, and where no number varies with the turn, they change the object as a whole.
"""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.events import REACHING_CALL
from reviewbot.code.setters import HELD, PLAIN, Setters
from reviewbot.code.symbols import is_container
from reviewbot.code.values import UNKNOWN, Element, Form, Path, Value

# What is done to an object with a number that names no element of it.
_TAKES_IN = re.compile(
    r"(?i)push|pop|insert|append|prepend|erase|remove|add|clear|resize|reserve|emplace|enqueue|accum"
    r"|sum|count|merge|reduce|combine|collect|total|log|print|read|write|send|next|swap"
)
_MOST = 8  # arguments
_NAMES = 50  # of objects that are looked for in the file


class ElementsGiven(Setters):
    """Knows which of the objects that a call changes by reference it changes in one element."""

    def given_values(self, name: str, nodes: list[Node], made: str = "") -> list[Value]:
        """The arguments of a function out of sight; what it may change of them is recorded too."""
        held = [i for i, n in enumerate(nodes) if n.type in HELD] if self.scope is not None else []
        changed = [index for index in held if self.changes(name, index, nodes)]
        within = [i for i in changed if self._by_turn(name, i, nodes)]
        if not within:
            values = self.read_given(made, nodes)
        else:
            values = [UNKNOWN if i in within else self.expr(n) for i, n in enumerate(nodes)]
        for index in changed:
            if index not in within or not self._set_in(name, nodes[index], values):
                self.changed(nodes[index])
        return values

    def _by_turn(self, name: str, index: int, nodes: list[Node]) -> bool:
        """Whether a number of a turn is given beside an object of a class."""
        if not (self.region and self.loops) or len(nodes) > _MOST or _TAKES_IN.search(name):
            return False
        place = self.place(nodes[index]) if nodes[index].type == "identifier" else None
        if place is None or not self.may_have_elements(place):
            return False
        names = {loop.name.partition("@")[0] for loop in self.loops} - {""}
        others = [n for i, n in enumerate(nodes) if i != index and n.type in PLAIN]
        return any(re.search(rf"\b{n}\b", self._text(o)) for n in names for o in others)

    def may_have_elements(self, place: Path) -> bool:
        """Whether a place is a container, or an object of a class, that is no atomic or lock."""
        kind, pointer, array = self.shape(place)
        known = is_container(kind) or self.symbols.struct(kind) in self.symbols.structs
        known = known or (bool(kind) and self._is_asked_for_parts(place.root.name))
        return not (pointer or array) and known and self.is_outer(place)

    def _is_asked_for_parts(self, name: str) -> bool:
        """Whether the file names something of an object whose class is out of sight."""
        known = self._asked_for_parts.get(name)
        if known is None and len(self._asked_for_parts) < _NAMES:
            named = re.compile(rf"\b{re.escape(name)}\s?(?:\.|\[|\()\s?\w")
            known = self._asked_for_parts[name] = named.search(self.text) is not None
        return bool(known)

    @functools.cached_property
    def _asked_for_parts(self) -> dict[str, bool]:
        return {}

    def read_given(self, name: str, nodes: list[Node]) -> list[Value]:
        """The arguments of a constructor (see objects.py)."""
        raise NotImplementedError

    def changed(self, node: Node) -> None:
        """An object that is changed as a whole (see objects.py)."""
        raise NotImplementedError

    def _set_in(self, name: str, node: Node, values: list[Value]) -> bool:
        """Record the write of the element that the turn's number names; False if none does."""
        given = [v for v in values if v.target is None and v.form is not None]
        numbers = self.numbers_of(given[:-1] if len(given) > 1 else given)
        place = self.place(node) if numbers else None
        if place is None:
            return False
        for part in self._parts_by(name, place, numbers):
            self.record(part, "write", node, via="call")
        self.note(f"call:{name}")
        self.note(REACHING_CALL)
        return True

    def _parts_by(self, name: str, place: Path, numbers: list[Form]) -> list[Path]:
        """The elements by that number of a container, or of what an object has."""
        steps = tuple([Element("", number) for number in numbers])
        own = Path(place.root, (*place.elements, Element(f"{name}()"), *steps), place.by)
        if len(numbers) > 1:
            return [own]
        parts = self.wholes.parts(place, written=True)
        first = len(place.elements)
        listed = [p for p in parts if [e.field for e in p.elements[first:]].count("") == 1]
        found = [
            Path(p.root, tuple([e if e.field else steps[0] for e in p.elements]), p.by)
            for p in listed
        ]
        return found or [own]
