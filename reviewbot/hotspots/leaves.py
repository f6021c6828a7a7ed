"""The work of one statement: its operations, calls, and how its accesses walk through memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from reviewbot.code.parse import text_of
from reviewbot.hotspots.expressions import LANES, TABLE, Expression
from reviewbot.hotspots.layout import LINE, Layout, descendants, offset_of
from reviewbot.hotspots.steps import Cost, Mark, nothing

# Time of a call in units of an addition, on x86-64 with glibc, to the nearest handful.
_MATH = {
    "sqrt": 24, "fabs": 1, "floor": 6, "ceil": 6, "fmod": 40, "fma": 4,
    "sin": 45, "cos": 45, "tan": 70, "atan": 45, "atan2": 70, "asin": 45, "acos": 45,
    "exp": 40, "exp2": 40, "log": 40, "log2": 40, "log10": 50, "log1p": 50, "expm1": 50,
    "pow": 90, "cbrt": 50, "hypot": 30, "tanh": 60, "sinh": 60, "cosh": 60,
}  # fmt: skip
_DIVIDE, _CARRY = 18.0, 3.0  # beyond one operation: a division, a sum that waits for its last round
# Instructions of a call, counted with glibc; what is not here has about one for each unit of time.
_COUNTED = {
    "sqrt": 8, "fma": 1, "sin": 95, "cos": 95, "tan": 130, "exp": 55, "log": 50, "pow": 110,
    "hypot": 40, "atan2": 90, "tanh": 35, "fmod": 60, "atan": 60,
}  # fmt: skip
_MEMORY_CALLS = re.compile(r"\b(?:malloc|calloc|realloc|free|push_back|emplace_back|make_unique)\b")
_LOCKS = re.compile(
    r"omp_set_lock|omp_set_nest_lock|mutex_lock|\.lock\b|->lock\b|lock_guard|unique_lock"
)
_OPERATIONS = (
    "binary_expression",
    "update_expression",
    "assignment_expression",
    "unary_expression",
)
_FETCH = 6.0  # of what is not yet in the nearest cache, on average
_CALL, _UNKNOWN_CALL, _LOCK, _ALLOCATION = 5.0, 30.0, 40.0, 90.0  # instructions
_FAR = 4 * LINE  # bytes of a step that no hardware runs ahead of


@dataclass(slots=True)
class Leaves:
    """Costs of statements within the loops and the function at hand."""

    layout: Layout
    names: frozenset[str]
    threads: frozenset[str]  # names of this thread's number
    variables: tuple[str, ...] = ()  # of the loops around, outermost first
    shared_variable: str = ""  # of the nearest loop that is shared out
    _guesses: dict[str, float] = field(default_factory=dict)

    def cost(self, node: Node) -> Cost:
        """The work of a statement, without that of functions of this file."""
        cost = nothing()
        for part in _inside(node):
            if part.type in _OPERATIONS:
                cost[Mark.OPERATIONS] += 1 + _DIVIDE * _divides(part)
                cost[Mark.INSTRUCTIONS] += _instructions(part, self.variables[-1:])
                cost[Mark.DIVIDE] += _divides(part)
            elif part.type == "call_expression":
                self._call(part, cost)
            elif part.type == "subscript_expression" and not _within_subscript(part):
                self._access(part, cost)
            elif part.type == "declaration" and _LOCKS.search(text_of(part)):
                _locked(cost)
        self._sum(node, cost)
        return cost

    def _call(self, node: Node, cost: Cost) -> None:
        text = text_of(node.child_by_field_name("function") or node)
        name = text.split("::")[-1].split("<")[0]
        plain = name.removesuffix("f").removesuffix("l") if name not in _MATH else name
        if name in self.names:
            cost[Mark.OPERATIONS] += _CALL
            cost[Mark.INSTRUCTIONS] += 2 * _CALL  # nothing is inlined where they are counted
        elif plain in _MATH:
            cost[Mark.OPERATIONS] += _MATH[plain]
            cost[Mark.INSTRUCTIONS] += _COUNTED.get(plain, _MATH[plain])
            cost[Mark.ROOT if plain == "sqrt" else Mark.MATH] += 1
        elif _LOCKS.search(text):
            _locked(cost)
        elif _MEMORY_CALLS.search(text):
            cost[Mark.ALLOCATION] += 1
            cost[[Mark.OPERATIONS, Mark.INSTRUCTIONS]] += _ALLOCATION
        elif (
            not text.startswith("omp_")
            and "unlock" not in text
            and name not in ("min", "max", "size")
        ):
            cost[Mark.UNKNOWN_CALL] += 1
            cost[[Mark.OPERATIONS, Mark.INSTRUCTIONS]] += _UNKNOWN_CALL

    def _access(self, node: Node, cost: Cost) -> None:
        cost[[Mark.OPERATIONS, Mark.INSTRUCTIONS]] += 1
        found = offset_of(node, self.layout)
        if found is None:
            return
        _, offset, size = found
        pattern = self._pattern(offset, size)
        cost[pattern] += 1
        cost[Mark.OPERATIONS] += _FETCH * (pattern in (Mark.STRIDED, Mark.INDIRECT))
        if _written(node):
            slots = [self._moved(offset, name) for name in self.threads]
            cost[Mark.SLOT_WRITES] += any(
                step is not None and 0 < abs(step) < LINE for step in slots
            )
            step = self._moved(offset, self.shared_variable) if self.shared_variable else None
            cost[Mark.NEIGHBOUR_WRITES] += step is not None and 0 < abs(step) < LINE

    def _pattern(self, offset: Expression, size: float) -> Mark:
        step = self._moved(offset, self.variables[-1]) if self.variables else 0.0
        if step is None:
            return Mark.INDIRECT
        if step == 0:
            return Mark.INVARIANT
        return Mark.UNIT if abs(step) <= size or abs(step) < _FAR / 4 else Mark.STRIDED

    def _moved(self, offset: Expression, variable: str) -> float | None:
        """Bytes by which an access moves when a variable grows by one."""
        known = _Guessing(self.layout.constants)
        known[variable] = 8.0
        first = offset(known)
        known[variable] = 9.0
        second = offset(known)
        return None if first is None or second is None else second - first

    def _sum(self, node: Node, cost: Cost) -> None:
        """Sums and products carried from round to round: they are not done side by side."""
        for part in _inside(node):
            if part.type == "assignment_expression":
                operator = part.child_by_field_name("operator")
                left = part.child_by_field_name("left")
                if (
                    operator is not None
                    and operator.type in ("+=", "*=", "-=")
                    and left is not None
                ):
                    cost[Mark.FLOATING] += left.type == "identifier"
                    cost[Mark.OPERATIONS] += _CARRY * (left.type == "identifier")
                elif operator is not None and left is not None and _carried(part, left):
                    cost[Mark.FLOATING] += 1
                    cost[Mark.OPERATIONS] += 2 * _CARRY


class _Guessing(dict[str, float | None]):
    """What is not known has some value, the same each time: enough to tell how an index moves."""

    def __missing__(self, name: str) -> float:
        return 97.0 + 2 * (sum(map(ord, name)) % 40)

    def get(self, name: str, _: object = None) -> float | None:
        return None if name == LANES or name.endswith(TABLE) else self[name]


_PLACED = 0.2  # instructions of an operation in a subscript: an address is worked out on the way


_CONVERTED = 2.0  # instructions that make a floating point number of a whole one


def _instructions(node: Node, variables: Sequence[str]) -> float:
    """Instructions of an operation without its accesses; a plain assignment is its value's."""
    parent = node.parent
    if parent is not None and parent.type in ("subscript_expression", "subscript_argument_list"):
        return _PLACED
    operator = node.child_by_field_name("operator")
    sign = operator.type if operator is not None else ""
    if sign in ("%", "%="):
        return _REMAINDER
    return float(sign != "=") + _CONVERTED * (sign in _FORMULA and _mixed(node, variables))


def _mixed(node: Node, variables: Sequence[str]) -> bool:
    """Whether a loop's variable is in a formula; beside a whole number it most likely stays one."""
    sides = [node.child_by_field_name("left"), node.child_by_field_name("right")]
    names = [text_of(side) for side in sides if side is not None and side.type == "identifier"]
    return any(name in variables for name in names) and not any(map(_whole, sides))


_REMAINDER = 5.0  # instructions: a multiplication, shifts, and what is taken away
_FORMULA = ("+", "-", "*", "/", "=", "+=", "-=", "*=")


def _whole(node: Node | None) -> bool:
    return node is not None and node.type == "number_literal" and text_of(node).isdigit()


def _divides(node: Node) -> bool:
    """Whether it divides by what is not a number: compilers turn those into something cheaper."""
    operator, right = node.child_by_field_name("operator"), node.child_by_field_name("right")
    return (
        operator is not None
        and operator.type in ("/", "%", "/=", "%=")
        and right is not None
        and right.type != "number_literal"
    )


def _carried(node: Node, left: Node) -> bool:
    """Whether s = f(s): a value that waits for the round before."""
    right = node.child_by_field_name("right")
    if left.type != "identifier" or right is None or right.type != "binary_expression":
        return False
    name = text_of(left)
    return any(n.type == "identifier" and text_of(n) == name for n in descendants(right))


def _locked(cost: Cost) -> None:
    cost[Mark.CRITICAL] += 1
    cost[Mark.OPERATIONS] += _LOCK


def _inside(node: Node) -> Iterator[Node]:
    """The statement's own parts: not those of lambdas, which are steps of their own."""
    yield node
    for child in node.named_children:
        if child.type != "lambda_expression":
            yield from _inside(child)


def _within_subscript(node: Node) -> bool:
    """Whether it is the inner part of a[i][j]."""
    parent = node.parent
    return (
        parent is not None
        and parent.type == "subscript_expression"
        and parent.child_by_field_name("argument") == node
    )


def _written(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type == "field_expression":
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type == "update_expression":
        return True
    return parent.type == "assignment_expression" and parent.child_by_field_name("left") == node


__all__ = ["Leaves", "descendants"]
