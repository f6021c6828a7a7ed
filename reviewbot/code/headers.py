"""Walking loop headers: a loop's variable, its range and its step."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.declarations import Declarations
from reviewbot.code.events import Loop
from reviewbot.code.library import SIZES
from reviewbot.code.loops import MIRRORED, loop_range, loop_step, position, towards
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import (
    NO_MARKS,
    SEQ,
    UNKNOWN,
    ZERO,
    Element,
    Form,
    Path,
    Value,
    arithmetic,
    opaque,
)
from reviewbot.code.words import IDENTIFIER

_STEPPED = re.compile(r"[-+]=\s*([A-Za-z_]\w*|\d+)\s*$")
_STARTED = re.compile(r"([A-Za-z_]\w*)\s*(?:=(?!=)|\{|\()")
_IN_PASSING = re.compile(r"(?:\+\+|--)\s*([A-Za-z_]\w*)|([A-Za-z_]\w*)\s*(?:\+\+|--)")


class Headers(Declarations):
    """Tells what the header of a loop says."""

    in_parts = 0  # calls around that were given a part of a loop that threads share

    def loop_variable(self, node: Node) -> str:
        """The name of a for loop's variable, from its initialiser or else its update."""
        start, update = node.child_by_field_name("initializer"), node.child_by_field_name("update")
        match = _STARTED.search(self._text(start)) if start is not None else None
        if match:
            return match.group(1)
        match = IDENTIFIER.search(self._text(update)) if update is not None else None
        return match.group() if match else ""

    def turns(
        self, node: Node, name: str, begin: Form | None, update: Node | None, shared: int
    ) -> None:
        """Complete the record of the loop just entered: its variable, its range and its step."""
        body = node.child_by_field_name("body")
        told = (name, begin, self._text(update) if update is not None else "")
        variable, marks, low, high = self._loop_header(node, told, shared)
        header = self.text[node.start_byte : body.start_byte if body is not None else node.end_byte]
        name = f"{variable.name}@{variable.offset}" if variable else ""
        serial = variable.serial if variable else 0
        self.loops[-1] = Loop(
            self.line(node),
            serial,
            shared > 0 or "pv" in marks,
            header,
            name,
            loop_step(told[2]),
            low,
            high,
            self._stride(update, shared=shared > 0),
        )
        if variable is not None:
            variable.derived = marks
            self._point(variable, name, marks)

    def _point(self, variable: Symbol, name: str, marks: frozenset[str]) -> None:
        """A pointer that walks over an array stands for the element that its turn has reached."""
        start = self.initial.target
        if not variable.pointer or start is None or not start.elements or start.elements[-1].field:
            return
        if start.root is variable:
            return
        step = Element("", opaque(name, marks))
        reached = Path(start.root, (*start.elements[:-1], step), start.by)
        variable.value = Value(target=reached, marks=marks)
        variable.once = True

    def _loop_header(
        self, node: Node, told: tuple[str, Form | None, str], shared: int
    ) -> tuple[Symbol | None, frozenset[str], Form | None, Form | None]:
        """(variable, what its values derive from, its least value, one more than its greatest).

        `told` is the variable's name, the value that it begins with, and the update's text.
        """
        name, begin, update = told
        variable = self.lookup(name) if name else None
        if variable is not None and begin is None:
            begin = self._begun(variable)
        limit, operator, end = self._loop_limit(node.child_by_field_name("condition"), name)
        if variable is None:
            return None, frozenset(), None, None
        if limit.target is not None and variable.pointer:
            end = self._from_start(limit.target, end, variable, begin)
        derived = limit.number.marks | limit.marks | variable.derived | self._start_marks()
        if variable.value is not None:
            derived |= variable.value.number.marks
        variable.value = None
        variable.once = False
        low, high = loop_range(begin, towards(operator, update), end)
        if shared > 0 or (self.in_parts and self.shared_out(node, low, high)):
            return variable, frozenset({"pv"}), low, high
        outer = {"seq-" + m for m in derived if m in ("pv", "tid", "targ")}
        marks = {"seq"} | outer | {m for m in derived if m.startswith("seq-")}
        return variable, frozenset(marks), low, high

    def shared_out(self, node: Node, low: Form | None, high: Form | None) -> bool:
        """Whether a loop goes over a part that its thread was given (see shared_calls.py)."""
        raise NotImplementedError

    def _begun(self, variable: Symbol) -> Form | None:
        """Where a loop begins that has no initialiser: at what its variable was given before."""
        given = self.begun.get(variable.serial)
        if given is not None and self.initial is UNKNOWN:
            steps = self.assigned(variable) - (variable.storage == "auto")
            self.initial = given if steps == 1 else UNKNOWN
            return self.begin()
        return variable.value.form if variable.value is not None else None

    def _start_marks(self) -> frozenset[str]:
        """What the place derives from at which a pointer's loop begins."""
        target = self.initial.target
        return target.marks if target is not None else frozenset()

    def _from_start(
        self, limit: Path, end: Form | None, variable: Symbol, begin: Form | None
    ) -> Form | None:
        """The end of a pointer's loop in the array that it goes over: `end = p + n` is p's own."""
        start = self.initial.target
        if start is None or limit.root is start.root:
            return end
        if limit.root is variable and len(limit.elements) == 1 and end is not None:
            return begin.plus(end) if begin is not None else None
        return None

    def loop_start(self, start: Node | None, shared: int) -> Form | None:
        """Walk a for loop's initialiser; the value of an assignment."""
        if start is None:
            return None
        self.cursor = max(self.cursor, start.start_byte)
        if start.type == "declaration":
            self._do_declaration(start)
            return self.begin()
        if shared <= 0 or start.type == "comma_expression":
            self.initial = self.expr(start)
            return self.begin() if start.type != "comma_expression" else None
        self.initial = self.expr(start.child_by_field_name("right"))
        return self.begin()

    def begin(self) -> Form | None:
        """The number, or the index of the element, with which a loop begins."""
        return position(self.initial)

    def _loop_limit(self, node: Node | None, name: str) -> tuple[Value, str, Form | None]:
        """Walk a for loop's condition: (value, operator, limit), as if it read `name < limit`."""
        while node is not None and node.type in ("condition_clause", "parenthesized_expression"):
            node = next(iter(node.named_children), None)
        if node is None or node.type != "binary_expression":
            asks = node is not None and _counts(self._text(node)) == name
            return self.expr(node), (">" if asks else ""), (ZERO if asks else None)
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        sign = node.child_by_field_name("operator")
        operator = self._text(sign) if sign is not None else ""
        if operator == "&&" and left is not None:
            found = self._loop_limit(left, name)
            other = self._loop_limit(right, name)
            return found if found[1] else other  # `found == NULL && i < n`
        if operator not in MIRRORED or left is None or right is None:
            return self.expr(node), "", None
        a, b = self.expr(left), self.expr(right)
        value = Value(b.target, arithmetic(operator, a.number, b.number), marks=a.marks | b.marks)
        if name in (self._text(left), _counts(self._text(left))):
            return value, operator, position(b)
        return (
            (value, MIRRORED[operator], a.form) if self._text(right) == name else (value, "", None)
        )

    def _stride(self, update: Node | None, *, shared: bool) -> Form | None:
        """How far a loop's update takes its variable, whatever the direction."""
        if update is None:
            return None
        if update.type == "update_expression":
            return Form((), 1)
        match = _STEPPED.search(self._text(update))
        if match is None:
            return self._computed_stride(update, SEQ if shared else NO_MARKS)
        if match[1].isdigit():
            return Form((), int(match[1]))
        symbol = self.lookup(match[1])
        if symbol is None:
            return self.macro_number(match[1])
        return self._read_by_name(symbol)

    def _read_by_name(self, symbol: Symbol) -> Form:
        """A variable's number by the name that it has for all who read it here."""
        known = symbol.value if symbol.once else None
        if known is not None and known.form is not None:
            return self._alike(symbol, known).form or known.form
        if self._for_all(symbol):
            return self._variable(symbol)
        return opaque(f"{symbol.name}@{symbol.offset}", symbol.derived)

    def _computed_stride(self, update: Node, alike: frozenset[str]) -> Form | None:
        """`i += omp_get_num_threads()`, `i += 2 * h`: a stride that is one number for all.

        So is the turn of a loop around a loop that is divided: all threads come there in it.
        """
        operator, right = (update.child_by_field_name(part) for part in ("operator", "right"))
        if operator is None or right is None or self._text(operator) not in ("+=", "-="):
            return None
        size = self._text(right).removesuffix("()") in SIZES
        form = (self.expr(right) if size else self.unheard(right)).form
        return form if form is not None and form.marks <= alike else None

    def unheard(self, node: Node | None) -> Value:
        """The value of an expression without calls, whose accesses were recorded before."""
        if node is None or "(" in self._text(node):
            return UNKNOWN
        scope, self.scope = self.scope, None
        value = self.expr(node)
        self.scope = scope
        return value


def _counts(text: str) -> str:
    """The variable that a loop's condition steps: `i++ < n`, `n--`."""
    match = _IN_PASSING.fullmatch(text)
    return match[1] or match[2] if match is not None else ""
