"""Walking functions and lambdas of the file where they are called."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.flow import merge_flows
from reviewbot.code.state import MAX_INLINE
from reviewbot.code.statements import Statements
from reviewbot.code.symbols import Function, Symbol, is_smart
from reviewbot.code.threads import THREAD_TYPES
from reviewbot.code.values import UNKNOWN, Closure, Element, Path, Value, opaque
from reviewbot.code.words import words

_CALL_STATE = words("scopes function this this_class calls cursor labels ends cleanups guards site")


_STEP_ON = re.compile(r"(?<=,)\s*([A-Za-z_]\w*)\s*[-+]\s*\d+\s*(?=[,)])")
_STEPPED = frozenset({"update"})
_CLOSURE_STATE = words("scopes cursor cleanups calls labels ends site")


def initialisers(function: Function) -> list[Node]:
    """The member initialisers that a constructor lists before its body."""
    listed = function.body.prev_named_sibling if function.constructs else None
    if listed is None or listed.type != "field_initializer_list":
        return []
    return [child for child in listed.named_children if child.type == "field_initializer"]


@functools.lru_cache(maxsize=512)
def deeper(name: str, body: str) -> frozenset[str]:
    """Parameters that a recursive call gives on stepped: `walk(left, depth + 1)`."""
    if f"{name}(" not in body:
        return frozenset()
    calls = re.findall(rf"\b{re.escape(name)}\(([^;{{}}]{{0,200}})\)", body)
    return frozenset(match[1] for call in calls for match in _STEP_ON.finditer(f",{call},"))


def gives_reference(body: Node) -> bool:
    """Whether the function of that body is declared to return a reference."""
    parent = body.parent
    declarator = parent.child_by_field_name("declarator") if parent is not None else None
    return declarator is not None and declarator.type == "reference_declarator"


def kept_pointer(symbol: Symbol) -> Value | None:
    """What a copy of a variable stands for: a pointer's copy points to what the pointer does."""
    value = symbol.value
    points = symbol.pointer == 1 or is_smart(symbol.type)
    if not points or not symbol.once or (value is not None and value.target is not None):
        return value
    if value is not None and (value.function or value.closure is not None):
        return value
    return Value(target=Path(symbol, (Element(),)), marks=symbol.derived)


class Functions(Statements):
    """Binds parameters and captures, and walks bodies."""

    def call_function(
        self, function: Function, values: list[Value], node: Node | None, this: Path | None = None
    ) -> None:
        """Walk a function of this file at a call, with its parameters bound to the arguments."""
        allowed = self.may_enter(function.qualified)
        if not allowed or len(self.active) > MAX_INLINE:
            self.note("truncated" if allowed else "recursion")
            return
        saved = self.keep(_CALL_STATE)
        self.reached.add(function.node.start_byte)
        self.scopes = [self.symbols.globals, {}]
        self.cleanups = [[], []]
        self.guards = list(self.guards)
        if not self.enters_header(function.node, node):
            self.function = function.qualified  # a header's belongs to the function that calls it
        self.labels = {}
        self.ends = [function.body.end_byte]
        if function.owner:
            self.this_class = function.owner
            self.this = this if this is not None else self._own_object(function.owner)
        elif this is None:
            self.this, self.this_class = None, ""
        if node is not None:
            self.calls = (*self.calls, self.line(node))
        self._bind_parameters(
            function.parameters, values, deeper(function.name, self._text(function.body))
        )
        if function.constructs:
            self._initialise(function)
        self._body(function.qualified, function.body)
        self.restore(saved)

    def _initialise(self, function: Function) -> None:
        """What a constructor does before its body: pointers that members keep, threads they are."""
        for child in initialisers(function):
            parts = child.named_children
            name = self._text(parts[0]) if parts else ""
            member = self.symbols.member(function.owner, name)
            if member is None or self.this is None:
                continue
            place = self.this.step(Element(name))
            if THREAD_TYPES.search(member.type) and not member.pointer:
                self.start_thread(place, parts[-1])
                continue
            given = parts[-1].named_children
            if len(given) == 1 and member.reference:
                self.store(place, Value(target=self.place(given[0])))
                continue
            values = [self.expr(node) for node in given]
            if len(values) == 1:
                self.store(place, values[0])

    def _own_object(self, owner: str) -> Path:
        return Path(Symbol("this", owner, "this", pointer=1), (Element(),))

    def _bind_parameters(
        self,
        parameters: tuple[Node, ...],
        values: list[Value],
        deeper: frozenset[str] = frozenset(),
    ) -> None:
        for index, parameter in enumerate(parameters):
            for symbol, _ in self.symbols.declared(parameter, "param"):
                self.declare(symbol)
                symbol.once = symbol.reference or self.assigned(symbol) == 0
                value = values[index] if index < len(values) else UNKNOWN
                if symbol.name in deeper and value.form is not None and value.form.is_constant:
                    value = Value(form=opaque(f"{symbol.name}@{symbol.offset}", _STEPPED))
                symbol.derived |= value.sources
                if value != UNKNOWN and symbol.once:
                    symbol.value = value
                if value.target is None or not symbol.once:
                    continue
                if symbol.array:
                    symbol.array, symbol.pointer = symbol.array - 1, symbol.pointer + 1

    def _body(self, name: str, body: Node) -> None:
        self.active.append((name, self.runner()))
        self.returns.append([])
        self.results.append([])
        self.referring.append(gives_reference(body))
        self.numbers.append([])
        self.loose.append([])
        self.cursor = body.start_byte
        if body.type == "compound_statement":
            self._do_compound_statement(body)
        else:
            self.statement(body)
        self.flow = merge_flows([self.flow, *self.returns.pop()])  # dead if it never comes back
        self.active.pop()
        self._left_behind(body)
        self.referring.pop()
        results, numbers = self.results.pop(), self.numbers.pop()
        self.result = results[0] if results and all(r == results[0] for r in results) else UNKNOWN
        if not results and len(numbers) == 1:
            self.result = Value(form=numbers[0], marks=numbers[0].marks)

    def _left_behind(self, body: Node) -> None:
        """Mark what tasks that nobody waited for do to locals of the function that returns."""
        for group, events in self.loose.pop():
            for event in events if group == self.group and self.scope is not None else ():
                root = event.path.root
                if event.share == "task-shared" and body.start_byte < root.offset < body.end_byte:
                    event.outlived = True

    def call_closure(self, closure: Closure, values: list[Value], node: Node | None) -> None:
        """Walk a lambda's body where it is called."""
        body = closure.node.child_by_field_name("body")
        name = f"lambda@{closure.node.start_byte}"
        if body is None or not self.may_enter(name) or len(self.active) > MAX_INLINE:
            return
        saved = self.keep(_CLOSURE_STATE)
        self.enters_header(closure.node, node)
        self.ends = [body.end_byte]
        self.scopes = [*closure.scopes, {}]
        self.cleanups = [[] for _ in self.scopes]
        self.labels = {}
        if node is not None and self.line(node) != self.line(closure.node):
            self.calls = (*self.calls, self.line(node))
        self._capture(closure.node)
        declarator = closure.node.child_by_field_name("declarator")
        parameters = (
            declarator.child_by_field_name("parameters") if declarator is not None else None
        )
        self._bind_parameters(
            tuple(parameters.named_children) if parameters is not None else (), values
        )
        self._body(name, body)
        self.restore(saved)

    def _capture(self, node: Node) -> None:
        """Captures by value make copies of their own; by reference the name stays what it was."""
        captures = node.child_by_field_name("captures")
        if captures is None:
            return
        for child in captures.named_children:
            left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
            if left is not None and right is not None:  # `[work = std::move(work)]`
                value = self.expr(right)
                own = Symbol(self._text(left), "auto", "auto", left.start_byte, once=True)
                own.value = value if value.closure is not None or value.function else None
                self.declare(own)
                own.once = True
        by_value = [
            c
            for c in captures.named_children
            if c.type == "identifier" and not self.text[: c.start_byte].rstrip().endswith("&")
        ]
        for child in by_value:
            symbol = self.lookup(self._text(child))
            if symbol is not None and symbol.storage in ("auto", "param"):
                self._copy_captured(symbol)
        if re.match(r"\[\s*=", self._text(captures)):
            names = set(re.findall(r"[A-Za-z_]\w*", self._text(node)))
            for name in names:
                symbol = self.lookup(name)
                if symbol is not None and symbol.storage in ("auto", "param"):
                    self._copy_captured(symbol)

    def _copy_captured(self, symbol: Symbol) -> None:
        copy = Symbol(
            symbol.name,
            symbol.type,
            "auto",
            symbol.offset,
            symbol.pointer,
            symbol.array,
            symbol.reference and False,
            owner=self.party.serial if self.party else 0,
            value=kept_pointer(symbol),
            derived=symbol.derived,
            region=self.region,
            once=symbol.once,
        )
        self.scopes[-1][symbol.name] = copy
