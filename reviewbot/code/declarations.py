"""Walking declarations: which variables there are and what they are bound to."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.declarators import LISTS, structured
from reviewbot.code.inferred import COPIED, Inferred
from reviewbot.code.parse import named_anew
from reviewbot.code.symbols import Symbol, add_declaration
from reviewbot.code.threads import (
    HANDLES,
    LOCK_TYPES,
    THREAD_TYPES,
    is_guard,
)
from reviewbot.code.values import UNKNOWN, Closure, Element, Path, Value, is_null, note_origins

_MAP = re.compile(r"\bmap\b|_map\b")


class Declarations(Inferred):
    """Enters variables, locks and threads where they are declared."""

    def _do_declaration(self, node: Node) -> None:
        owner = self.party.serial if self.party else 0
        self._sizes(node.child_by_field_name("declarator"))
        for index, (symbol, start) in enumerate(self.symbols.declared(node, "auto", owner=owner)):
            self._declare(symbol, start)
            value = symbol.value
            if symbol.reference and value is not None and value.target is not None:
                declarator = node.child_by_field_name("declarator")
                if declarator is not None and structured(
                    declarator.child_by_field_name("declarator")
                ):
                    symbol.value = replace(value, target=self.part(value.target, index))

    def part(self, place: Path, index: int) -> Path:
        """What a name in `auto& [key, value] = place` stands for: a field, by its number."""
        around = Path(place.root, place.elements[:-1])
        last = place.elements[-1] if place.elements else None
        if last is not None and not last.field and _MAP.search(self.shape(around)[0]):
            return place if index == 1 else place.step(Element("first"))
        members = list(self.symbols.structs.get(self.symbols.struct(self.shape(place)[0]), {}))
        names = members or ["first", "second"]
        return place.step(Element(names[index] if index < len(names) else f"get{index}"))

    def _condition_clause(self, node: Node) -> Value:
        """A condition, with what it declares: `if (auto p = f())`, `if (lock_guard g(m); x)`."""
        first, value = node.child_by_field_name("initializer"), node.child_by_field_name("value")
        for child in first.named_children if first is not None else ():
            self._do_declaration(child) if child.type == "declaration" else self.expr(child)
        if value is None or value.type != "declaration":
            return self.expr(value) if first is not None else self._children(node)
        for symbol, _ in self.symbols.declared(value, "auto", owner=self._own_serial()):
            self._declare(symbol, value.child_by_field_name("value"))
        return self.initial

    def _lambda_expression(self, node: Node) -> Value:
        captures = node.child_by_field_name("captures")
        pairs = captures.named_children if captures is not None else []
        made = [self._captured(c) for c in pairs if named_anew(c)]
        place = (self.this, self.this_class)
        return Value(closure=Closure(node, tuple(self.scopes), tuple(made), *place))

    def _captured(self, capture: Node) -> Value:
        """What a capture is given: by reference a place, which is not read by that."""
        right = capture.child_by_field_name("right")
        if self._text(capture)[:1] != "&":
            return self.expr(right)
        place = self.place(right)
        return Value(target=place, marks=place.marks) if place is not None else UNKNOWN

    def _declaration(self, node: Node) -> Value:
        """`while (T *x = take())`, `if (T x = f(); x)`: a variable made in a condition."""
        self._do_declaration(node)
        name = next((symbol.name for symbol, _ in self.symbols.declared(node, "auto")), "")
        symbol = self.lookup(name)
        return Value(marks=symbol.derived) if symbol is not None else UNKNOWN

    def _sizes(self, node: Node | None) -> None:
        """The sizes of an array that is made as the program runs are read."""
        while node is not None and node.type == "array_declarator":
            size = node.child_by_field_name("size")
            if size is not None and size.type != "number_literal":
                self.expr(size)
            node = node.child_by_field_name("declarator")

    def _do_alias_declaration(self, node: Node) -> None:
        add_declaration(node, self.symbols)

    _do_type_definition = _do_alias_declaration

    def _declare(self, symbol: Symbol, start: Node | None) -> None:
        value = UNKNOWN
        self.symbols.resolve(symbol)
        if is_guard(symbol.type) and not symbol.reference and not symbol.pointer:
            self.declare(symbol)
            self.guard_object(symbol, start)
            return
        if start is not None:
            if start.type in LISTS and THREAD_TYPES.search(symbol.type):
                self.declare(symbol)
                self.start_thread(Path(symbol), start)
                return
            if self._is_fields(symbol, start):
                self.declare(symbol)
                self.keep_holdings(symbol, self.store_fields(Path(symbol), start))
                self.plan_end(symbol)
                return
            value = self.made_from(symbol, start) if not symbol.reference else self._bound(start)
            if symbol.pointer and value.whole:  # the class makes a pointer of its object
                value = Value(marks=value.sources)
        self.initial = value
        if symbol.reference and (value.holds or value.whole):
            # `auto &&g = lock();` keeps what was made until the block ends
            symbol.reference = False
        self.declare(symbol)
        if (value.holds or value.whole) and not symbol.reference:
            self.receive(symbol, value)
            return
        if "jthread" in symbol.type and not symbol.pointer and not symbol.reference:
            self.cleanups[-1].append(("join", self.key(Path(symbol))))
        own = self.symbols.struct(symbol.type) in self.symbols.structs
        if own and not symbol.pointer and not symbol.reference:
            self.construct_object(symbol, start)
            value = UNKNOWN if value.closure is not None or value.function else value
        if own and start is not None and start.type in COPIED:
            self.given_by_value(symbol, self.place(start))
        if start is not None and start.type in ("call_expression", "initializer_list"):
            self.name_handle(symbol)
        self.made_on_heap(start, Path(symbol))
        if symbol.storage == "static":
            symbol.once = False
            return
        self._bind(symbol, value, start)
        self.plan_release(symbol)

    def made_from(self, symbol: Symbol, start: Node) -> Value:
        """What a variable is initialised with (see objects.py for classes)."""
        raise NotImplementedError

    def receive(self, symbol: Symbol, value: Value) -> None:
        """A variable becomes what an expression made: a guard, or an object of a class."""
        if value.whole and value.target is not None:
            symbol.type = self.shape(value.target)[0] or symbol.type
            self.copy_fields(value.target, Path(symbol))
        else:
            symbol.type = "std::unique_lock" if symbol.type == "auto" else symbol.type
            symbol.value, symbol.once = Value(target=value.target), True
        self.retype()
        self.keep_holdings(symbol, value.holds)
        if value.whole and value.target is not None:
            self.plan_end(symbol)  # its members, guards too, end after its destructor's body

    def plan_end(self, symbol: Symbol) -> None:
        """The destructor of an object runs when its scope ends (see objects.py)."""
        raise NotImplementedError

    def _bind(self, symbol: Symbol, value: Value, start: Node | None) -> None:
        if symbol.type == "auto" and start is not None:
            self.infer(symbol, value, start)
            self.retype()
        if start is None:
            return
        if symbol.pointer == 1:
            value = self.as_declared(value, symbol.type)
        elif symbol.type in HANDLES and start.type in COPIED:
            value = self._bound(start)  # a copy names the thread that the first one does
        note_origins(symbol, value)
        self.note_made_in(symbol, value)
        if not symbol.once:
            self.begun[symbol.serial] = value
        if symbol.pointer and not symbol.once:
            self.points(symbol, value)
        if value.either and symbol.pointer and symbol.once:
            self.several[symbol.serial] = value.either
        if symbol.reference:
            self.take_under(symbol, value)
        unseen = value.target is None and not (value.holds or value.fresh)
        if symbol.reference and not symbol.constant and unseen and start.type == "call_expression":
            self.given_record(symbol, start.parent or start)
            return
        if symbol.once or symbol.reference:
            symbol.value = value if value != UNKNOWN and not is_null(symbol, value) else None
            symbol.made = self.leading(symbol) if value.made else None
            self.note_copy(symbol)
        symbol.derived |= value.sources

    def given_record(self, symbol: Symbol, declaration: Node) -> None:
        """A record that a reference names out of sight is reached as through a pointer.

        `void put(Pool &p)` may be called for one pool by two threads, as `put(Pool *p)` may.
        """
        threads = self.scope is not None and self.scope.kind == "threads"
        known = self.symbols.struct(symbol.type) in self.symbols.structs
        if threads and known and not symbol.pointer and "&&" not in self._text(declaration):
            record = replace(symbol, pointer=1, reference=False, once=True)
            record.serial = self.fresh_serial()
            symbol.value = Value(target=Path(record, (Element(),)))

    def _is_fields(self, symbol: Symbol, start: Node) -> bool:
        """Whether an initialiser lists the fields of a plain struct, or of an array of them."""
        if start.type != "initializer_list":
            return False
        name = self.symbols.struct(symbol.type)
        plain = name in self.symbols.structs and name not in self.symbols.functions
        held = not symbol.pointer and not symbol.reference and symbol.storage != "static"
        return plain and held

    def store_fields(self, place: Path, node: Node, *, listed: bool = False) -> tuple[str, ...]:
        """`struct job j = {.st = &st}` stores pointers as assignments to its fields do.

        Numbers too, but for those of an array of records, see listed.py. Names of the locks are
        given that guards among the fields hold from now on.
        """
        held: tuple[str, ...] = ()
        kind, _, array = self.shape(place)
        fields = list(self.symbols.structs.get(self.symbols.struct(kind), {}))
        for index, child in enumerate(c for c in node.named_children if c.type != "comment"):
            designator = child.child_by_field_name("designator")
            inner = child.child_by_field_name("value") or child
            name = self._text(designator).lstrip(".") if designator is not None else ""
            name = name or (fields[index] if index < len(fields) else "")
            part = place.step(Element() if array else Element(name))
            if inner.type == "initializer_list":
                held += self.store_fields(part, inner, listed=listed or bool(array))
            elif array or name:
                member = self.symbols.member(kind, name)
                refers = member is not None and member.reference
                value = self._bound(inner) if refers else self.expr(inner)
                self.keep_in(part, value)
                held += () if refers else value.holds
                if not (array or listed):
                    self.fill(part, value)
        return held

    def _bound(self, node: Node) -> Value:
        """What a reference is bound to; a lambda is what it would be without the reference."""
        if node.type == "lambda_expression":
            return self.expr(node)
        if node.type == "call_expression":
            value = self._call_expression(node)
            if value.whole or value.holds:
                return value
            return Value(target=value.target) if value.target is not None else UNKNOWN
        place = self.place(node)
        return Value(target=place) if place is not None else UNKNOWN

    def guard_object(self, symbol: Symbol, start: Node | None) -> None:
        """An RAII lock (see calls.py)."""
        raise NotImplementedError

    def given_by_value(self, symbol: Symbol, source: Path | None) -> None:
        """A record's copy has its fields (see functions.py)."""
        raise NotImplementedError

    def plan_release(self, symbol: Symbol) -> None:
        """The object of a `unique_ptr` ends with it (see heap.py)."""
        raise NotImplementedError

    def construct_object(self, symbol: Symbol, start: Node | None) -> None:
        """An object of a class defined here (see calls.py)."""
        raise NotImplementedError

    def start_thread(self, place: Path, start: Node) -> None:
        """`std::thread t(f, a)` (see calls.py)."""
        raise NotImplementedError

    def name_handle(self, symbol: Symbol) -> None:
        """`auto f = std::async(…)`: the handle is known once the variable is declared."""
        made = f"{symbol.name}@{symbol.offset}"
        for party in self.scope.parties.values() if self.scope is not None else ():
            if party.handle in (made, made + "[]"):
                party.handle = self.key(Path(symbol)) + party.handle.removeprefix(made)

    def held_type(self, kind: str) -> bool:
        """Whether objects of this type synchronise and are no data themselves."""
        return LOCK_TYPES.search(kind) is not None and not self._only_given(kind)

    def _only_given(self, kind: str) -> bool:
        """Whether a class template of this code is given such a type: `Ids<std::mutex>`."""
        name, given, _ = kind.partition("<")
        own = given and LOCK_TYPES.search(name) is None
        return bool(own) and self.symbols.struct(kind) in self.symbols.structs
