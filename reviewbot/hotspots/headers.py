"""Heads of loops: which variable counts, from where to where, and what else may end the loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from tree_sitter import Node

from reviewbot.code.parse import text_of
from reviewbot.hotspots.expressions import Environment, Expression, Value, expression, unknown
from reviewbot.hotspots.layout import descendants

_BOUNDS = ("<", "<=", ">", ">=", "!=")
_WRAPPED = ("parenthesized_expression", "condition_clause")


@dataclass(frozen=True, slots=True)
class Header:
    """A counting loop's head; `high` is one past the last value in the direction of the step."""

    variable: str = ""
    low: Expression = unknown
    high: Expression = unknown
    step: Expression = unknown
    cut: bool = False  # whether another condition may end it before
    factor: Expression = unknown  # by which the variable is multiplied, where it is


def header(node: Node) -> Header:
    """The head of a for or while loop, as far as it counts."""
    conditions = list(_conditions(node.child_by_field_name("condition")))
    for condition in conditions:
        left = condition.child_by_field_name("left")
        operator = condition.child_by_field_name("operator")
        sign = operator.type if operator is not None else ""
        if left is None or sign not in _BOUNDS:
            continue
        name = text_of(left)
        step, factor = _step_of(node, name), _factor_of(node, name)
        if step is not None:
            bound = expression(condition.child_by_field_name("right"))
            extra = {"<=": 1.0, ">=": -1.0}.get(sign, 0.0)
            low = _start(node, name)
            return Header(name, low, _plus(bound, extra), step, len(conditions) > 1, factor)
    variable, step = _stepped(node.child_by_field_name("update"))
    return Header(variable, step=step)


def _conditions(node: Node | None) -> Iterator[Node]:
    """The parts that must all hold for another round."""
    while node is not None and node.type in _WRAPPED:
        inner = node.child_by_field_name("value") or next(iter(node.named_children), None)
        node = inner
    if node is None or node.type != "binary_expression":
        return
    operator = node.child_by_field_name("operator")
    if operator is not None and operator.type == "&&":
        yield from _conditions(node.child_by_field_name("left"))
        yield from _conditions(node.child_by_field_name("right"))
    else:
        yield node


def _step_of(node: Node, name: str) -> Expression | None:
    """How far a variable moves in a round: in the head, or for a while loop in its body."""
    update = node.child_by_field_name("update")
    if node.type == "for_statement" and update is not None:
        steps = [step for variable, step in map(_stepped, _parts(update)) if variable == name]
        return steps[0] if steps else None
    body = node.child_by_field_name("body")
    for found in descendants(body) if body is not None else ():
        if found.type in ("update_expression", "assignment_expression"):
            moved, step = _stepped(found)
            if moved == name and (step is not unknown or _factor(found)[1] is not unknown):
                return step
    return None


def _parts(update: Node) -> Iterator[Node]:
    """What is done after each round, one by one."""
    if update.type == "comma_expression":
        for child in update.named_children:
            yield from _parts(child)
    else:
        yield update


def _factor_of(node: Node, name: str) -> Expression:
    """What a variable is multiplied by in each round, where its head or body does that."""
    update = node.child_by_field_name("update")
    whole = update if node.type == "for_statement" else node.child_by_field_name("body")
    for found in descendants(whole) if whole is not None else ():
        if found.type == "assignment_expression":
            moved, factor = _factor(found)
            if moved == name and factor is not unknown:
                return factor
    return unknown


_MULTIPLIED = ("*", "/", "<<", ">>")


def _factor(node: Node) -> tuple[str, Expression]:
    """The variable and the factor of q *= 2, q /= 2, q >>= 1 and q = q / 2."""
    if node.type != "assignment_expression":
        return "", unknown
    name = text_of(node.child_by_field_name("left") or node)
    operator, right = node.child_by_field_name("operator"), node.child_by_field_name("right")
    sign = operator.type.removesuffix("=") if operator is not None else ""
    if not sign and right is not None and right.type == "binary_expression":
        left, operator = right.child_by_field_name("left"), right.child_by_field_name("operator")
        if left is not None and text_of(left) == name and operator is not None:
            sign, right = operator.type, right.child_by_field_name("right")
    if sign not in _MULTIPLIED:
        return name, unknown
    value = expression(right)
    return name, lambda known: _power(sign, value(known))


def _power(sign: str, value: Value | None) -> Value | None:
    if value is None or isinstance(value, np.ndarray) or value <= 0:
        return None
    factor = 2.0**value if sign in ("<<", ">>") else value
    return 1 / factor if sign in ("/", ">>") else factor


def _plus(value: Expression, extra: float) -> Expression:
    def result(known: Environment) -> Value | None:
        found = value(known)
        return None if found is None else found + extra

    return result


def _start(node: Node, variable: str) -> Expression:
    start = node.child_by_field_name("initializer")
    if start is None:
        return lambda known: known.get(variable)
    for found in descendants(start):
        name = "declarator" if found.type == "init_declarator" else "left"
        target = found.child_by_field_name(name)
        starts = found.type in ("init_declarator", "assignment_expression")
        if starts and target is not None and text_of(target) == variable:
            value = "value" if found.type == "init_declarator" else "right"
            return expression(found.child_by_field_name(value))
    return unknown


def _stepped(update: Node | None) -> tuple[str, Expression]:
    if update is None:
        return "", unknown
    text = text_of(update)
    if update.type == "update_expression":
        name = text_of(update.child_by_field_name("argument") or update)
        return name, lambda _: -1.0 if "--" in text else 1.0
    if update.type == "assignment_expression":
        name = text_of(update.child_by_field_name("left") or update)
        value = expression(update.child_by_field_name("right"))
        operator = update.child_by_field_name("operator")
        sign = operator.type if operator is not None else ""
        if sign == "+=":
            return name, value
        if sign == "-=":
            return name, lambda known: None if (v := value(known)) is None else -v
        if sign == "=":  # i = i + 2: the step is what one round adds
            return name, lambda _: _added(value, name)
        return name, unknown
    if update.type == "comma_expression" and update.named_children:
        return _stepped(update.named_children[0])
    return "", unknown


def _added(value: Expression, name: str) -> float | None:
    first, second = value({name: 0.0}), value({name: 1.0})
    if first is None or second is None or second - first != 1:
        return None
    return float(first)
