"""Walking calls: into functions of the file, methods, and what functions elsewhere may touch."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.code.callbacks import CALLS_AT_ONCE, JOINS
from reviewbot.code.containers import by_key, is_known_end, text_key
from reviewbot.code.declarators import is_reference
from reviewbot.code.effects import POINT_INTO, WHOLE, done_to, effects_of
from reviewbot.code.events import REACHING_CALL, THREAD, Quotients
from reviewbot.code.foreign import CONTAINER_CALLS, SHARED_BUFFERS
from reviewbot.code.guards import ENDS
from reviewbot.code.heap import RECEIVERS
from reviewbot.code.library import FINDS, allocates, is_of_one
from reviewbot.code.moves import LVALUES, Moves
from reviewbot.code.naming import class_of, untemplated
from reviewbot.code.numbering import kept, numbered
from reviewbot.code.symbols import Function, is_atomic, is_container, is_smart
from reviewbot.code.values import (
    TAKEN,
    UNKNOWN,
    Closure,
    Element,
    Form,
    Path,
    Value,
    element_type,
    opaque,
)
from reviewbot.code.words import IDENTIFIER, words

_ELEMENTS = frozenset(words("at front back begin cbegin data find top end cend"))
_MUTATING = re.compile(
    r"^(push_back|emplace_back|emplace|insert|insert_or_assign|try_emplace|erase|clear|resize|reserve|push|pop"
    r"|pop_back|push_front|pop_front|assign|append|swap|merge|splice|sort|reset|shrink_to_fit|str|write|put"
    r"|add|remove|remove_if|fill|replace|(?:emplace|insert|erase|splice)_(?:after|hint)"
    r"|set|enqueue|dequeue|append_range|extract|unique|reverse|setstate|seed|operator\(\))$"
)
# They give the value that they are given.
_CASTS = frozenset(
    words(
        """static_cast const_cast reinterpret_cast dynamic_cast int unsigned long short char bool
    float double size_t std::size_t ptrdiff_t std::ptrdiff_t intptr_t uintptr_t std::intptr_t
    std::uintptr_t int32_t uint32_t int64_t uint64_t std::int32_t std::uint32_t std::int64_t
    std::uint64_t"""
    )
)
_NUMBERS = frozenset(f"{THREAD}{depth}" for depth in ("", 1, 2, 3))
_NONE = Quotients()
_EXTREMES = frozenset(("min", "max", "MIN", "MAX", "imin", "imax"))
_FREES = re.compile(r"^(?:[xk]|kv|v|g_)?free$")
_BINDS = frozenset({"bind", "bind_front"})
_CHANGES_FIRST = {"swap": 2, "exchange": 1, "erase": 1, "erase_if": 1}  # by reference, how many
_WEAK = re.compile(r"\bweak_ptr\b")
_SELVES = frozenset({"shared_from_this", "weak_from_this"})


class Calls(Moves):
    """What a call does to locks, threads and memory."""

    def _call_expression(self, node: Node) -> Value:
        function, arguments = (
            node.child_by_field_name("function"),
            node.child_by_field_name("arguments"),
        )
        listed = arguments.named_children if arguments is not None else []
        nodes = [c for c in listed if c.type != "comment"]
        if function is None:
            return UNKNOWN
        inner = function
        if function.type == "parenthesized_expression" and function.named_child_count == 1:
            inner = function.named_children[0]
            function = inner if self._text(inner) in self.symbols.functions else function
        if inner.type in ("subscript_expression", "pointer_expression"):
            return self._through_table(self.place(inner), node, [self.expr(n) for n in nodes])
        if function.type == "field_expression":
            return self._method(node, function, nodes)
        if function.type == "lambda_expression":
            closure = Closure(function, tuple(self.scopes))
            self.call_closure(closure, self.given_to_closure(closure, nodes), node)
            return UNKNOWN
        if function.type == "parenthesized_expression":  # `(type)(value)` reads as a call
            values = [self.expr(n) for n in nodes]
            return values[0] if len(values) == 1 else UNKNOWN
        name = untemplated(self._text(function))
        symbol = self.lookup(name)
        if symbol is not None:
            return self._through_variable(symbol, node, nodes)
        if self.kept and (member := self.member_called(name)) is not None:
            return self._through_table(member, node, self.given_to_kept(member, nodes))
        if (
            name in ("std::move", "std::forward", "std::ref", "std::cref", "std::atomic_ref")
            and nodes
        ):
            if nodes[0].type == "call_expression":
                return self._thread_argument(nodes[0])
            if name == "std::move":
                self.emptied(nodes[0], node)
            given = self.lookup(self._text(nodes[0])) if self.keeps else None
            if given is not None and given.serial in self.keeps and name == "std::move":
                return self.moved_guard(given)
            return self.moved_on(nodes[0]) if name == "std::move" else self._passed(nodes[0])
        if len(nodes) == 1 and (name in _CASTS or name in self.symbols.types):
            made = self.symbols.types.get(name, "")
            value = self.guard_made(made, nodes) if api.is_guard(made) else self.expr(nodes[0])
            return self.cast_to(value, self._text(function).partition("<")[2].rstrip("> "))
        return self._named_call(name, node, nodes)

    # --- by name ----------------------------------------

    def _named_call(self, name: str, node: Node, nodes: list[Node]) -> Value:
        short = name.rsplit("::", 1)[-1]
        if short in api.CREATE_CALLS:
            return self._create(short, node, nodes)
        if short in api.JOIN_CALLS and nodes:
            return self._join_call(node, nodes)
        if name in ("std::async", "async"):
            return self._async(node, nodes)
        if name in ("std::thread", "std::jthread", "thread", "jthread") and nodes:
            return self._spawn(node, nodes, handle="")
        if api.is_guard(short) and nodes and short not in self.symbols.functions:
            return self.guard_made(short, nodes)
        if short in _SELVES and not nodes and self.this is not None:
            return Value(target=self.this)
        if short in _BINDS and nodes:
            return self.bound_call(nodes)
        if api.is_fence(name):
            self.fence(api.memory_order(self.spelt(nodes)), node)
            return UNKNOWN
        atomic = api.atomic_call(name)
        if atomic is not None and nodes:
            return self._atomic(atomic, node, nodes)
        if (
            short in api.BARRIER_CALLS
            or self.runs_once(short, nodes)
            or short in api.WAIT_CALLS
            or short in api.SIGNAL_CALLS
        ) and nodes:
            return self._synchronise(short, node, nodes)
        if not self._is_read(short, name):
            if name in ENDS:
                for argument in nodes:
                    self.expr(argument)
                if name == "pthread_exit":
                    self.leave_early(node)
                self.flow.dead = True
                return UNKNOWN
            if short in api.CLEANUP_CALLS and nodes:
                return self.cleanup(short, nodes, node)
            if short in api.KEEP_CALLS and len(nodes) == 2:
                return self.keep_by_key(nodes)
            if (mode := self.own_atomic(name, nodes)) is not None:
                return self._atomic(mode, node, nodes)
            effect = api.lock_call(name, len(nodes))
            if effect is not None:
                return self._lock_call(effect, short, node, nodes)
            awaited = api.condition_call(short) if nodes else ""
            if awaited and self.of_condition(awaited, nodes, node):
                return UNKNOWN
            if allocates(short):
                return self._made_by(short, node, nodes)
            if short in _EXTREMES and len(nodes) == 2:
                return self.extreme_of(nodes, "<" if short.lower().endswith("min") else ">")
            if short == "clamp" and len(nodes) == 3:
                return self.within_of(nodes)
            if short in CONTAINER_CALLS and len(nodes) >= 3:
                return self.container_call(nodes)
            value = self._outside(short, node, nodes)
            self.given_new(short, nodes)
            self.keeps_plans(short, node)
            if short in SHARED_BUFFERS:
                return self.shared_buffer(short, node)
            return self.result_of(short, value, nodes) or value
        if self.scope is not None and any(f.constructs for f in self.symbols.functions[short]):
            return self.make_object(short, nodes, node)
        values = self._arguments(short, nodes)
        return self.call_defined(short, values, node, owner=class_of(name))

    def _arguments(self, name: str, nodes: list[Node]) -> list[Value]:
        """The arguments of a call into this file; a reference parameter is bound to the place."""
        versions = self._versions(name)
        callee = next((f for f in versions if len(f.parameters) >= len(nodes)), None)
        values = []
        for index, node in enumerate(nodes):
            bound = callee is not None and is_reference(callee.parameters[index])
            known = self.bound_to(node) if bound else None
            given = known if known is not None else self.argument(node)
            values.append(given if bound else self.handed(given, node, versions, index))
        return values

    def _is_handle(self, node: Node) -> bool:
        """Whether an argument is the handle of a thread, which the callee may join."""
        name = IDENTIFIER.match(self._text(node)) if node.type in LVALUES else None
        symbol = self.lookup(name[0]) if name is not None else None
        return symbol is not None and symbol.type in api.HANDLES and node.type != "field_expression"

    def argument(self, node: Node) -> Value:
        """An argument's value; an object passed by reference is not read by the passing itself."""
        made = self.listed_record(node) if node.type == "compound_literal_expression" else None
        if made is not None:
            return made
        if self._is_handle(node):
            place = self.place(node)
            if place is not None and self.shape(place) == (place.root.type, 0, 0):
                return Value(target=place)
        elif node.type in ("identifier", "field_expression") and self.parsed.cpp:
            place = self.place(node)
            if place is not None:
                kind, pointer, array = self.shape(place)
                if (
                    not pointer
                    and not array
                    and (is_container(kind) or self.symbols.struct(kind) in self.symbols.structs)
                ):
                    return Value(target=place)
        return self.expr(node)

    def call_defined(
        self,
        name: str,
        values: list[Value],
        node: Node,
        this: Path | None = None,
        owner: str | None = None,
    ) -> Value:
        """Walk the function of the file that this call means, if the walk must see it now."""
        owner = self.symbols.struct(self.shape(this)[0]) if this is not None else owner
        versions = self._versions(name, owner)
        fitting = self.overloads(versions, values)
        if this is not None:
            fitting = [f for f in fitting if f.owner == owner] or [f for f in fitting if f.owner]
        elif own := self.overriding(fitting, self.this):
            fitting, this = own, self.this
        if not fitting:
            self.note(f"call:{name}")
            return UNKNOWN
        function = self.nearest(fitting, node)
        if this is None and function.owner and function.owner == self.this_class:
            this = self.this
        if self.scope is None and not self.makes_threads(function.name):
            self.ran_alone(function, this)
        if self.worth_walking(function):
            if others := self.overriding_too(function, this):
                return self.any_of([function, *others], values, node, this)
            self.call_function(function, values, node, this)
            self.temporaries += self.result.holds
            if self.result.target is not None or self.result.closure is not None:
                return self.result
            if self.result.form is not None and self._made_of(self.result.form, values):
                return self.result
            exact = self.result.form.exact if self.result.form is not None else None
            if exact is not None and self._made_of(exact, values, self.formulas):
                return self.result
            if self.result.form is not None and self.result.form.marks & TAKEN:
                return Value(form=opaque(f"{name}@{node.start_byte}", self.result.form.marks))
        marks = frozenset([m for v in values for m in v.sources]) | {"call"}
        text = f"{name}({[v.form for v in values]})"
        text = numbered(name, text, node, goes_on=self.goes_on(function))
        return Value(form=opaque(kept(self.answers, text, values), marks), marks=marks)

    def _is_read(self, short: str, name: str) -> bool:
        """Whether a call by this name may mean a function of the file or of its headers."""
        versions = self.symbols.functions.get(short)
        if not versions or name.startswith("std::"):  # `std::sort` is not a method of that name
            return False
        owner = class_of(name) or self.this_class
        if (
            short == "operator=" and name != short
        ):  # `Base::operator=(other)` means that of no other class
            return any(f.owner == self.symbols.struct(owner or "") for f in versions)
        return self.is_own(versions[0].node) or any(self.may_mean(f, owner) for f in versions)

    def _versions(self, name: str, owner: str | None = None) -> list[Function]:
        """Functions that a call may mean; of headers' classes that of the object's, if known."""
        versions = self.symbols.functions.get(name, [])
        if not self.parsed.headers:
            return versions
        if owner is not None:
            return [f for f in versions if self.may_mean(f, owner)]
        return sorted(versions, key=lambda f: not self.may_mean(f, self.this_class))

    def _made_of(self, form: Form, values: list[Value], more: Quotients = _NONE) -> bool:
        """Whether a number that a function returns is computed from its arguments alone."""
        given = {name for value in values if value.form is not None for name in value.form.names}
        given |= _NUMBERS  # `return omp_get_thread_num();` is known where the call stands
        waiting = list(form.names - given)
        for name in waiting:
            made = self.quotients.get(name) or more.get(name)
            if made is None or len(waiting) > 12:
                return False
            waiting += (made[0].names | made[1].names) - given
        return True

    def worth_walking(self, function: Function) -> bool:
        """Whether to walk this function now: outside parallel code if it forks or fills."""
        if self.scope is not None:
            return True
        return self.makes_threads(function.name) or self.fills_tables(function, self.text)

    def _outside(self, name: str, node: Node, nodes: list[Node]) -> Value:
        """A function defined elsewhere: what it is given by address it may write."""
        marks, frees = frozenset({"call"}), _FREES.match(name) is not None
        effects = "-" * len(nodes) if frees else effects_of(name, nodes, cpp=self.parsed.cpp)
        known = effects is not None
        reaches = False  # whether it is given anything that another thread may see too
        if name in _CHANGES_FIRST and self.parsed.cpp:
            for argument in nodes[: _CHANGES_FIRST[name]]:
                self.changed(argument)
        values = self.given_values(name, nodes)
        calls = not known or name in CALLS_AT_ONCE
        if calls and (JOINS.search(name) or any(v.function or v.target for v in values)):
            self.hand_over(name, values, nodes, node)
        for index, (argument, value) in enumerate(zip(nodes, values, strict=True)):
            marks |= value.sources
            if value.closure is not None:
                self._callback(name, value.closure, node)
            reaches = reaches or value.target is not None or value.closure is not None
            if value.target is not None and frees:
                self.released(value.target, argument)
            mode = done_to(argument, index, effects) if value.target is not None else ""
            if value.target is None or not mode:
                continue
            if (
                mode == "write"
                and self._text(argument).startswith("&")
                and self.held_type(self.shape(value.target)[0])
            ):
                continue
            whole = name in WHOLE or (not known and self._text(argument).startswith("&"))
            place = value.target if is_of_one(argument, nodes, known) else value.target.onwards()
            self.record(place, mode, argument, via="call", whole=whole)
        into = name in POINT_INTO or (name in FINDS and self.parsed.cpp)
        if into and values and values[0].target is not None:
            place = values[0].target  # a pointer or an iterator into what the first one is of
            found = Element("", opaque(f"{name}@{node.start_byte}", marks))
            return Value(target=Path(place.root, (*place.elements[:-1], found)), marks=marks)
        if not known and not self._harmless(name):
            self.note(f"call:{name}")
            if reaches:
                self.note(REACHING_CALL)
        text = kept(self.answers, numbered(name, self._text(node)[:60], node), values)
        answer = opaque(text, marks)
        self.set_by_call(name, nodes, effects, answer)
        return Value(form=answer, marks=marks)

    def _made_by(self, name: str, node: Node, nodes: list[Node]) -> Value:
        """What a call makes: memory that it answers with, or `x_create(&thread, run, arg)`."""
        known, into = self.symbols.functions, bool(nodes) and self._text(nodes[0])[:1] == "&"
        kept = node.parent is not None and node.parent.type in RECEIVERS
        if (kept or not into) and not any(self._text(n).lstrip("&") in known for n in nodes):
            return self.allocation(name, node, nodes)
        value = self._outside(name, node, nodes)
        self.given_new(name, nodes)
        return Value(fresh=True) if kept else value

    def _harmless(self, name: str) -> bool:
        return name.isupper() or name.startswith(
            ("static_cast", "reinterpret_cast", "const_cast", "std", "__builtin")
        )

    def _callback(self, name: str, closure: Closure, node: Node) -> None:
        if api.POOL_METHODS.match(name):
            self._spawn_value(Value(closure=closure), [], node, handle="", many=bool(self.loops))
        else:
            self.call_closure(closure, [], node)

    # --- methods ----------------------------------------

    def _method(self, node: Node, function: Node, nodes: list[Node]) -> Value:
        owner, field = (
            function.child_by_field_name("argument"),
            function.child_by_field_name("field"),
        )
        if owner is None or field is None:
            return UNKNOWN
        method = self._text(field).partition("<")[0]
        arrow = "->" in self.text[owner.end_byte : field.start_byte]
        place = (
            (self.followed(owner) if arrow else self.place(owner))
            if owner.type != "this"
            else self.this
        )
        if place is None:
            value = self._outside(method, node, nodes)
            if arrow:
                self.set_through(method, function, owner, nodes)
            return (self.got_through(method, node, owner) if arrow else None) or value
        kind = self.shape(place)[0]
        # A field that is called; a method is none, and to look for what it was given costs.
        known = not self.parsed.cpp or self.symbols.member(kind, method) is not None
        called = place.step(Element(method)) if known or self.kept else None
        if called is not None and (
            (known and self.functions_at(called)) or self.closures_at(called)
        ):
            return self._through_table(called, node, self.given_to_kept(called, nodes))
        special = self._special_method(method, place, kind, node, nodes)
        if special is not None:
            return special
        if self.has_method(kind, method):
            return self.call_defined(method, self._arguments(method, nodes), node, this=place)
        return self._data_method(method, place, node, nodes)

    def _special_method(
        self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]
    ) -> Value | None:
        if method in api.STOPS and not nodes and not self._versions(method):
            return self.stop(method, node)
        if api.THREAD_TYPES.search(kind) or api.CHANNELS.search(kind):
            within = self.handle_within(method, place, kind)
            if within is not None or api.THREAD_TYPES.search(kind):
                return within or self._thread_method(method, place, node, nodes)
        if method == "lock" and _WEAK.search(kind):
            self.record(place, "read", node, via="method")
            return self.stored(place) or Value(target=place.step(Element()), marks=place.marks)
        effect = api.LOCK_METHODS.get(method)
        own = any(self.is_own(f.node) for f in self._versions(method, self.symbols.struct(kind)))
        bare = not nodes or api.TIMED_TRIES.match(method) is not None
        if effect is not None and bare and not own:  # a header's wrapper too
            self._arguments(method, nodes)
            self._lock(effect, self._lock_place(place), node)
            return UNKNOWN
        if self.guard_put_in(method, place, kind, nodes):
            return UNKNOWN
        told = is_atomic(kind) or self.by_atomic_ref(node)
        told = told or (not kind and method not in ("clear", "test"))
        if method in api.ATOMIC_METHODS and told:  # containers have a clear() too
            return self._atomic_method(method, place, node, nodes)
        if method in api.BARRIER_METHODS or api.ARRIVES.search(self._text(node)[-40:]):
            self._barrier(node)
            return UNKNOWN
        if (self.held_type(kind) or api.CHANNELS.search(kind)) and not is_container(kind):
            return self._sync_method(method, place, kind, node, nodes)
        if api.POOL_METHODS.match(method) and any(n.type == "lambda_expression" for n in nodes):
            return self._given_to_run(method, place, kind, node, nodes)
        return None

    def _given_to_run(
        self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]
    ) -> Value:
        """`pool.submit([] { … })`: a thread of the pool runs it, and then goes on as it does."""
        before, owner = self.order, self.symbols.struct(kind)
        result = self.submit(method, place, kind, node, nodes)
        for party in self.scope.parties.values() if self.scope is not None else ():
            if party.created_at > before:
                party.carrier = owner
        return result

    def _data_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        kind, function = self.shape(place)[0], node.child_by_field_name("function") or node
        made = self.symbols.struct(element_type(kind)) if method.startswith("emplace") else ""
        values = self.given_values(method, nodes, made)
        for value in values:
            kept = value.closure is None or self.adds_closure(method, place, value.closure, node)
            if not kept and value.closure is not None:
                self.call_closure(value.closure, [], node)
        container = is_container(kind)
        for value in values if container and _MUTATING.match(method) else ():
            if value.target is not None:
                self.publish(value.target, place)
        self.emplaced(method, place, node, values)
        self.taken_out(method, place, kind, node)
        if is_smart(kind):
            return self.asked_of_owner(method, place, values, function)
        sets = not container and self.set_by_numbers(method, place, function, values)
        if container and method == "fill":  # it writes each element, and nothing else
            self.record(place.step(Element("", opaque(method))), "write", function, via="method")
        elif container or not kind:
            mode = "update" if _MUTATING.match(method) and not sets else "read"
            if is_known_end(method, kind):
                self.compared_with(place)
            else:
                self.record(place, mode, function, via="method")
            self.put_in(place, values if mode == "update" else [])
        else:
            self.record(place, self.done_by(method, kind), function, via="method")
            self.note(f"call:{method}")
        if container and method in _ELEMENTS:
            place_of = self.end_of(method, kind, self._text(node))
            if nodes and values and by_key(method, kind):
                place_of = text_key(nodes[0], self._text) or values[0].number
            index = self.taken_first(method, node, place_of)
            return Value(target=place.step(Element("", index)), marks=place.marks)
        if not container and (given := self.got_from(method, node, place, values)) is not None:
            return given
        text = numbered(method, self._text(node)[:60], node)
        return Value(form=opaque(text, place.marks | {"call"}))
