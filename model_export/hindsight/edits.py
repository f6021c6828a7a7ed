"""Two versions of a program line by line: what changed, and where a line of one is in the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from types import MappingProxyType

from model_export.hindsight.trace import Change

# Pairs of texts that are compared again and again while one program is told.
RECENT = 64
# Two lines that are so alike are one line before and after an edit.
ALIKE = 0.6
_HOLLOW = re.compile(r"^[\s{}();,]*(//.*|/\*.*\*/)?\s*$")


@lru_cache(maxsize=RECENT)
def changes(before: str, after: str) -> tuple[Change, ...]:
    """The edits that turn the one text into the other, from top to bottom."""
    old, new = before.split("\n"), after.split("\n")
    return tuple(
        Change(first=start + 1, last=end, text=tuple(new[low:high]))
        for kind, start, end, low, high in _blocks(old, new)
        if kind != "equal"
    )


def applied(source: str, edits: Sequence[Change]) -> str:
    """The source after the edits."""
    lines = source.split("\n")
    for edit in reversed(edits):
        lines[edit.first - 1 : edit.last] = edit.text
    return "\n".join(lines)


def size(edits: Sequence[Change]) -> int:
    """How many lines the edits take away or bring."""
    return sum(max(edit.last - edit.first + 1, len(edit.text)) for edit in edits)


def touched(source: str, edits: Sequence[Change]) -> tuple[int, ...]:
    """The lines with code that the edits replace or take away."""
    lines = source.split("\n")
    numbers = (n for edit in edits for n in range(edit.first, edit.last + 1))
    return tuple(n for n in numbers if not _HOLLOW.match(lines[n - 1]))


def is_code(line: str) -> bool:
    """Whether a line holds more than braces, blanks and a comment."""
    return not _HOLLOW.match(line)


@lru_cache(maxsize=RECENT)
def line_map(before: str, after: str) -> Mapping[int, int]:
    """Line of `before` to its line in `after`, for the lines that are there too, or nearly so."""
    old, new = before.split("\n"), after.split("\n")
    found: dict[int, int] = {}
    for kind, start, end, low, high in _blocks(old, new):
        if kind == "equal":
            found.update({start + i + 1: low + i + 1 for i in range(end - start)})
        elif kind == "replace":
            found.update(_alike(old, new, range(start, end), range(low, high)))
    return MappingProxyType(found)


def _alike(
    old: Sequence[str], new: Sequence[str], mine: range, theirs: range
) -> Iterator[tuple[int, int]]:
    """Each changed line with the one most like it, in order."""
    low = theirs.start
    for number in mine:
        likeness = {n: _ratio(old[number], new[n]) for n in range(low, theirs.stop)}
        best = max(likeness, key=lambda n: likeness[n], default=None)
        if best is not None and likeness[best] >= ALIKE:
            yield number + 1, best + 1
            low = best + 1


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one.strip(), other.strip(), autojunk=False).ratio()


def _blocks(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
