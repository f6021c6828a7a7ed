"""Walking statements: directives, blocks, branches and loops, in program order."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.assigned import assignments
from reviewbot.code.events import BESIDE, Guard, Held, Loop, Sync
from reviewbot.code.expressions import Expressions
from reviewbot.code.flow import Flow, merge_flows
from reviewbot.code.guards import ends_program, guard_kind, heeded, negated, stay, sure, told
from reviewbot.code.loops import counted, start_of
from reviewbot.code.meets import Meets
from reviewbot.code.openmp import Directive
from reviewbot.code.state import MAX_NESTING, MAX_STEPS
from reviewbot.code.symbols import Symbol, is_growing
from reviewbot.code.values import UNKNOWN, Element, Value, opaque
from reviewbot.code.words import IDENTIFIER

_STARTED = re.compile(r"([A-Za-z_]\w*)\s*(?:=(?!=)|\{|\()")
MAX_JUMPS = 16  # to one label; more is generated code


class Statements(Meets):
    """Walks statements in program order."""

    def construct(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        """Walk a statement under a directive (see constructs.py)."""
        raise NotImplementedError

    def standalone(self, directive: Directive) -> None:
        """Let a directive without a statement take effect (see constructs.py)."""
        raise NotImplementedError

    def join_handle(self, key: str, node: Node | None, *, whole: bool = False) -> None:
        """A thread's handle goes out of scope and is joined (see calls.py)."""
        raise NotImplementedError

    # --- statements ----------------------------------------

    def statement(self, node: Node) -> None:
        """Walk one statement with the directives written before it."""
        if not self._offsets:
            self.plain(node)
            return
        self._governed(node, self._take_directives(node.start_byte))
        self.cursor = max(self.cursor, node.end_byte)

    @functools.cached_property
    def _offsets(self) -> list[int]:
        return [directive.offset for directive in self.parsed.directives]

    def _take_directives(self, end: int) -> list[Directive]:
        first = bisect_left(self._offsets, self.cursor)
        last = bisect_left(self._offsets, end)
        self.cursor = max(self.cursor, end)
        return list(self.parsed.directives[first:last])

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
        kind = node.type
        handler = _handler(type(self), kind)  # type: ignore[arg-type]  # classes are hashable
        if handler is not None:
            handler(self, node)
        elif kind.endswith(("_statement", "ERROR")) or kind == "else_clause":
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
                self.given_back(key)
            elif kind == "join":
                self.join_handle(key, node, whole=True)
            elif kind == "destroy":
                self.destroy(key, node)
        self.scopes.pop()

    def _do_return_statement(self, node: Node) -> None:
        for child in node.named_children:
            value = self._given_back(child)
            if self.results and (value.target is not None or value.closure is not None):
                self.results[-1].append(value)
            elif self.results and value.form is not None:
                self.numbers[-1].append(value.form)
        self._leave_by(self.returns[-1] if self.returns else None)

    def _given_back(self, node: Node) -> Value:
        """What `return` gives: a function that returns a reference gives the place, unread."""
        if not self.referring or not self.referring[-1] or node.type == "lambda_expression":
            return self.expr(node)
        place = self.place(node)
        return Value(target=place, refers=True) if place is not None else UNKNOWN

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
        return Flow(dict(self.flow.locks), self.flow.waits, passed=self.flow.passed)

    # --- branches ----------------------------------------

    def _do_if_statement(self, node: Node) -> None:
        self.push_scope(node)
        known = frozenset(self.flow.locks)
        guard, tries = self._condition(node.child_by_field_name("condition"))
        tries += self._answered(node)
        before = self.flow.copy()
        asked, success = heeded(before, known, guard.text)
        then, other = (
            node.child_by_field_name("consequence"),
            node.child_by_field_name("alternative"),
        )
        taken, refused = self._try_branches(node, tries)
        (taken if success else refused).extend(asked)
        for lock in told(before, f"if:{guard.text}"):
            taken.append(sure(lock))
            del before.locks[lock.key]
        running, ended = set(self.live), set(self.ended)
        given = self.given_so_far()
        group = self.group
        after_then = self._branch(then, guard, before, taken)
        waited, self.group = self.group, group
        between = self.given_so_far()
        joined = self.ended & running if running else set()
        if joined:  # the other way knows nothing of it
            self.live, self.ended = running | self.live, ended | (self.ended - running)
        made = set() if self.loops else self.live - running
        self.live = self.live - made  # who goes the other way has not made them
        after_else = self._branch(other, negated(guard), before, refused)
        self.live |= made
        if after_else.dead:
            self.group = waited
        elif not after_then.dead:  # where one way has not waited for tasks, nobody knows of it
            self.group = group if group in (waited, self.group) else max(waited, self.group)
        stay(asked, *((after_then, after_else) if success else (after_else, after_then)))
        self.flow = merge_flows([after_then, after_else])
        self.awaited_here(after_then, after_else, given, between)
        if running:
            self.ways_meet(running, joined, (after_then.dead, after_else.dead), guard.text)
        if not after_then.dead and not after_else.dead:
            only = after_then.locks.keys() - after_else.locks.keys()
            if only and self._settled(guard.text):
                for key in sorted(
                    k for k in only if BESIDE not in k
                ):  # another `if` that asks the same knows of the lock
                    self.flow.locks[key] = replace(self.flow.locks[key], when=f"if:{guard.text}")
        self.pop_scope(node)
        if after_then.dead != after_else.dead and guard.kind != "other":
            # `if (tid != 0) return;` guards what follows; `if (!p) exit(1);` does not.
            left = then if after_then.dead else other
            if left is None or not ends_program(self._text(left)):
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
        marks = value.sources
        keys = frozenset(scope.touched[start:]) if scope else frozenset()
        text = self._text(node) if node is not None else ""
        tries = [h for k, h in self.flow.locks.items() if k not in known and not h.certain]
        for lock in tries:
            del self.flow.locks[lock.key]
        line = self.line(node) if node is not None else 0
        return Guard(guard_kind(marks, keys, text), keys, line, "".join(text.split())), tries

    def _settled(self, condition: str) -> bool:
        """Whether a condition is made of variables of this function that keep their values."""
        names = IDENTIFIER.findall(condition)
        return bool(names) and all(self._keeps(self.lookup(name)) for name in names)

    def _keeps(self, symbol: Symbol | None) -> bool:
        """Whether a local is assigned once at most, from its declaration to the function's end."""
        if symbol is None or symbol.storage not in ("auto", "param"):
            return False
        places = assignments(self.text).get(symbol.name, [])
        return sum(symbol.offset <= place < self.ends[0] for place in places) <= 1

    def _answered(self, node: Node) -> list[Held]:
        """Locks tried before, of which this condition asks whether they were taken."""
        unsure = [h for h in self.flow.locks.values() if not h.certain and h.when]
        if not unsure:
            return []
        condition = node.child_by_field_name("condition")
        names = set(IDENTIFIER.findall(self._text(condition))) if condition is not None else set()
        asked = [h for h in unsure if h.when.partition("=")[0] in names]
        for lock in asked:
            del self.flow.locks[lock.key]
        return asked

    def _try_branches(self, node: Node, tries: list[Held]) -> tuple[list[Held], list[Held]]:
        """Which branch holds the lock of a try: `== 0` or `!` mean success for POSIX and C11."""
        if not tries:
            return [], []
        certain = [sure(lock) for lock in tries]
        condition = node.child_by_field_name("condition")
        text = re.sub(r"\s", "", self._text(condition)) if condition is not None else ""
        zero_is_success = (
            tries[0].when.endswith("=0") or re.search(r"(pthread_\w*|mtx_)try", text) is not None
        )
        inverted = text.startswith("(!") or "==0" in text or "==thrd_success" in text
        if re.search(r"==thrd_busy|!=thrd_success|==false|==EBUSY|!=true", text):
            return [], certain
        if re.search(r"!=thrd_busy|!=EBUSY|!=false|==true|==1\b", text):
            return certain, []
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
        update = node.child_by_field_name("update")
        self.loops.append(Loop(self.line(node), 0, shared > 0, ""))
        name, self.initial = loop_variable(self, node), UNKNOWN
        begin = self.loop_start(node.child_by_field_name("initializer"), shared)
        self.turns(node, name, begin, update, shared)
        self._loop_body(node.child_by_field_name("body"), update, shared - 1)
        self.loops.pop()
        self.pop_scope(node)

    def _loop_body(self, body: Node | None, update: Node | None, shared: int) -> tuple[Sync, ...]:
        """Walk a body that runs any number of times; the waits at its end."""
        if body is None:
            return ()
        before, phase, rests = self.flow.copy(), self.phase, len(self.rests)
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
            self.scope.beats.add(self.loops[-1].line)
            self.scope.unite(phase, self.phase)  # the end of one turn meets the start of the next
        if self.scope is not None and any(d <= len(self.guards) for d in self.rests[rests:]):
            self.scope.rests.add(self.loops[-1].line)
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

    def _counted(self, node: Node) -> bool:
        """Walk `while (i < n) { …; i++; }` as the for loop that it is in all but name."""
        found = counted(node)
        variable = self.lookup(found[0]) if found is not None else None
        if found is None or variable is None or variable.storage not in ("auto", "param"):
            return False
        if self._for_all(variable):
            return False
        self.initial = self.unheard(start_of(node, found[0]))
        self.loops.append(Loop(self.line(node), 0, False, ""))
        self.turns(node, found[0], self.begin(), found[1], 0)
        self._loop_body(node.child_by_field_name("body"), None, 0)
        self.loops.pop()
        return True

    def _while(self, node: Node, *, first: bool) -> None:
        events = len(self.scope.events) if self.scope is not None else 0
        if first and self._counted(node):
            return
        condition = node.child_by_field_name("condition")
        guard, tries = self._condition(condition) if first else (Guard("other", frozenset(), 0), [])
        if tries and re.search(r"try|test", self._text(condition) if condition is not None else ""):
            for lock in tries:  # `while (trylock()) ;` ends only with the lock held
                self.flow.locks[lock.key] = sure(lock)
        self.loops.append(Loop(self.line(node), 0, False, ""))
        endless = condition is not None and self._text(condition).strip("() ") in ("1", "true")
        guards = guard.kind != "other"  # a count, say, chooses nothing
        if first and guards:
            self.guards.append(guard)
        body = node.child_by_field_name("body")
        waited = self._loop_waits(body)
        if first and guards:
            self.guards.remove(guard)
        if first and not endless:
            awaited = [w for w in waited if w.kind == "cond"]
            self.flow.waits = (*self.flow.waits, *awaited)[-12:]
        if not first:
            self._condition(condition)
        if self.scope is not None and condition is not None and body is not None:
            polls = self.polls(events, condition, body if endless else None, waited)
            self.flow.waits = (*self.flow.waits, *polls)[-12:]
        self.loops.pop()

    def _loop_waits(self, body: Node | None) -> list[Sync]:
        """Walk a loop's body; `while (!ready) cond_wait(…)` ends by its wait."""
        known, start = self.flow.waits, self.order
        ends = self._loop_body(body, None, 0)
        return [w for w in ends if w.order > start and w not in known]

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
        if base is not None and right is not None and is_growing(self.shape(base)[0]):
            self.record(base, "read", right, via="method")
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


@functools.cache  # kinds of nodes are few; a name made anew is looked up in every class
def _handler(walk: type, kind: str) -> Callable[[Statements, Node], None] | None:
    return getattr(walk, "_do_" + kind, None)


def loop_variable(walk: Expressions, node: Node) -> str:
    """The name of a for loop's variable, from its initialiser or else its update."""
    start, update = node.child_by_field_name("initializer"), node.child_by_field_name("update")
    text = walk._text(start) if start is not None else ""
    match = _STARTED.search(text)
    if match:
        return match.group(1)
    match = IDENTIFIER.search(walk._text(update)) if update is not None else None
    return match.group() if match else ""
