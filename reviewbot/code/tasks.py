"""Functions in containers: which of them a call or a thread takes out, by its number or its key.

`tasks = {one, two}`, `tasks.push_back([&] { … })`, `handlers = {{"add", add}}`; then `tasks[1]()`,
`std::thread(tasks[i])`, `for (auto &t : tasks) crew.emplace_back(t)`, `auto f = handlers.at("a")`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tree_sitter import Node

from reviewbot.code.events import ITEM, Guard
from reviewbot.code.flow import merge_flows
from reviewbot.code.guards import guard_kind
from reviewbot.code.kept import WITHIN
from reviewbot.code.state import MAX_TABLE
from reviewbot.code.symbols import Symbol, is_container
from reviewbot.code.tried_joins import TriedJoins
from reviewbot.code.values import BY_THREAD, OPAQUE, UNKNOWN, Closure, Form, Path, Value

_FUNCTIONS = frozenset({"lambda_expression", "identifier", "pointer_expression"})
_TAKEN = frozenset({"subscript_expression", "call_expression", "field_expression"})
_PUTS = frozenset({"push_back", "emplace_back"})
_ASKED = re.compile(r"(?:\[|\bat\()\s*(\"[^\"\n]{0,80}\")\s*[\])](?:\.second)?$")
_MOST = 20  # containers of one file
_LONG = 200  # characters of an expression


@dataclass(frozen=True, slots=True)
class Put:
    """A function in a container: its number or key there, "" if unknown; if a loop put it there."""

    at: str
    value: Value
    many: bool = False
    asked: Form | None = None  # the thread's own number by which it is taken out


class Tasks(TriedJoins):
    """Knows what containers of functions hold, and what is taken out of them."""

    @functools.cached_property
    def _tasks_put(self) -> dict[str, list[Put]]:
        """By the key of the container; those of globals begin with what braces list."""
        found: dict[str, list[Put]] = {}
        for name, listed in list(self.symbols.initials.items()) if self.parsed.cpp else ():
            place = Path(self.symbols.globals[name])
            if self._may_hold_tasks(place) and len(found) < _MOST:
                puts = [Put(at, self._put_first(node)) for at, node in self._listed_tasks(listed)]
                found.update({self._container_key(place): puts} if puts else {})
        return found

    def _put_first(self, node: Node) -> Value:
        if node.type == _LAMBDA:
            return Value(closure=Closure(node, (self.symbols.globals,)))
        return Value(function=self._text(node).lstrip("&"))

    def _may_hold_tasks(self, place: Path) -> bool:
        kind, _, array = self.shape(place)
        return bool(array) or is_container(kind)

    @functools.cached_property
    def _taken_out(self) -> dict[int, tuple[Put, ...]]:
        """What each local may be that was taken out of a container, by where it is declared."""
        return {}

    # --- putting in ----------------------------------------

    def made_from(self, symbol: Symbol, start: Node) -> Value:
        """A container begins with the functions that braces list; a local with one taken out."""
        value = super().made_from(symbol, start)
        if self.scope is None or not self.parsed.cpp:
            return value
        if start.type == "initializer_list" and self._may_hold_tasks(Path(symbol)):
            for at, node in self._listed_tasks(start):
                self._put_task(Path(symbol), at, self.expr(node), node)
        elif start.type in _TAKEN and self._tasks_put and not (value.function or value.closure):
            taken = self._named_tasks(start)
            self._taken_out[symbol.offset] = taken
            return taken[0].value if len(taken) == 1 and not taken[0].many else value
        return value

    def _listed_tasks(self, listed: Node) -> Iterator[tuple[str, Node]]:
        """(number or key, function) of `{one, [] { … }}` and of `{{"add", add}, {"sub", sub}}`."""
        children = [c for c in listed.named_children if c.type != "comment"]
        for number, child in enumerate(children[:MAX_TABLE]):
            pair = child.named_children if child.type == "initializer_list" else []
            at = self._text(pair[0]) if len(pair) == 2 else str(number)
            node = pair[1] if len(pair) == 2 else child
            if node.type == _LAMBDA or (node.type in _FUNCTIONS and self._names_known(node)):
                yield at, node

    def _names_known(self, node: Node) -> bool:
        return self._text(node).lstrip("&") in self.symbols.functions

    def emplaced(self, method: str, place: Path, node: Node, given: list[Value]) -> None:
        """`tasks.push_back(one)`: the next one; of what a loop or a branch adds nobody counts."""
        super().emplaced(method, place, node, given)
        value = given[0] if len(given) == 1 and method in _PUTS and self.scope is not None else None
        if value is None or not (value.function or value.closure):
            return
        before = self._tasks_put.get(self._container_key(place), [])
        sure = not self.loops and not self.guards and all(put.at for put in before)
        self._put_task(place, str(len(before)) if sure else "", value, None)

    def _assignment_expression(self, node: Node) -> Value:
        """`handlers["add"] = add`."""
        value, left = super()._assignment_expression(node), node.child_by_field_name("left")
        if left is None or left.type != "subscript_expression" or self.scope is None:
            return value
        if self.parsed.cpp and (value.function or value.closure):
            place = self._unread(left)
            if place is not None and place.elements and not self.loops:
                self._put_task(place, self._number_or_key(place, self._text(left)), value, None)
        return value

    def _unread(self, node: Node) -> Path | None:
        """The place that an expression names, which is not read again by that."""
        self.flow.dead, dead = True, self.flow.dead
        place = self._call_expression(node).target if node.type == _CALL else self.place(node)
        self.flow.dead = dead
        return place

    def _number_or_key(self, place: Path, text: str) -> str:
        """The number or the key by which an element is named, "" if that varies."""
        asked = _ASKED.search(text)
        forms = [e.form for e in place.elements if not e.field]
        if asked is not None or not forms:
            return asked[1] if asked is not None else ""
        return str(forms[-1].constant) if forms[-1].is_constant else ""

    def _put_task(self, place: Path, at: str, value: Value, node: Node | None) -> None:
        listed = self._tasks_put.setdefault(self._container_key(place), [])
        if len(listed) >= MAX_TABLE or len(self._tasks_put) > _MOST:
            return
        listed.append(Put(at, value, bool(self.loops)))
        if value.closure is not None and node is not None and self.party is not None:
            self.keep_closure(place, value.closure, node, self.shape(place)[0])

    def _container_key(self, place: Path) -> str:
        return WITHIN.sub("", self.key(place))

    # --- taking out ----------------------------------------

    def _element_copied(self, symbol: Symbol, element: Path) -> None:
        """`for (auto t : tasks)`."""
        super()._element_copied(symbol, element)
        if self._tasks_put and (taken := self._tasks_at(element, "")):
            self._taken_out[symbol.offset] = taken

    def _named_tasks(self, node: Node) -> tuple[Put, ...]:
        """The functions of a container that an expression may name, without reading it again."""
        symbol = self.lookup(self._text(node)) if node.type == "identifier" else None
        if symbol is not None and symbol.offset in self._taken_out:
            return self._taken_out[symbol.offset]
        if symbol is None and not self._is_cheap(node):
            return ()
        place = self._unread(node) if symbol is None else None
        if symbol is not None and symbol.value is not None and symbol.value.target is not None:
            place = symbol.value.target
        return self._tasks_at(place, self._text(node)) if place is not None else ()

    def _is_cheap(self, node: Node) -> bool:
        """Whether it costs little to ask again what an expression names: no calls lie in it."""
        if node.type not in _TAKEN or node.end_byte - node.start_byte > _LONG:
            return False
        return self._text(node).count("(") == (node.type == _CALL)

    def _tasks_at(self, place: Path, text: str) -> tuple[Put, ...]:
        listed = self._tasks_put.get(self._container_key(place), [])
        if not listed or not any(not e.field for e in place.elements):
            return ()
        self.closures_at(place)  # they are called here, not where they were put
        at = self._number_or_key(place, text)
        known = [put for put in listed if put.at == at] if all(p.at for p in listed) else []
        forms = [e.form for e in place.elements if not e.field]
        own = not known and self._is_own_number(forms[-1]) and all(p.at for p in listed)
        return tuple([replace(p, asked=forms[-1]) if own else p for p in known or listed])

    def _is_own_number(self, form: Form) -> bool:
        """Whether each of many threads has another one of these numbers."""
        many = self.party is not None and self.party.many and self.party.kind != "main"
        plain = len(form.terms) == 1 and not form.constant and not form.marks & OPAQUE
        return many and plain and bool(form.marks & BY_THREAD)

    def _call_expression(self, node: Node) -> Value:
        """`handlers.at("add")()`."""
        called = node.child_by_field_name("function") if self._tasks_put else None
        if called is not None and called.type == _CALL and (taken := self._named_tasks(called)):
            self.expr(called)
            return self._run_each(taken, node)
        return super()._call_expression(node)

    def _through_variable(self, symbol: Symbol, node: Node, nodes: list[Node]) -> Value:
        taken = self._taken_out.get(symbol.offset) if self._tasks_put else None
        known = symbol.value is not None and (symbol.value.function or symbol.value.closure)
        if not taken or known:
            return super()._through_variable(symbol, node, nodes)
        return self._run_each(taken, node)

    def _through_table(self, place: Path | None, node: Node, values: list[Value]) -> Value:
        called = node.child_by_field_name("function") if self._tasks_put else None
        if place is None or called is None:
            return super()._through_table(place, node, values)
        bound = place.root.value if not place.elements else None
        meant = bound.target if bound is not None and bound.target is not None else place
        taken = self._tasks_at(meant, self._text(called))
        if not taken:
            return super()._through_table(place, node, values)
        self.record(place, "read", called)
        return self._run_each(taken, node, values)

    def _run_each(
        self, taken: tuple[Put, ...], node: Node, values: list[Value] | None = None
    ) -> Value:
        """Any one of these runs."""
        if values is None:
            listed = node.child_by_field_name("arguments")
            nodes = [n for n in listed.named_children if n.type != "comment"] if listed else []
            values = [self.expr(n) for n in nodes]
        before, ends = self.flow, []
        for put in _each(taken):
            self.flow = before.copy()
            with self._by_its_number(put, taken, node):
                if put.value.closure is not None:
                    self.call_closure(put.value.closure, values, node)
                else:
                    self.call_defined(put.value.function, values, node)
            ends.append(self.flow)
        self.flow = merge_flows(ends)
        return UNKNOWN

    @contextmanager
    def _by_its_number(self, put: Put, taken: tuple[Put, ...], node: Node) -> Iterator[None]:
        """What only the thread with that number takes out runs as if that were asked."""
        alike = [p for p in taken if _name(p) == _name(put)]
        kind = guard_kind(put.asked.marks, frozenset(), "==") if put.asked is not None else ""
        if len(alike) > 1 or kind not in ("tid-eq", "pv-eq"):
            yield
            return
        self.guards.append(Guard(kind, frozenset(), self.line(node), f"{put.asked}=={put.at}"))
        yield
        self.guards.pop()

    # --- threads ----------------------------------------

    def _in_vector(self, node: Node, key: str) -> None:
        """`threads.emplace_back(tasks[i])`."""
        if self._tasks_put and self._named_tasks(node):
            given = node.parent.named_children if node.parent is not None else [node]
            self._spawn(node, given, handle=self._next_handle(key))
        else:
            super()._in_vector(node, key)

    def _spawn(self, node: Node, nodes: list[Node], *, handle: str) -> Value:
        """A thread for each function that may be meant; one each where a loop takes each once."""
        taken = self._named_tasks(nodes[0]) if self._tasks_put else ()
        if not taken:
            return super()._spawn(node, nodes, handle=handle)
        self.expr(nodes[0])
        values = [self._thread_argument(n) for n in nodes[1:]]
        handle = handle or self._handle_of(node)
        once = len(taken) > 1 and self._takes_each(nodes[0])
        for put in _each(taken):
            alike = [p for p in taken if _name(p) == _name(put)]
            many = not once or len(alike) > 1 or put.many
            many = many and bool(self.loops)
            self._spawn_value(put.value, values, node, handle=handle, many=many)
        return UNKNOWN

    def _takes_each(self, node: Node) -> bool:
        """Whether the loop around takes one element a turn: `tasks[i]`, `for (auto &t : tasks)`."""
        loop = self.loops[-1] if self.loops else None
        if loop is None:
            return False
        if node.type == "subscript_expression":
            index = node.child_by_field_name("indices") or node.child_by_field_name("index")
            asked = self._text(index).strip("[] ") if index is not None else ""
            return asked == loop.name.partition("@")[0]
        return loop.name.startswith(ITEM) or loop.name == ""


_LAMBDA, _CALL = "lambda_expression", "call_expression"


def _name(put: Put) -> str:
    closure = put.value.closure
    return put.value.function or (str(closure.node.start_byte) if closure is not None else "")


def _each(taken: tuple[Put, ...]) -> list[Put]:
    """Each function once."""
    return list({_name(put): put for put in reversed(taken)}.values())[::-1]
