"""What a thread takes for itself as a whole, under a lock: a list, a buffer, a batch of work.

`lock(); mine = list; list = NULL; unlock();` and `lock(); batch.swap(pending); unlock();` leave
nobody else a way to what was there. Popping one element does: its `next` is still in the list.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.shared_calls import SharedCalls
from reviewbot.code.symbols import Symbol, is_container, is_smart
from reviewbot.code.unlinked import own
from reviewbot.code.values import ZERO, Element, Path, Value
from reviewbot.code.words import IDENTIFIER

_MOVE = re.compile(
    r"(?<![\w.>])(?P<name>[A-Za-z_]\w*)\s*=(?!=)\s*(?:\([\w\s]*\*+\s*\)\s*)?"
    r"(?:(?P<base>[A-Za-z_]\w*)(?:\s*->\s*\w+)*|0)\s*(?P<after>\S)"
)
_ANY_GAIN = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*=(?!=)")
_TAKES_ALL = re.compile(r"(?:std::)?(?:move|exchange)\s*\(\s*([\w.>-]+)\s*[,)]")
_PLACE = re.compile(r"[A-Za-z_][\w.>-]*")
_GONE = r"\s*(?:\.|->)\s*clear\s*\(\s*\)"
_PUTS = re.compile(  # functions out of sight, and GLib's
    r"(?:\A|_)(?:push|append|prepend|enqueue|insert)(?:_(?:head|tail|front|back|first|last|sorted))?\Z"
    r"|(?:\A|(?<=[a-z\d_]))(?:Push|Append|Prepend|Enqueue|Insert)(?:Head|Tail|Front|Back|Sorted)?\Z"
)
# Methods that take what another object has, by where that is given: `all.splice(all.end(), mine)`.
_CHANGES_GIVEN = {"swap": 0, "merge": 0, "splice": 1, "splice_after": 1}
_NULLS = frozenset({"NULL", "nullptr", ""})
_NAMED = frozenset({"identifier", "field_expression"})
_ROUNDS = 8  # links from one local to the next that are followed
_REACH = 20_000  # characters of a function that are looked through
_SOON = 400  # characters behind a copy within which what it was made from is cleared
Moves = dict[str, list[str]]


class Detached(SharedCalls):
    """Knows the locals through which nothing is reached but what their thread took."""

    @functools.cached_property
    def alone(self) -> set[int]:
        """Pointers that go along what was taken, containers that were swapped for a shared one."""
        return set()

    def _unlinked(self, node: Node, value: Value, _place: Path) -> Value:
        known = super()._unlinked(node, value, _place)
        target = known.target if _place.root.serial in self.alone else None
        return replace(known, target=self._out_of(target)) if target is not None else known

    def points(self, pointer: Symbol, value: Value) -> None:
        """Notice a pointer that begins with what was taken and goes nowhere else."""
        super().points(pointer, value)
        if value.target is None or value.target != self.whole:
            return
        walks = self._walkers.get(pointer.offset)
        if walks is None:
            text = self.text[pointer.offset : min(self.ends[0], pointer.offset + _REACH)]
            walks = self._walkers[pointer.offset] = _walks_on(text, pointer.name)
        if walks:
            self.alone.add(pointer.serial)

    @functools.cached_property
    def _walkers(self) -> dict[int, bool]:
        """Of local pointers, by where they are declared, whether they go nowhere else."""
        return {}

    def _point(self, variable: Symbol, name: str, marks: frozenset[str]) -> None:
        super()._point(variable, name, marks)
        value = variable.value
        if value is not None and value.target is not None and variable.serial in self.alone:
            variable.value = replace(value, target=own(value.target))

    def made_from(self, symbol: Symbol, start: Node) -> Value:
        """Of `auto job = batch.front()`, too: the pointer leads to what is the thread's own."""
        value = super().made_from(symbol, start)
        target = value.target if self.alone and not symbol.reference else None
        if target is None or target.root.serial not in self.alone or not target.elements:
            return value
        kind, pointer, array = self.shape(target)
        held = not array and (pointer or is_smart(kind))
        return replace(value, target=self._out_of(target.step(Element()))) if held else value

    def copied(self, node: Node | None) -> Value:
        """Of `Job *job = batch.front()` likewise."""
        value = super().copied(node)
        target = value.target if self.alone else None
        if target is None or node is None or node.type != "call_expression":
            return value
        inner = target.root.serial in self.alone and [e.form for e in target.elements]
        return (
            replace(value, target=self._out_of(target)) if inner and inner[1:] == [ZERO] else value
        )

    def _out_of(self, target: Path) -> Path:
        """What a pointer in a batch leads to: wherever it lay there, it is the taker's."""
        kind, pointer, array = self.shape(target)
        if len(target.elements) < 2 or pointer or array or not kind:
            return own(target)
        return own(Path(self._around(target.root, kind), (Element(),)))

    def _element_copied(self, symbol: Symbol, element: Path) -> None:
        super()._element_copied(symbol, element)
        if self.alone and element.root.serial in self.alone:
            kind, pointer, _ = self.shape(element)
            if pointer or is_smart(kind):
                symbol.value = Value(
                    target=self._out_of(element.step(Element())), marks=symbol.derived
                )

    def _bind(self, symbol: Symbol, value: Value, start: Node | None) -> None:
        super()._bind(symbol, value, start)
        if self.flow.locks and start is not None and self._takes_all(start):
            self._take(symbol)

    def _assignment_expression(self, node: Node) -> Value:
        value = super()._assignment_expression(node)
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if not (self.flow.locks or self.alone) or left is None or right is None:
            return value
        symbol = self.lookup(self._text(left)) if left.type == "identifier" else None
        if symbol is None or symbol.pointer:
            return value
        self.alone.discard(symbol.serial)
        if self._takes_all(right):
            self._take(symbol)
        return value

    def _outside(self, name: str, node: Node, nodes: list[Node]) -> Value:
        value = super()._outside(name, node, nodes)
        if name == "swap" and len(nodes) == 2:
            self._swapped(*nodes)
            self._swapped(*reversed(nodes))
        # Who asks for the answer may keep what was not taken.
        alone = node.parent is not None and node.parent.type == "expression_statement"
        if alone and len(nodes) > 1 and self.scope is not None and _PUTS.search(name):
            self._put_out_of_sight(nodes[0], nodes[1:])
        return value

    def _put_out_of_sight(self, container: Node, nodes: list[Node]) -> None:
        """`queue_push(jobs, job)`: who gets it from there finds what a local pointer leads to."""
        first = IDENTIFIER.search(self._text(container))
        around = self.lookup(first[0]) if first is not None else None
        if around is None or not (around.pointer or around.storage in ("global", "static")):
            return
        named = [self.lookup(self._text(n)) for n in nodes if n.type == "identifier"]
        for symbol in filter(None, named):
            record = self.symbols.struct(symbol.type) in self.symbols.structs
            if record and symbol.pointer == 1 and symbol.storage == "auto":
                self.publish(Path(symbol, (Element(),)), Path(around, (Element(),)))

    def _data_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        at = _CHANGES_GIVEN.get(method, len(nodes))
        named = at < len(nodes) and self._is_lvalue(nodes[at])
        if named and (method == "swap" or is_container(self.shape(place)[0])):
            self.changed(nodes[at])
        value = super()._data_method(method, place, node, nodes)
        function = node.child_by_field_name("function")
        owner = function.child_by_field_name("argument") if function is not None else None
        if method == "swap" and len(nodes) == 1 and owner is not None:
            self._swapped(owner, nodes[0])
            self._swapped(nodes[0], owner)
        return value

    def _swapped(self, mine: Node, other: Node) -> None:
        """A local has what the other had: its own, if it is a swap under a lock."""
        symbol = self.lookup(self._text(mine)) if mine.type == "identifier" else None
        if symbol is None or symbol.storage not in ("auto", "param"):
            return
        self.alone.discard(symbol.serial)
        if self._is_alone() and self._is_shared_place(other):
            self._take(symbol)

    def _take(self, symbol: Symbol) -> None:
        held = is_container(symbol.type) or is_smart(symbol.type) or symbol.pointer
        if held and not symbol.reference and symbol.storage in ("auto", "param"):
            self.alone.add(symbol.serial)

    def _takes_all(self, node: Node) -> bool:
        """Whether a container is moved out of a shared place, or copied and cleared, by a lock."""
        if not self.parsed.cpp or not self._is_alone():
            return False
        if match := _TAKES_ALL.match(self._text(node)[:200]):
            return self._is_shared_name(match[1])
        if node.type == "argument_list" and node.named_child_count == 1:
            return self._takes_all(node.named_children[0])
        if node.type not in _NAMED or not self._is_shared_place(node):
            return False
        gone = re.compile(re.escape(self._text(node)) + _GONE)
        found = gone.search(self.text, node.end_byte, min(node.end_byte + _SOON, self.ends[0]))
        return found is not None and self.is_held_until(node, found.start())

    def _is_shared_place(self, node: Node) -> bool:
        return node.type in _NAMED and self._is_shared_name(self._text(node))

    def _is_shared_name(self, text: str) -> bool:
        """Whether a place is no local of this thread's: a global, or some object's member."""
        first = re.split(r"[.>-]", text, maxsplit=1)[0]
        if not _PLACE.fullmatch(text):
            return False
        symbol = self.lookup(first)
        local = symbol is not None and symbol.storage in ("auto", "param")
        return not local or (symbol is not None and bool(symbol.pointer or symbol.reference))


def _walks_on(text: str, name: str) -> bool:
    """Whether a pointer is given something once, and else what is reached from there alone."""
    moves, gains = _moves(text), _ANY_GAIN.findall(text)
    known = {n: bases for n, bases in moves.items() if len(bases) == gains.count(n)}
    odd = gains.count(name) - len(moves.get(name, ()))  # given something that is no pointer's
    for _ in range(_ROUNDS):
        left = {n: b for n, b in known.items() if n == name or all(x in known for x in b)}
        left[name] = moves.get(name, [])
        if len(left) == len(known):
            break
        known = left
    return odd + sum(base not in known for base in moves.get(name, ())) <= 1


def _moves(text: str) -> Moves:
    """What each local is given that is another local, or reached through one."""
    found: Moves = {}
    for match in _MOVE.finditer(text):
        if match["after"] in ";,)" and (match["base"] or "") not in _NULLS:
            found.setdefault(match["name"], []).append(match["base"])
    return found
