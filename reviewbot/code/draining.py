"""Loops that go on until a container of threads or futures is empty: each of them is waited for."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.parse import text_of

MAX_CONDITION = 120  # bytes; none that asks a container alone is longer
_LOOPS = frozenset({"while_statement", "for_statement", "do_statement"})
_FUNCTIONS = frozenset({"function_definition", "lambda_expression"})
_SIZE = r"(?:std::)?(?:\w+(?:\.|->|::))*(?P<{0}>\w+)(?:\.|->){1}\(\)"
_UNTIL_EMPTY = re.compile(
    rf"!{_SIZE.format('none', 'empty')}|{_SIZE.format('some', 'size')}(?:>0u?|!=0u?|>=1u?)?"
    rf"|0u?(?:<|!=){_SIZE.format('more', 'size')}"
)


def container_of(key: str) -> str:
    """The last name in the key of a thread's handle: `crew` of `crew#7[]`."""
    return key.partition("%")[0].rpartition(".")[2].partition("#")[0].rstrip("[]")


def loop_around(node: Node | None) -> Node | None:
    """The innermost loop of the same function around a place."""
    while node is not None and node.type not in _LOOPS:
        node = None if node.type in _FUNCTIONS else node.parent
    return node


def until_empty(node: Node | None, container: str) -> bool:
    """Whether the loop around a join ends only when that container has nobody left.

    `while (!crew.empty()) { crew.back().join(); crew.pop_back(); }`
    """
    loop = loop_around(node)
    if loop is None or loop.type == "do_statement":
        return False
    condition = loop.child_by_field_name("condition")
    short = condition is not None and condition.end_byte - condition.start_byte <= MAX_CONDITION
    text = "".join(text_of(condition).split()) if condition is not None and short else ""
    text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    match = _UNTIL_EMPTY.fullmatch(text)
    return match is not None and container in match.groupdict().values()
