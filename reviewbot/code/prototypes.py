"""What declarations without a body say: which arguments a function may change by reference."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

# What is declared: looked for by the parenthesis, which is several times as fast as by the type.
_GIVEN = re.compile(r"\(([^(){};]{1,400})\)[\s\w=]{0,60};")  # `const noexcept override = 0`
# Read backwards from there, its name, and a type before that: a call of a statement has none.
_NAMED = re.compile(r"\s?(\w{0,80}[A-Za-z_])[&*]{0,2}\s{1,8}[&*]{0,2}([\w>]+)")
_REFERENCE = re.compile(
    r"(?!const\b)[A-Za-z_:][\w:<>, *]{0,200}?(?<!&)\s?&(?!&)\s?\w{0,80}(?:=.*)?"
)
_NO_TYPES = frozenset({"return", "else", "new", "delete", "throw", "case", "goto", "co_return"})
Changes = Mapping[str, Sequence[tuple[bool, ...]]]


def changes_by_reference(text: str) -> Changes:
    """For each declared function, by its versions: whether each parameter is a plain reference."""
    found: dict[str, list[tuple[bool, ...]]] = defaultdict(list)
    backwards = text[::-1]
    for match in _GIVEN.finditer(text) if "&" in text else ():
        named = _NAMED.match(backwards, len(text) - match.start())
        if named is not None and named[2][::-1] not in _NO_TYPES:
            parts = [part.strip() for part in _apart(match[1])]
            found[named[1][::-1]].append(tuple([_is_plain(part) for part in parts]))
    return found


def is_changed(changes: Changes, name: str, index: int, count: int) -> bool:
    """Whether every version of that many parameters takes this one by plain reference."""
    versions = [version for version in changes.get(name, ()) if len(version) == count]
    return bool(versions) and all(version[index] for version in versions)


def _is_plain(parameter: str) -> bool:
    return "&" in parameter and _REFERENCE.fullmatch(parameter) is not None


def _apart(given: str) -> list[str]:
    """Parameters: commas between template arguments are none between them."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(given):
        depth += (char == "<") - (char == ">")
        if char == "," and depth == 0:
            parts.append(given[start:at])
            start = at + 1
    return [*parts, given[start:]]
