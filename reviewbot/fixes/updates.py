"""Statements that update one variable, and the operator they do it with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.code.words import words
from reviewbot.findings import normalise

_COMPOUND = frozenset(words("+= -= *= /= &= |= ^= <<= >>= %="))
_BINARY = frozenset(words("+ - * / & | ^ && ||"))
_COMMUTES = frozenset(words("+ * & | ^ && ||"))
_ATOMIC = frozenset(words("+ - * / & | ^ << >>"))
_EXTREMES = {"max": "max", "min": "min", "fmax": "max", "fmin": "min"}
_EXTREMES |= {"fmaxf": "max", "fminf": "min", "fmaxl": "max", "fminl": "min"}


@dataclass(frozen=True, slots=True)
class Update:
    """`target = target op …`, `op` empty for a store; `direct`: as `omp atomic` wants."""

    target: Node
    op: str
    direct: bool = True


def short(node: Node | None) -> str:
    """The node's code with white space only where it parts two words."""
    return normalise((node.text or b"").decode("ascii")) if node is not None else ""


def expression(statement: Node) -> Node | None:
    """The expression of an expression statement."""
    if statement.type != "expression_statement" or len(statement.named_children) != 1:
        return None
    return statement.named_children[0]


def update(node: Node | None) -> Update | None:
    """How an expression changes a variable; None if it does not, or reads it on the way."""
    if node is None:
        return None
    if node.type == "update_expression":
        target = node.child_by_field_name("argument")
        return Update(target, _step(node)) if target else None
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if node.type != "assignment_expression" or left is None or right is None:
        return None
    sign = short(node.child_by_field_name("operator")) or "="
    if sign in _COMPOUND:
        return None if mentions(right, left) else Update(left, sign[:-1])
    return _assigned(left, right) if sign == "=" else None


def _step(node: Node) -> str:
    return "+" if "++" in short(node) else "-"


def _assigned(left: Node, right: Node) -> Update | None:
    if not mentions(right, left):
        return Update(left, "")
    return _binary(left, right) or _called(left, right) or _chosen(left, right)


def _binary(left: Node, right: Node) -> Update | None:
    """`x = x op e`, `x = e op x`, and `x = x + a + b`."""
    inside = unwrapped(right)
    a, b, sign = field(inside, "left"), field(inside, "right"), short(field(inside, "operator"))
    if a is None or b is None or sign not in _BINARY:
        return None
    if short(a) == short(left) and not mentions(b, left):
        return Update(left, sign)
    if short(b) == short(left) and not mentions(a, left) and sign in _COMMUTES:
        return Update(left, sign)
    inner = None if mentions(b, left) else _binary(left, a)
    alike = inner is not None and sign in "+-" and inner.op in "+-"
    if inner is None or not (alike or sign == inner.op == "*"):
        return None
    return Update(left, inner.op, direct=False)


def wraps(left: Node, right: Node) -> bool:
    """Whether `left = right` accumulates by a remainder or a mask: `x = (x + e) % m`."""
    inside = unwrapped(right)
    if short(field(inside, "operator")) not in ("%", "&"):
        return False
    sum_, rest = unwrapped(field(inside, "left")), field(inside, "right")
    plain = sum_ is not None and rest is not None and not mentions(rest, left)
    return plain and sum_ is not None and _binary(left, sum_) is not None


def _called(left: Node, right: Node) -> Update | None:
    """`x = std::max(x, e)`."""
    named = short(right.child_by_field_name("function")).rsplit("::", 1)[-1]
    values = right.child_by_field_name("arguments")
    arguments = values.named_children if values is not None else []
    op = _EXTREMES.get(re.sub(r"<.*", "", named))
    if right.type != "call_expression" or op is None or len(arguments) != 2:
        return None
    own = [one for one in arguments if short(one) == short(left)]
    others = [one for one in arguments if not mentions(one, left)]
    return Update(left, op, direct=False) if len(own) == len(others) == 1 else None


def _chosen(left: Node, right: Node) -> Update | None:
    """`x = e > x ? e : x` and its mirror images."""
    choice = unwrapped(right)
    yes, no = (unwrapped(field(choice, name)) for name in ("consequence", "alternative"))
    taken = compared(field(choice, "condition"), left)
    if taken is None:
        return None
    op, other = taken
    if short(yes) == other and short(no) == short(left):
        return Update(left, op, direct=False)
    if short(no) == other and short(yes) == short(left):
        return Update(left, "min" if op == "max" else "max", direct=False)
    return None


def extreme(node: Node) -> Update | None:
    """`if (e > x) x = e;` as an update by min or max; None for any other conditional."""
    body = node.child_by_field_name("consequence")
    if node.type != "if_statement" or node.child_by_field_name("alternative") or body is None:
        return None
    if body.type == "compound_statement" and len(body.named_children) == 1:
        body = body.named_children[0]
    stored = expression(body)
    if stored is None or stored.type != "assignment_expression":
        return None
    left, right = stored.child_by_field_name("left"), stored.child_by_field_name("right")
    if left is None or right is None or mentions(right, left):
        return None
    taken = compared(node.child_by_field_name("condition"), left)
    if taken is None or taken[1] != short(right):
        return None
    return Update(left, taken[0], direct=False)


def compared(condition: Node | None, target: Node) -> tuple[str, str] | None:
    """(max or min, the other side) if the target takes the other side when the condition holds."""
    inner = unwrapped(condition)
    a, b, sign = field(inner, "left"), field(inner, "right"), short(field(inner, "operator"))
    if a is None or b is None or sign not in ("<", "<=", ">", ">="):
        return None
    own = short(target)
    if short(a) == own and not mentions(b, target):
        return ("max" if sign[0] == "<" else "min"), short(b)
    if short(b) == own and not mentions(a, target):
        return ("max" if sign[0] == ">" else "min"), short(a)
    return None


def field(node: Node | None, name: str) -> Node | None:
    """A part of a node by its name in the grammar; None has none."""
    return node.child_by_field_name(name) if node is not None else None


def unwrapped(node: Node | None) -> Node | None:
    """The node without the parentheses around it."""
    while node is not None and node.type in ("parenthesized_expression", "condition_clause"):
        if len(node.named_children) != 1:
            break
        node = node.named_children[0]
    return node


def mentions(node: Node, target: Node) -> bool:
    """Whether the code names the target's variable, directly or as part of a longer path."""
    whole, part = short(node), short(target)
    return re.search(rf"(?<![\w.>]){re.escape(part)}(?!\w)", whole) is not None


def is_atomic(change: Update) -> bool:
    """Whether `#pragma omp atomic` knows this form."""
    return change.direct and (change.op in _ATOMIC)
