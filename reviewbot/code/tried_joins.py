"""Joins that may not come about: `pthread_tryjoin_np(t, NULL)` has joined where it answers 0."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.calls import Calls
from reviewbot.code.claims import holder
from reviewbot.code.events import Guard, Held
from reviewbot.code.flow import Flow
from reviewbot.code.values import UNKNOWN, Value

TRIED = re.compile(r"(?i)(?:try|timed|clock)_?join")
_DONE = re.compile(r"(?:^|[(&])(?:!\0|\0==0|0==\0)(?=$|[)&])")  # \0 stands for the answer
_NOT_DONE = re.compile(r"(?:^|[(|])(?:\0!=0|0!=\0|\0==E\w+|\0>0|\0)(?=$|[)|])")
_ENDLESS = re.compile(r"\(?(?:1|true|;;)?\)?")
_MOST = 20  # of one file


class TriedJoins(Calls):
    """Joins on the ways on which the answer of a try says so."""

    @functools.cached_property
    def _tried_joins(self) -> dict[str, tuple[Node, list[Node]]]:
        """By the text of the call, or of what keeps its answer."""
        return {}

    def _join_call(self, node: Node, nodes: list[Node]) -> Value:
        called = node.child_by_field_name("function")
        if called is None or TRIED.search(self._text(called)) is None:
            return super()._join_call(node, nodes)
        for argument in nodes:
            self.expr(argument)
        for told in (node, holder(node)):
            if told is not None and len(self._tried_joins) < _MOST:
                self._tried_joins["".join(self._text(told).split())] = (node, nodes)
        return UNKNOWN

    def _join_tried(self, condition: str, *, holds: bool) -> None:
        """Join what was tried, where the condition says that this succeeded."""
        for text, (node, nodes) in list(self._tried_joins.items()):
            if self._says_joined(condition, text, holds=holds):
                super()._join_call(node, nodes)

    def _says_joined(self, condition: str, text: str, *, holds: bool) -> bool:
        call = re.escape(text)
        asked = re.sub(rf"(?<![\w.>])(?:\(\w+={call}\)|{call})(?!\w)", "\0", condition)
        if "\0" not in asked:
            return False
        if holds:
            return "||" not in asked and _DONE.search(asked) is not None
        return "&&" not in asked and _NOT_DONE.search(asked) is not None

    def _asks_for(self, number: int, condition: str) -> bool:
        """To try a join is not to ask whether there is such a thread."""
        tried = any(text in condition for text in self._tried_joins)
        return not tried and super()._asks_for(number, condition)

    def _branch(self, node: Node | None, guard: Guard, before: Flow, held: list[Held]) -> Flow:
        if self._tried_joins:
            self._join_tried(guard.text, holds=guard.holds)
        return super()._branch(node, guard, before, held)

    def _do_for_statement(self, node: Node) -> None:
        super()._do_for_statement(node)
        if node.child_by_field_name("condition") is None:
            self._after_loop(node)

    def _do_while_statement(self, node: Node) -> None:
        """`while (tryjoin(t)) …` ends once it has joined, as `if (!tryjoin(t)) break;` ends one."""
        super()._do_while_statement(node)
        self._after_loop(node)

    def _do_do_statement(self, node: Node) -> None:
        super()._do_do_statement(node)
        self._after_loop(node)

    def _after_loop(self, node: Node) -> None:
        body, condition = node.child_by_field_name("body"), node.child_by_field_name("condition")
        if not self._tried_joins or body is None:
            return
        asked = "".join(self._text(condition).split()) if condition is not None else ""
        leaves = self._text(body).count("break")
        if not leaves:
            self._join_tried(asked, holds=False)
        elif leaves == 1 and _ENDLESS.fullmatch(asked):
            for within in _conditions_of_breaks(body):
                self._join_tried("".join(self._text(within).split()), holds=True)


def _conditions_of_breaks(body: Node) -> list[Node]:
    """The conditions of a loop's own statements `if (…) break;`."""
    found = []
    for child in body.named_children[:_MOST]:
        then = child.child_by_field_name("consequence") if child.type == "if_statement" else None
        asked = child.child_by_field_name("condition")
        if then is not None and asked is not None and b"break" in (then.text or b""):
            found.append(asked)
    return found
