"""Parts of tuples: `std::get<1>(results)` is a part of the object, and no copy."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.entries import Entries
from reviewbot.code.values import Element, Form, Path, Value

_GET = re.compile(r"(?:std\s*::\s*)get\s*<\s*([\w:\s*&]{1,60}(?:<[^<>]{0,60}>)?)\s*>\Z")
_PAIR = ("first", "second")


class Tuples(Entries):
    """Knows which part of an object `std::get` gives."""

    def _call_expression(self, node: Node) -> Value:
        function = node.child_by_field_name("function") if self.parsed.cpp else None
        part = _GET.match(self._text(function)[:140]) if function is not None else None
        listed = node.child_by_field_name("arguments") if part is not None else None
        if part is None or listed is None or listed.named_child_count != 1:
            return super()._call_expression(node)
        place = self.place(listed.named_children[0])
        if place is None:
            return super()._call_expression(node)
        return Value(target=self._got(place, "".join(part[1].split())), refers=True)

    def _got(self, place: Path, which: str) -> Path:
        kind = self.shape(place)[0]
        if "variant" in kind:  # its alternatives lie in one place
            return place.step(Element("value"))
        if "pair" in kind and which in ("0", "1"):
            return place.step(Element(_PAIR[int(which)]))
        if "array" in kind and which.isdigit():
            return place.step(Element("", Form((), int(which))))
        return place.step(Element(f"get{which}"))
