"""Methods out of sight that set one element of an object by numbers: `grid.set(x, y, value)`."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.symbols import is_atomic, is_container
from reviewbot.code.unknown_classes import UnknownClasses
from reviewbot.code.values import UNKNOWN, Element, Form, Path, Value

_SETS = re.compile(
    r"(?:(?P<adds>[Aa]dd)|[Ss]et|[Pp]ut)(?:_?(?:[Vv]al(?:ue)?|[Pp]ixel|[Ee]lem(?:ent)?|[Ee]ntry"
    r"|[Cc]ell|[Ii]tem|[Cc]oeff|[Aa]t)|(?P<bare>_?[Nn]o_?[Dd]ata))?"
)
# A class that has one of these is a container, or is made like one.
_GROWS = re.compile(
    r"(?:(?:[Pp]ush|[Ee]mplace|[Pp]op)_?(?:[Bb]ack|[Ff]ront)|[Ii]nsert|[Ee]mplace|[Ee]rase"
    r"|[Aa]ppend|[Pp]repend|[Rr]emove(?=[ALF]))(?:At|Last|First|Sort)?"
)
HELD = frozenset({"identifier", "field_expression", "subscript_expression"})
PLAIN = frozenset({"identifier", "number_literal", "binary_expression"})
_SAFE = re.compile(
    r"(?i)atomic|concurrent|lock|mutex|sync|thread|safe"
)  # classes that see to it themselves
MAX_NUMBERS = 6  # of one element


class Setters(UnknownClasses):
    """A method named so writes the element whose numbers a loop of the region counts."""

    def set_through(self, method: str, node: Node, owner: Node, nodes: list[Node]) -> None:
        """Likewise through a pointer by an unknown name: `SharedGrid g; g->set(x, y, value)`."""
        named = _SETS.fullmatch(method) if self.region and self.loops and nodes else None
        place = self.place(owner) if named is not None and owner.type in HELD else None
        if place is not None and all(n.type in PLAIN for n in nodes[:-1]):
            given = [self.expr(n) if n.type in PLAIN else UNKNOWN for n in nodes]
            self.set_by_numbers(method, place, node, given)

    def set_by_numbers(self, method: str, place: Path, node: Node, given: list[Value]) -> bool:
        """Record what an unseen method of an unseen class sets, if that is one element."""
        named = _SETS.fullmatch(method) if self.region and self.loops and given else None
        if named is None or not self._is_unseen_grid(place):
            return False
        numbers = self.numbers_of(given if named["bare"] else given[:-1])
        if numbers:
            within = place.step(Element(f"{method}()"))
            for number in numbers:
                within = within.step(Element("", number))
            self.record(within, "update" if named["adds"] else "write", node, via="method")
        return bool(numbers)

    def done_by(self, method: str, kind: str) -> str:
        """How a method touches an object of a class out of sight: the library's names tell."""
        grows = self.region and _GROWS.fullmatch(method) and not _SAFE.search(kind)
        return (
            "update" if grows and self.symbols.struct(kind) not in self.symbols.structs else "read"
        )

    def _is_unseen_grid(self, place: Path) -> bool:
        """Whether a place is an object from outside the region, of a class that nobody knows."""
        return self.is_outer(place) and not is_container(self.shape(place)[0])

    def is_outer(self, place: Path) -> bool:
        """Whether an object is from outside the region, and of no class that sees to it itself."""
        kind, root = self.shape(place)[0], place.root
        safe = is_atomic(kind) or _SAFE.search(kind)
        return not safe and not (root.storage == "auto" and root.region == self.region)

    def numbers_of(self, given: list[Value]) -> list[Form]:
        """What arguments number, if a loop around counts one of them; else nothing."""
        if len(given) > MAX_NUMBERS:
            return []
        if any(value.target is not None or value.form is None for value in given):
            return []
        loops = {loop.name for loop in self.loops}
        numbers = [value.number for value in given]
        return numbers if any(loops & number.names for number in numbers) else []
