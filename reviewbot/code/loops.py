"""What a loop's header says: its step, its range, and its text without names and types."""

from __future__ import annotations

import re

from tree_sitter import Node

from reviewbot.code.events import Loop
from reviewbot.code.parse import text_of
from reviewbot.code.values import Form, Value
from reviewbot.code.words import IDENTIFIER

# A comparison with its sides exchanged.
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}


def loop_step(update: str) -> str:
    """1 for a loop that visits every value, n for one that leaves some out, else ?."""
    text = "".join(update.split())
    if "++" in text or "--" in text or re.search(r"[-+]=1$", text):
        return "1"
    return "n" if re.search(r"[-+*/]=|<<=|>>=|=\w+[-+*/]", text) else "?"


def position(value: Value) -> Form | None:
    """The number, or the index of the element pointed to."""
    target = value.target
    if value.form is None and target is not None and target.elements:
        return target.elements[-1].form if not target.elements[-1].field else None
    return value.form


def loop_range(
    begin: Form | None, operator: str, end: Form | None
) -> tuple[Form | None, Form | None]:
    """[low, high) of a loop that goes from `begin` while its variable is `operator` `end`."""
    one = Form((), 1)
    if operator in (">", ">="):
        low = end.plus(one) if end is not None and operator == ">" else end
        return low, begin.plus(one) if begin is not None else None
    high = end.plus(one) if end is not None and operator == "<=" else end
    return (begin, high) if operator else (begin, None)


# Other ways to write `for ($ = 0; $ < n; $++)`, blanks left out.
_SPELLINGS = (
    (re.compile(r"\+\+\$|\$\+=1\b|\$=\$\+1\b|\$=1\+\$"), "$++"),
    (re.compile(r"--\$|\$-=1\b|\$=\$-1\b"), "$--"),
    (re.compile(r"\$<=([\w.>-]+)-1(?=;)"), r"$<\1"),
    (re.compile(r"\$<=(\d+)(?=;)"), lambda match: f"$<{int(match[1]) + 1}"),
    (re.compile(r"(?<=;)([\w.]+)>\$(?=;)"), r"$<\1"),
    (re.compile(r"(?<=;)\$!=(?=[^;]*;\$\+\+)"), "$<"),
    (re.compile(r"\$=([\w.>-]+)-1;\$>=0;\$--"), r"$=0;$<\1;$++"),
    (re.compile(r"\$=(\d+);\$>=0;\$--"), lambda match: f"$=0;$<{int(match[1]) + 1};$++"),
    (re.compile(r"\{0\}"), "=0"),
)


def loop_bounds(loop: Loop) -> str:
    """A loop header's text with its variable's name and types left out, to compare two loops."""
    text = re.sub(r"\b(int|unsigned|long|size_t|auto|std::size_t)\b|\s+", "", loop.header)[:120]
    name = loop.name.partition("@")[0]
    if not name:
        return text
    text = IDENTIFIER.sub(lambda match: "$" if match[0] == name else match[0], text)
    for written, plain in _SPELLINGS:
        text = written.sub(plain, text)
    return text


def counted(node: Node) -> tuple[str, Node] | None:
    """(name, step) of the counter of a while loop whose body ends by stepping it, and only then."""
    condition, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
    compared = _bare(condition)
    if body is None or body.type != "compound_statement" or compared is None:
        return None
    step = _bare(next((c for c in reversed(body.named_children) if c.type != "comment"), None))
    place = _stepped(step)
    if step is None or place is None or place.type != "identifier":
        return None
    name = text_of(place)
    sides = (compared.child_by_field_name("left"), compared.child_by_field_name("right"))
    if compared.type != "binary_expression" or name not in [text_of(s) for s in sides if s]:
        return None
    changes = re.findall(
        rf"(?<![.>\w]){name}\s*(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))|(?:\+\+|--)\s*{name}\b",
        text_of(body),
    )
    return (name, step) if len(changes) == 1 else None


def _bare(node: Node | None) -> Node | None:
    """An expression without the statement, clause or parentheses around it."""
    wraps = ("condition_clause", "parenthesized_expression", "expression_statement")
    while node is not None and node.type in wraps:
        node = next(iter(node.named_children), None)
    return node


def _stepped(step: Node | None) -> Node | None:
    """What `i++` or `i += 2` steps."""
    if step is None:
        return None
    if step.type == "update_expression":
        return step.child_by_field_name("argument")
    if step.type != "assignment_expression":
        return None
    sign = step.child_by_field_name("operator")
    return step.child_by_field_name("left") if sign and text_of(sign) in ("+=", "-=") else None


def start_of(node: Node, name: str) -> Node | None:
    """The value that a counter is given right before its loop."""
    before = node.prev_named_sibling
    if before is not None and before.type == "declaration":
        for declarator in before.children_by_field_name("declarator"):
            inner = declarator.child_by_field_name("declarator")
            if inner is not None and text_of(inner).lstrip("* ") == name:
                return declarator.child_by_field_name("value")
    inner = _bare(before)
    if inner is None or inner.type != "assignment_expression":
        return None
    left = inner.child_by_field_name("left")
    return inner.child_by_field_name("right") if left and text_of(left) == name else None
