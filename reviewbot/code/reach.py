"""How far a loop over handles reaches: which of them its turns name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewbot.code.events import Loop
from reviewbot.code.values import ZERO, Form, Path, opaque

_ONE = Form((), 1)
_LAST = re.compile(r"(\w+)(?:#\d+)?(?:\[\])*$")
Range = tuple[Form | None, Form | None]


def named_by(place: Path | None, loop: Loop) -> Range:
    """[low, high) of the numbers of the handles that the turns of a loop name.

    `t[i - 1]` over 1..n names those of 0..n-1; what is not numbered by the loop alone, all of it.
    """
    low, high = loop.low, loop.high
    index = _index(place)
    factor = dict(index.terms).get((loop.name,), 0) if index is not None else 0
    if index is None or low is None or high is None or factor not in (1, -1):
        return low, high
    rest = index.plus(Form((((loop.name,), 1),)), -factor)
    rest = Form(rest.terms, rest.constant)
    if factor > 0:
        return low.plus(rest), high.plus(rest)
    return rest.plus(high, -1).plus(_ONE), rest.plus(low, -1).plus(_ONE)


def is_size_of(high: Form | None, key: str) -> bool:
    """Whether a loop ends at the size of the container with that key, as the text names it."""
    if high is None or high.constant or len(high.names) != 1:
        return False
    container, dot, size = next(iter(high.names)).rpartition(".")
    own, asked = _LAST.search(key), _LAST.search(container)
    if own is None or asked is None or not dot:
        return False
    return size == "size()" and own[1] == asked[1]


def to_its_size(loops: Sequence[Loop], key: str) -> bool:
    """Whether the loop around visits every thread of a container: `i < crew.size()`."""
    loop = loops[-1] if loops else None
    if loop is None or loop.low != ZERO or loop.high is None or loop.stride != _ONE:
        return False
    return loop.high == opaque(f"{key.removesuffix('[]')}.size()") or is_size_of(loop.high, key)


def _index(place: Path | None) -> Form | None:
    last = place.elements[-1] if place is not None and place.elements else None
    return last.form if last is not None and not last.field else None


def same_handle(created: str, joined: str) -> bool:
    """Whether two keys name the same handle or the same array of handles."""
    if created == joined:
        return True
    (first, _, one), (second, _, two) = created.partition("%"), joined.partition("%")
    return first.rstrip("[]") == second.rstrip("[]") and not (one and two and one != two)


def covers(parts: list[tuple[Form, Form]], low: Form | None, high: Form | None) -> bool:
    """Whether ranges, one after the other, make up the whole from `low` to `high`."""
    at, left = low, list(parts)
    while at is not None and at != high:
        found = next((part for part in left if part[0] == at), None)
        if found is None:
            return False
        left.remove(found)
        at = found[1]
    return at is not None
