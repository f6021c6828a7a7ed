"""The value of an expression in a clause, where all its names stand for known numbers."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable

Numbers = Callable[[str], int | None]
_PLAIN = re.compile(r"[\w\s()+\-*/%<>=!&|]{1,120}")  # longer ones are not written in clauses
_SUFFIX = re.compile(r"\b(\d+)[uUlL]+\b")
_NAME = re.compile(r"\b[A-Za-z_]\w*")
_WORDS = (
    (re.compile(r"&&"), " and "),
    (re.compile(r"\|\|"), " or "),
    (re.compile(r"!(?!=)"), " not "),
)
_LOGICAL = {"true": 1, "false": 0}
_BINARY: dict[type[ast.AST], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def settled(text: str, number_of: Numbers) -> int | None:
    """The whole number that a C expression is, or None: `settled("n > 9", {"n": 4}.get)` is 0."""
    if not _PLAIN.fullmatch(text):
        return None
    text = _NAME.sub(r"_\g<0>", _SUFFIX.sub(r"\1", text))  # `in` is a name in C
    for written, word in _WORDS:
        text = written.sub(word, text)
    try:
        return _value(ast.parse(text.strip(), mode="eval").body, number_of)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr, number_of: Numbers) -> int | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, int) else None
    if isinstance(node, ast.Name):
        return _LOGICAL.get(node.id[1:], number_of(node.id[1:]))
    if isinstance(node, ast.BoolOp):
        return _chosen(node, number_of)
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, number_of)
        return None if value is None else _unary(node.op, value)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _both(node.ops[0], node.left, node.comparators[0], number_of)
    if isinstance(node, ast.BinOp):
        return _both(node.op, node.left, node.right, number_of)
    return None


def _chosen(node: ast.BoolOp, number_of: Numbers) -> int | None:
    """`a && b` is false where one is, whatever the other; `a || b` true likewise."""
    values = [_value(value, number_of) for value in node.values]
    deciding = isinstance(node.op, ast.Or)
    if any(value is not None and bool(value) == deciding for value in values):
        return int(deciding)
    return None if None in values else int(not deciding)


def _unary(sign: ast.unaryop, value: int) -> int | None:
    if isinstance(sign, ast.Not):
        return int(not value)
    return -value if isinstance(sign, ast.USub) else None


def _both(
    sign: ast.operator | ast.cmpop, left: ast.expr, right: ast.expr, number_of: Numbers
) -> int | None:
    first, second = _value(left, number_of), _value(right, number_of)
    if first is None or second is None:
        return None
    if isinstance(sign, ast.Div | ast.Mod):  # of numbers that are not negative, as sizes are
        if second <= 0 or first < 0:
            return None
        return first // second if isinstance(sign, ast.Div) else first % second
    made = _BINARY.get(type(sign))
    return int(made(first, second)) if made is not None else None
