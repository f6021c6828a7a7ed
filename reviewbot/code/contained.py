"""Objects in containers: what those point to that are put there.

After `shops.emplace_back(stock)` in a loop all elements refer to one stock, which `shops[i].sell()`
changes; after `shops.emplace_back(stocks[i])` each refers to one of its own.
"""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.functors import Functors
from reviewbot.code.symbols import Symbol, is_container, is_smart
from reviewbot.code.values import Element, Path, Value, element_type, opaque

_EMPLACES = frozenset({"emplace_back", "emplace_front", "emplace", "emplace_after"})
_PUTS = _EMPLACES | {"push_back", "push_front", "push"}
_GIVEN = re.compile(r"\s*[={(]")
_MOST = 20  # members of a class that are followed into a container


class Contained(Functors):
    """Elements refer to what they were made with, while that is one thing for all of them."""

    def emplaced(self, method: str, place: Path, node: Node, given: list[Value]) -> None:
        """A container makes or takes an element of a class that is defined here."""
        kind = self.shape(place)[0]
        if method not in _PUTS or self.scope is None or not is_container(kind):
            return
        kind, listed = element_type(kind), node.child_by_field_name("arguments")
        nodes = [n for n in listed.named_children if n.type != "comment"] if listed else []
        name, element = self.symbols.struct(kind), place.step(Element("", opaque("element")))
        if is_smart(kind):
            name, element = self.symbols.struct(element_type(kind)), element.step(Element())
        made = self._element_made(method, name, node, nodes, given)
        if made is not None:
            self._refers_alike(made, element, name)

    def _element_made(
        self, method: str, name: str, node: Node, nodes: list[Node], given: list[Value]
    ) -> Path | None:
        """The object that becomes an element: one that is given, or made of what is given."""
        if name not in self.symbols.structs or not nodes:
            return None
        if len(given) == 1 and (made := self._given_object(name, nodes[0], given[0])):
            return made
        if method in _EMPLACES and name in self.symbols.functions and self.worth_making(name):
            return self.make_object(name, nodes, node).target
        return None

    def _given_object(self, name: str, node: Node, value: Value) -> Path | None:
        """The object of the element's class that an argument names or makes."""
        if node.start_byte in self.made_nameless:
            return self.made_nameless[node.start_byte]
        if node.type == "initializer_list" and name not in self.symbols.functions:
            made = Path(Symbol(name, name, "auto", node.start_byte, owner=self._own_serial()))
            self.store_fields(made, node)
            return made
        record = self.listed_record(node)
        target = record.target if record is not None else value.target
        if target is None and node.type == "identifier":
            target = self.place(node)
        if target is None or self.symbols.struct(self.shape(target)[0]) != name:
            return None
        return target

    def _refers_alike(self, made: Path, element: Path, name: str) -> None:
        """The elements' members lead where those of each new one do; to several things nowhere."""
        for field in self._leading_members(name):
            known = self.stored(made.step(Element(field)))
            member = element.step(Element(field))
            if known is not None and self._is_one_for(known, element):
                self.store(member, known)
            else:
                self.stores[self.key(member)] = None

    def _is_one_for(self, value: Value, element: Path) -> bool:
        """Whether a member leads to one thing for as long as its container lives."""
        target = value.target
        if target is None or any(not e.field and e.form.terms for e in target.elements):
            return False
        root, holder = target.root, element.root
        if root is holder or root.storage in ("global", "static"):
            return root is holder or not root.pointer
        if root.pointer and not (root.once and self._begins(root)):
            return False
        deep = max(root.turns, len(self.made_in.get(root.serial, ())))
        return holder.storage == "auto" and deep <= max(holder.turns, 0)

    def _begins(self, pointer: Symbol) -> bool:
        """Whether a pointer leads somewhere from its declaration on, not from a later turn."""
        end = pointer.offset + len(pointer.name)
        return pointer.storage == "param" or _GIVEN.match(self.text, end, end + 80) is not None

    def _leading_members(self, name: str) -> tuple[str, ...]:
        """The members of a class that refer or point to other objects."""
        known = self._leads_by.get(name)
        if known is None:
            members = list(self.symbols.structs.get(name, {}).values())[:_MOST]
            leads = [m for m in members if not m.static and (m.reference or m.pointer == 1)]
            known = self._leads_by[name] = tuple([m.name for m in leads if not m.array])
        return known

    @functools.cached_property
    def _leads_by(self) -> dict[str, tuple[str, ...]]:
        return {}

    @functools.cached_property
    def made_nameless(self) -> dict[int, Path]:
        """Objects that `make_unique` and its like make for what takes them, by their place."""
        return {}
