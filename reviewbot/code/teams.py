"""What is known of a team: how many threads it has, and which of them runs the code."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.conditions import settled
from reviewbot.code.events import THREAD
from reviewbot.code.library import SIZES
from reviewbot.code.narrowed import Narrowed
from reviewbot.code.openmp import Directive, one_thread
from reviewbot.code.symbols import Symbol
from reviewbot.code.threads import THREAD_ID_CALLS, tells_thread
from reviewbot.code.values import Path, Value, as_one, opaque

_TID = frozenset({"tid"})
_POINTED = re.compile(r"\*(\w+)|(\w+)\[0\]")
_SETS_SIZE = "omp_set_num_threads"


class Teams(Narrowed):
    """Sizes of teams, numbers of threads, conditions of constructs."""

    def _named_call(self, name: str, node: Node, nodes: list[Node]) -> Value:
        if self._is_thread_number(name, nodes):
            depth = self._depth()  # within an inner team the number is another one
            number = opaque(f"{THREAD}{depth}" if depth else THREAD, _TID)
            return Value(form=number, marks=_TID)
        if name in SIZES and not nodes:  # one number for all threads of the team
            return Value(form=opaque(f"{name}{self._depth() if self.scope is not None else ''}"))
        value = super()._named_call(name, node, nodes)
        if name == _SETS_SIZE and self.scope is None and len(nodes) == 1:
            self.expr(nodes[0])
            known = not self.guards and not self.loops
            self.asked = (settled(self._text(nodes[0]), self.number_of) or 0) if known else 0
        return value

    def _is_thread_number(self, name: str, nodes: list[Node]) -> bool:
        short = name.rsplit("::", 1)[-1]
        if name in THREAD_ID_CALLS or short in THREAD_ID_CALLS:
            return True
        return not nodes and tells_thread(short) and short not in self.symbols.functions

    def one_thread(self, directive: Directive) -> bool:
        """Whether a construct's team has a single thread, as far as its clauses tell."""
        return (
            one_thread(directive)
            or self.team_size(directive) == 1
            or self.is_off(directive, "parallel")
        )

    def in_league(self, directive: Directive) -> bool:
        """Whether all teams divide its loop: `distribute parallel for` within `teams`."""
        divides = directive.has("distribute") and not directive.has("teams")
        return divides and self.scope is not None and self.scope.kind == "omp"

    def team_size(self, directive: Directive) -> int:
        """How many threads a construct asks for; 0 where that is not known."""
        asked = directive.clause("num_threads")
        if asked is None:
            return self.asked if not self.frames else 0
        return (settled(asked.items[0], self.number_of) or 0) if len(asked.items) == 1 else 0

    def is_off(self, directive: Directive, construct: str) -> bool:
        """Whether the construct's `if` clause is false whatever happens."""
        return any(
            clause.modifier in ("", construct)
            and len(clause.items) == 1
            and settled(clause.items[0], self.number_of) == 0
            for clause in directive.all("if")
        )

    def pointed_item(self, item: str) -> str:
        """A depend item `*p`, or `p[0]`, as the element that p is known to point to."""
        match = _POINTED.fullmatch(item)
        symbol = self.lookup(match[1] or match[2]) if match is not None else None
        value = symbol.value if symbol is not None and symbol.once and symbol.pointer == 1 else None
        target = value.target if value is not None else None
        if target is None or len(target.elements) != 1 or target.elements[0].field:
            return item
        form = target.elements[0].form
        return f"{target.root.name}[{form.constant}]" if form.is_constant else item

    def number_of(self, name: str) -> int | None:
        """The whole number that a name stands for here, if it is the same whenever it is read."""
        form = self.macro_number(name)
        if form is None:
            symbol = self.lookup(name)
            sure = symbol is not None and symbol.once and not self.may_be_set(symbol)
            value = symbol.value if symbol is not None and sure else None
            form = value.form if value is not None else None
        return form.constant if form is not None and form.is_constant else None

    def kept_copy(self, copy: Symbol, symbol: Symbol) -> Symbol:
        """A copy that each thread begins with: the asker's number, if from outside the team."""
        if self.symbols.struct(symbol.type) in self.symbols.structs and not symbol.pointer:
            tasks, self.tasks = self.tasks, self.tasks[:-1]  # as it was when the task was made
            self.copy_fields(Path(symbol), Path(copy))
            self.tasks = tasks
        if copy.value is not None and self.is_before(symbol):
            copy.value = as_one(copy.value, _TID)
            copy.derived -= _TID
        return copy
