"""The numbers that a file's unscoped enumerations give to names."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping

from reviewbot.code.values import Form, arithmetic, number

_ENUM = re.compile(r"\benum\b(?!\s+(?:class|struct)\b)[^;{}()=]{0,80}\{([^{}]{1,4000})\}")
_SUM = re.compile(r"\(?\s*(\w+)\s*(?:([-+*/])\s*(\w+)\s*)?\)?")
_ONE = Form((), 1)


def enumerators(text: str) -> dict[str, Form]:
    """The value of each enumerator whose value the text tells: `enum { ROWS = 4, ALL = ROWS * 2 }`.

    One name for two values, as of two functions' enumerations, is not known at all.
    """
    found: dict[str, Form] = {}
    unclear: set[str] = set()
    for listed in _ENUM.findall(text) if "enum" in text else ():
        for name, value in _listed(listed, found).items():
            if found.setdefault(name, value) != value:
                unclear.add(name)
    return {name: value for name, value in found.items() if name not in unclear}


def _listed(listed: str, known: dict[str, Form]) -> dict[str, Form]:
    own: dict[str, Form] = {}
    value: Form | None = Form((), -1)
    for item in listed.split(","):
        name, _, given = (part.strip() for part in item.partition("="))
        value = _value(given, ChainMap(own, known)) if given else value and value.plus(_ONE)
        if value is not None and name.isidentifier():
            own[name] = value
    return own


def _value(text: str, known: Mapping[str, Form]) -> Form | None:
    match = _SUM.fullmatch(text)
    if match is None:
        return None
    left, right = _operand(match[1], known), _operand(match[3] or "0", known)
    if left is None or right is None or match[2] is None:
        return left
    result = arithmetic(match[2], left, right)
    return result if result.is_constant else None


def _operand(text: str, known: Mapping[str, Form]) -> Form | None:
    form = number(text) if text[0].isdigit() else known.get(text)
    return form if form is not None and form.is_constant else None
