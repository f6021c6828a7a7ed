"""While loops that count: `while (i < n) { …; i++; }`, `while (i < n) f(i++);`, `while (n--)`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tree_sitter import Node

from reviewbot.code.events import Loop
from reviewbot.code.parse import text_of
from reviewbot.code.values import Form

_EARLY = re.compile(r"\b(?:break|goto)\b")
_ASKED = ("<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Counter:
    """What a while loop counts with, as a for loop's header would say it.

    `first` and `end` say by how much the values within the body are off those of a counter that is
    stepped last: `while (i-- > 0)` sees one less than what it began with, and than what it asks of.
    """

    name: str
    step: Node
    first: int = 0
    end: int = 0

    def seen_within(self, loop: Loop) -> Loop:
        """The loop with the range of the values that its body sees."""
        if not self.first:
            return loop
        low, high = (self.first, self.end) if self.first > 0 else (self.end, self.first)
        return replace(loop, low=_moved(loop.low, low), high=_moved(loop.high, high))


def _moved(form: Form | None, by: int) -> Form | None:
    return form.plus(Form((), by)) if form is not None else None


def counted(node: Node) -> Counter | None:
    """The counter of a while loop that one place alone steps, each turn once."""
    compared = bare(node.child_by_field_name("condition"))
    body = node.child_by_field_name("body")
    if compared is None or body is None:
        return None
    return _asks_and_steps(compared, body) or _steps_last(compared, body)


def _asks_and_steps(compared: Node, body: Node) -> Counter | None:
    """`while (i++ < n)`, `while (--n >= 0)`, `while (n--)`."""
    side = compared
    if compared.type == "binary_expression":
        sign, left = (compared.child_by_field_name(f) for f in ("operator", "left"))
        side = left if left is not None and sign and text_of(sign) in _ASKED else compared
    place = stepped(side) if side.type == "update_expression" else None
    if place is None or place.type != "identifier" or _changes(text_of(place), text_of(body)):
        return None
    by = 1 if "++" in text_of(side) else -1
    if side is compared and by > 0:
        return None
    late = by if text_of(side).rstrip().endswith(("++", "--")) else 0
    return Counter(text_of(place), side, by, late)


def _steps_last(compared: Node, body: Node) -> Counter | None:
    """`while (i < n) { …; i++; }`, or with the step in the last statement: `f(x[i++]);`."""
    last = body
    if body.type == "compound_statement":
        last = next((c for c in reversed(body.named_children) if c.type != "comment"), body)
    step = bare(last)
    place = stepped(step)
    sides = (compared.child_by_field_name("left"), compared.child_by_field_name("right"))
    names = [text_of(s) for s in sides if s is not None and s.type == "identifier"]
    if compared.type != "binary_expression":
        return None
    if place is None:
        step = next((s for n in names if (s := _postfix(last, n)) is not None), None)
        place = stepped(step)
    if step is None or place is None or text_of(place) not in names:
        return None
    return Counter(text_of(place), step) if _changes(text_of(place), text_of(body)) == 1 else None


def _postfix(last: Node, name: str) -> Node | None:
    """The one place of a simple statement that names a counter, where it is stepped: `x[i++]`."""
    text = text_of(last)
    found = list(re.finditer(rf"\b{name}\b", text)) if last.type == "expression_statement" else []
    if len(found) != 1:
        return None
    start = last.start_byte + len(text[: found[0].start()].encode())
    node = last.named_descendant_for_byte_range(start, start + len(name))
    parent = node.parent if node is not None else None
    if parent is None or parent.type != "update_expression":
        return None
    return parent if text_of(parent).rstrip().endswith("++") else None


def _changes(name: str, text: str) -> int:
    """How often a text changes a variable."""
    changed = rf"(?<![.>\w]){name}\s*(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))|(?:\+\+|--)\s*{name}\b"
    return len(re.findall(changed, text))


def bare(node: Node | None) -> Node | None:
    """An expression without the statement, clause or parentheses around it."""
    wraps = ("condition_clause", "parenthesized_expression", "expression_statement")
    while node is not None and node.type in wraps:
        node = next(iter(node.named_children), None)
    return node


def stepped(step: Node | None) -> Node | None:
    """What `i++` or `i += 2` steps."""
    if step is None:
        return None
    if step.type == "update_expression":
        return step.child_by_field_name("argument")
    if step.type != "assignment_expression":
        return None
    sign = step.child_by_field_name("operator")
    return step.child_by_field_name("left") if sign and text_of(sign) in ("+=", "-=") else None


def _left_at(loop: Node, name: str) -> Node | None:
    """What `for (; i < n; i++)` leaves in its variable, if nothing leaves it earlier."""
    condition, body = bare(loop.child_by_field_name("condition")), loop.child_by_field_name("body")
    if condition is None or condition.type != "binary_expression" or body is None:
        return None
    head, within = loop.text or b"", text_of(body)
    header = head[: body.start_byte - loop.start_byte].decode("ascii")
    upwards = rf";\s*{name}\s*(?:<|!=)[^=;][^;]*;\s*(?:\+\+\s*{name}|{name}\s*\+\+)\s*\)\s*$"
    if re.search(upwards, header) is None or _EARLY.search(within) or _changes(name, within):
        return None
    return condition.child_by_field_name("right")


def start_of(node: Node, name: str) -> Node | None:
    """The value that a counter is given right before its loop."""
    before = node.prev_named_sibling
    if before is not None and before.type == "declaration":
        for declarator in before.children_by_field_name("declarator"):
            inner = declarator.child_by_field_name("declarator")
            if inner is not None and text_of(inner).lstrip("* ") == name:
                return declarator.child_by_field_name("value")
    if before is not None and before.type == "for_statement":
        return _left_at(before, name)
    inner = bare(before)
    if inner is None or inner.type != "assignment_expression":
        return None
    left = inner.child_by_field_name("left")
    return inner.child_by_field_name("right") if left and text_of(left) == name else None
