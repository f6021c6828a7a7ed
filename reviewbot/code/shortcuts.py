"""Operands that are walked under a condition: `a && b`, `a || b`, `a ? b : c`."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.ends import bounding
from reviewbot.code.events import Guard
from reviewbot.code.expressions import Expressions
from reviewbot.code.guards import asked_by, guard_kind, negated
from reviewbot.code.values import Value, opaque

_NULL = re.compile(r"[\s()]*(?:\(\s*void\s*\*\s*\)\s*)?(?:0|NULL|nullptr)[\s()]*")
_WHERE = {"&&": True, "and": True, "||": False, "or": False}  # what the left one has to be


class Shortcuts(Expressions):
    """What is evaluated only where a condition holds is guarded by it, as a branch is."""

    def operands(self, left: Node | None, operator: str, right: Node | None) -> tuple[Value, Value]:
        """The values of both sides, of which the right one may not be asked."""
        if operator not in _WHERE:
            return self.expr(left), self.expr(right)
        first, guard = self.heard(left)
        return first, self._where(guard if _WHERE[operator] else negated(guard), right)

    def heard(self, node: Node | None) -> tuple[Value, Guard]:
        """The value of a condition, and the guard that it makes."""
        scope = self.scope
        start = len(scope.touched) if scope is not None else 0
        value = self.expr(node)
        keys = frozenset(scope.touched[start:]) if scope is not None else frozenset()
        text, line = asked_by(node), self.line(node) if node is not None else 0
        kind = guard_kind(value.sources, keys, text)
        return value, Guard(kind, keys, line, "".join(text.split()), value.form)

    def _where(self, guard: Guard, node: Node | None) -> Value:
        """Walk what is evaluated only where a condition holds; a count, say, chooses nothing."""
        if guard.kind == "other":
            return self.expr(node)
        self.guards.append(guard)
        try:
            return self.expr(node)
        finally:
            self.guards.pop()

    def _conditional_expression(self, node: Node) -> Value:
        condition, guard = self.heard(node.child_by_field_name("condition"))
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
        bound = bounding(node, condition, first, second)
        if bound is not None:
            return bound
        return Value(form=opaque(self._text(node)[:40], marks), marks=marks)

    def _is_null(self, node: Node | None) -> bool:
        return node is not None and _NULL.fullmatch(self._text(node)) is not None
