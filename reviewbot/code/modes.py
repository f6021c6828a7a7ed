"""Flags of a file's own that nothing in it ever sets: what they ask for is never done."""

from __future__ import annotations

import re

MAX_PLACES = 200  # where a name stands; what is named more often is no mode
_FLAG = re.compile(r"[(\s]*(?P<way>(?:\w+\s*(?:->|\.)\s*)+)?(?P<name>[A-Za-z_]\w*)[)\s]*")
_DECLARED = re.compile(
    r"(?P<static>\bstatic\s+)?\b(?:bool|_Bool|(?:unsigned\s+)?(?:int|char)|unsigned)\s+"
    r"(?:\w+\s*,\s*){0,8}$"
)
_AFTER = re.compile(r"\s*(?:;|,\s*\w|:\s*1\b|=\s*(?:0|false)\s*;)")
_CLEARED = re.compile(r"\s*=\s*(?:0|false)\s*[;,)}]")
# Anything else that may give it a value: assigned, stepped, made with one, named to a macro.
_SET = re.compile(r"\s*(?:(?:[-+*/%&|^]|<<|>>)?=(?!=)|\+\+|--|[({])")
_STEPPED = re.compile(r"(?:\+\+|--|>>|[^&]&)\s*(?:\w+\s*(?:->|\.)\s*)*$|,\s*$")
_STRUCT = re.compile(r"\b(?:struct|class)\s+(\w+)[^;{}()]{0,80}\{[^{}]*$")
_NEW = r"(?:\s+\w+(?:\[[^\]]{0,80}\])*\s*=|\s*\)|\s+\w+|)"  # `pool p =`, `(struct pool)`, `pool p`
_BEFORE = 60  # characters that are read before a name
_BODY = 4000  # characters between a struct's name and its flag


def asked_flag(condition: str) -> tuple[str, bool] | None:
    """(name, whether it is a member) of a condition that asks for one flag and nothing more."""
    found = _FLAG.fullmatch(condition)
    return (found["name"], bool(found["way"])) if found is not None else None


def is_never_set(text: str, name: str, *, member: bool) -> bool:
    """Whether a flag is declared once in this text, is made there, and is only ever cleared.

    `struct pool { int threaded; … } p;`, where nothing says `threaded = 1` or gives its address.
    """
    declared, cleared = [], not member
    for count, match in enumerate(re.finditer(rf"\b{name}\b", text)):
        at, end = match.span()
        before = text[max(at - _BEFORE, 0) : at]
        kind = _DECLARED.search(before)
        if kind is not None and _AFTER.match(text, end):
            declared.append((at, bool(kind["static"])))
        elif count >= MAX_PLACES or _gets(text, before, end):
            return False
        cleared = cleared or _CLEARED.match(text, end) is not None
    if len(declared) != 1 or declared[0][1] == member:
        return False
    return not member or _is_made_plain(text, declared[0][0], cleared)


def _gets(text: str, before: str, end: int) -> bool:
    """Whether a flag gets a value, or may, where it is named."""
    if _STEPPED.search(before):
        return True
    return _SET.match(text, end) is not None and _CLEARED.match(text, end) is None


def _is_made_plain(text: str, at: int, cleared: bool) -> bool:
    """Whether objects of the struct around a place are made here, none of unnamed values."""
    found = _STRUCT.search(text, max(at - _BODY, 0), at)
    if found is None:
        return False
    kind = found[1]
    listed = rf"\b{kind}\b{_NEW}\s*\{{\s*(?![\s}}.\[]|0\s*\}})"
    if any(match.start() != found.start(1) for match in re.finditer(listed, text)):
        return False
    made = rf"\b{kind}\s+\w+\s*[;=\[{{]|\b(?:sizeof\s*\(?\s*(?:struct\s+)?|new\s+){kind}\b|<{kind}>"
    return cleared or re.search(made, text) is not None
