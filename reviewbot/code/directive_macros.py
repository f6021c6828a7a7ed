"""Macros out of sight that stand for a directive: `LIB_ATOMIC_UPDATE` on a line of its own.

To the grammar `LIB_ATOMIC_READ` before `seen = done;` is a type, and `seen` a new local variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# `p->x[i] += …`, `++n`, `*p = …`; of `int x = …` the second word is no part of a place.
_PLACE = r"[*(]{0,2}[A-Za-z_]\w{0,80}(?:\)|[ ]?(?:\.|->)[ ]?\w{1,80}|[ ]?\[[^\]\n;]{1,80}\]){0,8}"
_CHANGE = rf"(?:\+\+|--)[ ]?{_PLACE}|{_PLACE}[ ]?(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))"
_NAMED = re.compile(
    r"^[ \t]*(?P<name>(?:[A-Z][A-Z0-9]{0,30}_){1,4}"
    r"(?P<what>ATOMIC|CRITICAL)(?:_(?P<how>READ|WRITE|UPDATE|CAPTURE))?)[ \t]*\n"
    rf"\s{{0,200}}(?:(?P<block>\{{)|{_CHANGE})",
    re.MULTILINE,
)


def named_directives(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, directive) of each such macro that stands before a block or a statement."""
    if "ATOMIC" not in text and "CRITICAL" not in text:
        return
    for match in _NAMED.finditer(text):
        what, how = match["what"].lower(), (match["how"] or "").lower()
        if what == "critical" and how:
            continue
        if match["block"] and what != "critical" and how != "capture":  # one statement is atomic
            continue
        yield *match.span("name"), f"{what} {how}".strip()
