"""Algorithms of the library that call what they are given for each element of a range."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.declarators import is_reference
from reviewbot.code.effects import CHANGES_RANGE
from reviewbot.code.events import Loop
from reviewbot.code.library import FINDS
from reviewbot.code.symbols import is_container
from reviewbot.code.tasks import Tasks
from reviewbot.code.values import SEQ, UNKNOWN, Element, Path, Value, opaque
from reviewbot.code.words import words

# The last argument is called with an element of the range that the first ones tell.
_OVER = frozenset(words("for_each for_each_n all_of any_of none_of find_if find_if_not count_if"))
# With a policy, many threads call it; what it is given of the range is of each call's own.
_SHARED = _OVER.union(
    words(
        """transform transform_reduce generate generate_n reduce sort stable_sort partition
    remove_if replace_if copy_if inclusive_scan exclusive_scan min_element max_element unique"""
    )
)
_RANGES = re.compile(r"\branges::")
_JOIN = re.compile(r"\bj?thread::join\b")


class Algorithms(Tasks):
    """What is called for each element gets that element."""

    def _outside(self, name: str, node: Node, nodes: list[Node]) -> Value:
        if name == "operator=" and self.this is not None:  # `Base::operator=(other)` out of sight
            self.record(self.this, "write", node, via="method")
        if name in CHANGES_RANGE and self.parsed.cpp and nodes and self.scope is not None:
            self._changed_whole(node, nodes[0])
        if name not in _SHARED or not self.parsed.cpp or len(nodes) < 2 or self.scope is None:
            return super()._outside(name, node, nodes)
        if "execution::" in self._text(nodes[0]):
            return self._by_policy(name, node, nodes)
        function = node.child_by_field_name("function")
        whole = function is not None and _RANGES.search(self._text(function)) is not None
        if name not in _OVER:
            return super()._outside(name, node, nodes)
        first = self._first_of(nodes[0], whole=whole and len(nodes) == 2)
        if first is None:
            return super()._outside(name, node, nodes)
        for between in nodes[1:-1]:
            self.expr(between)
        self.loops.append(Loop(self.line(node), 0, False, "*"))
        self._for_each(first, nodes[-1], node)
        self.loops.pop()
        marks = first.marks | {"call"}
        if name in FINDS:  # an iterator
            found = Element("", opaque(f"{name}@{node.start_byte}", marks))
            return Value(target=Path(first.root, (*first.elements[:-1], found)), marks=marks)
        return Value(form=opaque(self._text(node)[:60], marks), marks=marks)

    def _changed_whole(self, node: Node, given: Node) -> None:
        """`std::ranges::sort(v)` writes the elements of what it is given."""
        function = node.child_by_field_name("function")
        if function is not None and _RANGES.search(self._text(function)):
            first = self._first_of(given, whole=True)
            if first is not None:
                self.record(first.onwards(), "write", given, via="call", whole=True)

    def _by_policy(self, name: str, node: Node, nodes: list[Node]) -> Value:
        """`std::for_each(std::execution::par, …)`: the calls are shared out among threads.

        The parse puts a directive before it (see execution_policies.py); serial policies have none.
        """
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.kind != "for":
            return super()._outside(name, node, nodes)
        first = self._first_of(nodes[1], whole=False) if name in _OVER else None
        for given in nodes[1:-1]:
            self.expr(given)
        self.loops.append(self.loop_over(None, node, shared=True))
        if first is not None:
            self._for_each(first, nodes[-1], node, frozenset({"pv"}))
        else:
            entry = self.expr(nodes[-1])
            self.run_here(entry, [UNKNOWN] * len(self._parameters(entry)), node)
        self.loops.pop()
        return Value(form=opaque(self._text(node)[:60], frozenset({"call"})))

    def _first_of(self, node: Node, *, whole: bool) -> Path | None:
        """The element with which a range begins: of a container, or where an iterator is."""
        if whole:
            place = self.place(node)
            kind, pointer, array = self.shape(place) if place is not None else ("", 1, 0)
            held = place is not None and (array or (is_container(kind) and not pointer))
            return place.step(Element()) if place is not None and held else None
        target = self.expr(node).target
        return target if target is not None and target.elements else None

    def _for_each(self, first: Path, given: Node, node: Node, marks: frozenset[str] = SEQ) -> None:
        """Walk a call with an element of the range; a copy of it is read at once."""
        turn = opaque(f"range@{node.start_byte}", first.marks | marks)
        around = first.elements[:-1] if not first.elements[-1].field else first.elements
        element = Path(first.root, (*around, Element("", turn)))
        if _JOIN.search(self._text(given)):
            self.join_handle(self.key(element), node, whole=True)
            return
        entry = self.expr(given)
        parameters = self._parameters(entry)
        if not parameters or not is_reference(parameters[0]):
            self.record(element, "read", given)
            values = [UNKNOWN]
        else:
            values = [Value(target=element, marks=element.marks)]
        if entry.closure is not None or entry.function in self.symbols.functions:
            self.run_here(entry, values, node)

    def _parameters(self, entry: Value) -> list[Node]:
        """The parameters of a lambda, or of a function of this file."""
        if entry.closure is None:
            versions = self.symbols.functions.get(entry.function, ())
            return list(versions[0].parameters) if versions else []
        declarator = entry.closure.node.child_by_field_name("declarator")
        listed = declarator.child_by_field_name("parameters") if declarator is not None else None
        return listed.named_children if listed is not None else []
