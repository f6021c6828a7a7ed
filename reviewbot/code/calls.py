"""Walking calls: locks, atomics, thread creation and joins, and what other functions may touch."""

from __future__ import annotations

import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code import threads as api
from reviewbot.code.events import Held, Party, Sync
from reviewbot.code.state import Flow
from reviewbot.code.statements import Statements
from reviewbot.code.symbols import Function, Symbol, is_atomic, is_container
from reviewbot.code.values import UNKNOWN, ZERO, Closure, Element, Path, Value, opaque, remark

_MUTATING = re.compile(
    r"^(push_back|emplace_back|emplace|insert|insert_or_assign|try_emplace|erase|clear|resize|reserve|push|pop"
    r"|pop_back|push_front|pop_front|assign|append|swap|merge|splice|sort|reset|shrink_to_fit|str|write|put"
    r"|add|remove|set|enqueue|dequeue|append_range|extract|unique|reverse|setstate|seed|operator\(\))$"
)
_ALLOCATES = re.compile(
    r"^(malloc|calloc|realloc|aligned_alloc|strdup|k[mz]alloc|make_unique|make_shared|new)$|alloc$"
)
_PURE = frozenset(
    """printf fprintf puts fputs putchar exit abort free sqrt sqrtf fabs sin cos tan exp log pow floor ceil
    fmin fmax abs labs min max rand srand drand48 time clock omp_get_wtime omp_get_num_threads
    omp_get_max_threads omp_set_num_threads omp_get_num_procs omp_in_parallel omp_init_lock omp_destroy_lock
    omp_set_dynamic omp_set_nested omp_init_nest_lock omp_destroy_nest_lock omp_get_team_size
    omp_get_level omp_get_num_teams pthread_mutex_init pthread_mutex_destroy
    pthread_cond_init pthread_cond_destroy pthread_barrier_init pthread_barrier_destroy pthread_spin_init
    pthread_spin_destroy pthread_rwlock_init pthread_rwlock_destroy pthread_attr_init pthread_key_create
    pthread_setspecific pthread_getspecific sem_init sem_destroy sem_open mtx_init mtx_destroy cnd_init cnd_destroy usleep sleep
    nanosleep sched_yield thrd_yield thrd_sleep pthread_yield this_thread sleep_for yield assert strlen strcmp
    strncmp memcmp atoi strtol perror move forward ref cref get make_pair make_tuple static_cast size_t
    pthread_mutexattr_init pthread_mutexattr_settype pthread_self pthread_exit isalpha isdigit isspace toupper tolower
    hypot round lround fmod atan2 acos asin tanh log2 log10 cbrt fma to_string swap_ranges tie duration_cast now
    milliseconds microseconds seconds begin end cbegin cend size data distance next prev thrd_exit quick_exit""".split()
)  # fmt: skip
_WRITES_FIRST = frozenset(
    "memcpy memmove memset strcpy strncpy strcat sprintf snprintf fgets fread read recv fill iota sort copy".split()
)
_READS = frozenset(
    "memcpy memmove strcpy strncpy strcat fwrite write send accumulate find count copy".split()
)


class Calls(Statements):
    """What a call does to locks, threads and memory."""

    def _call_expression(self, node: Node) -> Value:
        function, arguments = (
            node.child_by_field_name("function"),
            node.child_by_field_name("arguments"),
        )
        nodes = (
            [c for c in arguments.named_children if c.type != "comment"]
            if arguments is not None
            else []
        )
        if function is None:
            return UNKNOWN
        if function.type == "field_expression":
            return self._method(node, function, nodes)
        if function.type == "lambda_expression":
            self.call_closure(
                Closure(function, tuple(self.scopes)), [self.expr(n) for n in nodes], node
            )
            return UNKNOWN
        if function.type == "parenthesized_expression":  # `(type)(value)` reads as a call
            values = [self.expr(n) for n in nodes]
            return values[0] if len(values) == 1 else UNKNOWN
        name = re.sub(r"<.*", "", self._text(function), flags=re.DOTALL)
        symbol = self.lookup(name)
        if symbol is not None:
            return self._through_variable(symbol, node, nodes)
        if (
            name in ("std::move", "std::forward", "std::ref", "std::cref", "std::atomic_ref")
            and nodes
        ):
            return (
                self._thread_argument(nodes[0])
                if nodes[0].type == "call_expression"
                else self._passed(nodes[0])
            )
        if name in self.symbols.types and len(nodes) == 1:
            return self.expr(nodes[0])
        return self._named_call(name, node, nodes)

    def _passed(self, node: Node) -> Value:
        """An object handed on by reference: its own value if it is a function, else its place."""
        place = self.place(node)
        if place is None:
            return UNKNOWN
        value = place.root.value if not place.elements else None
        if value is not None and (value.closure is not None or value.function):
            return value
        return Value(target=place, marks=place.marks)

    def _through_variable(self, symbol: Symbol, node: Node, nodes: list[Node]) -> Value:
        values = [self.expr(n) for n in nodes]
        value = symbol.value
        if value is not None and value.closure is not None:
            self.call_closure(value.closure, values, node)
        elif value is not None and value.function:
            self._call_defined(value.function, values, node)
        elif any(
            f.owner == self.symbols.struct(symbol.type)
            for f in self.symbols.functions.get("operator()", [])
        ):
            place = self.place(node.child_by_field_name("function"))
            return self._call_defined("operator()", values, node, this=place)
        else:
            self.note(f"call:{symbol.name}")
        return UNKNOWN

    def construct_object(self, symbol: Symbol, start: Node | None) -> None:
        """Walk the constructor where threads may start or shared data be touched; and plan the destructor."""
        name = self.symbols.struct(symbol.type)
        if self.scope is None or self.scope.kind != "threads":
            return
        nodes = (
            [c for c in start.named_children if c.type != "comment"] if start is not None else []
        )
        if name in self.symbols.functions and self.makes_threads(name):
            self._call_defined(
                name,
                [self.argument(n) for n in nodes],
                start or self.parsed.root,
                this=Path(symbol),
            )
        if "~" + name in self.symbols.functions:
            self.cleanups[-1].append(("destroy", symbol.name))

    def destroy(self, name: str, node: Node | None) -> None:
        """The destructor of a local object: it often joins."""
        symbol = self.lookup(name)
        if symbol is not None and not self.flow.dead:
            self._call_defined(
                "~" + self.symbols.struct(symbol.type),
                [],
                node or self.parsed.root,
                this=Path(symbol),
            )

    # --- by name ---------------------------------------------------------------------------------------

    def _named_call(self, name: str, node: Node, nodes: list[Node]) -> Value:
        short = name.rsplit("::", 1)[-1]
        if short in api.THREAD_ID_CALLS or name in api.THREAD_ID_CALLS:
            return Value(form=opaque("tid", frozenset({"tid"})), marks=frozenset({"tid"}))
        if short in api.CREATE_CALLS:
            return self._create(short, node, nodes)
        if short in api.JOIN_CALLS and nodes:
            return self._join_call(node, nodes)
        if name in ("std::async", "async"):
            return self._async(node, nodes)
        if name in ("std::thread", "std::jthread", "thread", "jthread") and nodes:
            return self._spawn(node, nodes, handle="")
        atomic = api.atomic_call(name)
        if atomic is not None and nodes:
            return self._atomic(atomic, name, node, nodes)
        if (short in api.BARRIER_CALLS or short in api.ONCE_CALLS or short in api.WAIT_CALLS
                or short in api.SIGNAL_CALLS) and nodes:  # fmt: skip
            return self._synchronise(short, node, nodes)
        if short not in self.symbols.functions:
            effect = api.lock_call(name, len(nodes))
            if effect is not None:
                return self._lock_call(effect, short, node, nodes)
            if _ALLOCATES.search(short):
                for argument in nodes:
                    self.expr(argument)
                return Value(fresh=True)
            return self._outside(short, node, nodes)
        return self._call_defined(short, [self.argument(n) for n in nodes], node)

    def argument(self, node: Node) -> Value:
        """An argument's value; an object passed by reference is not read by the passing itself."""
        if node.type in ("identifier", "field_expression") and self.parsed.cpp:
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

    def _call_defined(
        self, name: str, values: list[Value], node: Node, this: Path | None = None
    ) -> Value:
        versions = self.symbols.functions.get(name, [])
        fitting = [f for f in versions if len(f.parameters) >= len(values)] or versions
        if this is not None:
            owner = self.symbols.struct(self.shape(this)[0])
            fitting = [f for f in fitting if f.owner == owner] or [f for f in fitting if f.owner]
        if not fitting:
            self.note(f"call:{name}")
            return UNKNOWN
        function = fitting[0]
        if this is None and function.owner and function.owner == self.this_class:
            this = self.this
        if self.worth_walking(function):
            self.call_function(function, values, node, this)
            if self.result != UNKNOWN:
                return self.result
        marks = frozenset(m for v in values for m in v.number.marks | v.marks) | {"call"}
        return Value(form=opaque(f"{name}({[v.form for v in values]})", marks), marks=marks)

    def worth_walking(self, function: Function) -> bool:
        """Whether the walk must see this function now: not outside parallel code, unless it forks."""
        if self.scope is not None:
            return True
        return self.makes_threads(function.name)

    def makes_threads(self, name: str) -> bool:
        """Whether the function, or one it calls, creates or joins threads (see analyse.py)."""
        raise NotImplementedError

    def _outside(self, name: str, node: Node, nodes: list[Node]) -> Value:
        """A function defined elsewhere: what it is given by address it may write."""
        marks: frozenset[str] = frozenset({"call"})
        known = name in _PURE or name in _WRITES_FIRST or name in _READS
        for index, argument in enumerate(nodes):
            value = self.expr(argument)
            marks |= value.number.marks | value.marks
            if value.closure is not None:
                self._callback(name, value.closure, node)
            if value.target is None or (name in _PURE):
                continue
            written = (name in _WRITES_FIRST and index == 0) or (
                not known and argument.type == "pointer_expression"
            )
            if (
                written
                and self._text(argument).startswith("&")
                and self.held_type(self.shape(value.target)[0])
            ):
                continue
            self.record(value.target, "write" if written else "read", argument, via="call")
        if not known and not self._harmless(name, nodes):
            self.note(f"call:{name}")
        return Value(form=opaque(f"{self._text(node)[:60]}", marks), marks=marks)

    def _harmless(self, name: str, nodes: list[Node]) -> bool:
        return name.isupper() or name.startswith(
            ("static_cast", "reinterpret_cast", "const_cast", "std", "__builtin")
        )

    def _callback(self, name: str, closure: Closure, node: Node) -> None:
        if api.POOL_METHODS.match(name):
            self._spawn_value(Value(closure=closure), [], node, handle="", many=bool(self.loops))
        else:
            self.call_closure(closure, [], node)

    # --- methods ----------------------------------------------------------------------------------------

    def _method(self, node: Node, function: Node, nodes: list[Node]) -> Value:
        owner, field = (
            function.child_by_field_name("argument"),
            function.child_by_field_name("field"),
        )
        if owner is None or field is None:
            return UNKNOWN
        method = re.sub(r"<.*", "", self._text(field), flags=re.DOTALL)
        arrow = "->" in self.text[owner.end_byte : field.start_byte]
        place = (
            (self.expr(owner).target if arrow else self.place(owner))
            if owner.type != "this"
            else self.this
        )
        if place is None:
            return self._outside(method, node, nodes)
        kind, pointer, _ = self.shape(place)
        special = self._special_method(method, place, kind, node, nodes)
        if special is not None:
            return special
        if method in self.symbols.functions and any(
            f.owner for f in self.symbols.functions[method]
        ):
            return self._call_defined(method, [self.argument(n) for n in nodes], node, this=place)
        return self._data_method(method, place, kind, node, function, nodes)

    def _special_method(
        self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]
    ) -> Value | None:
        if api.THREAD_TYPES.search(kind):
            return self._thread_method(method, place, node, nodes)
        effect = api.LOCK_METHODS.get(method)
        if effect is not None and not nodes and method not in self.symbols.functions:
            self._lock(effect, self._lock_place(place), node)
            return UNKNOWN
        if method in api.ATOMIC_METHODS and (is_atomic(kind) or not kind):
            return self._atomic_method(method, place, node, nodes)
        if method in api.BARRIER_METHODS:
            self._barrier(self.key(place), node)
            return UNKNOWN
        if self.held_type(kind) or "future" in kind or "promise" in kind:
            return self._sync_method(method, place, kind, node, nodes)
        if api.POOL_METHODS.match(method) and any(n.type == "lambda_expression" for n in nodes):
            return self._spawn(node, nodes, handle=self.key(place))
        return None

    def _sync_method(
        self, method: str, place: Path, kind: str, node: Node, nodes: list[Node]
    ) -> Value:
        if method in api.SIGNAL_METHODS:
            self._signal(api.SIGNAL_METHODS[method], self.key(place), node)
        elif method not in api.WAIT_METHODS:
            for argument in nodes:
                self.expr(argument)
        else:
            if "future" in kind:
                self.join_handle(self.key(place), node)
            for argument in nodes:  # the predicate of a condition variable runs under the lock
                value = self.expr(argument)
                if value.closure is not None:
                    self.call_closure(value.closure, [], node)
            self._wait(api.WAIT_METHODS[method], self.key(place), node)
        return UNKNOWN

    def _data_method(
        self, method: str, place: Path, kind: str, node: Node, function: Node, nodes: list[Node]
    ) -> Value:
        values = [self.expr(n) for n in nodes]
        for value in values:
            if value.closure is not None:
                self.call_closure(value.closure, [], node)
        container = is_container(kind)
        smart = Symbol("", kind, "auto").smart
        if smart and method == "get":
            return Value(target=place.step(Element()))
        if container or not kind:
            mode = "update" if _MUTATING.match(method) else "read"
            self.record(place, mode, function, via="method")
        else:
            self.record(place, "read", function, via="method")
            self.note(f"call:{method}")
        if container and method in ("at", "front", "back", "begin", "data", "find", "top", "end"):
            index = values[0].number if values and method == "at" else opaque(method)
            return Value(target=place.step(Element("", index)), marks=place.marks)
        return Value(form=opaque(self._text(node)[:60], place.marks | {"call"}))

    # --- locks ------------------------------------------------------------------------------------------

    def _lock_call(self, effect: api.LockCall, name: str, node: Node, nodes: list[Node]) -> Value:
        place: Path | None = None
        for index, argument in enumerate(nodes):
            if index == effect.argument:
                place = self._lock_argument(argument)
            else:
                self.expr(argument)
        if place is None:
            stem = (
                f"lock:{api.lock_stem(name)}"
                if effect.argument < 0 or not nodes
                else f"lock:{self._text(nodes[0])}"
            )
            place = Path(Symbol(stem, "mutex", "global"))
        self._lock(effect, place, node)
        return Value(form=opaque(name))

    def _lock_argument(self, node: Node) -> Path | None:
        inner = node
        if node.type == "pointer_expression" and self._text(node).startswith("&"):
            found = node.child_by_field_name("argument")
            return self.place(found)
        place = self.place(inner) if inner.type != "call_expression" else None
        if place is None:
            return self.expr(inner).target
        kind, pointer, _ = self.shape(place)
        bound = place.root.value if not place.elements else None
        if bound is not None and bound.target is not None:
            return bound.target
        return place.step(Element()) if pointer else place

    def _lock_place(self, place: Path) -> Path:
        """The mutex behind a `unique_lock` variable, or the object itself."""
        value = place.root.value
        if not place.elements and value is not None and value.target is not None:
            return value.target
        return place

    def held(self, place: Path, node: Node, *, kind: str = "mutex", certain: bool = True) -> Held:
        """The record of a lock on that place."""
        forms = [e.form for e in place.elements if not e.field and not e.form.is_constant]
        return Held(
            self.key(place),
            kind,
            forms[-1] if forms else ZERO,
            place.root.serial,
            certain,
            self.line(node),
        )

    def _lock(self, effect: api.LockCall, place: Path, node: Node) -> None:
        held = self.held(
            place, node, kind="shared" if effect.shared else "mutex", certain=effect.effect != "try"
        )
        self.sync("unlock" if effect.effect == "release" else "lock", node)
        if effect.effect == "release":
            self.flow.locks.pop(held.key, None)
            self._signal("lock", held.key, node, quiet=True)
        else:
            self.flow.locks[held.key] = held

    def guard_object(self, symbol: Symbol, start: Node | None) -> None:
        """An RAII lock: held until its block ends, unless deferred; `unlock()` on it works too."""
        from reviewbot.code.threads import RAII_SHARED

        nodes = (
            [c for c in start.named_children if c.type != "comment"] if start is not None else []
        )
        text = self._text(start) if start is not None else ""
        shared = RAII_SHARED.search(symbol.type) is not None
        for argument in nodes:
            if "defer_lock" in self._text(argument) or "adopt_lock" in self._text(argument):
                continue
            place = self._guard_place(argument)
            if place is None:
                continue
            symbol.value = Value(target=place)
            symbol.once = True
            held = self.held(
                place,
                argument,
                kind="shared" if shared else "mutex",
                certain="try_to_lock" not in text,
            )
            self.cleanups[-1].append(("lock", held.key))
            if "defer_lock" not in text:
                self.flow.locks[held.key] = held
                self.sync("lock", argument)

    def _guard_place(self, node: Node) -> Path | None:
        if node.type == "parameter_declaration":  # `lock_guard<mutex> g(m);` reads as a function
            inner = node.child_by_field_name("type")
            name = self._text(inner if inner is not None else node)
            symbol = self.lookup(name.rsplit("::", 1)[-1])
            if symbol is not None:
                return symbol.value.target if symbol.value and symbol.value.target else Path(symbol)
            if self.this is not None:
                return self.this.step(Element(name))
            return Path(self.imply(name)) if name.isidentifier() else None
        return self._lock_argument(node)

    # --- atomics ------------------------------------------------------------------------------------------

    def _atomic(self, mode: str, name: str, node: Node, nodes: list[Node]) -> Value:
        target = self.expr(nodes[0]).target
        marks = frozenset(m for n in nodes[1:] for m in self._value_marks(n))
        order = "seq_cst"
        if len(nodes) > 1:
            order = api.memory_order(" ".join(self._text(n) for n in nodes[1:]))
        if target is not None:
            self._touch_atomic(target, mode, order, node)
        return Value(
            form=opaque(
                self._text(node)[:60], marks | ({"ticket"} if mode == "update" else {"mem"})
            )
        )

    def _value_marks(self, node: Node) -> frozenset[str]:
        value = self.expr(node)
        return value.number.marks

    def _touch_atomic(self, target: Path, mode: str, order: str, node: Node) -> None:
        key = self.record(target, mode, node, atomic=order)
        identity = key or self.key(target)
        if mode != "write" and order in ("acquire", "acq_rel", "seq_cst"):
            self._wait("flag", identity, node)
        if mode != "read" and order in ("release", "acq_rel", "seq_cst"):
            self._signal("flag", identity, node)

    def _atomic_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        mode = api.ATOMIC_METHODS[method]
        for argument in nodes:
            self.expr(argument)
        order = api.memory_order(" ".join(self._text(n) for n in nodes))
        if method in ("lock", "unlock"):
            order = "seq_cst"
        self._touch_atomic(place, mode, order, node)
        marks = place.marks | ({"ticket"} if mode == "update" else frozenset({"mem"}))
        return Value(form=opaque(self._text(node)[:60], marks), marks=marks)

    # --- ordering -------------------------------------------------------------------------------------------

    def _synchronise(self, name: str, node: Node, nodes: list[Node]) -> Value:
        place = self._lock_argument(nodes[0])
        key = self.key(place) if place is not None else self._text(nodes[0])
        if name in api.BARRIER_CALLS:
            self._barrier(key, node)
        elif name in api.ONCE_CALLS:
            self._once(key, node, nodes)
        elif name in api.WAIT_CALLS:
            self._wait(api.WAIT_CALLS[name][0], key, node)
        else:
            self._signal(api.SIGNAL_CALLS[name][0], key, node)
        return UNKNOWN

    def _once(self, key: str, node: Node, nodes: list[Node]) -> None:
        held = Held(f"once:{key}", "once", ZERO, 0, True, self.line(node))
        self.flow.locks[held.key] = held
        values = [self.argument(n) for n in nodes[1:]]
        if values and values[0].closure is not None:
            self.call_closure(values[0].closure, values[1:], node)
        elif values and values[0].function:
            self._call_defined(values[0].function, values[1:], node)
        self.flow.locks.pop(held.key, None)
        self._wait("once", key, node)
        self.sync("once", node)

    def _barrier(self, key: str, node: Node) -> None:
        self.phase += 1
        if self.scope is not None:
            self.scope.barriers.append(self.line(node))
        self.sync("barrier", node)

    def _wait(self, kind: str, key: str, node: Node) -> None:
        self.order += 1
        self.flow.waits = (*self.flow.waits, Sync(kind, key, self.line(node), self.order))[-12:]
        if kind != "flag":
            self.sync("wait", node)

    def _signal(self, kind: str, key: str, node: Node, *, quiet: bool = False) -> None:
        self.order += 1
        if self.party is not None and len(self.party.signals) < 200:
            self.party.signals.append(Sync(kind, key, self.line(node), self.order))
        if kind != "flag" and not quiet:
            self.sync("signal", node)

    # --- threads --------------------------------------------------------------------------------------------

    def _create(self, name: str, node: Node, nodes: list[Node]) -> Value:
        handle_at, function_at, argument_at = api.CREATE_CALLS[name]
        handle = ""
        if 0 <= handle_at < len(nodes):
            place = self._lock_argument(nodes[handle_at])
            handle = self.key(place) if place is not None else ""
        if function_at >= len(nodes):
            return UNKNOWN
        entry = self.expr(nodes[function_at])
        values = [self.expr(nodes[argument_at])] if argument_at < len(nodes) else []
        if not entry.function and entry.closure is None:
            entry = Value(function=re.sub(r"^.*?(\w+)\W*$", r"\1", self._text(nodes[function_at])))
        self._spawn_value(entry, values, node, handle=handle, many=bool(self.loops))
        return UNKNOWN

    def _async(self, node: Node, nodes: list[Node]) -> Value:
        kept = [n for n in nodes if "launch::" not in self._text(n)]
        if kept:
            target = self._handle_of(node)
            self._spawn(node, kept, handle=target)
        return UNKNOWN

    def _handle_of(self, node: Node) -> str:
        """The variable that a call's result initialises or is assigned to."""
        parent = node.parent
        if parent is not None and parent.type == "init_declarator":
            name = parent.child_by_field_name("declarator")
            return f"{self._text(name)}@{name.start_byte}" if name is not None else ""
        if parent is not None and parent.type == "assignment_expression":
            place = self.place(parent.child_by_field_name("left"))
            return self.key(place) if place is not None else ""
        if parent is not None and parent.type == "argument_list" and parent.parent is not None:
            function = parent.parent.child_by_field_name("function")
            owner = function.child_by_field_name("argument") if function is not None else None
            place = self.place(owner) if owner is not None else None
            return self.key(place) + "[]" if place is not None else ""
        return "discarded" if parent is not None and parent.type == "expression_statement" else ""

    def start_thread(self, symbol: Symbol, start: Node) -> None:
        """`std::thread t(f, a)` or `std::vector<std::thread> ts{…}`."""
        nodes = [c for c in start.named_children if c.type != "comment"]
        if "vector" in symbol.type or not nodes:
            for child in nodes:
                self.expr(child)
            return
        handle = self.key(Path(symbol))
        self._spawn(start, nodes, handle=handle)
        if "jthread" in symbol.type:
            self.cleanups[-1].append(("join", handle))

    def _thread_method(self, method: str, place: Path, node: Node, nodes: list[Node]) -> Value:
        key = self.key(place)
        if method == "join":
            self.join_handle(key, node)
        elif method in ("emplace_back", "push_back", "emplace") and nodes:
            direct = (
                "lambda_expression",
                "identifier",
                "pointer_expression",
                "qualified_identifier",
            )
            if nodes[0].type in direct or self._text(nodes[0]).startswith(
                ("std::ref", "std::bind_front")
            ):
                self._spawn(node, nodes, handle=key + "[]")
            else:
                self._in_vector(nodes[0], key)
        elif method == "clear":
            self.join_handle(key + "[]", node)
        return UNKNOWN

    def _in_vector(self, node: Node, key: str) -> None:
        arguments = node.child_by_field_name("arguments")
        inner = (
            [c for c in arguments.named_children if c.type != "comment"]
            if arguments is not None
            else []
        )
        if (
            node.type == "call_expression"
            and inner
            and api.THREAD_TYPES.search(self._text(node)[:40])
        ):
            self._spawn(node, inner, handle=key + "[]")
        else:
            self.expr(node)

    def _spawn(self, node: Node, nodes: list[Node], *, handle: str) -> Value:
        if not handle:
            handle = self._handle_of(node)
        entry = self.expr(nodes[0])
        values = [self._thread_argument(n) for n in nodes[1:]]
        self._spawn_value(entry, values, node, handle=handle, many=bool(self.loops))
        return UNKNOWN

    def _thread_argument(self, node: Node) -> Value:
        text = self._text(node)
        match = re.match(r"(?:std::)?c?ref\s*\(", text)
        if match and node.type == "call_expression":
            arguments = node.child_by_field_name("arguments")
            inner = (
                arguments.named_children[0]
                if arguments is not None and arguments.named_children
                else None
            )
            return self._passed(inner) if inner is not None else UNKNOWN
        return self.expr(node)

    def _spawn_value(
        self, entry: Value, values: list[Value], node: Node, *, handle: str, many: bool
    ) -> None:
        """Walk a thread's code as a party of its own, bound to what it was given."""
        scope, creator = self.scope, self.party
        name = entry.function or (
            f"lambda@{entry.closure.node.start_byte}" if entry.closure else ""
        )
        if (
            scope is None
            or creator is None
            or scope.kind != "threads"
            or self.flow.dead
            or not name
        ):
            return
        if name in self.active or len(scope.parties) > 60:
            return
        self.order += 1
        party = Party(
            self.fresh_serial(), "thread", name, self.line(node), self.line(node), many or creator.many,
            "thread", frozenset(self.live), creator.serial, self.order, handle,
            self.loops[-1].bounds if self.loops else "", self.loops[-1].line if self.loops else 0,
        )  # fmt: skip
        scope.parties[party.serial] = party
        self.sync("create", node)
        self._walk_thread(party, entry, values, node)
        if handle == "discarded":  # the future of an unnamed std::async joins at once
            self.ended.add(party.serial)
        else:
            self.live.add(party.serial)

    def _walk_thread(self, party: Party, entry: Value, values: list[Value], node: Node) -> None:
        saved = (self.party, self.flow, self.frames, self.loops, self.guards, self.live, self.ended, self.phase,
                 self.returns, self.calls)  # fmt: skip
        marks = frozenset({"seq"})
        given = [remark(v, marks, "targ") if party.many else v for v in values]
        given = [
            replace(v, marks=v.marks | {"targ"}) if party.many and v.target is None else v
            for v in given
        ]
        self.party, self.flow, self.frames, self.loops, self.guards = party, Flow(), [], [], []
        self.live, self.ended, self.phase, self.returns = set(), set(), 0, []
        if entry.closure is not None:
            self._thread_closure(entry.closure, given, node, party)
        else:
            self._thread_function(entry.function, given, node)
        (self.party, self.flow, self.frames, self.loops, self.guards, self.live, self.ended, self.phase,
         self.returns, self.calls) = saved  # fmt: skip

    def _thread_closure(
        self, closure: Closure, values: list[Value], node: Node, party: Party
    ) -> None:
        """Values captured by a lambda in a loop differ by thread, as its arguments do."""
        renewed = []
        for scope in closure.scopes:
            renewed.append(scope)
        text = self._text(closure.node)
        header = text[: text.find("]") + 1]
        inner: dict[str, Symbol] = {}
        if party.many:
            for symbol in self._by_value(header, text):
                copy = Symbol(
                    symbol.name, symbol.type, "auto", symbol.offset, symbol.pointer, symbol.array,
                    owner=party.serial, derived=(symbol.derived - {"seq"}) | {"targ"}, once=symbol.once,
                    value=remark(symbol.value, frozenset({"seq"}), "targ") if symbol.value else None,
                )  # fmt: skip
                inner[symbol.name] = copy
        self.call_closure(Closure(closure.node, (*renewed, inner)), values, node)

    def _by_value(self, header: str, text: str) -> list[Symbol]:
        names = [n for n in re.findall(r"(?<![&\w])([A-Za-z_]\w*)", header) if n != "this"]
        if re.match(r"\[\s*=", header):
            names += re.findall(r"[A-Za-z_]\w*", text[len(header) :])
        found = [self.lookup(n) for n in dict.fromkeys(names)]
        return [s for s in found if s is not None and s.storage in ("auto", "param")]

    def _thread_function(self, name: str, values: list[Value], node: Node) -> None:
        short = name.rsplit("::", 1)[-1]
        versions = self.symbols.functions.get(short, [])
        this = None
        if versions and versions[0].owner and values:
            this, values = values[0].target or self.this, values[1:]
        if versions:
            self.call_function(versions[0], values, node, this)
        else:
            self.note(f"call:{short}")

    def _join_call(self, node: Node, nodes: list[Node]) -> Value:
        place = self.place(nodes[0])
        for argument in nodes[1:]:
            self.expr(argument)
        if place is not None:
            self.join_handle(self.key(place), node)
        return UNKNOWN

    def join_handle(self, key: str, node: Node | None) -> None:
        """Threads whose handle this is have ended, as far as the joining loop reaches."""
        scope = self.scope
        if scope is None:
            return
        bounds = self.loops[-1].bounds if self.loops else ""
        for party in scope.parties.values():
            if not party.handle or not same_handle(party.handle, key):
                continue
            whole = not party.bounds or bounds in (party.bounds, "*")
            party.joined = "full" if whole else "partial"
            self.order += 1
            party.joined_at = self.order
            if whole:
                self.live.discard(party.serial)
                self.ended.add(party.serial)
        if node is not None:
            self.sync("join", node)


def same_handle(created: str, joined: str) -> bool:
    """Whether two keys name the same handle or the same array of handles."""
    return created == joined or created.rstrip("[]") == joined.rstrip("[]")
