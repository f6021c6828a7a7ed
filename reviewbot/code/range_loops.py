"""Loops over the elements of something: `for (auto &x : xs)`."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.events import ITEM, Loop
from reviewbot.code.statements import Statements
from reviewbot.code.symbols import Symbol, is_growing, is_smart
from reviewbot.code.values import ZERO, Element, Form, Path, Value, opaque


class RangeLoops(Statements):
    """Walks loops whose variable is an element, or a copy of one."""

    def _do_for_range_loop(self, node: Node) -> None:
        self.range_loop(node, shared=False)

    def range_loop(self, node: Node, *, shared: bool) -> None:
        """`for (auto& x : xs)`: x stands for an element whose index is the loop's own."""
        self.push_scope(node)
        right = node.child_by_field_name("right")
        base = self.place(right)
        if base is not None and right is not None and is_growing(self.shape(base)[0]):
            self.record(base, "read", right, via="method")
        listed = list(self.symbols.declared(node, "auto"))
        for index, (symbol, _) in enumerate(listed):
            self.declare(symbol)
            symbol.once = True
            marks = frozenset({"pv" if shared else "seq"})
            if base is not None:
                step = Element("", opaque(f"{ITEM}{node.start_byte}", marks))
                target = self.element_of(base, step)
                target = self.part(target, index) if len(listed) > 1 else target
                if symbol.reference:
                    symbol.value = Value(target=target, marks=marks)
                else:
                    self.record(target, "read", right if right is not None else node)
                    symbol.derived = marks
                    self._element_copied(symbol, target)
        self.loops.append(self.loop_over(base, node, shared=shared))
        self._loop_body(node.child_by_field_name("body"), None, 0, self.order)
        self.loops.pop()
        self.pop_scope(node)

    def _element_copied(self, symbol: Symbol, element: Path) -> None:
        """`for (auto p : pointers)`: what p is, and where it leads."""
        kind, pointer, array = self.shape(element)
        if symbol.type != "auto" or not kind or array:
            return
        symbol.type, symbol.pointer = kind, pointer
        self.retype()
        if pointer or is_smart(kind):
            symbol.value = Value(target=element.step(Element()), marks=symbol.derived)

    def element_of(self, base: Path, step: Element) -> Path:
        """An element of what is looped over (see views.py)."""
        return base.step(step)

    def size_of(self, base: Path | None) -> Form | None:
        """How many elements there are to loop over, if that is known (see views.py)."""
        raise NotImplementedError

    def loop_over(self, base: Path | None, node: Node, *, shared: bool) -> Loop:
        """The record of a loop over all of something."""
        size = self.size_of(base)
        plain = Loop(self.line(node), 0, shared, "*")
        name = f"{ITEM}{node.start_byte}"
        if size is None and not shared:
            return replace(plain, name=name) if self.scope is not None else plain
        return replace(plain, name=name, step="1", low=ZERO, high=size, stride=Form((), 1))
