"""Walking functions and lambdas of the file where they are called."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.claims import HELD_IF, handed_up
from reviewbot.code.events import Loop
from reviewbot.code.flow import Flow, merge_flows
from reviewbot.code.numbering import goes_on
from reviewbot.code.parse import named_anew, text_of
from reviewbot.code.parts import Parts
from reviewbot.code.state import MAX_CALLED_STEPS, MAX_INLINE, MAX_STEPS, SMALL_BODY
from reviewbot.code.symbols import Function, Symbol, is_smart
from reviewbot.code.threads import CHANNELS
from reviewbot.code.values import SEQ, TAKEN, UNKNOWN, Closure, Element, Path, Value, opaque, remark
from reviewbot.code.words import words

_CALL_STATE = words(
    "scopes function this this_class calls cursor labels ends cleanups guards site portion"
)


_STEP_ON = re.compile(r"(?<=,)\s*([A-Za-z_]\w*)\s*[-+]\s*\d+\s*(?=[,)])")
_VIEW = re.compile(r"(?:std::)?(?:string_view|span)\b")
BY_REFERENCE = re.compile(r"&\s*([A-Za-z_]\w*)")  # in the captures of a lambda
_COPIES_THIS = re.compile(r"\*\s*this\b")
_STEPPED = frozenset({"update"})
_CLOSURE_STATE = words("scopes this this_class cursor cleanups calls labels ends site")
_MOVES = re.compile(r"std::(?:move|forward)\b")


def initialisers(function: Function) -> list[Node]:
    """The member initialisers that a constructor lists before its body."""
    listed = function.body.prev_named_sibling if function.constructs else None
    if listed is None or listed.type != "field_initializer_list":
        return []
    return [child for child in listed.named_children if child.type == "field_initializer"]


def start_of(function: Function) -> int:
    """Where what a function does begins: a constructor's member initialisers count."""
    listed = initialisers(function)
    return listed[0].start_byte if listed else function.body.start_byte


def deeper(name: str, body: str) -> frozenset[str]:
    """Parameters that a recursive call gives on stepped: `walk(left, depth + 1)`."""
    if f"{name}(" not in body:
        return frozenset()
    calls = re.findall(rf"\b{re.escape(name)}\(([^;{{}}]{{0,200}})\)", body)
    return frozenset(match[1] for call in calls for match in _STEP_ON.finditer(f",{call},"))


def gives_reference(body: Node) -> bool:
    """Whether the function of that body is declared to return a reference, or a view."""
    parent = body.parent
    kind = parent.child_by_field_name("type") if parent is not None else None
    if kind is not None and _VIEW.match(text_of(kind)):
        return True
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


class Functions(Parts):
    """Binds parameters and captures, and walks bodies."""

    def call_function(
        self, function: Function, values: list[Value], node: Node | None, this: Path | None = None
    ) -> None:
        """Walk a function of this file at a call, with its parameters bound to the arguments."""
        name = self._entered_as(function)
        self.splits_on(function)
        allowed = self.may_enter(name)
        self.steps += 1  # a call is work, even of an empty function
        if self.steps > MAX_STEPS:
            self.give_up(node)
            return
        if not allowed or self._too_deep() or self._too_much(function):
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
        self._bind_parameters(function.parameters, values, self._deeper(function))
        self.begin_part(function)
        if function.constructs:
            self.active.append((name, self.runner()))  # a base may be made by this one again
            self.initialise(function)
            self.active.pop()
        self._body(name, function.body)
        if node is not None and self.flow.locks:
            self._claims_returned(node)
        for kind, key in self.cleanups[-1]:  # of parameters: guards, objects
            if kind == "lock":
                self.given_back(key)
            else:
                self.destroy(key, node)
        self.restore(saved)

    def _deeper(self, function: Function) -> frozenset[str]:
        known = self._steps_in.get(function.body.start_byte)
        if known is None:
            known = deeper(function.name, self._text(function.body))
            self._steps_in[function.body.start_byte] = known
        return known

    @functools.cached_property
    def _steps_in(self) -> dict[int, frozenset[str]]:
        """By where a function's body begins, what calls of itself step."""
        return {}

    def goes_on(self, function: Function) -> bool:
        """Whether each call of a function goes on from what the last one left."""
        known = self._left_by.get(function.body.start_byte)
        if known is None:
            known = self._left_by[function.body.start_byte] = goes_on(self.text, function.body)
        return known

    @functools.cached_property
    def _left_by(self) -> dict[int, bool]:
        return {}

    def _gives_reference(self, body: Node) -> bool:
        known = self._references.get(body.start_byte)
        if known is None:
            known = self._references[body.start_byte] = gives_reference(body)
        return known

    @functools.cached_property
    def _references(self) -> dict[int, bool]:
        """By where a function's body begins, whether it gives back a reference."""
        return {}

    def _too_deep(self) -> bool:
        """Whether calls lie too deep in one another; those of a thread are counted from its start.

        A constructor's base, `start()` and a wrapper's loop lie around what the thread is to do;
        those of a function that others are given to call are counted from its own start too.
        """
        if len(self.active) <= MAX_INLINE:
            return False
        starts = self.party is not None and self.party.kind in ("thread", "caller")
        if self.party is None or not starts or len(self.active) > 2 * MAX_INLINE:
            return True
        return sum(who == self.party.serial for _, (who, _) in self.active) > MAX_INLINE

    def _too_much(self, function: Function) -> bool:
        """Whether a call is left unread so that the rest of the code around it can be read.

        Small functions are still read, for they lock and unlock; so is a new thread's routine.
        """
        small = function.body.end_byte - function.body.start_byte < SMALL_BODY
        if small or self.steps < MAX_CALLED_STEPS or self.party is None:
            return False
        return self.party.kind == "team" or self.party.serial in (w[0] for _, w in self.active)

    def _entered_as(self, function: Function) -> str:
        """What tells a function from others: that it calls one of its own name is no recursion."""
        name, versions = function.qualified, self.symbols.functions[function.name]
        if len(versions) < 2:
            return name
        alike = [f for f in versions if f.owner == function.owner]
        return name if len(alike) < 2 else f"{name}@{function.node.start_byte}"

    def _claims_returned(self, node: Node) -> None:
        """Where a function returned whether it claimed a word, the place of its call tells."""
        for key, held in list(self.flow.locks.items()):
            if held.claimed and not held.certain and held.when in HELD_IF.values():
                del self.flow.locks[key]
                when = handed_up(held.when, node, self._text)
                if when:
                    self.flow.locks[key] = replace(held, when=when)

    def made_by_copy(self, symbol: Symbol, value: Value) -> None:
        """A parameter is a copy of what was given (see objects.py)."""
        raise NotImplementedError

    def initialise(self, function: Function) -> None:
        """What a constructor does before its body (see members.py)."""
        raise NotImplementedError

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
                if symbol.reference and not values and not self.calls:
                    self.given_record(symbol, parameter)
                if symbol.name in deeper and value.form is not None:
                    value = Value(form=opaque(f"{symbol.name}@{symbol.offset}", _STEPPED))
                symbol.derived |= value.sources
                if value.holds and not symbol.reference:
                    self.keep_holdings(symbol, value.holds)
                if value != UNKNOWN and symbol.once:
                    symbol.value = value
                    self.made_by_copy(symbol, value)
                if not symbol.once and value.form is not None:
                    self.begun[symbol.serial] = value  # `while (n--)` counts from what it was given
                self.given_by_value(symbol, value.target)
                if symbol.pointer and not symbol.once:
                    self.points(symbol, value)  # `*to++ = x` goes over what it was given
                if value.target is None or not symbol.once:
                    continue
                if symbol.array:
                    symbol.array, symbol.pointer = 0, symbol.pointer + symbol.array
                    self.retype()

    def given_by_value(self, symbol: Symbol, source: Path | None) -> None:
        """A record's copy has its fields: `fill(cells, range)` goes from `range.begin`."""
        plain = not (symbol.pointer or symbol.reference or symbol.array)
        if source is None or not plain or self.scope is None:
            return
        kind, pointer, array = self.shape(source)
        name, record = self.symbols.struct(symbol.type), self.symbols.struct(kind)
        if name == record and name in self.symbols.structs and not pointer and not array:
            self.copy_fields(source, Path(symbol))

    def _body(self, name: str, body: Node) -> None:
        self.active.append((name, self.runner()))
        self.returns.append([])
        self.results.append([])
        self.referring.append(self._gives_reference(body))
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
        if len(numbers) > 1 and any(number.marks & TAKEN for number in numbers):
            # `if (slot >= MAX) return -1; return slot;`: a plain number says that there is none.
            numbers = [number for number in numbers if not number.is_constant]
        if not results and len(numbers) == 1:
            self.result = Value(form=numbers[0], marks=numbers[0].marks)

    def _left_behind(self, body: Node) -> None:
        """Mark what tasks that nobody waited for do to locals of the function that returns."""
        for group, events in self.loose.pop():
            for event in events if group == self.group and self.scope is not None else ():
                root = event.path.root
                if event.share == "task-shared" and body.start_byte < root.offset < body.end_byte:
                    event.outlived = True

    def call_closure(
        self,
        closure: Closure,
        values: list[Value],
        node: Node | None,
        home: Symbol | None = None,
    ) -> None:
        """Walk a lambda's body where it is called; `home` is the variable that holds it."""
        body = closure.node.child_by_field_name("body")
        name = f"lambda@{closure.node.start_byte}"
        if body is None or not self.may_enter(name) or self._too_deep():
            return
        saved = self.keep(_CLOSURE_STATE)
        self.enters_header(closure.node, node)
        self.ends = [body.end_byte]
        if closure.this is not None:
            self.this, self.this_class = closure.this, closure.this_class
        self.scopes = [*closure.scopes, {}]
        self.cleanups = [[] for _ in self.scopes]
        self.labels = {}
        if node is not None and self.line(node) != self.line(closure.node):
            self.calls = (*self.calls, self.line(node))
        self._capture(closure.node, closure.initial)
        if home is not None and "mutable" in self.text[closure.node.start_byte : body.start_byte]:
            self._keep_state(home)
        declarator = closure.node.child_by_field_name("declarator")
        parameters = (
            declarator.child_by_field_name("parameters") if declarator is not None else None
        )
        self._bind_parameters(
            tuple(parameters.named_children) if parameters is not None else (), values
        )
        self._body(name, body)
        self.restore(saved)

    def _do_try_statement(self, node: Node) -> None:
        """A body, and its handlers: each runs after as much of the body as did not throw."""
        start = self.flow.copy()
        ends: list[Flow] = []
        for child in node.named_children:
            if child.type != "catch_clause":
                self.statement(child)
            elif ends:
                self.flow = (start if ends[0].dead else ends[0]).copy()
                self._handler(child)
            ends.append(self.flow)
        self.flow = merge_flows(ends)

    def _handler(self, node: Node) -> None:
        body, given = (node.child_by_field_name(f) for f in ("body", "parameters"))
        self.push_scope(node)
        self._bind_parameters(tuple(given.named_children) if given is not None else (), [])
        if body is not None:
            self.statement(body)
        self.pop_scope(node)

    def _capture(self, node: Node, initial: tuple[Value, ...] = ()) -> None:
        """Captures by value make copies of their own; by reference the name stays what it was."""
        captures = node.child_by_field_name("captures")
        if captures is None:
            return
        if _COPIES_THIS.search(self._text(captures)):
            self._copy_this(node)
        anew = [child for child in captures.named_children if named_anew(child)]
        for child, value in zip(anew, initial, strict=False):
            self._capture_anew(child, value)
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
            for name in names - set(BY_REFERENCE.findall(self._text(captures))):  # `[=, &out]`
                symbol = self.lookup(name)
                if symbol is not None and symbol.storage in ("auto", "param"):
                    self._copy_captured(symbol)

    def _copy_this(self, node: Node) -> None:
        """`[*this]` copies the object: the lambda's own, which points to what that points to."""
        copy = Symbol("this", self.this_class, "auto", node.start_byte, owner=self._own_serial())
        copy.region = self.region
        if self.this is not None:
            self.copy_fields(self.this, Path(copy))
        self.this = Path(copy)

    def _capture_anew(self, child: Node, value: Value) -> None:
        """`[work = std::move(work), own = pointer, from = i * size]`: variables of its own."""
        left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
        if left is None or right is None:
            return
        own = Symbol(self._text(left), "auto", "auto", left.start_byte)
        own.reference = self._text(child)[:1] == "&"  # `[&row = rows[i]]`
        if value.target is not None and self._is_channel(value):
            own.type = self.shape(value.target)[0]
        elif value.target is not None and not own.reference:
            value = self._kept_by(own, value, moved=_MOVES.match(self._text(right)) is not None)
        if self.party is not None and self.party.kind == "thread" and self.party.many:
            value = self.of_its_turn(value, self.party.loop)
            value = remark(value, SEQ, "targ")
        own.value = value if value != UNKNOWN else None
        self.declare(own)
        own.derived, own.once = value.sources, True

    def of_its_turn(self, value: Value, loop: Loop | None) -> Value:
        """What a thread made in a loop is given: memory made in the turn is another each time."""
        target = value.target
        if target is None or loop is None or not target.elements or target.elements[0].field:
            return value
        made = target.root.value is not None and (target.root.value.made or target.root.value.fresh)
        if not made:
            return value
        if not (self.made_within(target.root, loop) or self._in_turn(target.root, loop)):
            return value
        turn = opaque(loop.name or f"turn@{target.root.offset}", SEQ)
        first = replace(target.elements[0], form=target.elements[0].form.plus(turn))
        return replace(value, target=Path(target.root, (first, *target.elements[1:]), target.by))

    def _in_turn(self, symbol: Symbol, loop: Loop) -> bool:
        """Whether a variable is declared in a loop's body; of one line only its counter tells."""
        line = self.line_at(symbol.offset)
        counter = self.lookup(loop.name.partition("@")[0]) if line == loop.line else None
        if counter is not None and self.line_at(counter.offset) == line:
            return symbol.offset > counter.offset
        return line > loop.line

    def _kept_by(self, own: Symbol, value: Value, *, moved: bool) -> Value:
        """What a variable stands for that is given this pointer, or the object at this place."""
        if value.target is None or value.whole:
            return UNKNOWN
        kind, pointer, array = self.shape(value.target)
        last = value.target.elements[-1:]
        own.type = kind
        if moved and (pointer or is_smart(kind)):  # `std::move(p)` names the pointer itself
            own.pointer = pointer
            return Value(target=value.target.step(Element()), marks=value.marks)
        if moved and not (last and not last[0].field):
            own.pointer, own.array = pointer, array
            return UNKNOWN
        own.pointer = pointer + 1
        return value

    def _is_channel(self, value: Value) -> bool:
        """Whether a value is a promise or future that is moved."""
        return value.target is not None and CHANNELS.search(self.shape(value.target)[0]) is not None

    def _keep_state(self, home: Symbol) -> None:
        """What a mutable lambda holds lasts from call to call: it is whose the lambda is."""
        for name, copy in self.scopes[-1].items():
            state = self.implicit.setdefault(f"{name}@{copy.offset}@{home.serial}", copy)
            state.region, state.owner, state.depth = home.region, home.owner, home.depth
            state.rule, state.once = home.rule, False
            self.scopes[-1][name] = state

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
