"""Expressions of the source as numbers, where what is known of their variables decides them.

A value is a number, or an array of one for each lane: for each round or thread that is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from tree_sitter import Node

from reviewbot.code.parse import text_of

Value: TypeAlias = float | NDArray[np.float64]
Environment: TypeAlias = Mapping[str, Value | None]
Expression: TypeAlias = Callable[[Environment], Value | None]

THREAD, THREADS = "omp_get_thread_num()", "omp_get_num_threads()"  # names in an environment
LANES = "lanes()"  # the name of how many lanes there are
TABLE = "[]"  # an array's name with it stands for its contents: (indices, values), (2, points)
_RANDOM = re.compile(r"rand", re.IGNORECASE)
_GOLDEN = 0.6180339887498949  # its multiples are spread evenly, and follow no pattern of a loop
_LARGEST = 1e15  # beyond, a number says nothing about a program's work
_NUMBER = re.compile(
    r"(0[xX][0-9a-fA-F']+|0[bB][01']+|[0-9.][0-9.']*(?:[eE][+-]?\d+)?)[uUlLfFzZ]*$"
)
_SIZES = {
    "char": 1, "bool": 1, "_Bool": 1, "int8_t": 1, "uint8_t": 1, "short": 2, "int16_t": 2,
    "uint16_t": 2, "int": 4, "unsigned": 4, "float": 4, "int32_t": 4, "uint32_t": 4,
}  # fmt: skip
_TEAM = {
    "omp_get_max_threads": THREADS,
    "omp_get_num_threads": THREADS,
    "omp_get_thread_num": THREAD,
}
_INNER = frozenset(
    ("parenthesized_expression", "cast_expression", "condition_clause", "init_declarator")
)


def unknown(_: Environment) -> Value | None:
    """The expression that nothing is known of."""
    return None


def expression(node: Node | None) -> Expression:
    """A function from an environment to the expression's value, None where it is not known."""
    if node is None:
        return unknown
    if node.type == "number_literal":
        return _constant(number(text_of(node)))
    if node.type in ("identifier", "field_expression", "qualified_identifier"):
        name = text_of(node)
        return lambda known: known.get(name)
    if node.type == "binary_expression":
        return _binary(node)
    if node.type == "unary_expression":
        return _unary(node)
    if node.type in _INNER:
        return expression(node.named_children[-1] if node.named_children else None)
    if node.type == "conditional_expression":
        return _choice(node)
    return _other(node)


def _other(node: Node) -> Expression:
    if node.type == "subscript_expression":
        return _element(node)
    if node.type == "call_expression":
        return _call(node)
    if node.type == "assignment_expression":
        return expression(node.child_by_field_name("right"))
    if node.type == "sizeof_expression":
        return _constant(float(size_of(text_of(node))))
    return _constant({"true": 1.0, "false": 0.0}.get(node.type))


def _element(node: Node) -> Expression:
    """An element of an array whose contents are known, by the nearest index that is."""
    array = node.child_by_field_name("argument")
    if array is None or array.type != "identifier":
        return unknown
    key, index = text_of(array) + TABLE, expression(subscript(node))

    def value(known: Environment) -> Value | None:
        table, place = known.get(key), index(known)
        if place is None or not isinstance(table, np.ndarray) or table.ndim != 2:
            return None
        after = np.searchsorted(table[0], place).clip(0, table.shape[1] - 1)
        before = (after - 1).clip(0)
        nearer = np.abs(table[0][before] - place) < np.abs(table[0][after] - place)
        found = np.where(nearer, table[1][before], table[1][after])
        return found if isinstance(place, np.ndarray) else float(found)

    return value


def subscript(node: Node) -> Node:
    """The index of a subscript; C++'s grammar wraps it in a list."""
    found = node.child_by_field_name("index") or node.child_by_field_name("indices")
    if found is None:
        return node.named_children[-1]
    if found.type == "subscript_argument_list" and found.named_children:
        return found.named_children[0]
    return found


def number(text: str) -> float | None:
    """The value of a literal: 1 << 10 is none, 0x40, 1'000'000 and 5e3 are."""
    match = _NUMBER.match(text)
    if match is None:
        return None
    digits = match.group(1).replace("'", "")
    try:
        return float(int(digits, 0)) if re.match(r"0[xXbB]", digits) else float(digits)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def size_of(text: str) -> int:
    """Bytes of a type as its text tells; 8 where it does not."""
    if "*" in text:
        return 8
    sizes = [_SIZES[word] for word in re.findall(r"\w+", text) if word in _SIZES]
    longer = re.search(r"\b(?:long|double|size_t|int64_t|uint64_t)\b", text)
    return 8 if longer or not sizes else min(sizes)


def _constant(value: float | None) -> Expression:
    return lambda _: value


_OPERATORS: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "<<": lambda a, b: a * 2.0 ** np.minimum(b, 60.0),
    ">>": lambda a, b: a // 2.0 ** np.minimum(b, 60.0),
    "&": lambda a, b: _bits(np.bitwise_and, a, b),
    "|": lambda a, b: _bits(np.bitwise_or, a, b),
    "^": lambda a, b: _bits(np.bitwise_xor, a, b),
    "<": lambda a, b: (a < b) * 1.0,
    ">": lambda a, b: (a > b) * 1.0,
    "<=": lambda a, b: (a <= b) * 1.0,
    ">=": lambda a, b: (a >= b) * 1.0,
    "==": lambda a, b: (a == b) * 1.0,
    "!=": lambda a, b: (a != b) * 1.0,
    "&&": lambda a, b: np.logical_and(a, b) * 1.0,
    "||": lambda a, b: np.logical_or(a, b) * 1.0,
}


def _bits(apply: Callable[..., NDArray[np.int64]], a: Value, b: Value) -> Value:
    whole = apply(np.asarray(a).astype(np.int64), np.asarray(b).astype(np.int64))
    return whole.astype(np.float64)


def _binary(node: Node) -> Expression:
    left = expression(node.child_by_field_name("left"))
    right = expression(node.child_by_field_name("right"))
    operator = node.child_by_field_name("operator")
    sign = operator.type if operator is not None else ""
    if sign == "%" and _by_chance(node.child_by_field_name("left")):
        return lambda known: _drawn(right(known), known)
    if sign in ("/", "%"):
        return _division(left, right, remainder=sign == "%")
    apply = _OPERATORS.get(sign)
    if apply is None:
        return unknown

    def value(known: Environment) -> Value | None:
        a, b = left(known), right(known)
        if a is None or b is None or not (_small(a) and _small(b)):
            return None
        return apply(a, b)

    return value


def _by_chance(node: Node | None) -> bool:
    """Whether it is a call of something that draws numbers."""
    while node is not None and node.type in _INNER and node.named_children:
        node = node.named_children[-1]
    name = node.child_by_field_name("function") if node is not None else None
    called = node is not None and node.type == "call_expression" and name is not None
    return called and _RANDOM.search(text_of(name)) is not None  # type: ignore[arg-type]


def _drawn(limit: Value | None, known: Environment) -> Value | None:
    """A number below the limit in each lane, the same ones each time."""
    if limit is None:
        return None
    lanes = known.get(LANES)
    count = int(lanes) if lanes is not None and not isinstance(lanes, np.ndarray) else 1
    if count <= 1:
        return limit * 0.5
    # Twice around, since one turn of such a sequence is too even to be taken for chance.
    turns = np.arange(1.0, count + 1) * _GOLDEN % 1
    return np.floor(turns * 7919 % 1 * limit)


def _small(value: Value) -> bool:
    if isinstance(value, np.ndarray):
        return bool(np.abs(value).max(initial=0.0) < _LARGEST)
    return bool(abs(value) < _LARGEST)


def _division(left: Expression, right: Expression, *, remainder: bool) -> Expression:
    """Division as whole numbers do it, wherever both sides are whole."""

    def value(known: Environment) -> Value | None:
        a, b = left(known), right(known)
        if a is None or b is None or not _small(a) or not np.all(b):
            return None
        if remainder:
            return a % b
        whole = np.all(a == np.floor(a)) and np.all(b == np.floor(b))
        return a // b if whole else a / b

    return value


def _unary(node: Node) -> Expression:
    inner = expression(node.child_by_field_name("argument"))
    sign = text_of(node)[:1]

    def value(known: Environment) -> Value | None:
        found = inner(known)
        if found is None:
            return None
        if sign == "!":
            return (found == 0) * 1.0
        return {"-": -found, "+": found}.get(sign)

    return value


def _choice(node: Node) -> Expression:
    condition = expression(node.child_by_field_name("condition"))
    yes = expression(node.child_by_field_name("consequence"))
    no = expression(node.child_by_field_name("alternative"))

    def value(known: Environment) -> Value | None:
        decided = condition(known)
        if decided is None:  # argc > 1 ? atoi(argv[1]) : 1000, where the default is most likely
            first, second = yes(known), no(known)
            return second if first is None else first if second is None else None
        if not isinstance(decided, np.ndarray):
            return yes(known) if decided else no(known)
        first, second = yes(known), no(known)
        return None if first is None or second is None else np.where(decided, first, second)

    return value


def _call(node: Node) -> Expression:
    name = text_of(node.child_by_field_name("function") or node)
    if name in _TEAM:
        key = _TEAM[name]
        return lambda known: known.get(key)
    arguments = node.child_by_field_name("arguments")
    parts = [expression(child) for child in arguments.named_children] if arguments else []
    if (
        name.split("::")[-1].split("<")[0] in ("min", "max", "MIN", "MAX", "fmin", "fmax")
        and len(parts) == 2
    ):
        choose = np.minimum if "in" in name.lower() else np.maximum
        return lambda known: _chosen(choose, parts, known)
    return unknown


def _chosen(
    choose: Callable[..., Value], parts: list[Expression], known: Environment
) -> Value | None:
    first, second = parts[0](known), parts[1](known)
    return None if first is None or second is None else choose(first, second)
