"""Operands that are walked under a condition: `a && b`, `a || b`, `a ? b : c`."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from tree_sitter import Node

from reviewbot.code.chosen import asks_inner, asks_part, of_turns, spelled
from reviewbot.code.ends import bounding
from reviewbot.code.events import THREAD, Guard, Loop
from reviewbot.code.expressions import Expressions
from reviewbot.code.guards import asked_by, guard_kind, joined, negated
from reviewbot.code.memory import MAX_TARGETS
from reviewbot.code.selections import chosen, extreme, within
from reviewbot.code.state import MAX_NESTING
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import (
    BY_THREAD,
    LOAD,
    Element,
    Form,
    Path,
    Value,
    arithmetic,
    clamped,
    opaque,
)

_NULL = re.compile(r"[\s()]*(?:\(\s*void\s*\*\s*\)\s*)?(?:0|NULL|nullptr)[\s()]*")
_WHERE = {"&&": True, "and": True, "||": False, "or": False}  # what the left one has to be
_EQUAL = frozenset({"==", "!="})


def bare(node: Node | None) -> Node | None:
    """A condition without the parentheses around it."""
    while node is not None and node.type in ("parenthesized_expression", "condition_clause"):
        inner = [c for c in node.named_children if c.type != "comment"]
        if len(inner) != 1:
            return None
        node = inner[0]
    return node if node is not None and node.type == "binary_expression" else None


class Shortcuts(Expressions):
    """What is evaluated only where a condition holds is guarded by it, as a branch is."""

    @functools.cached_property
    def difference(self) -> list[Form]:
        """Of the last comparison for equality, one side less the other."""
        return []

    @functools.cached_property
    def choices(self) -> dict[int, Guard]:
        """The condition of each `?:` as it was walked last, by where it begins."""
        return {}

    def operands(self, left: Node | None, operator: str, right: Node | None) -> tuple[Value, Value]:
        """The values of both sides, of which the right one may not be asked."""
        if operator in _WHERE:
            first, _, second, _ = self._both(left, operator, right)
            return first, second
        first, second = self.expr(left), self.expr(right)
        if operator in _EQUAL:
            self.difference[:] = [first.number.plus(second.number, -1)]
        return first, second

    def _both(
        self, left: Node | None, operator: str, right: Node | None
    ) -> tuple[Value, Guard, Value, Guard]:
        """Both sides of `&&` or `||`, each with the guard that it makes."""
        first, guard = self.heard(left)
        over = guard if _WHERE[operator] else negated(guard)
        known, left_before = over.kind != "other", self.flow.dead  # a count, say, chooses nothing
        self.guards += [over] if known else []
        second, other = self.heard(right)
        del self.guards[len(self.guards) - known :]
        self.flow.dead = left_before  # `taken || (exit(1), 0)`: who has taken it goes on
        return first, guard, second, other

    def heard(self, node: Node | None) -> tuple[Value, Guard]:
        """The value of a condition, and the guard that it makes."""
        scope, plain = self.scope, bare(node)
        start = len(scope.touched) if scope is not None else 0
        operator = self._operator(plain)
        if plain is None or operator not in _WHERE or self.nesting > MAX_NESTING:
            return self._heard_whole(node, operator, start)
        self.nesting += 1
        sides = plain.child_by_field_name("left"), plain.child_by_field_name("right")
        left, first, right, second = self._both(sides[0], operator, sides[1])
        self.nesting -= 1
        form = arithmetic(operator, left.number, right.number)
        if form.terms:
            self.note_made(form.terms[0][0][0], operator, left.number, right.number)
        value = Value(form=form, marks=left.marks | right.marks)
        guard = self._guard("", value, node, start)
        return value, self._in_turns(joined(first, second, guard, both=_WHERE[operator]))

    def _heard_whole(self, node: Node | None, operator: str, start: int) -> tuple[Value, Guard]:
        """A condition that is no `&&` and no `||`."""
        value = self.expr(node)
        guard = self._guard(asked_by(node), value, node, start)
        less = self.difference[0] if operator in _EQUAL and self.difference else Form()
        if not less.terms:
            return value, guard
        if guard.kind == "tid-eq" and self._is_entry(less):
            return value, replace(guard, kind="tid")
        if operator == "==":
            return value, replace(guard, nought=(less,))
        return value, replace(guard, otherwise=(less,))

    def _is_entry(self, form: Form) -> bool:
        """Whether a number is an array's entry: `state[id] == 3` may be so for several threads."""
        made = [self.quotients[name] for name in form.names if name in self.quotients]
        tables = [table.names for _, table, by in made if by == LOAD]
        return any(name.endswith("[]") for names in tables for name in names)

    def _guard(self, asked: str, value: Value, node: Node | None, start: int) -> Guard:
        touched = self.scope.touched[start:] if self.scope is not None else ()
        keys, line = frozenset(touched), self.line(node) if node is not None else 0
        text = "".join((asked or asked_by(node)).split())
        meant = spelled(asked, self.lookup, self.quotients) if asked else ""
        kind = self.team_guard(text) or guard_kind(
            value.sources, keys, asked if "serial" in value.sources else meant
        )
        if kind[-3:] in ("-eq", "-ne") and asks_part(value.form, self.quotients):
            kind = kind[:-3]
        if kind == "pv-eq" and asks_inner(value.form, self.loops, self.quotients):
            kind = "pv"
        return self._in_turns(self.of_two(Guard(kind, keys, line, text, value.form)))

    def _in_turns(self, guard: Guard) -> Guard:
        """The guard of a condition that may let one turn of those through that are divided."""
        if guard.kind not in ("other", "shared") or self.scope is None or self.party is None:
            return guard
        if self.entered_again() or self.scope.kind == "threads":  # see subscripts.one_turn
            return guard
        who = self.party.loop or Loop(0, 0, False, "", THREAD)
        kind = of_turns(guard.form, self.loops, self.frames, who, self.quotients)
        return replace(guard, kind=kind) if kind else guard

    def _operator(self, node: Node | None) -> str:
        operator = node.child_by_field_name("operator") if node is not None else None
        return self._text(operator) if operator is not None else ""

    def _where(self, guard: Guard, node: Node | None, *, placed: bool = False) -> Value:
        """Walk what is evaluated only where a condition holds; a count, say, chooses nothing.

        Where it leaves, as in `ok ? 0 : (exit(1), 0)`, those go on for whom it does not hold.
        With `placed` it is an lvalue that is not read by that.
        """
        over = self.flow.dead
        if guard.kind != "other":
            self.guards.append(guard)
        try:
            return Value(target=self.place(node)) if placed else self.expr(node)
        finally:
            self.flow.dead = over
            if guard.kind != "other":
                self.guards.pop()

    def _conditional_expression(self, node: Node) -> Value:
        condition, guard = self.heard(node.child_by_field_name("condition"))
        self.choices[node.start_byte] = guard
        first = self._where(guard, node.child_by_field_name("consequence"))
        second = self._where(negated(guard), node.child_by_field_name("alternative"))
        marks = condition.number.marks | first.number.marks | second.number.marks
        if first.target is not None and first.target == second.target:
            return first
        if first.target is not None and self._is_null(node.child_by_field_name("alternative")):
            return first  # what is null is never reached through
        if second.target is not None and self._is_null(node.child_by_field_name("consequence")):
            return second
        if first.target is not None and second.target is not None:
            form, both = opaque(self._text(node)[:40], marks), (first.target, second.target)
            return Value(form=form, marks=marks, either=both)
        known = first if first.target is not None else second
        if known.target is not None and not (first.fresh or second.fresh):  # else out of sight
            return replace(known, marks=known.marks | marks)
        exact = chosen(self.quotients, self.formulas, condition, (first, second))
        bound = bounding(node, condition, first, second, exact)
        if bound is not None:
            return bound
        form = opaque(self._text(node)[:40], marks)
        return Value(form=Form(form.terms, 0, marks, exact), marks=marks)

    def _place(self, node: Node) -> Path | None:
        chosen = node.type == "conditional_expression"
        return self._either_place(node) if chosen else super()._place(node)

    def _either_place(self, node: Node) -> Path | None:
        """The location that `wide ? large : small` names: of the two one that nobody can tell.

        It is reached as through a pointer that was given either.
        """
        _, guard = self.heard(node.child_by_field_name("condition"))
        self.choices[node.start_byte] = guard
        ways = [node.child_by_field_name(name) for name in ("consequence", "alternative")]
        guards = (guard, negated(guard))
        found = [self._where(g, w, placed=True).target for g, w in zip(guards, ways, strict=True)]
        known = [place for place in found if place is not None]
        places = tuple(dict.fromkeys(p for place in known for p in self.meant(place)))
        if len(places) < 2 or len(places) > MAX_TARGETS:
            return known[0] if known else None
        kind = self.shape(places[0])[0]
        pointer = Symbol("?", kind, "auto", node.start_byte, pointer=1, owner=self._own_serial())
        pointer.value, pointer.once = Value(either=places), True
        self.several[pointer.serial] = places
        return Path(pointer, (Element(),))

    def extreme_of(self, nodes: list[Node], sign: str) -> Value:
        """`std::min(a, b)`: of both the one that differs by thread, as the end of a range.

        Or by turn: it may be that each turn creates a thread and gives it what this is.
        """
        values = [self.expr(node) for node in nodes]
        one, two = (value.form for value in values)
        exact = extreme(self.formulas, sign, one, two) if one and two else None
        varying = [v for v in values if v.form is not None and v.number.marks & BY_THREAD]
        varying = varying or [v for v in values if v.form is not None and "seq" in v.number.marks]
        if len(varying) == 1:
            return clamped(varying[0], exact)
        marks = frozenset([m for v in values for m in v.sources])
        texts = ",".join(self._text(node)[:25] for node in nodes)
        form = opaque(f"extreme({texts})", marks | {"call"})
        return Value(form=Form(form.terms, 0, form.marks, exact), marks=marks)

    def within_of(self, nodes: list[Node]) -> Value:
        """`std::clamp(a, least, most)`."""
        values = [self.expr(node) for node in nodes]
        form, *ends = (value.number for value in values)
        exact = within(self.formulas, form, *ends)
        text = f"clamp({form.spelt},{','.join(self._text(node)[:25] for node in nodes[1:])})"
        marks = frozenset([m for v in values for m in v.sources]) | {"call"}
        return Value(form=Form(opaque(text).terms, 0, marks, exact), marks=marks)

    def _is_null(self, node: Node | None) -> bool:
        return node is not None and _NULL.fullmatch(self._text(node)) is not None
