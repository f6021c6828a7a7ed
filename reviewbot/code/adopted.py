"""Threads that change hands: made without a name, on the heap, or moved to who joins them.

`Joiner(std::thread t) : t_(std::move(t)) {}`, `crew.push_back(std::move(t));` and
`auto *t = new std::thread(work);` leave the thread to another handle than that which began it.
"""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.declarators import LISTS
from reviewbot.code.detached import Detached
from reviewbot.code.reach import same_handle
from reviewbot.code.symbols import Symbol, is_container, is_smart
from reviewbot.code.threads import THREAD_TYPES
from reviewbot.code.values import UNKNOWN, Element, Path, Value

_MOVED = re.compile(r"(?:std::)?move\s*\(\s*[\w.>-]+\s*\)")
_MADE_ON_HEAP = re.compile(r"(?:std::)?make_(?:unique|shared)\s*<\s*(?:std::)?j?thread\s*>\s*\(")
_THREAD = re.compile(r"(?:std::)?j?thread")
_NAME = re.compile(r"(\w+)\s*(?:<.*>)?\s*\Z", re.DOTALL)
_WAY = 4  # parameters through which a thread is handed on


class Adopted(Detached):
    """Knows which handle a thread is waited for by, whoever made it."""

    def start_thread(self, place: Path, start: Node) -> None:
        """A handle that is declared takes a thread over, or begins one."""
        kind, nodes = self.shape(place)[0], _given(start)
        if len(nodes) == 1 and (moved := self._moved_thread(nodes[0])):
            self._adopt(moved, self._handle(place))
            self._join_at_end(place, kind)
        elif is_smart(kind):
            self.made_on_heap(nodes[0] if nodes else None, place)
        elif is_container(kind) and not place.elements:
            for node in nodes:
                self.expr(node)
            self.name_handle(place.root)
            self._join_at_end(place, kind)
        else:
            super().start_thread(place, start)

    def _join_at_end(self, place: Path, kind: str) -> None:
        if "jthread" in kind and not place.elements:
            self.cleanups[-1].append(("join", self.key(place)))

    def _in_vector(self, node: Node, key: str) -> None:
        moved = self._moved_thread(node)
        if moved:
            self._adopt(moved, self._next_handle(key))
        elif self._names_thread(node):
            self._spawn(node, _given(node), handle=self._next_handle(key))
        elif node.type == "call_expression" and not THREAD_TYPES.search(self._text(node)[:40]):
            if self.makes_callable(node):
                self._spawn(node, _given(node.parent or node), handle=self._next_handle(key))
            else:
                self._begin_or_adopt(node, self._next_handle(key))
        else:
            super()._in_vector(node, key)

    def _begin_or_adopt(self, node: Node, handle: str) -> None:
        """What a call answers is a thread's work, `v.emplace_back(std::move(job), 3)`, or one."""
        value = self.expr(node)
        if value.closure is None and not value.function:
            self._adopt_unnamed(value, handle)
            return
        others = _given(node.parent)[1:] if node.parent is not None else []
        values = [self._thread_argument(n) for n in others]
        self._spawn_value(value, values, node, handle=handle, many=bool(self.loops))

    def _assignment_expression(self, node: Node) -> Value:
        value, right = super()._assignment_expression(node), node.child_by_field_name("right")
        if value.target is not None and value.target.root.serial in self.unnamed:
            place = self.place(node.child_by_field_name("left"))
            if place is not None and place.elements:  # a local knows what it was given
                self._adopt_unnamed(value, self._handle(place))
            return value
        moved = self._moved_thread(right) if right is not None else ""
        if right is None or not (moved or self._names_thread(right)):
            return value
        place = self.place(node.child_by_field_name("left"))
        if place is None or not THREAD_TYPES.search(self.shape(place)[0]):
            return value
        if not moved:
            return self._spawn(right, _given(right), handle=self._handle(place))
        if place.elements:
            self._adopt(moved, self._handle(place))
        return value

    def _compound_literal_expression(self, node: Node) -> Value:
        """`std::thread{work}` begins a thread as `std::thread(work)` does."""
        nodes = _given(node) if self._names_thread(node) else []
        if nodes:
            return self._spawn(node, nodes, handle="")
        return super()._compound_literal_expression(node)

    def _names_thread(self, node: Node) -> bool:
        kind = node.child_by_field_name("type") if node.type.startswith("compound_lit") else None
        return kind is not None and _THREAD.fullmatch(self._text(kind)) is not None

    def _spawn(self, node: Node, nodes: list[Node], *, handle: str) -> Value:
        """A thread that is returned, or given to what this file defines, has a handle there."""
        if handle or not self._is_given(node):
            return super()._spawn(node, nodes, handle=handle)
        made = Symbol("thread", "std::thread", "auto", node.start_byte, owner=self._own_serial())
        super()._spawn(node, nodes, handle=self.key(Path(made)))
        self.unnamed.add(made.serial)
        return Value(target=Path(made))

    @functools.cached_property
    def unnamed(self) -> set[int]:
        """Threads that are handed on before a variable names them."""
        return set()

    def _adopt_unnamed(self, value: Value, handle: str) -> None:
        if handle and value.target is not None and value.target.root.serial in self.unnamed:
            self._adopt(self.key(value.target), handle)

    def _bind(self, symbol: Symbol, value: Value, start: Node | None) -> None:
        """`auto t = start();` names the thread that a function has begun."""
        if value.target is None or value.target.root.serial not in self.unnamed:
            super()._bind(symbol, value, start)
            return
        symbol.type = "std::thread" if symbol.type == "auto" else symbol.type
        self.retype()
        self._adopt_unnamed(value, self.key(Path(symbol)))

    def _is_given(self, node: Node) -> bool:
        """Whether a value is returned, or an argument of what this file defines."""
        listed = node.parent
        if listed is not None and listed.type == "return_statement":
            return True
        if listed is None or listed.type not in LISTS or listed.parent is None:
            return False
        around = listed.parent
        if around.type == "init_declarator" and around.parent is not None:
            around = around.parent
        named = around.child_by_field_name("function") or around.child_by_field_name("type")
        match = _NAME.search(self._text(named)[-80:]) if named is not None else None
        return match is not None and match[1] in self.symbols.functions

    def made_from(self, symbol: Symbol, start: Node) -> Value:
        """What a constructor is given begins its threads once."""
        name = self.symbols.struct(symbol.type)
        plain = not (symbol.pointer or symbol.reference) and start.type in LISTS
        if plain and name in self.symbols.functions and THREAD_TYPES.search(self._text(start)):
            return UNKNOWN if self.worth_making(name) else super().made_from(symbol, start)
        return super().made_from(symbol, start)

    def made_on_heap(self, node: Node | None, place: Path) -> None:
        """`auto *t = new std::thread(work);` begins a thread whose handle is `*t`."""
        nodes = _given(node) if node is not None and self._makes_thread(node) else []
        if node is None or not nodes:
            super().made_on_heap(node, place)
            return
        self._spawn(node, nodes, handle=self.key(place.step(Element())))
        if node.type == "call_expression" or is_smart(place.root.type):
            self._join_at_end(place, self._text(node)[:60])

    def _makes_thread(self, node: Node) -> bool:
        if node.type == "new_expression":
            kind = node.child_by_field_name("type")
            return kind is not None and _THREAD.fullmatch(self._text(kind)) is not None
        return node.type == "call_expression" and _MADE_ON_HEAP.match(self._text(node)) is not None

    def _moved_thread(self, node: Node) -> str:
        """The handle that a thread had which is moved from here, "" if none is."""
        if node.type != "call_expression" or not _MOVED.fullmatch(self._text(node)[:100]):
            return ""
        place = self.place(_given(node)[0])
        for _ in range(_WAY):
            value = place.root.value if place is not None and not place.elements else None
            if value is None or value.target is None:
                break
            place = value.target
        if place is None or any(not e.field for e in place.elements):
            return ""
        kind, pointer, _ = self.shape(place)
        return "" if pointer or not THREAD_TYPES.search(kind) else self.key(place)

    def _adopt(self, old: str, new: str) -> None:
        """The threads of one handle, or of a whole container of such, are another's."""
        for party in self.scope.parties.values() if self.scope is not None else ():
            if party.handle and same_handle(party.handle, old):
                party.handle = new + party.handle.removeprefix(old)


def _given(node: Node) -> list[Node]:
    """What a call, a constructor or an initialiser is given."""
    listed = node.child_by_field_name("arguments") or node.child_by_field_name("value") or node
    return [c for c in listed.named_children if c.type != "comment"]
