"""Walking promises and futures: what is waited for, what runs where, and what is bound before."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.code.events import Sync
from reviewbot.code.successors import Successors
from reviewbot.code.symbols import Symbol, is_container
from reviewbot.code.values import (
    OPEN,
    UNKNOWN,
    ZERO,
    Closure,
    Element,
    Path,
    Value,
    bind,
    element_type,
    opaque,
)

_POINTEE = re.compile(r"^(?:std::)?(?:shared_ptr|unique_ptr)\s*<(.+)>$|^(.+?)\s*\*$")
_PLACEHOLDER = re.compile(r"(?:std::)?(?:placeholders::)?_[1-9]")
MAX_HANDED = 8  # hands that a promise or its future goes through
_ENDS = frozenset({"front", "back"})
_TIMED = frozenset({"wait_for", "wait_until"})
_WITHIN = frozenset({"parenthesized_expression", "binary_expression", "condition_clause"})
_LATE = re.compile(r"==[\s\w:]*\btimeout\b|!=[\s\w:]*\bready\b")
_LEAVES = re.compile(r"\b(?:return|throw|goto|break|continue|get|wait|exit|abort|terminate)\b")


class Futures(Successors):
    """A promise and its futures are one channel, however they are copied and moved."""

    @functools.cached_property
    def deferred(self) -> dict[str, tuple[Value, list[Value]]]:
        """Calls that whoever waits for a future makes, by the future's name and place."""
        return {}

    @functools.cached_property
    def fulfilled(self) -> dict[str, Value | None]:
        """The pointer that each promise was given, None if several."""
        return {}

    def channel(self, place: Path) -> Path:
        """The promise behind a future, or behind a promise that was moved here."""
        for _ in range(MAX_HANDED):
            bound = place.root.value if not place.elements else None
            if bound is None or bound.target is None:
                break
            if not api.CHANNELS.search(self.shape(bound.target)[0]):
                break
            place = bound.target
        return place

    # --- std::async ------------------------------------------------------------------------------

    def _async(self, node: Node, nodes: list[Node]) -> Value:
        kept = [n for n in nodes if not self._is_policy(n)]
        if kept and any(self._defers(n) for n in nodes if n not in kept):
            return self._defer(node, kept)
        if kept:
            self._spawn(node, kept, handle=self._handle_of(node))
        return UNKNOWN

    def _is_policy(self, node: Node) -> bool:
        """Whether an argument of `std::async` says how to launch, not what."""
        if node.type != "identifier":
            return "launch::" in self._text(node)
        symbol = self.lookup(self._text(node))
        return symbol is not None and "launch" in symbol.type

    def _defers(self, policy: Node) -> bool:
        """Whether a launch policy leaves the call to whoever waits for the result."""
        symbol = self.lookup(self._text(policy)) if policy.type == "identifier" else None
        known = symbol.value.form if symbol is not None and symbol.value is not None else None
        text = " ".join(known.names) if known is not None else self._text(policy)
        return "launch::deferred" in text and "launch::async" not in text

    def _defer(self, node: Node, nodes: list[Node]) -> Value:
        """A deferred call runs in the thread that asks its future; one in a container, here."""
        entry, values = self.expr(nodes[0]), [self._thread_argument(n) for n in nodes[1:]]
        handle = self._handle_of(node)
        if handle and handle != "discarded" and "[]" not in handle:
            self.deferred[handle] = (entry, values)
        elif handle != "discarded":
            self.run_here(entry, values, node)
        return UNKNOWN

    def run_here(
        self, entry: Value, values: list[Value], node: Node, home: Symbol | None = None
    ) -> None:
        """Walk a call of a function, method or lambda that is known as a value."""
        if entry.closure is not None:
            self.call_closure(entry.closure, bind(entry, values), node, home=home)
        elif entry.function:
            self._thread_function(entry.function, bind(entry, values), node)

    def handle_within(self, method: str, place: Path, kind: str) -> Value | None:
        """The thread or future at an end of a container of such: `crew.back()`, `jobs.front()`."""
        if method not in _ENDS or not is_container(kind):
            return None
        return Value(target=place.step(Element("", opaque(method))), marks=place.marks)

    # --- waiting and fulfilling ------------------------------------------------------------------

    def _sync_method(
        self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]
    ) -> Value:
        if "semaphore" in kind and not nodes and self.as_lock(place, node):
            return UNKNOWN
        known = api.CHANNELS.search(kind) is not None
        if known and method in ("get_future", "share"):
            return Value(target=self.channel(place))
        if method in api.SIGNAL_METHODS:
            values = [self.expr(argument) for argument in nodes]
            source = self.channel(place) if known else place
            if known and len(values) == 1:
                self._fulfil(self.key(source), values[0])
            self._signal(api.SIGNAL_METHODS[method], self.key(source), node, place=source)
            return UNKNOWN
        if method in api.WAIT_METHODS:
            return self._await(method, place, kind, node, nodes)
        for argument in nodes:
            self.expr(argument)
        return UNKNOWN

    def _await(self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]) -> Value:
        if method in _TIMED and api.CHANNELS.search(kind) and self._gives_up(node):
            return UNKNOWN
        if "future" in kind:
            for key in dict.fromkeys((self.key(place), self.key(self.channel(place)))):
                self.join_handle(key, node)
            asked = self.deferred.pop(f"{place.root.name}@{place.root.offset}", None)
            if asked is not None:
                self.run_here(*asked, node)
        asks: frozenset[str] = frozenset()
        for argument in nodes:  # the predicate of a condition variable runs under the lock
            value = self.expr(argument)
            if value.closure is not None:
                asks = self._asked_by(value.closure, node)
        if api.CHANNELS.search(kind) is None:
            self._wait(api.WAIT_METHODS[method], self.key(place), node, place=place, asks=asks)
            return UNKNOWN
        source = self.channel(place)
        self._wait("future", self.key(source), node)
        return self._result(source, kind) if method == "get" else UNKNOWN

    def _asked_by(self, closure: Closure, node: Node) -> frozenset[str]:
        """Walk the predicate of a wait: the objects that it reads."""
        start = self.reached_here()[0]
        self.call_closure(closure, [], node)
        return self.asked_since(start)

    def _gives_up(self, node: Node) -> bool:
        """Whether what follows a timed wait runs whether or not there was a result in time.

        `while (f.wait_for(t) == timeout) …` and `if (f.wait_for(t) != ready) return;` heed it.
        """
        outer: Node | None = node.parent
        while outer is not None and outer.type in _WITHIN:
            outer = outer.parent
        if outer is None or outer.type != "if_statement":
            return outer is not None and outer.type == "expression_statement"
        condition, then = (outer.child_by_field_name(n) for n in ("condition", "consequence"))
        if condition is None or then is None or not _LATE.search(self._text(condition)):
            return False
        return outer.child_by_field_name("alternative") is None and not _LEAVES.search(
            self._text(then)
        )

    def _fulfil(self, key: str, value: Value) -> None:
        """Remember the pointer that a promise was given, while it is one alone."""
        known = self.fulfilled.get(key, value)
        self.fulfilled[key] = value if known == value and value.target is not None else None

    def _result(self, source: Path, kind: str) -> Value:
        """What a future gives: of a pointer all who ask get the same."""
        known = self.fulfilled.get(self.key(source))
        if known is not None:
            return known
        match = _POINTEE.match(element_type(kind)) if kind.endswith(">") else None
        if match is None:
            return UNKNOWN
        record = Element("", ZERO, self.symbols.struct(match[1] or match[2]))
        return Value(target=source.step(Element("get()")).step(record))

    def _spawn(self, node: Node, nodes: list[Node], *, handle: str) -> Value:
        before = len(self.scope.parties) if self.scope is not None else 0
        result = super()._spawn(node, nodes, handle=handle)
        task = self._task_of(nodes[0])
        for party in list(self.scope.parties.values())[before:] if self.scope and task else ():
            self.order += 1  # a packaged task fulfils its future as it ends
            party.signals.append(Sync("future", task, self.line(node), self.order))
        return result

    def _task_of(self, node: Node) -> str:
        """The packaged task, moved or by reference, that a thread is to run."""
        while node.type == "call_expression":
            arguments = node.child_by_field_name("arguments")
            if arguments is None or arguments.named_child_count != 1:
                return ""
            node = arguments.named_children[0]
        symbol = self.lookup(self._text(node)) if node.type == "identifier" else None
        packaged = symbol is not None and "packaged_task" in symbol.type
        return self.key(self.channel(Path(symbol))) if symbol is not None and packaged else ""

    # --- std::bind -------------------------------------------------------------------------------

    def bound_call(self, nodes: list[Node]) -> Value:
        """`std::bind(f, a, std::ref(b), _1)`: the call that it makes later."""
        entry = self.expr(nodes[0])
        given = [
            OPEN if _PLACEHOLDER.fullmatch(self._text(n)) else self._thread_argument(n)
            for n in nodes[1:]
        ]
        return replace(entry, target=None, given=tuple(given))
