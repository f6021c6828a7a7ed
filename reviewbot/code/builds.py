"""Builds that a directive rules out: `#if defined(TEAMS) && !defined(GPU)` before `#pragma omp`.

In the function behind such a directive `#ifdef GPU` is of another build, in which none of this runs
in parallel.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property

CONDITION = re.compile(r"\s*(!?)\s*(?:defined\s*\(?\s*(\w+)\s*\)?|\(?\s*(\w+)\s*\)?)\s*")
_UNSET = re.compile(r"\s*!\s*defined\s*(?:\(\s*(\w+)\s*\)|(\w+))\s*")
_ALTERNATIVE = re.compile(r"\|\||!\s*\(|\?")  # not all of the condition's parts have to hold
_DIRECTIVE = re.compile(r"\n[ \t]*#[ \t]*(pragma[ \t]+omp\b|(?:el|endif)\w*)")
_OPPOSITE = frozenset({"ifndef", "elifndef"})
MAX_REACH = 20_000  # characters of a function that are looked through for its end


class Builds:
    """What the conditions around the directives of OpenMP say of the build that has them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._around: list[tuple[frozenset[str], frozenset[str]]] = []  # unset here, and in #else
        self._unset: dict[str, int] = {}  # up to which place of the text each name is unset

    def branch(self, word: str, condition: str) -> None:
        """A branch begins, of a new `#if` or of the last one."""
        here = otherwise = frozenset[str]()
        if word == "else" and self._around:
            here = self._around[-1][1]
        elif word in ("ifdef", "ifndef"):
            name = frozenset(condition.split()[:1])
            here, otherwise = (name, otherwise) if word == "ifndef" else (here, name)
        elif word in ("if", "elif"):
            here = _unset_by(condition)
        if not word.startswith("if"):
            self.end()
        self._around.append((here, otherwise))

    def end(self) -> None:
        """The last `#if` is over."""
        if self._around:
            self._around.pop()

    def parallel(self, offset: int) -> None:
        """Here is a directive of OpenMP."""
        names = frozenset[str]().union(*(here for here, _ in self._around))
        if names:
            found = self._text.find("\n}", offset, offset + MAX_REACH)
            end = found if found >= 0 else offset + MAX_REACH
            self._unset.update(dict.fromkeys(names, end))

    def holds(self, word: str, condition: str, start: int) -> bool | None:
        """Whether a condition holds behind such a directive; None where it tells nothing."""
        match = CONDITION.fullmatch(condition) if self._unset else None
        name = (match[2] or match[3]) if match else ""
        if match is None or self._unset.get(name, -1) < start or self._has_its_own(start):
            return None
        return (match[1] == "!") != (word in _OPPOSITE)

    def _has_its_own(self, start: int) -> bool:
        """Whether the branch that begins here has a directive of OpenMP itself."""
        place = bisect_left(self._directives, (start + 1, ""))
        return self._directives[place : place + 1] != [] and self._directives[place][1] == "pragma"

    @cached_property
    def _directives(self) -> list[tuple[int, str]]:
        found = _DIRECTIVE.finditer(self._text)
        return [(m.start(), "pragma" if m[1].startswith("pragma") else "") for m in found]


def _unset_by(condition: str) -> frozenset[str]:
    """Names that are undefined where a condition holds."""
    if "!" not in condition or _ALTERNATIVE.search(condition):
        return frozenset()
    matches = [_UNSET.fullmatch(part) for part in condition.split("&&")]
    return frozenset([match[1] or match[2] for match in matches if match])
