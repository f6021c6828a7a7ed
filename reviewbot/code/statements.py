"""Walking statements: directives, blocks, branches and loops, in program order."""

from __future__ import annotations

import re
from bisect import bisect_left

from tree_sitter import Node

from reviewbot.code.declarations import Declarations
from reviewbot.code.events import Guard, Held, Loop, Sync
from reviewbot.code.expressions import Expressions
from reviewbot.code.loops import MIRRORED, loop_bounds, loop_range, loop_step, position
from reviewbot.code.openmp import Directive
from reviewbot.code.state import MAX_NESTING, MAX_STEPS, Flow, merge_flows
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import UNKNOWN, Element, Form, Path, Value, arithmetic, opaque

_STEPPED = re.compile(r"[-+]=\s*([A-Za-z_]\w*|\d+)\s*$")
MAX_JUMPS = 16  # to one label; more is generated code


class Statements(Declarations):
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

    # --- statements ----------------------------------------

    def statement(self, node: Node) -> None:
        """Walk one statement with the directives written before it."""
        waiting = self._take_directives(node.start_byte)
        self._governed(node, waiting)
        self.cursor = max(self.cursor, node.end_byte)

    def _take_directives(self, end: int) -> list[Directive]:
        directives = self.parsed.directives
        if not directives:
            return []
        first = bisect_left(directives, self.cursor, key=lambda d: d.offset)
        last = bisect_left(directives, end, key=lambda d: d.offset)
        self.cursor = max(self.cursor, end)
        return list(directives[first:last])

    def _governed(self, node: Node, waiting: list[Directive]) -> None:
        while waiting and (waiting[0].standalone or waiting[0].has("section")):
            if waiting[0].has("section") and not waiting[0].has("sections"):
                break
            self.standalone(waiting.pop(0))
        if not waiting or self.nesting > MAX_NESTING:
            self.plain(node)
            return
        self.nesting += 1
        self.construct(waiting[0], node, waiting[1:])
        self.nesting -= 1

    def governed(self, node: Node, waiting: list[Directive]) -> None:
        """Walk a statement under the directives that remain."""
        self._governed(node, waiting)

    def plain(self, node: Node) -> None:
        """Walk one statement as such."""
        self.steps += 1
        if self.steps > MAX_STEPS or self.nesting > MAX_NESTING:
            self.note("truncated")
            deep = self.nesting > MAX_NESTING
            reason = "nested too deeply to read" if deep else "too much code to read whole"
            self.unread.setdefault((self.function, reason), self.line(node))
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
        self.push_scope(node)
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

    def push_scope(self, node: Node) -> None:
        """Open a block."""
        self.scopes.append({})
        self.ends.append(node.end_byte)
        self.cleanups.append([])

    def pop_scope(self, node: Node | None) -> None:
        """Close a block: guards are released and joining threads joined, as destructors do."""
        self.ends.pop()
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
            elif self.results and value.form is not None:
                self.numbers[-1].append(value.form)
        self._leave_by(self.returns[-1] if self.returns else None)

    def _do_break_statement(self, _: Node) -> None:
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
            arriving = self.labels.setdefault(self._text(label), [])
            if len(arriving) < MAX_JUMPS:
                arriving.append(self.flow.copy())
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

    # --- branches ----------------------------------------

    def _do_if_statement(self, node: Node) -> None:
        self.push_scope(node)
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
        start = len(scope.touched) if scope else 0
        known = set(self.flow.locks)
        value = self.expr(node)
        marks = value.number.marks | value.marks
        keys = frozenset(scope.touched[start:]) if scope else frozenset()
        text = self._text(node) if node is not None else ""
        tries = [h for k, h in self.flow.locks.items() if k not in known and not h.certain]
        for lock in tries:
            del self.flow.locks[lock.key]
        line = self.line(node) if node is not None else 0
        return Guard(guard_kind(marks, keys, text), keys, line, "".join(text.split())), tries

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
        self.push_scope(node)
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

    # --- loops ----------------------------------------

    def _do_for_statement(self, node: Node) -> None:
        self.for_loop(node, shared=0)

    def for_loop(self, node: Node, *, shared: int) -> None:
        """Walk a for loop; with `shared` its variable and those of nested loops are divided."""
        self.push_scope(node)
        body, update = node.child_by_field_name("body"), node.child_by_field_name("update")
        self.loops.append(Loop(self.line(node), 0, shared > 0, ""))
        variable, marks, low, high = self._loop_header(node, shared)
        header = self.text[node.start_byte : body.start_byte if body is not None else node.end_byte]
        name = f"{variable.name}@{variable.offset}" if variable else ""
        serial = variable.serial if variable else 0
        self.loops[-1] = Loop(
            self.line(node),
            serial,
            shared > 0,
            loop_bounds(header, variable),
            name,
            loop_step(self._text(update) if update is not None else ""),
            low,
            high,
            self._stride(update),
        )
        if variable is not None:
            variable.derived = marks
            self._point(variable, name, marks)
        self._loop_body(body, node.child_by_field_name("update"), shared - 1)
        self.loops.pop()
        self.pop_scope(node)

    def _point(self, variable: Symbol, name: str, marks: frozenset[str]) -> None:
        """A pointer that walks over an array stands for the element that its turn has reached."""
        start = self.initial.target
        if not variable.pointer or start is None or not start.elements or start.elements[-1].field:
            return
        if start.root is variable:
            return
        step = Element("", opaque(name, marks))
        variable.value = Value(target=Path(start.root, (*start.elements[:-1], step)), marks=marks)
        variable.once = True

    def _loop_header(
        self, node: Node, shared: int
    ) -> tuple[Symbol | None, frozenset[str], Form | None, Form | None]:
        """(variable, what its values derive from, its least value, one more than its greatest)."""
        name, self.initial = loop_variable(self, node), UNKNOWN
        begin = self._loop_start(node.child_by_field_name("initializer"), shared)
        variable = self.lookup(name) if name else None
        if variable is not None and variable.value is not None and begin is None:
            begin = variable.value.form
        limit, operator, end = self._loop_limit(node.child_by_field_name("condition"), name)
        if variable is None:
            return None, frozenset(), None, None
        derived = limit.number.marks | limit.marks | variable.derived
        if variable.value is not None:
            derived |= variable.value.number.marks
        variable.value = None
        variable.once = False
        low, high = loop_range(begin, operator, end)
        if shared > 0:
            return variable, frozenset({"pv"}), low, high
        outer = {"seq-" + m for m in derived if m in ("pv", "tid", "targ")}
        marks = {"seq"} | outer | {m for m in derived if m.startswith("seq-")}
        return variable, frozenset(marks), low, high

    def _loop_start(self, start: Node | None, shared: int) -> Form | None:
        """Walk a for loop's initialiser; the value of an assignment."""
        if start is None:
            return None
        self.cursor = max(self.cursor, start.start_byte)
        if start.type == "declaration":
            self._do_declaration(start)
            return self._begin()
        if shared <= 0 or start.type == "comma_expression":
            self.initial = self.expr(start)
            return self._begin() if start.type != "comma_expression" else None
        self.initial = self.expr(start.child_by_field_name("right"))
        return self._begin()

    def _begin(self) -> Form | None:
        """The number, or the index of the element, with which a loop begins."""
        return position(self.initial)

    def _loop_limit(self, node: Node | None, name: str) -> tuple[Value, str, Form | None]:
        """Walk a for loop's condition: (value, operator, limit), as if it read `name < limit`."""
        while node is not None and node.type in ("condition_clause", "parenthesized_expression"):
            node = next(iter(node.named_children), None)
        if node is None or node.type != "binary_expression":
            return self.expr(node), "", None
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sign = node.child_by_field_name("operator")
        operator = self._text(sign) if sign is not None else ""
        if operator == "&&" and left is not None:
            value, operator, end = self._loop_limit(left, name)
            self.expr(right)
            return value, operator, end
        if operator not in MIRRORED or left is None or right is None:
            return self.expr(node), "", None
        a, b = self.expr(left), self.expr(right)
        value = Value(form=arithmetic(operator, a.number, b.number), marks=a.marks | b.marks)
        if self._text(left) == name:
            return value, operator, position(b)
        return (
            (value, MIRRORED[operator], a.form) if self._text(right) == name else (value, "", None)
        )

    def _stride(self, update: Node | None) -> Form | None:
        """How far a loop's update takes its variable, whatever the direction."""
        if update is None:
            return None
        if update.type == "update_expression":
            return Form((), 1)
        match = _STEPPED.search(self._text(update))
        if match is None:
            return None
        if match[1].isdigit():
            return Form((), int(match[1]))
        symbol = self.lookup(match[1])
        if symbol is None:
            return self.macro_number(match[1])
        known = symbol.value.form if symbol.value is not None and symbol.once else None
        return known or opaque(f"{symbol.name}@{symbol.offset}", symbol.derived)

    def _loop_body(self, body: Node | None, update: Node | None, shared: int) -> tuple[Sync, ...]:
        """Walk a body that runs any number of times; the waits at its end."""
        if body is None:
            return ()
        before, phase = self.flow.copy(), self.phase
        if shared > 0:
            inner = body
            while inner.type == "compound_statement" and inner.named_child_count:
                inner = next((c for c in inner.named_children if c.type != "comment"), body)
            if inner.type == "for_statement":
                self.for_loop(inner, shared=shared)
                return ()
        self.statement(body)
        if update is not None and not self.flow.dead:
            self._loop_update(update)
        if self.scope is not None and self.phase != phase:
            self.scope.unite(phase, self.phase)  # the end of one turn meets the start of the next
        waits = self.flow.waits
        self.flow.dead = False if before.dead is False else self.flow.dead
        self.flow = merge_flows([before, self.flow]) if not self.flow.dead else before
        return waits

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
        waited = self._loop_waits(node.child_by_field_name("body"))
        if first and not endless:
            self.guards.remove(guard)
            self.flow.waits = (*self.flow.waits, *waited)[-12:]
        if not first:
            self._condition(condition)
        self.loops.pop()

    def _loop_waits(self, body: Node | None) -> list[Sync]:
        """Walk a loop's body; `while (!ready) cond_wait(…)` ends by its wait."""
        known, start = self.flow.waits, self.order
        ends = self._loop_body(body, None, 0)
        return [w for w in ends if w.order > start and w.kind == "cond" and w not in known]

    def _do_for_range_loop(self, node: Node) -> None:
        self.range_loop(node, shared=False)

    def range_loop(self, node: Node, *, shared: bool) -> None:
        """`for (auto& x : xs)`: x stands for an element whose index is the loop's own."""
        self.push_scope(node)
        right = node.child_by_field_name("right")
        base = (
            self.place(right)
            if right is not None and right.type != "call_expression"
            else self.expr(right).target
        )
        for symbol, _ in self.symbols.declared(node, "auto"):
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


def negated(guard: Guard) -> Guard:
    """The guard of the other branch."""
    flipped = {"tid-eq": "tid-ne", "tid-ne": "tid-eq", "pv-eq": "pv-ne", "pv-ne": "pv-eq"}
    return Guard(flipped.get(guard.kind, guard.kind), guard.keys, guard.line, guard.text)


def guard_kind(marks: frozenset[str], keys: frozenset[str], text: str) -> str:
    """What a condition depends on: the thread's number, its iteration, shared data, or nothing."""
    if "BARRIER_SERIAL_THREAD" in text:
        return "tid-ne" if "!=" in text else "tid-eq"
    for mark, name in (("tid", "tid"), ("targ", "tid"), ("pv", "pv")):
        if mark in marks:
            bare = re.sub(r"\s", "", text).strip("()")
            if marks & {"call", "mem", "ticket"}:
                break  # a number that was computed from it chooses no one thread
            if any("==" in part and "%" not in part for part in text.split("&&")):
                # `turn == id` in a loop over turns lets every thread through, one after another.
                return name if "seq" in marks and name == "tid" else f"{name}-eq"
            if "%" in text:
                return name
            if bare.startswith("!"):
                return f"{name}-eq"
            return f"{name}-ne" if "!=" in text or bare.isidentifier() else name
    return "shared" if keys else "other"


def loop_variable(walk: Expressions, node: Node) -> str:
    """The name of a for loop's variable, from its initialiser or else its update."""
    start, update = node.child_by_field_name("initializer"), node.child_by_field_name("update")
    text = walk._text(start) if start is not None else ""
    match = re.search(r"([A-Za-z_]\w*)\s*(?:=(?!=)|\{|\()", text)
    if match:
        return match.group(1)
    match = re.search(r"[A-Za-z_]\w*", walk._text(update)) if update is not None else None
    return match.group() if match else ""
