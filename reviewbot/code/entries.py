"""Entries of maps and pointers in containers: `it->second->n++`, `jobs.front()->n++`."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.adopted import Adopted
from reviewbot.code.symbols import is_smart
from reviewbot.code.values import Element, Path

_MAP = re.compile(r"\bmap\b|_map\b")
_GIVES_ELEMENT = re.compile(r"(?:\.|->)\s*(?:at|front|back|top)\s*\([^()]{0,60}\)\Z")


class Entries(Adopted):
    """An element of a map is the value that it holds for a key."""

    def _field(self, node: Node) -> Path | None:
        place = super()._field(node)
        if place is None or len(place.elements) < 2 or place.elements[-1].field != "second":
            return place
        around = Path(place.root, place.elements[:-2])
        entry = not place.elements[-2].field and _MAP.search(self.shape(around)[0]) is not None
        return Path(place.root, place.elements[:-1], place.by) if entry else place

    def followed(self, node: Node) -> Path | None:
        """Where a pointer leads that a container gives: not to where it lies in there."""
        place = super().followed(node)
        if place is None or not place.elements or node.type != "call_expression":
            return place
        if place.elements[-1].field or not _GIVES_ELEMENT.search(self._text(node)[-80:]):
            return place
        kind, pointer, array = self.shape(place)
        if array or not (pointer or is_smart(kind)):
            return place
        self.record(place, "read", node)
        known = self.stored(place)
        return known.target if known is not None and known.target else place.step(Element())
