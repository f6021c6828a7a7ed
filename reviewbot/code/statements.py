"""Walking statements: directives, blocks, branches and loops, in program order."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.assigned import assignments
from reviewbot.code.claims import asks_one, is_all_of_function, is_left_by_leaps, is_never, tried
from reviewbot.code.counters import counted, start_of
from reviewbot.code.decided import Decided
from reviewbot.code.events import BESIDE, Guard, Held, Loop, Sync
from reviewbot.code.flow import Flow, merge_flows
from reviewbot.code.guards import (
    asked_by,
    asks_alone,
    chooses_turn,
    ends_program,
    heeded,
    negated,
    parts,
    stay,
    told,
)
from reviewbot.code.loops import takes_place
from reviewbot.code.openmp import Directive
from reviewbot.code.state import MAX_NESTING, MAX_STEPS
from reviewbot.code.symbols import Symbol
from reviewbot.code.threads import CREATES
from reviewbot.code.values import UNKNOWN
from reviewbot.code.words import IDENTIFIER

MAX_RESTS = 8  # of one loop
_ALWAYS = frozenset({"(1)", "(true)"})
MAX_JUMPS = 16  # to one label; more is generated code


class Statements(Decided):
    """Walks statements in program order."""

    left: Sequence[Flow] = ()  # what held where the loop walked last was broken out of

    def construct(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        """Walk a statement under a directive (see constructs.py)."""
        raise NotImplementedError

    def standalone(self, directive: Directive) -> None:
        """Let a directive without a statement take effect (see constructs.py)."""
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

    def give_up(self, node: Node | None) -> None:
        """What follows in this scope is not read, and that is said."""
        self.note("truncated")
        deep = self.nesting > MAX_NESTING
        reason = "nested too deeply to read" if deep else "too much code to read whole"
        self.unread.setdefault((self.function, reason), self.line(node or self.parsed.root))

    def plain(self, node: Node) -> None:
        """Walk one statement as such."""
        self.steps += 1
        if self.steps > MAX_STEPS or self.nesting > MAX_NESTING:
            self.give_up(node)
            return
        self.nesting += 1
        kind, unnamed = node.type, len(self.temporaries)
        handler = _handler(type(self), kind)  # type: ignore[arg-type]  # classes are hashable
        if handler is not None:
            handler(self, node)
        elif kind.endswith(("_statement", "ERROR")) or kind == "else_clause":
            self._each(node)
        else:
            self.expr(node)
        if len(self.temporaries) > unnamed:
            self.drop_temporaries(unnamed)
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
        for directive in self._take_directives(node.end_byte) if self._offsets else ():
            if directive.standalone:
                self.standalone(directive)
        del self.guards[guards:]
        self.pop_scope(node)

    def _do_expression_statement(self, node: Node) -> None:
        for child in node.named_children:
            if not self.by_macro(child):
                self.expr(child)

    def _do_goto_statement(self, node: Node) -> None:
        label = node.child_by_field_name("label")
        if label is not None and not self.flow.dead:
            arriving = self.labels.setdefault(self._text(label), [])
            if len(arriving) < MAX_JUMPS:
                arriving.append(self.flow.copy())
        self.turn_left(every=True)
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
        if (way := self._one_way(node)) is not None:
            self._only(node, way=way)
            return
        self.push_scope(node)
        known = frozenset(self.flow.locks)
        guard, tries = self._condition(node.child_by_field_name("condition"))
        if not tries and (way := self.decided(guard)) is not None:
            self._only(node, way=way)
            self.pop_scope(node)
            return
        tries += self._answered(node)
        before = self.flow.copy()
        asked, success = heeded(before, known, guard.text)
        then, other = (
            node.child_by_field_name("consequence"),
            node.child_by_field_name("alternative"),
        )
        taken, refused = tried(tries, asked_by(node.child_by_field_name("condition")))
        here, there = told(before, guard.text)
        taken, refused = taken + here, refused + there
        (taken if success else refused).extend(asked)
        running, ended = set(self.live), set(self.ended)
        given = self.given_so_far()
        group, phase, start = self.group, self.phase, self.reached_here()
        after_then = self._branch(then, guard, before, taken)
        phase_then = self.phase
        waited, self.group = self.group, group
        between = self.given_so_far()
        joined = self.ended & running if running else set()
        if joined:  # the other way knows nothing of it
            self.live, self.ended = running | self.live, ended | (self.ended - running)
        made = set() if self.loops else self.live - running
        self.live = self.live - made  # who goes the other way has not made them
        after_else = self._branch(other, negated(guard), before, refused)
        if not after_then.dead and not after_else.dead and guard.text not in _ALWAYS:
            self.skipped_barriers(phase, phase_then, *start)
        self.live |= made
        if after_else.dead:
            self.group = waited
        elif not after_then.dead:  # where one way has not waited for tasks, nobody knows of it
            self.group = group if group in (waited, self.group) else max(waited, self.group)
        stay(asked, *((after_then, after_else) if success else (after_else, after_then)))
        self.flow = merge_flows([after_then, after_else])
        if other is None and not tries and is_all_of_function(node):
            # `void enter() { if (threads) lock(&m); }`: who takes no lock needs none
            self.flow.locks = dict(after_then.locks)
        self.awaited_here(after_then, after_else, given, between)
        if running:
            dead, places = (after_then.dead, after_else.dead), (given[2], between[2])
            self.ways_meet(running, joined, dead, guard.text, places)
        if not after_then.dead and not after_else.dead:
            self._told_again(guard.text, after_then, after_else)
        self.pop_scope(node)
        if after_then.dead != after_else.dead:
            left = then if after_then.dead else other
            self._guards_the_rest(negated(guard) if after_then.dead else guard, left)

    def _told_again(self, condition: str, then: Flow, other: Flow) -> None:
        """Another `if` that asks the same knows of the locks that one way alone holds."""
        locks = self.flow.locks
        parted = [n for n, h in locks.items() if BESIDE not in n and parts(n, h, then, other)]
        if parted and self._settled(condition):
            for name in parted:
                ways = (then.locks.get(name), other.locks.get(name))
                locks[name] = replace(locks[name], when=f"if:{condition}", ways=ways)

    def _guards_the_rest(self, guard: Guard, left: Node | None) -> None:
        """`if (tid != 0) return;` guards what follows; `if (!p) exit(1);` does not."""
        chooses = guard.kind != "other" or chooses_turn(guard)
        if chooses and (left is None or not ends_program(self._text(left))):
            goes_on = left is None or "continue" in self._text(left)
            self.guards.append(guard if goes_on else replace(guard, leaves=True))

    def _one_way(self, node: Node) -> bool | None:
        """Whether the condition of an `if` about locks is true, if that is known."""
        way = self.way(node)
        if way is None and self.asks_never_set(node):
            self.heard(node.child_by_field_name("condition"))  # it is read all the same
            return False
        return way

    def _only(self, node: Node, *, way: bool) -> None:
        """Walk the one branch that is taken whenever this call comes here."""
        then = node.child_by_field_name("consequence")
        taken = then if way else node.child_by_field_name("alternative")
        if not way and then is not None:
            self.cursor = max(self.cursor, then.end_byte)
        self.push_scope(node)
        if taken is not None:
            self.statement(taken)
        self.pop_scope(node)
        self.cursor = max(self.cursor, node.end_byte)

    def _branch(self, node: Node | None, guard: Guard, before: Flow, held: list[Held]) -> Flow:
        self.flow = before.copy()
        for lock in held:
            self.flow.locks[lock.key] = lock
        if node is not None:
            self.guards.append(guard)
            self.statement(node)
            self._drop(guard)
        return self.flow

    def _drop(self, guard: Guard) -> None:
        """A condition holds no longer; others are most cheaply told from it by their lines."""
        alike = (i for i, g in enumerate(self.guards) if g.line == guard.line and g == guard)
        del self.guards[next(alike)]

    def _condition(self, node: Node | None) -> tuple[Guard, list[Held]]:
        """(the guard a condition makes, the locks that it tries to take)."""
        known = set(self.flow.locks)
        _, guard = self.heard(node)
        new = [k for k, held in self.flow.locks.items() if k not in known and not held.certain]
        return guard, [self.flow.locks.pop(key) for key in new]

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
        unsure = [(k, h) for k, h in self.flow.locks.items() if not h.certain and h.when]
        if not unsure:
            return []
        condition = node.child_by_field_name("condition")
        names = self.asked_of(self._text(condition)) if condition is not None else set()
        asked = [key for key, lock in unsure if lock.when.partition("=")[0] in names]
        return [self.flow.locks.pop(key) for key in asked]

    def asked_of(self, condition: str) -> set[str]:
        """The names of which a condition asks (see answers.py)."""
        return set(IDENTIFIER.findall(condition))

    def _do_switch_statement(self, node: Node) -> None:
        self.push_scope(node)
        guard, _ = self._condition(node.child_by_field_name("condition"))
        body = node.child_by_field_name("body")
        before, ends = self.flow.copy(), [self.flow.copy()]
        self.guards.append(guard)
        self.breaks.append((len(self.cleanups), []))
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
        self.breaks.pop()
        self._drop(guard)
        self.flow = merge_flows(ends)
        self.pop_scope(node)

    # --- loops ----------------------------------------

    def _do_for_statement(self, node: Node) -> None:
        if asks_alone(node):
            self._do_while_statement(node)
        else:
            self.for_loop(node, shared=0)

    def for_loop(self, node: Node, *, shared: int) -> None:
        """Walk a for loop; with `shared` its variable and those of nested loops are divided."""
        self.push_scope(node)
        update = node.child_by_field_name("update")
        self.loops.append(Loop(self.line(node), 0, shared > 0, ""))
        name, self.initial = self.loop_variable(node), UNKNOWN
        begin = self.loop_start(node.child_by_field_name("initializer"), shared)
        for symbol in self.scopes[-1].values():  # what a header declares is of all turns
            symbol.turns = len(self.loops) - 1
        start = self.order
        self.turns(node, name, begin, update, shared)
        known = self.order
        sure = not shared and takes_place(self.loops[-1])
        body = node.child_by_field_name("body")
        waits = self._loop_body(body, update, shared - 1, start, sure)
        self.awaited_in_turn(waits, known, node)
        self.loops.pop()
        self.pop_scope(node)

    def _loop_body(
        self, body: Node | None, update: Node | None, shared: int, start: int, always: bool = False
    ) -> tuple[Sync, ...]:
        """Walk a body that runs any number of times, `always` once; the waits at its end.

        The loop's turns, with what they ask, began at `start` in the walk.
        """
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
        moved = self.begin_turns(body)
        self.turns_left.append((len(self.returns), set()))
        self.breaks.append((len(self.cleanups), []))
        self.statement(body)
        left = self.breaks.pop()[1]
        if update is not None and not self.flow.dead:
            self._loop_update(update)
        self.end_turns(moved)
        self.end_of_turn(start, phase)
        waited = [number for depth, number in self.rests[rests:] if depth <= self.conditions()]
        if self.scope is not None and waited:
            self.scope.rests[self.loops[-1].line] = tuple(waited[:MAX_RESTS])
        waits = self.flow.waits
        self.flow.dead = False if before.dead is False else self.flow.dead
        ways = [self.flow, *left] if always else [before, self.flow]
        self.flow = merge_flows(ways) if not self.flow.dead else before
        if is_left_by_leaps(body, self._text, bool(left)):
            self.flow = merge_flows(left)
        self.left = left
        return waits

    def _loop_update(self, update: Node) -> None:
        if self.loops and self.loops[-1].shared:
            return
        self.expr(update)

    def _do_while_statement(self, node: Node) -> None:
        self.push_scope(node)  # its condition may declare a variable
        self._while(node, first=True)
        self.pop_scope(node)

    def _do_do_statement(self, node: Node) -> None:
        body, condition = node.child_by_field_name("body"), node.child_by_field_name("condition")
        if body is None or condition is None or not is_never(self._text(condition)):
            self._while(node, first=False)
            return
        self.breaks.append((len(self.cleanups), []))
        self.statement(body)  # `do { … } while (0)` is a block that `break` leaves
        left = self.breaks.pop()[1]
        self.flow = merge_flows([self.flow, *left])

    def _counted(self, node: Node) -> bool:
        """Walk `while (i < n) { …; i++; }` as the for loop that it is in all but name."""
        found = counted(node)
        variable = self.lookup(found.name) if found is not None else None
        if found is None or variable is None or variable.storage not in ("auto", "param"):
            return False
        if self._for_all(variable):
            return False
        self.initial = self.unheard(start_of(node, found.name))
        self.loops.append(Loop(self.line(node), 0, False, ""))
        start = self.order
        self.turns(node, found.name, self.begin(), found.step, 0)
        self.loops[-1] = found.seen_within(self.loops[-1])
        sure = takes_place(self.loops[-1])
        self._loop_body(node.child_by_field_name("body"), None, 0, start, sure)
        self.loops.pop()
        return True

    def _while(self, node: Node, *, first: bool) -> None:
        events = len(self.scope.events) if self.scope is not None else 0
        if first and self._counted(node):
            return
        condition, start = node.child_by_field_name("condition"), self.order
        text = self._text(condition) if condition is not None else ""
        loop = Loop(self.line(node), 0, False, "")
        makes = first and CREATES.search(text) is not None  # a thread for each turn
        self.loops += [loop] if makes else []
        guard, tries = self._condition(condition) if first else (Guard("other", frozenset(), 0), [])
        asked = self.order
        asks = self.asked_since(events)
        text = f"({text})" if node.type == "for_statement" else text
        within, after = tried(tries, text)
        self.flow.locks.update((lock.key, lock) for lock in within)
        self.loops += [] if makes else [loop]
        endless = text.strip("() ") in ("1", "true")
        guards = guard.kind != "other"  # a count, say, chooses nothing
        if first and guards:
            self.guards.append(guard)
        body = node.child_by_field_name("body")
        waited = self._loop_waits(body, start, always=not first)
        if first and guards:
            self._drop(guard)
        if first and not endless:
            awaited = [replace(w, asks=asks) for w in waited if w.kind == "cond"]
            self.flow.waits = (*self.flow.waits, *awaited)[-12:]
        if not first:
            begun, start = start, self.order
            tries, asked = self._condition(condition)[1], self.order
            self.asked_again(begun)
            within, after = tried(tries, text)
        self.stay_for(start, asked)
        if asks_one(text):
            after = [*after, *tried(self._answered(node), text)[1]]
        self._tried(within, after)
        if self.scope is not None and condition is not None and body is not None:
            polls = self.polls(events, condition, body if endless else None, waited)
            self.flow.waits = (*self.flow.waits, *polls)[-12:]
        self.loops.pop()

    def _tried(self, within: list[Held], after: list[Held]) -> None:
        """`while (!trylock()) …` ends only with the lock held, `while (trylock()) …` without.

        Who breaks out of it has not been asked.
        """
        for lock in within:
            self.flow.locks.pop(lock.key, None)
        self.flow.locks.update((lock.key, lock) for lock in after)
        if after and self.left:
            self.flow = merge_flows([self.flow, *self.left])

    def _loop_waits(self, body: Node | None, start: int, *, always: bool) -> list[Sync]:
        """Walk a loop's body; `while (!ready) cond_wait(…)` ends by its wait."""
        known, entered = self.flow.waits, self.order
        ends = self._loop_body(body, None, 0, start, always)
        return [w for w in ends if w.order > entered and w not in known]


@functools.cache  # kinds of nodes are few; a name made anew is looked up in every class
def _handler(walk: type, kind: str) -> Callable[[Statements, Node], None] | None:
    return getattr(walk, "_do_" + kind, None)
