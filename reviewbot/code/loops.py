"""What a loop's header says: its step, its range, and its text without names and types."""

from __future__ import annotations

import re

from reviewbot.code.symbols import Symbol
from reviewbot.code.values import Form, Value
from reviewbot.code.words import IDENTIFIER

# A comparison with its sides exchanged.
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}


def loop_step(update: str) -> str:
    """1 for a loop that visits every value, n for one that leaves some out, else ?."""
    text = re.sub(r"\s+", "", update)
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


def loop_bounds(header: str, variable: Symbol | None) -> str:
    """A loop header's text with its variable's name and types left out, to compare two loops."""
    text = re.sub(r"\b(int|unsigned|long|size_t|auto|std::size_t)\b|\s+", "", header)[:120]
    if variable is None:
        return text
    name = variable.name
    return IDENTIFIER.sub(lambda match: "$" if match[0] == name else match[0], text)
