"""Objects that a thread marks as its own under a lock, and uses without it.

`lock(); if (!slot->busy) { slot->busy = 1; mine = slot; } unlock(); mine->n++;`: whoever finds the
mark leaves the object alone, until the mark is taken away.
"""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.bindings import Bindings
from reviewbot.code.parse import text_of
from reviewbot.code.unlinked import TAKEN, own
from reviewbot.code.values import Path, Value, opaque

_PLACE = r"[A-Za-z_]\w*(?:(?:->|\.)\w+|\[\w+\])*?"
_FREE = re.compile(
    rf"!(?P<of>{_PLACE})(?:->|\.)(?P<flag>\w+)|(?P<of2>{_PLACE})(?:->|\.)(?P<flag2>\w+)==(?P<free>\w+)"
)
_CONSTANT = re.compile(r"\d+|true|false|(?:\w+::)*[A-Z]\w*|k[A-Z]\w*")
_GIVES_ON = frozenset({"assignment_expression", "return_statement", "init_declarator"})
_FUNCTIONS = frozenset({"function_definition", "lambda_expression"})
_MARKED = "marked"
_REACH = 2_000  # characters of a branch that are looked through
_ASKED = 300  # and of a condition
_CLIMB = 12  # nodes around what is given on


class Marked(Bindings):
    """Knows which of many objects a thread has marked."""

    @functools.cached_property
    def _flags(self) -> set[str]:
        """The members that mark an object as somebody's."""
        return set()

    def _pointer_expression(self, node: Node) -> Value:
        value = super()._pointer_expression(node)
        return self._as_marked(node, value) if self.flow.locks else value

    def load(self, node: Node, kind: str) -> Value:
        """A pointer or a number of the object that this branch marks is its thread's own."""
        value = super().load(node, kind)
        if not self.flow.locks or kind != "identifier":
            return value
        return self._as_marked(node, value)

    def _as_marked(self, node: Node, value: Value) -> Value:
        around = node.parent
        if around is None or around.type not in _GIVES_ON or not self._is_alone():
            return value
        if around.child_by_field_name("left") == node or not self._marks(node):
            return value
        if value.target is not None and value.target.elements:
            return Value(target=own(value.target, _MARKED), marks=value.marks)
        return Value(form=opaque(_MARKED, TAKEN), marks=TAKEN)

    def _marks(self, node: Node) -> bool:
        """Whether a branch around asks for the mark of what a node names, and sets it."""
        around, name = node.parent, self._text(node)
        for _ in range(_CLIMB):
            if around is None or around.type in _FUNCTIONS:
                return False
            if around.type == "if_statement" and (flag := _set_in(around, name)):
                self._flags.add(flag)
                return True
            around = around.parent
        return False

    def _assignment_expression(self, node: Node) -> Value:
        """Who takes the mark away has given the object back."""
        value, left = super()._assignment_expression(node), node.child_by_field_name("left")
        field = left.child_by_field_name("field") if self._flags and left is not None else None
        if field is None or self._text(field) not in self._flags:
            return value
        place = self.place(left)
        if place is not None and any("ticket" in e.form.marks for e in place.elements):
            self._give(Path(place.root, place.elements[:-1]))
        return value


def _set_in(choice: Node, name: str) -> str:
    """The flag of an object that an `if` finds unset and sets, "" if there is none."""
    condition, then = (choice.child_by_field_name(f) for f in ("condition", "consequence"))
    if condition is None or then is None or then.end_byte - then.start_byte > _REACH:
        return ""
    asked, body = "".join(text_of(condition)[:_ASKED].split()), "".join(text_of(then).split())
    for found in _FREE.finditer(asked) if "||" not in asked else ():
        of, flag = found["of"] or found["of2"], found["flag"] or found["flag2"]
        numbered = of.endswith(f"[{name}]")
        if not numbered and name not in (of, f"&{of}"):
            continue
        mark = re.search(rf"(?<![\w.>]){re.escape(of)}(?:->|\.){flag}=(?!=)([\w:]+);", body)
        free = found["free"] or "false"
        if mark and _CONSTANT.fullmatch(mark[1]) and mark[1] not in (free, "false", "0"):
            return flag
    return ""
