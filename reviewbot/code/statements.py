"""Walking statements: control flow, declarations, scopes and calls into functions of the file."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections import Counter

from tree_sitter import Node

from reviewbot.code.events import Guard, Held, Loop
from reviewbot.code.expressions import Expressions
from reviewbot.code.openmp import Directive
from reviewbot.code.state import MAX_INLINE, MAX_NESTING, MAX_STEPS, Flow, merge_flows
from reviewbot.code.symbols import Function, Symbol, declared
from reviewbot.code.threads import LOCK_TYPES, RAII_EXCLUSIVE, RAII_SHARED, THREAD_TYPES
from reviewbot.code.values import UNKNOWN, Closure, Element, Path, Value, opaque

_WRITTEN_THROUGH = re.compile(
    r"(?:[;{}()]|\belse\b)\s*\*+\s*([A-Za-z_]\w*)\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)"
)
_ASSIGNED = re.compile(
    r"(?:\+\+|--)\s*([A-Za-z_]\w*)(?!\s*(?:->|\.|\[))|(?<![.>\w])([A-Za-z_]\w*)\s*(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))"
)


@functools.lru_cache(maxsize=4096)
def assignment_counts(text: str) -> Counter[str]:
    """How often each name is assigned or stepped in a function's text, initialisers included."""
    counts = Counter(a or b for a, b in _ASSIGNED.findall(text))
    counts.subtract(_WRITTEN_THROUGH.findall(text))  # `*p = …` leaves p alone
    return counts


class Statements(Expressions):
    """Walks statements in program order."""

    def construct(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        """Walk a statement under a directive (see constructs.py)."""
        raise NotImplementedError

    def standalone(self, directive: Directive) -> None:
        """Let a directive without a statement take effect (see constructs.py)."""
        raise NotImplementedError

    def join_handle(self, key: str, node: Node | None) -> None:
        """A thread's handle goes out of scope and is joined (see calls.py)."""
        raise NotImplementedError

    # --- statements ------------------------------------------------------------------------------

    def statement(self, node: Node) -> None:
        """Walk one statement with the directives written before it."""
        waiting = self._take_directives(node.start_byte)
        self._governed(node, waiting)
        self.cursor = max(self.cursor, node.end_byte)

    def _take_directives(self, end: int) -> list[Directive]:
        directives = self.parsed.directives
        first = bisect_left(directives, self.cursor, key=lambda d: d.offset)
        last = bisect_left(directives, end, key=lambda d: d.offset)
        self.cursor = max(self.cursor, end)
        return list(directives[first:last])

    def _governed(self, node: Node, waiting: list[Directive]) -> None:
        while waiting and (waiting[0].standalone or waiting[0].has("section")):
            if waiting[0].has("section") and not waiting[0].has("sections"):
                break
            self.standalone(waiting.pop(0))
        if waiting:
            self.construct(waiting[0], node, waiting[1:])
        else:
            self.plain(node)

    def governed(self, node: Node, waiting: list[Directive]) -> None:
        """Walk a statement under the directives that remain."""
        self._governed(node, waiting)

    def plain(self, node: Node) -> None:
        """Walk one statement as such."""
        self.steps += 1
        if self.steps > MAX_STEPS or self.nesting > MAX_NESTING:
            self.note("truncated")
            return
        self.nesting += 1
        handler = getattr(self, "_do_" + node.type, None)
        if handler is not None:
            handler(node)
        elif node.type.endswith(("_statement", "ERROR")) or node.type in (
            "init_statement",
            "else_clause",
        ):
            self._each(node)
        else:
            self.expr(node)
        self.nesting -= 1

    def _each(self, node: Node) -> None:
        if node.type == "ERROR":
            self.note("parse-error")
        for child in node.named_children:
            self.statement(child)

    def _do_compound_statement(self, node: Node) -> None:
        self.push_scope()
        guards = len(self.guards)
        self.cursor = max(self.cursor, node.start_byte + 1)
        for child in node.named_children:
            if child.type != "comment":
                self.statement(child)
        for directive in self._take_directives(node.end_byte):
            if directive.standalone:
                self.standalone(directive)
        del self.guards[guards:]
        self.pop_scope(node)

    def _do_expression_statement(self, node: Node) -> None:
        for child in node.named_children:
            self.expr(child)

    def push_scope(self) -> None:
        """Open a block."""
        self.scopes.append({})
        self.cleanups.append([])

    def pop_scope(self, node: Node | None) -> None:
        """Close a block: guards are released and joining threads joined, as destructors do."""
        for kind, key in reversed(self.cleanups.pop()):
            if kind == "lock":
                self.flow.locks.pop(key, None)
            elif kind == "join":
                self.join_handle(key, node)
            elif kind == "destroy":
                self.destroy(key, node)
        self.scopes.pop()

    def _do_return_statement(self, node: Node) -> None:
        for child in node.named_children:
            value = self.expr(child)
            if self.results and (value.target is not None or value.closure is not None):
                self.results[-1].append(value)
        self._leave_by(self.returns[-1] if self.returns else None)

    def _do_break_statement(self, node: Node) -> None:
        self.flow.dead = True

    _do_continue_statement = _do_break_statement
    _do_throw_statement = _do_return_statement
    _do_co_return_statement = _do_return_statement

    def _leave_by(self, states: list[Flow] | None) -> None:
        if states is not None and not self.flow.dead:
            left = self.flow.copy()
            for cleanups in self.cleanups[1:]:
                for kind, key in cleanups:
                    if kind == "lock":
                        left.locks.pop(key, None)
            states.append(left)
        self.flow.dead = True

    def _do_goto_statement(self, node: Node) -> None:
        label = node.child_by_field_name("label")
        if label is not None and not self.flow.dead:
            self.labels.setdefault(self._text(label), []).append(self.flow.copy())
        self.flow.dead = True

    def _do_labeled_statement(self, node: Node) -> None:
        label = node.child_by_field_name("label")
        arriving = self.labels.get(self._text(label), []) if label is not None else []
        self.flow = merge_flows([self.flow, *arriving]) if arriving else self._revived()
        for child in node.named_children:
            if child != label:
                self.statement(child)

    def _revived(self) -> Flow:
        return Flow(dict(self.flow.locks), self.flow.waits)

    # --- branches ----------------------------------------------------------------------------------

    def _do_if_statement(self, node: Node) -> None:
        self.push_scope()
        guard, tries = self._condition(node.child_by_field_name("condition"))
        before = self.flow.copy()
        then, other = (
            node.child_by_field_name("consequence"),
            node.child_by_field_name("alternative"),
        )
        taken, refused = self._try_branches(node, tries)
        after_then = self._branch(then, guard, before, taken)
        after_else = self._branch(other, negated(guard), before, refused)
        self.flow = merge_flows([after_then, after_else])
        self.pop_scope(node)
        if after_then.dead != after_else.dead:  # `if (tid != 0) return;` guards what follows
            self.guards.append(negated(guard) if after_then.dead else guard)

    def _branch(self, node: Node | None, guard: Guard, before: Flow, held: list[Held]) -> Flow:
        self.flow = before.copy()
        for lock in held:
            self.flow.locks[lock.key] = lock
        if node is not None:
            self.guards.append(guard)
            self.statement(node)
            self.guards.remove(guard)
        return self.flow

    def _condition(self, node: Node | None) -> tuple[Guard, list[Held]]:
        """(the guard a condition makes, the locks that it tries to take)."""
        scope = self.scope
        start = len(scope.events) if scope else 0
        known = set(self.flow.locks)
        value = self.expr(node)
        marks = value.number.marks | value.marks
        keys = frozenset(e.key for e in scope.events[start:]) if scope else frozenset()
        text = self._text(node) if node is not None else ""
        tries = [h for k, h in self.flow.locks.items() if k not in known and not h.certain]
        for lock in tries:
            del self.flow.locks[lock.key]
        return Guard(
            guard_kind(marks, keys, text), keys, self.line(node) if node is not None else 0
        ), tries

    def _try_branches(self, node: Node, tries: list[Held]) -> tuple[list[Held], list[Held]]:
        """Which branch holds the lock of a try: `== 0` or `!` mean success for POSIX and C11."""
        if not tries:
            return [], []
        certain = [Held(h.key, h.kind, h.form, h.root, True, h.line) for h in tries]
        condition = node.child_by_field_name("condition")
        text = re.sub(r"\s", "", self._text(condition)) if condition is not None else ""
        zero_is_success = re.search(r"(pthread_\w*|mtx_)try", text) is not None
        inverted = text.startswith("(!") or "==0" in text or "==thrd_success" in text
        if "==thrd_busy" in text or "!=thrd_success" in text or "==false" in text:
            return [], certain
        return (certain, []) if inverted == zero_is_success else ([], certain)

    def _do_switch_statement(self, node: Node) -> None:
        guard, _ = self._condition(node.child_by_field_name("condition"))
        body = node.child_by_field_name("body")
        before, ends = self.flow.copy(), [self.flow.copy()]
        self.push_scope()
        self.guards.append(guard)
        for child in body.named_children if body is not None else ():
            if child.type == "case_statement":
                self.flow = merge_flows([before.copy(), self.flow])
                value = child.child_by_field_name("value")
                for inner in child.named_children:
                    if inner != value:
                        self.statement(inner)
                ends.append(self.flow.copy())
            elif child.type != "comment":
                self.statement(child)
        self.guards.remove(guard)
        self.pop_scope(node)
        self.flow = merge_flows(ends)

    # --- loops -------------------------------------------------------------------------------------

    def _do_for_statement(self, node: Node) -> None:
        self.for_loop(node, shared=0)

    def for_loop(self, node: Node, *, shared: int) -> None:
        """Walk a for loop; with `shared` its variable and those of nested loops are divided."""
        self.push_scope()
        body = node.child_by_field_name("body")
        self.loops.append(Loop(self.line(node), 0, shared > 0, ""))
        variable, marks = self._loop_header(node, shared)
        header = self.text[node.start_byte : body.start_byte if body is not None else node.end_byte]
        name = f"{variable.name}@{variable.offset}" if variable else ""
        serial = variable.serial if variable else 0
        self.loops[-1] = Loop(
            self.line(node), serial, shared > 0, loop_bounds(header, variable), name
        )
        if variable is not None:
            variable.derived = marks
        self._loop_body(body, node.child_by_field_name("update"), shared - 1)
        self.loops.pop()
        self.pop_scope(node)

    def _loop_header(self, node: Node, shared: int) -> tuple[Symbol | None, frozenset[str]]:
        start = node.child_by_field_name("initializer")
        name = loop_variable(self, node)
        if start is not None:
            self.cursor = max(self.cursor, start.start_byte)
            if start.type == "declaration":
                self._do_declaration(start)
            elif shared <= 0 or start.type == "comma_expression":
                self.expr(start)
            else:
                self.expr(start.child_by_field_name("right"))
        variable = self.lookup(name) if name else None
        limit = self.expr(node.child_by_field_name("condition"))
        if variable is None:
            return None, frozenset()
        derived = limit.number.marks | limit.marks | variable.derived
        if variable.value is not None:
            derived |= variable.value.number.marks
        variable.value = None
        variable.once = False
        if shared > 0:
            return variable, frozenset({"pv"})
        outer = {"seq-" + m for m in derived if m in ("pv", "tid", "targ")}
        return variable, frozenset({"seq"} | outer | {m for m in derived if m.startswith("seq-")})

    def _loop_body(self, body: Node | None, update: Node | None, shared: int) -> None:
        if body is None:
            return
        before, phase = self.flow.copy(), self.phase
        if shared > 0:
            inner = body
            while inner.type == "compound_statement" and inner.named_child_count:
                inner = next((c for c in inner.named_children if c.type != "comment"), body)
            if inner.type == "for_statement":
                self.for_loop(inner, shared=shared)
                return
        self.statement(body)
        if update is not None and not self.flow.dead:
            self._loop_update(update)
        if self.scope is not None and self.phase != phase:
            self.scope.unite(phase, self.phase)  # the end of one turn meets the start of the next
        self.flow.dead = False if before.dead is False else self.flow.dead
        self.flow = merge_flows([before, self.flow]) if not self.flow.dead else before

    def _loop_update(self, update: Node) -> None:
        if self.loops and self.loops[-1].shared:
            return
        self.expr(update)

    def _do_while_statement(self, node: Node) -> None:
        self._while(node, first=True)

    def _do_do_statement(self, node: Node) -> None:
        self._while(node, first=False)

    def _while(self, node: Node, *, first: bool) -> None:
        condition = node.child_by_field_name("condition")
        guard, tries = self._condition(condition) if first else (Guard("other", frozenset(), 0), [])
        if tries and re.search(r"try|test", self._text(condition) if condition is not None else ""):
            for lock in tries:  # `while (trylock()) ;` ends only with the lock held
                self.flow.locks[lock.key] = Held(
                    lock.key, lock.kind, lock.form, lock.root, True, lock.line
                )
        self.loops.append(Loop(self.line(node), 0, False, ""))
        endless = condition is not None and self._text(condition).strip("() ") in ("1", "true")
        if first and not endless:
            self.guards.append(guard)
        self._loop_body(node.child_by_field_name("body"), None, 0)
        if first and not endless:
            self.guards.remove(guard)
        if not first:
            self._condition(condition)
        self.loops.pop()

    def _do_for_range_loop(self, node: Node) -> None:
        self.range_loop(node, shared=False)

    def range_loop(self, node: Node, *, shared: bool) -> None:
        """`for (auto& x : xs)`: x stands for an element whose index is the loop's own."""
        self.push_scope()
        right = node.child_by_field_name("right")
        base = (
            self.place(right)
            if right is not None and right.type != "call_expression"
            else self.expr(right).target
        )
        for symbol, _ in declared(node, "auto"):
            self.declare(symbol)
            symbol.once = True
            marks = frozenset({"pv" if shared else "seq"})
            if base is not None:
                step = Element("", opaque(f"range@{node.start_byte}", marks))
                target = base.step(step)
                if symbol.reference:
                    symbol.value = Value(target=target, marks=marks)
                else:
                    self.record(target, "read", right if right is not None else node)
                    symbol.derived = marks
        self.loops.append(Loop(self.line(node), 0, shared, "*"))
        self._loop_body(node.child_by_field_name("body"), None, 0)
        self.loops.pop()
        self.pop_scope(node)

    # --- declarations --------------------------------------------------------------------------------

    def _do_declaration(self, node: Node) -> None:
        for symbol, start in declared(node, "auto", owner=self.party.serial if self.party else 0):
            self._declare(symbol, start)

    def _declare(self, symbol: Symbol, start: Node | None) -> None:
        value = UNKNOWN
        lock_type = RAII_EXCLUSIVE.search(symbol.type) or RAII_SHARED.search(symbol.type)
        if lock_type and not symbol.reference and not symbol.pointer:
            self.declare(symbol)
            self.guard_object(symbol, start)
            return
        if start is not None:
            thread = THREAD_TYPES.search(symbol.type) and start.type in (
                "argument_list",
                "initializer_list",
            )
            if thread:
                self.declare(symbol)
                self.start_thread(symbol, start)
                return
            value = self.expr(start) if not symbol.reference else self._bound(start)
        self.declare(symbol)
        if symbol.type in self.symbols.structs and not symbol.pointer and not symbol.reference:
            self.construct_object(symbol, start)
        if symbol.storage == "static":
            symbol.once = False
            return
        self._bind(symbol, value, start)

    def _bind(self, symbol: Symbol, value: Value, start: Node | None) -> None:
        if symbol.type == "auto" and start is not None:
            self._infer(symbol, value, start)
        if start is None:
            return
        if symbol.once or symbol.reference:
            symbol.value = value if value != UNKNOWN else None
        symbol.derived |= value.number.marks | value.marks

    def _infer(self, symbol: Symbol, value: Value, start: Node) -> None:
        if "async" in self._text(start)[:16]:
            symbol.type = "std::future"
        if value.target is not None:
            kind, pointer, _ = self.shape(value.target)
            symbol.type = kind or symbol.type
            symbol.pointer = pointer + (0 if symbol.reference else 1)

    def _bound(self, node: Node) -> Value:
        place = self.place(node)
        return Value(target=place) if place is not None else UNKNOWN

    def guard_object(self, symbol: Symbol, start: Node | None) -> None:
        """An RAII lock (see calls.py)."""
        raise NotImplementedError

    def construct_object(self, symbol: Symbol, start: Node | None) -> None:
        """An object of a class defined here (see calls.py)."""
        raise NotImplementedError

    def destroy(self, name: str, node: Node | None) -> None:
        """An object of a class defined here goes out of scope (see calls.py)."""
        raise NotImplementedError

    def start_thread(self, symbol: Symbol, start: Node) -> None:
        """`std::thread t(f, a)` (see calls.py)."""
        raise NotImplementedError

    # --- functions -------------------------------------------------------------------------------------

    def call_function(
        self, function: Function, values: list[Value], node: Node | None, this: Path | None = None
    ) -> None:
        """Walk a function of this file at a call, with its parameters bound to the arguments."""
        if function.qualified in self.active or len(self.active) > MAX_INLINE:
            self.note("recursion" if function.qualified in self.active else "truncated")
            return
        saved = (self.scopes, self.function, self.this, self.this_class, self.calls, self.cursor, self.labels,
                 self.counts, self.cleanups, self.guards)  # fmt: skip
        self.reached.add(function.node.start_byte)
        self.scopes = [self.symbols.globals, {}]
        self.cleanups = [[], []]
        self.guards = list(self.guards)
        self.function = function.qualified
        self.labels = {}
        self.counts = assignment_counts(
            self.text[function.body.start_byte : function.body.end_byte]
        )
        if function.owner:
            self.this_class = function.owner
            self.this = this if this is not None else self._own_object(function.owner)
        elif this is None:
            self.this, self.this_class = None, ""
        if node is not None:
            self.calls = (*self.calls, self.line(node))
        self._bind_parameters(function.parameters, values)
        self._body(function.qualified, function.body)
        (self.scopes, self.function, self.this, self.this_class, self.calls, self.cursor, self.labels,
         self.counts, self.cleanups, self.guards) = saved  # fmt: skip

    def _own_object(self, owner: str) -> Path:
        return Path(Symbol("this", owner, "this", pointer=1), (Element(),))

    def _bind_parameters(self, parameters: tuple[Node, ...], values: list[Value]) -> None:
        for index, parameter in enumerate(parameters):
            for symbol, _ in declared(parameter, "param"):
                self.declare(symbol)
                symbol.once = self.counts[symbol.name] == 0
                value = values[index] if index < len(values) else UNKNOWN
                symbol.derived |= value.number.marks | value.marks
                if value != UNKNOWN and symbol.once:
                    symbol.value = value
                if value.target is None or not symbol.once:
                    continue
                if symbol.array:
                    symbol.array, symbol.pointer = symbol.array - 1, symbol.pointer + 1

    def _body(self, name: str, body: Node) -> None:
        self.active.append(name)
        self.returns.append([])
        self.results.append([])
        self.cursor = body.start_byte
        if body.type == "compound_statement":
            self._do_compound_statement(body)
        else:
            self.statement(body)
        self.flow = merge_flows([self.flow, *self.returns.pop()])
        self.flow.dead = False
        self.active.pop()
        results = self.results.pop()
        self.result = results[0] if results and all(r == results[0] for r in results) else UNKNOWN

    def call_closure(self, closure: Closure, values: list[Value], node: Node | None) -> None:
        """Walk a lambda's body where it is called."""
        body = closure.node.child_by_field_name("body")
        name = f"lambda@{closure.node.start_byte}"
        if body is None or name in self.active or len(self.active) > MAX_INLINE:
            return
        saved = (self.scopes, self.cursor, self.cleanups, self.calls, self.labels)
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
        self.scopes, self.cursor, self.cleanups, self.calls, self.labels = saved

    def _capture(self, node: Node) -> None:
        """Captures by value make copies of their own; by reference the name stays what it was."""
        captures = node.child_by_field_name("captures")
        if captures is None:
            return
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
            symbol.name, symbol.type, "auto", symbol.offset, symbol.pointer, symbol.array, symbol.reference and False,
            owner=self.party.serial if self.party else 0, value=symbol.value, derived=symbol.derived,
            region=self.region, once=symbol.once,
        )  # fmt: skip
        self.scopes[-1][symbol.name] = copy

    def held_type(self, kind: str) -> bool:
        """Whether objects of this type synchronise and are no data themselves."""
        return LOCK_TYPES.search(kind) is not None


def negated(guard: Guard) -> Guard:
    """The guard of the other branch."""
    flipped = {"tid-eq": "tid-ne", "tid-ne": "tid-eq", "pv-eq": "pv-ne", "pv-ne": "pv-eq"}
    return Guard(flipped.get(guard.kind, guard.kind), guard.keys, guard.line)


def guard_kind(marks: frozenset[str], keys: frozenset[str], text: str) -> str:
    """What a condition depends on: the thread's number, its iteration, shared data, or nothing."""
    for mark, name in (("tid", "tid"), ("targ", "tid"), ("pv", "pv")):
        if mark in marks:
            bare = re.sub(r"\s", "", text).strip("()")
            if "%" in text:
                return name
            if "==" in text or bare.startswith("!"):
                return f"{name}-eq"
            return f"{name}-ne" if "!=" in text or bare.isidentifier() else name
    return "shared" if keys else "other"


def loop_bounds(header: str, variable: Symbol | None) -> str:
    """A loop header's text with its variable's name and types left out, to compare two loops."""
    text = re.sub(r"\b(int|unsigned|long|size_t|auto|std::size_t)\b|\s+", "", header)[:120]
    return re.sub(rf"\b{variable.name}\b", "$", text) if variable is not None else text


def loop_variable(walk: Expressions, node: Node) -> str:
    """The name of a for loop's variable, from its initialiser or else its update."""
    start, update = node.child_by_field_name("initializer"), node.child_by_field_name("update")
    text = walk._text(start) if start is not None else ""
    match = re.search(r"([A-Za-z_]\w*)\s*(?:=(?!=)|\{|\()", text)
    if match:
        return match.group(1)
    match = re.search(r"[A-Za-z_]\w*", walk._text(update)) if update is not None else None
    return match.group() if match else ""
