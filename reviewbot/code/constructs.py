"""Walking OpenMP constructs: teams, work-sharing, tasks, synchronisation, data-sharing."""

from __future__ import annotations

import functools
from collections import Counter

from tree_sitter import Node

from reviewbot.code.clause_numbers import clause_numbers
from reviewbot.code.combining import Combining
from reviewbot.code.conditions import settled
from reviewbot.code.events import SIZE, Frame, Held, Party, Scope
from reviewbot.code.flow import Flow
from reviewbot.code.lending import TaskLevel
from reviewbot.code.openmp import Directive, atomic_target, unusual
from reviewbot.code.repeats import is_looped, tell_again
from reviewbot.code.symbols import Symbol, private_copy
from reviewbot.code.values import ZERO, Path, Value, number
from reviewbot.code.words import words

_COPIES = {
    "private": "private",
    "firstprivate": "firstprivate",
    "lastprivate": "lastprivate",
    "reduction": "reduction",
    "in_reduction": "reduction",
    "task_reduction": "task-reduction",
    "linear": "linear",
}
_KEEPS_VALUE = frozenset({"firstprivate", "linear"})
MAX_WALKS = 16  # of one region, through different calls: a helper with a region has many callers

_REGION_STATE = words(
    "scope party flow frames loops guards phase region steps tasks calls copied_in"
)


class Constructs(Combining):
    """What each directive does to the state of the walk."""

    @functools.cached_property
    def _walks(self) -> Counter[int]:
        """How often each region was walked, by its start byte."""
        return Counter()

    def construct(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        """Walk the statement that a directive governs."""
        if self.hosted and not directive.has("critical", "atomic"):
            self.host(directive, node, rest)
        elif directive.has("critical"):
            self._critical(directive, node, rest)
        elif directive.has("atomic"):
            self._atomic_construct(directive, node, rest)
        elif directive.has("taskgroup"):
            group = self._framed(directive, node, rest, "taskgroup")
            self._task_barrier(directive, group)
        elif directive.has("task") or directive.has("taskloop"):
            self._task(directive, node, rest)
        elif directive.forks and not self.in_league(directive):
            self._parallel(directive, node, rest)
        elif directive.has("target") and not directive.has("data"):
            self._target(directive, node, rest)
        elif directive.shares_loop:
            self._worksharing(directive, node, rest, "for")
        elif directive.has("section"):
            self._framed(directive, node, rest, "section")
        elif kind := next(filter(directive.has, ("sections", "single", "scope")), ""):
            self._worksharing(directive, node, rest, kind)
        elif directive.has("master", "masked"):
            self._framed(directive, node, rest, "master")
        elif directive.has("ordered"):
            self._framed(directive, node, rest, "ordered")
        elif directive.has("simd"):
            self._simd(directive, node, rest)
        else:
            self.governed(node, rest)

    def standalone(self, directive: Directive) -> None:
        """A directive without a statement: barrier, taskwait, flush, doacross."""
        line = self.line_at(directive.offset)
        if self.scope is None or self.flow.dead:
            return
        if self.hosted:
            self.standing(directive)
        elif directive.has("barrier"):
            self._team_barrier(line)
        elif directive.has("taskwait") and directive.clause("depend") is not None:
            self._wait_for_items(directive, line)
        elif directive.has("taskwait"):
            self.rested()
            around = frozenset([f.serial for f in self.frames])
            self.scope.waiters[self.group] = self.runner()[1], around
            self.scope.sync_lines.append((line, "taskwait"))
        elif directive.has("flush"):
            self._flush(line)
        elif directive.has("ordered"):
            self._doacross(directive, line)

    # --- teams ----------------------------------------

    def _parallel(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        if self.scope is not None:
            self._nested(directive, node, rest)
            return
        self._walks[node.start_byte] += 1
        if self._walks[node.start_byte] > MAX_WALKS:
            return
        line, end = self._lines(directive, node)
        scope = Scope("omp", self.function, line, end, directive.kind)
        scope.single_threaded = self.one_thread(directive)
        scope.unresolved |= unusual(directive)
        saved = self._enter(scope, line, end, many=True)
        self.frames = [self._frame("parallel", directive)]
        self._shared_clause(directive)
        self._share(directive, node, rest)
        self.restore(saved)
        tell_again(scope)
        self.finished.append(scope)

    def _enter(self, scope: Scope, line: int, end: int, *, many: bool) -> dict[str, object]:
        saved = self.keep(_REGION_STATE)
        self.scope, self.flow = scope, Flow()
        self.frames, self.loops, self.guards = [], list(self.loops), []
        scope.text, scope.outside = self.text, len(self.loops)
        scope.quotients, scope.formulas = self.quotients, self.formulas
        scope.answers = self.answers
        self.calls = ()
        self.party = Party(
            self.fresh_serial(), "team", self.function, line, end, many, scope.construct
        )
        scope.parties[self.party.serial] = self.party
        self.region = self.fresh_serial()
        self.phase = self.steps = 0
        self.tasks, self.copied_in = [], frozenset()
        return saved

    def _share(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        """The body of a parallel construct, which may itself share a loop or sections."""
        if directive.shares_loop:
            self._worksharing(directive, node, rest, "for")
        elif directive.has("sections"):
            self._worksharing(directive, node, rest, "sections")
        elif directive.has("master", "masked"):
            self._framed(directive, node, rest, "master")
        else:
            self.push_scope(node)
            self._clauses(directive)
            self.governed(node, rest)
            self.pop_scope(node)

    def _nested(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        """A team within a team: its own frame within the same scope."""
        if self.scope is not None and self.scope.kind == "threads":
            self.host(directive, node, rest)  # it is a scope of its own as well
            return
        if self.one_thread(directive) and directive.shares_loop:  # a serial loop by another name
            self.push_scope(node)
            self._clauses(directive)
            self.governed(node, rest)
            self.pop_scope(node)
            return
        self.frames.append(self._frame("nested", directive))
        self._share(directive, node, rest)
        self.frames.pop()

    def _target(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        inside = self.scope is not None and self.scope.kind != "threads"
        if self.scope is not None and inside:
            self.scope.unresolved.add("offload")
        if inside and directive.clause("nowait") is not None:  # a task (OpenMP 5.2, 13.8)
            self._task(directive, node, rest)
        else:
            self.governed(node, rest)

    # --- work-sharing ----------------------------------------

    def _worksharing(
        self, directive: Directive, node: Node, rest: list[Directive], kind: str
    ) -> None:
        if self.scope is None or self.scope.kind == "threads":
            self._orphan(directive, node, rest, kind)
            return
        self.frames.append(self._frame(kind, directive))
        self.push_scope(node)
        self._clauses(directive)
        if kind == "for":
            self._shared_loop(directive, node, rest)
        elif kind == "sections":
            self._sections(directive, node)
        else:
            self.governed(node, rest)
        self.pop_scope(node)
        self.frames.pop()
        self.give_back(directive, node)
        if (given := directive.clause("copyprivate")) is not None:
            self.for_all(given.items)
        if directive.clause("nowait") is None and not directive.has("distribute", "taskloop"):
            self._team_barrier(0)

    def _orphan(self, directive: Directive, node: Node, rest: list[Directive], kind: str) -> None:
        """Work-sharing outside any region of this file: some caller's team runs it."""
        line, end = self._lines(directive, node)
        scope = Scope("orphan", self.function, line, end, directive.kind)
        saved = self._enter(scope, line, end, many=True)
        self._worksharing(directive, node, rest, kind)
        self.restore(saved)
        self.finished.append(scope)

    def _shared_loop(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        # `ordered(n)` makes n variables private, and still deals out the turns of one loop alone.
        shared = _loops(directive, "collapse")
        node = first_statement(node)
        if node.type == "for_range_loop":
            self.range_loop(node, shared=True)
        elif node.type == "for_statement":
            self._privatise_variables(node, max(shared, _loops(directive, "ordered")))
            self.for_loop(node, shared=shared)
        elif not self.shared_call(directive, node):
            self.governed(node, rest)

    def _privatise_variables(self, node: Node, depth: int) -> None:
        """Variables of associated loops are private by rule (OpenMP 5.2, 5.1.1)."""
        current: Node | None = node
        for _ in range(depth):
            if current is None or current.type != "for_statement":
                return
            start = current.child_by_field_name("initializer")
            if start is None or start.type != "declaration":
                symbol = self.lookup(self.loop_variable(current))
                if symbol is not None and not symbol.rule:
                    self.scopes[-1][symbol.name] = self._copy(symbol, "loop-variable", keep=False)
            body = current.child_by_field_name("body")
            while body is not None and body.type == "compound_statement":
                body = next((c for c in body.named_children if c.type == "for_statement"), None)
            current = body

    def _copy(self, symbol: Symbol, rule: str, *, keep: bool) -> Symbol:
        copy = private_copy(symbol, rule, keep_value=keep)
        copy.region = self.region
        copy.depth = self._depth()
        copy.once = keep and symbol.once
        if rule == "linear":  # its value follows the iteration (OpenMP 5.2, 5.4.6)
            copy.value, copy.derived = None, frozenset({"pv", "update"})
        return self.kept_copy(copy, symbol) if keep else copy

    def _sections(self, directive: Directive, node: Node) -> None:
        """Each section is an instance of its own; the first needs no directive."""
        children = [c for c in node.named_children if c.type != "comment"]
        self.cursor = max(self.cursor, node.start_byte + 1)
        section: Frame | None = None
        for child in children:
            waiting = self._take_directives(child.start_byte)
            starts = [d for d in waiting if d.kind == "section"]
            waiting = [d for d in waiting if d.kind != "section"]
            if starts or section is None:
                place = starts[-1] if starts else directive
                section = self._frame("section", place)
            self.frames.append(section)
            self.governed(child, waiting)
            self.frames.pop()

    def _simd(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        if self.scope is None:
            self._lanes(directive, node, rest)
            return
        self.push_scope(node)
        self._clauses(directive)
        self.frames.append(self._frame("simd", directive))
        self.governed(node, rest)
        self.frames.pop()
        self.pop_scope(node)

    def _lanes(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        """A simd loop outside any region: its iterations run at once, in lanes if not threads."""
        line, end = self._lines(directive, node)
        scope = Scope("lanes", self.function, line, end, "simd")
        saved = self._enter(scope, line, end, many=True)
        self.frames = [self._frame("simd", directive), self._frame("lanes", directive)]
        self.push_scope(node)
        self._clauses(directive)
        self._shared_loop(directive, node, rest)
        self.pop_scope(node)
        self.restore(saved)
        self.finished.append(scope)

    def _framed(
        self,
        directive: Directive,
        node: Node,
        rest: list[Directive],
        kind: str,
    ) -> Frame:
        self.frames.append(self._frame(kind, directive))
        self.governed(node, rest)
        return self.frames.pop()

    def _atomic_construct(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        """Only the updated object is atomic: in `x += a[i]` the read of `a[i]` is plain."""
        saved, names = self.atomic_target, {c.name for c in directive.clauses}
        self.atomic_target = atomic_target(self._text(node), names)
        order = next((o for o in ("acq_rel", "seq_cst", "acquire", "release") if o in names), "")
        start = len(self.scope.events) if self.scope is not None else 0
        self._framed(directive, node, rest, "atomic")
        self.atomic_target = saved
        for event in self.scope.events[start:] if self.scope is not None else ():
            if event.atomic == "omp" and event.mode == "read" and "write" in names:
                event.atomic = ""  # `x = x + 1` stores atomically and reads as it likes
            elif event.atomic == "omp":
                self.order_atomic(event.key, event.mode, order, node)

    def _critical(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        key = f"critical:{directive.argument.strip()}"
        line = self.line_at(directive.offset)
        self.flow.locks[key] = Held(key, "critical", ZERO, 0, True, line)
        self.governed(node, rest)
        self.given_back(key)

    # --- tasks ----------------------------------------

    def _task(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        if self.scope is None or self.scope.kind == "threads":
            self._orphan_task(directive, node, rest)
            return
        kind = "taskloop" if directive.has("taskloop") else "task"
        self.frames.append(self._frame(kind, directive))
        self.push_scope(node)
        clauses = (*directive.all("shared"), *directive.all("map"))
        shared = frozenset(v for c in clauses for v in c.variables)
        default = directive.clause("default")
        kept = default.items[0] if default and default.items else ""
        younger = Symbol("", "", "auto").serial  # than all variables from outside the task
        self.tasks.append(TaskLevel(self.scopes[-1], shared, kept, younger))
        self._clauses(directive)
        before, phase, start = self.flow, self.phase, len(self.scope.events)
        group = self.group  # it is for its own children alone that a task waits
        rests = len(self.rests)
        self.flow = Flow()
        if kind == "taskloop":
            self._shared_loop(directive, node, rest)
        else:
            self.governed(node, rest)
        self.flow, self.phase = before, phase
        if directive.clause("depend") is None:  # else who depends on it comes after all of them
            self.group = group
        del self.rests[rests:]
        self.tasks.pop()
        self.pop_scope(node)
        frame = self.frames.pop()
        if "undeferred" not in frame.clauses:
            events = self.scope.events[start:]
            self.loose[-1].append((self.group, [e for e in events if e.path.root.serial < younger]))
        if kind == "taskloop" and directive.clause("nogroup") is None:
            self._task_barrier(directive, frame)

    def _orphan_task(self, directive: Directive, node: Node, rest: list[Directive]) -> None:
        line, end = self._lines(directive, node)
        scope = Scope("orphan", self.function, line, end, directive.kind)
        saved = self._enter(scope, line, end, many=True)
        self._task(directive, node, rest)
        self.restore(saved)
        self.finished.append(scope)

    def rested(self) -> None:
        """All tasks created so far have ended: a wait, a barrier, the end of a group."""
        super().rested()
        self.groups += 1
        self.group = self.groups
        self.rests.append((self.conditions(), self.group))

    def _task_barrier(self, directive: Directive, group: Frame) -> None:
        self.rested()
        if self.scope is not None:
            self.scope.closed[self.group] = group.serial
            self.scope.sync_lines.append((self.line_at(directive.offset), group.kind))

    # --- synchronisation ----------------------------------------

    def _team_barrier(self, line: int) -> None:
        self.phase += 1
        self.rested()
        if self.scope is not None and line:
            self.scope.barriers.append(line)
            self.scope.sync_lines.append((line, "barrier"))

    # --- clauses ----------------------------------------

    def _clauses(self, directive: Directive) -> None:
        """Private copies for the listed variables, in the innermost scope."""
        self.copied_in |= {name for c in directive.all("copyin") for name in c.variables}
        for clause in directive.clauses:
            rule = _COPIES.get(clause.name)
            if rule is None:
                continue
            for name in clause.variables:
                symbol = self._listed(name)
                if symbol is not None:
                    copy = self._copy(symbol, rule, keep=clause.name in _KEEPS_VALUE)
                    copy.once |= rule == "private" and self.given_once(name, directive.offset)
                    self.scopes[-1][name] = copy
        self._shared_clause(directive)

    def _listed(self, name: str) -> Symbol | None:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        member = self.symbols.member(self.this_class, name)
        if member is None:
            return self.imply(name)
        # In a method a clause may list a member: the name is the copy's (OpenMP 5.2, 5.3).
        kind = (member.type, "auto", member.offset, member.pointer, member.array)
        return Symbol(name, *kind) if self.this is not None else None

    def _shared_clause(self, directive: Directive) -> None:
        for clause in directive.all("shared"):
            for name in clause.variables:
                symbol = self._listed(name)
                if (
                    symbol is not None
                    and symbol.storage not in ("global", "static")
                    and not symbol.rule
                ):
                    self.shared_names.setdefault(symbol.serial, "shared-clause")

    def _frame(self, kind: str, directive: Directive) -> Frame:
        names = {c.name for c in directive.clauses}
        inside = len(self.loops) - self._loops_outside()
        looped = is_looped(kind, nowait="nowait" in names, frames=self.frames, turns=inside)
        depends = tuple(
            (clause.modifier.split(",")[-1].strip() or "?", self._depend_key(item))
            for clause in directive.all("depend")
            for item in clause.items
        )
        names |= {"depend-varies"} if any(self.varies(item) for _, item in depends) else set()
        schedule = directive.clause("schedule")
        marks = {f"schedule-{schedule.items[0]}"} if schedule and schedule.items else set()
        if schedule and schedule.items[1:]:
            chunk = settled(schedule.items[1], self.number_of)
            marks.add(f"chunk:{schedule.items[1] if chunk is None else chunk}")
        marks |= clause_numbers(directive, self.number_of)
        if kind == "task" and self.is_off(directive, "task"):
            marks.add("undeferred")
        if kind in ("parallel", "nested") and (size := self.team_size(directive)):
            marks.add(f"{SIZE}{size}")
        if kind == "parallel" and "if" in names:
            marks.add(self.if_clause(directive))
        return Frame(
            kind,
            self.line_at(directive.offset),
            self.fresh_serial(),
            looped,
            "nowait" in names,
            depends,
            frozenset(names | marks),
            self.order if kind in ("task", "taskloop") else 0,
            len(self.loops),
            self.items_of(directive) if depends else (),
        )

    def _loops_outside(self) -> int:
        """How many loops are around the construct that makes the threads, as far as is known."""
        return self.scope.outside if self.scope is not None and self.scope.kind == "omp" else 0

    def _lines(self, directive: Directive, node: Node) -> tuple[int, int]:
        return self.line_at(directive.offset), self.line_at(max(node.end_byte - 1, 0))


class Walker(Constructs):
    """The whole walker; `entry` starts it at a function of the file."""

    def __init__(self, *args: object, thread_makers: frozenset[str] = frozenset()) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.thread_makers = thread_makers
        for name, node in self.symbols.initials.items():
            self.store_fields(Path(self.symbols.globals[name]), node)
        for name, text in self.symbols.numbers.items():
            symbol = self.symbols.globals[name]
            symbol.value, symbol.once = Value(form=number(text)), True
        for name, node in self.symbols.pointers.items():
            if node.type in ("pointer_expression", "identifier"):
                self.keep_pointer(self.symbols.globals[name], self.expr(node))

    def makes_threads(self, name: str) -> bool:
        """Whether the function, or one it calls, creates or joins threads."""
        return name in self.thread_makers


def first_statement(node: Node) -> Node:
    """The loop under a directive, through blocks that hold nothing else."""
    while node.type == "compound_statement" and node.named_child_count == 1:
        node = node.named_children[0]
    return node


def _loops(directive: Directive, name: str) -> int:
    """How many loops a clause takes, at most 16: a number in a clause may be anything."""
    clause = directive.clause(name)
    given = clause.items[0] if clause and clause.items else ""
    return min(int(given), 16) if given.isdigit() else 1
