"""Walking expressions: which memory is read and written, and what values are known."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.assigned import clamps
from reviewbot.code.containers import BITS, text_key
from reviewbot.code.ends import kept_end
from reviewbot.code.naming import bare_name
from reviewbot.code.pointees import Pointees
from reviewbot.code.state import MAX_NESTING, MAX_STEPS
from reviewbot.code.symbols import Symbol, is_engine, is_growing, is_smart
from reviewbot.code.values import (
    BY_THREAD,
    NO_MARKS,
    OPAQUE,
    UNKNOWN,
    ZERO,
    Element,
    Form,
    Path,
    Value,
    arithmetic,
    as_one,
    is_null,
    loaded_marks,
    note_origins,
    number,
    opaque,
)
from reviewbot.code.words import words

_SKIPPED = frozenset(
    words(
        """sizeof_expression string_literal null nullptr type_descriptor
    comment raw_string_literal concatenated_string alignof_expression type_identifier
    primitive_type offsetof_expression requires_expression"""
    )
)
_PLACES = frozenset(words("identifier field_expression subscript_expression qualified_identifier"))
_MADE = frozenset(words("/ % & >> << == != < <= > >= ^ | && ||"))  # operations that are remembered
_LITERALS = frozenset(words("number_literal true false null char_literal"))
_CUTS, _TID = frozenset({"div", "mod"}), frozenset({"tid"})
MAX_OPERANDS = 8  # of a sum, looked through for the variable that it is assigned to
_MAP = re.compile(r"(?:const |\w+::)*(?:unordered_)?map\b")  # itself, not a vector of maps


class Expressions(Pointees):
    """Evaluates expressions over what is known, recording every access on the way."""

    def expr(self, node: Node | None) -> Value:
        """Walk an expression for its value: reads are recorded, effects take place."""
        if node is None:
            return UNKNOWN
        self.steps += 1
        if self.steps > MAX_STEPS or self.nesting > MAX_NESTING:
            self.note("truncated")
            return UNKNOWN
        kind = node.type
        if kind in _LITERALS and kind != "null":
            return _literal(self.text[node.start_byte : node.end_byte])
        self.nesting += 1
        try:
            value = self.load(node, kind) if kind in _PLACES else self._expr(node, kind)
            return self._read_through(value, node) if value.refers else value
        finally:
            self.nesting -= 1

    def _expr(self, node: Node, kind: str) -> Value:
        handler = _handler(type(self), kind)  # type: ignore[arg-type]  # classes are hashable
        if handler is not None:
            result = handler(self, node)
            return result if isinstance(result, Value) else UNKNOWN
        if kind in _SKIPPED:
            return _skipped(kind)
        return self._children(node)

    def _read_through(self, value: Value, node: Node) -> Value:
        """Reads what a function gave a reference to; it is read where the call stands."""
        if value.target is None:
            return UNKNOWN
        self.record(value.target, "read", node)
        _, pointer, array = self.shape(value.target)
        marks = loaded_marks(value.target)
        if pointer or array:
            return Value(target=value.target.step(Element()), marks=marks)
        return Value(form=opaque(self._text(node)[:60], marks | {"call"}), marks=marks)

    def _children(self, node: Node) -> Value:
        children = node.named_children
        if len(children) == 1:
            return self.expr(children[0])
        marks: frozenset[str] = NO_MARKS
        for child in children:
            marks |= self.expr(child).sources
        return Value(marks=marks)

    # --- places ----------------------------------------

    def place(self, node: Node | None) -> Path | None:
        """The location an lvalue names; pointers and indices on the way are read."""
        if node is None or self.nesting > MAX_NESTING:
            return None
        self.nesting += 1
        try:
            return self._place(node)
        finally:
            self.nesting -= 1

    def _place(self, node: Node) -> Path | None:
        kind = node.type
        if kind in ("identifier", "qualified_identifier"):
            return self._variable_at(node)
        if kind == "this":
            return self.this
        if kind == "field_expression":
            return self._field(node)
        if kind == "subscript_expression":
            return self._element(node)
        if kind == "pointer_expression" and self.text[node.start_byte] == "*":
            return self.expr(node.child_by_field_name("argument")).target
        if kind in ("parenthesized_expression", "cast_expression"):
            inner = node.child_by_field_name("value") or next(iter(node.named_children), None)
            return self.place(inner)
        if kind in ("assignment_expression", "update_expression"):
            self.expr(node)
            return None
        if kind == "call_expression":  # a reference that it gives back is not read by that
            return self._call_expression(node).target
        return self.expr(node).target

    def _variable_at(self, node: Node) -> Path | None:
        place = self._named(node)
        if self.taken_under and place is not None:
            self.outlived(node, place)
        return place

    def _field(self, node: Node) -> Path | None:
        argument, field = node.child_by_field_name("argument"), node.child_by_field_name("field")
        if argument is None or field is None:
            return None
        name = self._text(field)
        if "->" in self.text[argument.end_byte : field.start_byte]:
            base = self.this if argument.type == "this" else self.followed(argument)
        else:
            base = self.place(argument)
        return base.step(Element(self.named_of(base, argument, name))) if base is not None else None

    def followed(self, node: Node) -> Path | None:
        """Where `node->` leads: to what a pointer points to (see objects.py for classes)."""
        return self.expr(node).target

    def _element(self, node: Node) -> Path | None:
        argument = node.child_by_field_name("argument")
        indices = node.child_by_field_name("indices") or node.child_by_field_name("index")
        base = self._decayed(argument)
        index = text_key(indices, self._text) or (self.expr(indices).number if indices else ZERO)
        if base is not None and self._packed and self._is_packed(base):
            index = self._quotient_of(index, Form((), BITS))
        return base.shifted(index) if base is not None else None

    def _decayed(self, node: Node | None) -> Path | None:
        """The first element of an array or of what a pointer points to."""
        place = self.place(node) if node is not None and node.type != "call_expression" else None
        if place is None:
            return (
                self.expr(node).target
                if node is not None and node.type == "call_expression"
                else None
            )
        return self._pointee(place, node)

    def _pointee(self, place: Path, node: Node | None) -> Path:
        kind, pointer, array = self.shape(place)
        if pointer and not array and node is not None:
            self.record(place, "read", node)
            bound = place.root.value if not place.elements else None
            if bound is not None and bound.target is not None and place.root.once:
                return bound.target
            kept = place.elements or place.root.storage == "global"
            stored = self.stored(place) if kept else None
            if stored is not None and stored.target is not None:
                return stored.target
            return self.led_to(place)
        if self._grown and not array and node is not None and is_growing(kind):
            self.record(place, "read", node, via="method")  # an insertion may move them all
            if "map" in kind and _MAP.match(kind):
                self.record(place, "update", node, via="method")
        elif "map" in kind and _MAP.match(kind) and node is not None and not array:
            self.record(place, "update", node, via="method")  # operator[] may insert
        return place.step(Element())

    def load(self, node: Node, kind: str) -> Value:
        """Read an lvalue: records the access unless it is an array, which decays."""
        named = kind == "identifier" and self.nesting <= MAX_NESTING
        place = self._variable_at(node) if named else self.place(node)
        if place is None:
            return self._constant(node)
        kind, pointer, array = self.shape(place)
        if array:
            return Value(target=place.step(Element()), marks=place.marks)
        self.record(place, "update" if not pointer and is_engine(kind) else "read", node)
        if not pointer and is_smart(kind):
            pointer = 1
        if not place.elements:
            return self._held(node, place, pointer)
        marks = loaded_marks(place)
        if pointer:  # a place, no number: `*(row + j)` moves on from it
            known = self.stored(place) or Value(target=place.step(Element()), marks=marks)
            return self._unlinked(node, known, place)
        return Value(form=self.filled(place) or self.entry(place, marks), marks=marks)

    def _held(self, node: Node, place: Path, pointer: int) -> Value:
        """What a variable was given once, or its number by its name."""
        symbol = place.root
        if symbol.value is not None and symbol.once:
            if pointer and symbol.value.target is None and not symbol.value.function:
                return replace(symbol.value, target=self.led_to(place))
            return self._alike(symbol, symbol.value)
        if pointer:
            known = self.stored(place) if symbol.storage == "global" else None
            known = known or Value(target=self.led_to(place), marks=symbol.derived)
            return self._unlinked(node, known, place)
        target = place.step(Element()) if not symbol.type else None
        return Value(form=self._variable(symbol), target=target)

    def _unlinked(self, node: Node, value: Value, _place: Path) -> Value:
        """A pointer as it was read, with the element for its own that is taken by it."""
        target = self.taken(node, value.target) if value.target is not None else None
        return value if target is value.target else replace(value, target=target)

    def _variable(self, symbol: Symbol) -> Form:
        name, marks = f"{symbol.name}@{symbol.offset}", symbol.derived
        lent = self.tasks and self.shared_names.get(symbol.serial) == "task-shared"
        if lent or self.changed_meanwhile(symbol, opaque(name)):  # not what it was at the creation
            return opaque(f"{name}!", marks | {"local"} if lent else NO_MARKS)
        if self._for_all(symbol):
            marks = marks - _TID if self.is_before(symbol) else marks
            marks = NO_MARKS if not marks & BY_THREAD else marks
        elif marks or not symbol.once or symbol.rule == "private":
            marks |= NO_MARKS if name in [loop.name for loop in self.loops] else {"local"}
        return opaque(name, marks)

    def _for_all(self, symbol: Symbol) -> bool:
        """Whether all threads here read one variable: its number is the same for each of them."""
        scope = self.scope
        if scope is None or symbol.rule:
            return False
        if symbol.storage in ("global", "static"):
            return True
        if scope.kind == "threads":
            return self.party is not None and symbol.owner != self.party.serial
        return symbol.region != self.region

    def _alike(self, symbol: Symbol, value: Value) -> Value:
        """A value that all threads share, by the variable's name where its making is opaque."""
        if _TID & value.sources and self.is_before(symbol):
            value = as_one(value, _TID)
        form = value.form
        if form is None or value.target or form.marks & BY_THREAD:
            return value
        if not (self._for_all(symbol) or self.of_maker(symbol)):
            return value
        if form.marks & OPAQUE <= _CUTS:  # how it was made tells more than its name
            return replace(value, form=Form(form.terms, form.constant), marks=NO_MARKS)
        return replace(value, form=opaque(f"{symbol.name}@{symbol.offset}"), marks=NO_MARKS)

    # --- operators ----------------------------------------

    def _assignment_expression(self, node: Node) -> Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        compound = (
            self.text[left.end_byte : right.start_byte].strip() != "=" if left and right else False
        )
        if self.symbols.operators and self.assign_object(left, right, node):
            return UNKNOWN
        literal = right is not None and right.type == "compound_literal_expression"
        value = UNKNOWN if literal else self.copied(right)
        place = self.place(left)
        if place is None or left is None or right is None:
            return self.expr(right) if literal else value
        if literal and (inner := right.child_by_field_name("value")) is not None:
            self.store_fields(place, inner)
        known = self.lookup(self._text(right)) if right.type == "identifier" else None
        constant = right.type in _LITERALS or (value.fixed and (known is None or known.constant))
        updated = compound or self._rewritten(left, right)
        self.record(place, "update" if updated else "write", left, constant=constant)
        self.made_on_heap(right, place)
        if compound or self._steps(place, value):
            self.stepped(place)
        if value.target is not None:
            self.publish(value.target, place)
        if place.elements:
            self.store(place, value)
            self.fill(place, UNKNOWN if compound else value)
        elif value.holds:
            self.regain(place.root, value)
        elif left.start_byte not in clamps(self.text) or not kept_end(place.root, self.guards):
            self.assign(place.root, value, compound=compound)
        if compound and value.form is not None:  # `f(n += 3)` gives the sum
            return Value(form=opaque(self._text(node)[:40], value.form.marks | {"update"}))
        return value

    def copied(self, node: Node | None) -> Value:
        """What a variable is given (see moves.py)."""
        return self.expr(node)

    def _rewritten(self, left: Node, right: Node) -> bool:
        """Whether the new value is made of the old one: `x = x + e` is an update of x."""
        text, size = self._text(left), left.end_byte - left.start_byte
        node: Node | None = right
        for _ in range(MAX_OPERANDS):
            if node is None or node.type not in ("binary_expression", "parenthesized_expression"):
                return False
            for side in node.named_children:
                if side.end_byte - side.start_byte == size and self._text(side) == text:
                    return True
            node = node.named_children[0] if node.named_child_count else None
        return False

    def _steps(self, place: Path, value: Value) -> bool:
        """Whether a place is given what it held plus or minus a number: `tail = p + 1`."""
        form = value.form
        if form is None or not form.constant or len(form.terms) != 1:
            return False
        return form.terms == self.loaded(place).terms

    def made_on_heap(self, node: Node | None, place: Path) -> None:
        """A pointer is given a new object (see heap.py)."""
        raise NotImplementedError

    def assign_object(self, left: Node | None, right: Node | None, node: Node) -> bool:
        """An assignment operator that a class defines (see objects.py)."""
        raise NotImplementedError

    def _call_expression(self, node: Node) -> Value:
        """A call (see calls.py)."""
        raise NotImplementedError

    def store_fields(self, place: Path, node: Node, *, listed: bool = False) -> tuple[str, ...]:
        """Store what a brace initialiser lists (see declarations.py)."""
        raise NotImplementedError

    def assign(self, symbol: Symbol, value: Value, *, compound: bool = False) -> None:
        """Let a variable stand for what it was assigned, if it is assigned just once."""
        if self.induced and self.advance(symbol):
            return
        if symbol.pointer == 1:
            value = self.as_declared(value, symbol.type)
        note_origins(symbol, value)
        if self.flow.locks and not (symbol.pointer or compound):
            self.chosen_anew(symbol)
        self.note_made_in(symbol, value)
        if symbol.pointer and not compound:
            self.moved(symbol, value)
            if not symbol.once:
                self.points(symbol, value)
        if symbol.pointer and symbol.storage == "global":
            self.keep_pointer(symbol, UNKNOWN if compound else value)
        if value.closure is not None and symbol.storage in ("global", "static"):
            self.keep_closure(Path(symbol), value.closure, value.closure.node)
        if compound and any(loop.variable == symbol.serial for loop in self.loops):
            return  # the step of a loop
        if compound:
            symbol.derived |= value.number.marks | {"update"}
            symbol.value = None
        elif self.takes(symbol):
            symbol.value = value if value != UNKNOWN and not is_null(symbol, value) else None
            symbol.made = self.leading(symbol) if value.made else None
            symbol.derived |= value.marks
            self.note_copy(symbol)
        else:
            symbol.derived |= value.sources
            symbol.value = None

    def _update_expression(self, node: Node) -> Value:
        argument = node.child_by_field_name("argument")
        place = self.place(argument)
        if place is None or argument is None:
            return UNKNOWN
        atomic = "seq_cst" if self.by_atomic_ref(argument) else ""
        self.record(place, "update", argument, atomic=atomic)
        marks = loaded_marks(place) if place.elements else place.root.derived
        marks |= self.stepped(place)
        counts = not place.elements and self.counts_turns(place.root)
        if counts and self._text(node).endswith(("++", "--")):
            return self.turn_of(place, self._variable(place.root))
        given = place.root.value
        if not place.elements and self.advance(place.root):  # `x[n++] = …`
            return (given if self._text(node).endswith("++") else place.root.value) or UNKNOWN
        if not place.elements and not counts:
            self.step_once(place.root)
        _, pointer, _ = self.shape(place)
        target = self.led_to(place) if pointer else None
        return Value(target=target, form=opaque(f"{self.loaded(place).terms[0][0][0]}++", marks))

    def _pointer_expression(self, node: Node) -> Value:
        argument = node.child_by_field_name("argument")
        if self.text[node.start_byte] == "&":
            place = self.place(argument)
            if place is None:
                return Value(function=bare_name(argument) if argument is not None else "")
            return Value(target=place, marks=place.marks)
        target = self.expr(argument).target
        if target is None:
            return UNKNOWN
        self.record(target, "read", node)
        _, pointer, _ = self.shape(target)
        if pointer:
            return Value(target=target.step(Element()), marks=loaded_marks(target))
        own = target.root.owner == self._own_serial() and not self.tasks
        if own and not target.elements:  # others may read it by its address when it has moved on
            return self._held(node, target, 0)
        form = self.filled(target) or self.listed_entry(target)
        return Value(form=form, marks=form.marks if form is not None else loaded_marks(target))

    def _binary_expression(self, node: Node) -> Value:
        left_node, right_node = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator_node = node.child_by_field_name("operator")
        operator = self._text(operator_node) if operator_node is not None else ""
        left, right = self.operands(left_node, operator, right_node)
        if operator in ("<<", ">>") and left_node is not None:
            if self.parsed.cpp and right_node and self.into_stream(left_node, right, right_node):
                return left
            if right.target is not None:
                return left  # a stream
        if operator in ("+", "-") and left.target is not None and left.form is None:
            sign = 1 if operator == "+" else -1
            moved = ZERO.plus(right.number, sign)
            return Value(target=left.target.shifted(moved), marks=left.marks)
        one, two = self._as_number(left, left_node), self._as_number(right, right_node)
        form = arithmetic(operator, one, two)
        if operator in _MADE and form.terms:
            self.note_made(form.terms[0][0][0], operator, one, two)
        return Value(form=form, marks=left.marks | right.marks)

    def _as_number(self, value: Value, node: Node | None) -> Form:
        """An operand as a number: of which nothing is known, it is known by its text or place."""
        if value.form is not None or value.target is not None or node is None:
            return value.number
        called = node.type == "call_expression"
        text = f"call@{node.start_byte}" if called else self._text(node)[:60]
        return opaque(text, value.marks)

    def operands(self, left: Node | None, operator: str, right: Node | None) -> tuple[Value, Value]:
        """The values of both sides of an operator (see shortcuts.py)."""
        raise NotImplementedError

    def into_stream(self, node: Node, given: Value, right: Node) -> bool:
        """Whether something is given to a stream (see texts.py)."""
        raise NotImplementedError

    def _unary_expression(self, node: Node) -> Value:
        value = self.expr(node.child_by_field_name("argument"))
        sign = self.text[node.start_byte]
        if sign in "-~":  # `~i` is `-i - 1`
            return Value(form=Form((), -(sign == "~")).plus(value.number, -1))
        if sign == "!" and value.form is not None:
            form = arithmetic("==", value.form, ZERO)
            self.note_made(form.terms[0][0][0], "==", value.form, ZERO)
            return Value(form=form, marks=value.marks)
        return replace(value, target=None)

    def _parenthesized_expression(self, node: Node) -> Value:
        return self._children(node)

    _subscript_argument_list = _parenthesized_expression

    def _this(self, _: Node) -> Value:
        return Value(target=self.this)

    def _comma_expression(self, node: Node) -> Value:
        self.expr(node.child_by_field_name("left"))
        return self.expr(node.child_by_field_name("right"))

    def _compound_literal_expression(self, node: Node) -> Value:
        return self.expr(node.child_by_field_name("value"))

    _cast_expression = _initializer_pair = _compound_literal_expression


@functools.cache  # kinds of nodes are few; a name made anew is looked up in every class
def _handler(walk: type, kind: str) -> Callable[[Expressions, Node], object] | None:
    return getattr(walk, "_" + kind, None)


@functools.lru_cache(maxsize=4096)
def _literal(text: str) -> Value:
    return Value(form=number(text))


@functools.cache
def _skipped(kind: str) -> Value:
    return Value(form=opaque(kind))
