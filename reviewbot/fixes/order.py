"""Loops whose result hangs on the order of iterations: a lock ends the race there, not the bug."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.openmp import Directive
from reviewbot.code.words import words
from reviewbot.fixes.case import Case, Place
from reviewbot.fixes.source import ancestors, contains, statement, uses
from reviewbot.fixes.updates import expression, field, short, update, wraps
from reviewbot.fixes.variables import holds_numbers
from reviewbot.records import Mode

NEIGHBOURS = (
    "no lock mends this: an iteration reads what another one writes, so the result would hang on "
    "which comes first; read from a copy of the old values, or run the loop serially (as a scan, "
    "if each step needs the one before)"
)
RECURRENCE = (
    "no lock mends this: each iteration goes on from the value that another one left, so what it "
    "gets would hang on their order; compute the value from the index, keep one per thread, or run "
    "the loop serially"
)
_PATH = frozenset({"subscript_expression", "field_expression"})
_ARITHMETIC = frozenset(
    words("binary_expression unary_expression parenthesized_expression cast_expression")
)
_SHARED_OUT = ("for", "taskloop")
_MOST_LOOPS = 8  # of one `collapse`
_MOST = 50  # pairs and accesses of one finding; each asks which of the file's constructs hold it


def needs_order(case: Case) -> str:
    """What must change where iterations depend on each other's order; empty where a lock mends."""
    if any(_are_neighbours(case, *pair) for pair in case.pairs[:_MOST]):
        return NEIGHBOURS
    return RECURRENCE if any(_goes_on(case, place) for place in case.bare[:_MOST]) else ""


def _loop(case: Case, node: Node) -> tuple[Directive, Node] | None:
    """The loop around a node whose iterations a team shares out."""
    found = case.construct(node)
    return found if found is not None and found[0].has(*_SHARED_OUT) else None


def _are_neighbours(case: Case, first: Place, second: Place) -> bool:
    """Whether one is read and the other written by its index, each a function of the loop's."""
    modes = {first.access.mode, second.access.mode}
    loop = _loop(case, first.node)
    if len(modes) < 2 or Mode.READ not in modes or loop is None:
        return False
    (trunk, ours), (other, theirs) = _element(first.node), _element(second.node)
    if not contains(loop[1], second.node) or trunk != other or len(ours) != len(theirs):
        return False
    counters = _counters(*loop)
    apart = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    return any(all(_counts(index, counters) for index in pair) for pair in apart)


def _element(node: Node) -> tuple[str, list[str]]:
    """`g->rows[i][j]` as its path without indices, and the indices."""
    top, trunk, indices = node, short(node), list[str]()
    while (up := top.parent) is not None and up.type in _PATH and field(up, "argument") == top:
        rest = short(up)[len(short(top)) :]
        if up.type == "subscript_expression":
            indices.append(rest)
        else:
            trunk += rest
        top = up
    return trunk, indices


def _counters(directive: Directive, loop: Node) -> set[str]:
    """The variables of the loops whose iterations are shared out."""
    collapse = directive.clause("collapse")
    count = collapse.items[0] if collapse is not None and collapse.items else "1"
    found, one = set[str](), loop
    for _ in range(min(int(count) if count.isdigit() else 1, _MOST_LOOPS)):
        first = re.search(r"(\w+)=", short(field(one, "initializer")))
        found |= {first[1]} if first else set()
        body = field(one, "body")
        inside = body.named_children if body is not None else []
        loops = [child for child in (body, *inside) if child and child.type == "for_statement"]
        if not loops:
            break
        one = loops[0]
    return found


def _counts(index: str, counters: set[str]) -> bool:
    """Whether an index is computed from a counter, and not looked up by it."""
    plain = re.sub(r"(?<=\w)\[[^][]*\]", "", index[1:-1])
    return any(name in counters for name in re.findall(r"[A-Za-z_]\w*(?!\w|\()", plain))


def _goes_on(case: Case, place: Place) -> bool:
    """Whether the statement is `x = …x…` by arithmetic that is no plain accumulation."""
    name, own = case.name, statement(place.node)
    inner = expression(own) if own is not None and name is not None else None
    left, right = field(inner, "left"), field(inner, "right")
    if name is None or inner is None or left is None or right is None or short(left) != name:
        return False
    if _loop(case, place.node) is None or update(inner) is not None or wraps(left, right):
        return False
    read = uses(right, name)
    plain = bool(read) and all(_is_arithmetic(one, right) for one in read)
    plain = plain and short(field(inner, "operator")) == "="
    return plain and holds_numbers(case.file, name, place.node)


def _is_arithmetic(node: Node, right: Node) -> bool:
    inside = (one for one in ancestors(node) if contains(right, one))
    return all(one.type in _ARITHMETIC for one in inside)
