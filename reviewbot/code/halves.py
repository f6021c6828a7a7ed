"""Functions that split the range they are given between the calls that they make of themselves.

`sort(lo, mid)` and `sort(mid, hi)` within `sort(lo, hi)`: two of all these calls, of which neither
is within the other, go over ranges that do not meet. Who calls comes before its calls, or after it
has waited for them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from reviewbot.code.events import Event, Loop, Share
from reviewbot.code.values import Form

MAX_CALLS = 8  # of itself, in one function
MAX_LENGTH = 400  # characters of a call's arguments
MAX_BODY = 20_000  # characters of such a function
_STEP = re.compile(r"(\w+)([-+]\d{1,9})?")
_BLANK = re.compile(r"\s+")
Dimension = tuple[int, int, int]  # places of the two ends among the parameters, and the gap


def dimensions(name: str, parameters: tuple[str, ...], body: str) -> tuple[Dimension, ...]:
    """The parameters that a function's calls of itself split, each two calls in some of them."""
    if len(parameters) < 2 or len(body) > MAX_BODY or body.count(f"{name}(") < 2:
        return ()
    calls = list(dict.fromkeys(_calls(name, body)))
    if not 2 <= len(calls) <= MAX_CALLS or any(len(call) != len(parameters) for call in calls):
        return ()
    pairs = itertools.combinations(range(len(parameters)), 2)
    found = {p: gap for p in pairs if (gap := _gap(p, parameters, calls, body)) is not None}
    for one, two in itertools.combinations(calls, 2):
        if not any(_parted(p, parameters, one, two) for p in found):
            return ()
    return tuple((low, high, gap) for (low, high), gap in found.items())


def _calls(name: str, body: str) -> Iterator[tuple[str, ...]]:
    """The arguments of each call of that name, without blanks."""
    for match in itertools.islice(re.finditer(rf"\b{re.escape(name)}\s*\(", body), MAX_CALLS + 1):
        depth, begin, listed = 0, match.end(), list[str]()
        for place in range(match.end(), min(match.end() + MAX_LENGTH, len(body))):
            if body[place] in "([{":
                depth += 1
            elif body[place] in ",)]}" and depth == 0:
                listed.append(_BLANK.sub("", body[begin:place]))
                begin = place + 1
            if body[place] in ")]}":
                depth -= 1
            if depth < 0:
                yield tuple(listed)
                break


def _gap(
    places: tuple[int, int], parameters: Sequence[str], calls: Sequence[Sequence[str]], body: str
) -> int | None:
    """How far behind the end of one part the next begins; None if these two bound no parts.

    Each call has the ends as they were given, or one point between, a number beside it.
    """
    low, high = places
    names = parameters[low], parameters[high]
    begins = {_point(call[low]) for call in calls if call[low] != names[0]}
    ends = {_point(call[high]) for call in calls if call[high] != names[1]}
    points = {point for point, _ in begins | ends}
    if not begins or not ends or len(points) != 1 or "" in points:
        return None
    if points & set(names) or any(_assigned(n, body) > (n not in names) for n in (*points, *names)):
        return None
    if any(call[low] != names[0] and call[high] != names[1] for call in calls):
        return None
    return min(step for _, step in begins) - max(step for _, step in ends)


def _parted(
    places: tuple[int, int], parameters: Sequence[str], one: Sequence[str], two: Sequence[str]
) -> bool:
    """Whether of two calls one has the part up to the point between, and one that behind it."""
    low, high = places
    first, second = ((c[low] == parameters[low], c[high] == parameters[high]) for c in (one, two))
    return {first, second} == {(True, False), (False, True)}


def _point(text: str) -> tuple[str, int]:
    """`mid + 1` as (mid, 1)."""
    match = _STEP.fullmatch(text)
    return (match[1], int(match[2] or 0)) if match is not None else ("", 0)


def _assigned(name: str, body: str) -> int:
    """How often a variable is given a value, in steps too."""
    again = re.findall(rf"\b{name}\s*(?:[-+*/%|&^]|<<|>>)?=(?!=)|\b{name}\s*(?:\+\+|--)", body)
    return len(again) + len(re.findall(rf"(?:\+\+|--)\s*{name}\b", body))


# --- of two accesses -----------------------------------------------------------------------------


def shared_out(first: Event, second: Event, pairs: Sequence[tuple[Form, Form]]) -> str:
    """How two calls of one such function share a range: apart | shared | given, "" if they do not.

    shared: their parts have elements in common; given: which elements of its part a call goes
    over is not told.
    """
    a, b = first.part, second.part
    if a is None or b is None or (a.function, a.root) != (b.function, b.root):
        return ""
    words = [
        {
            _apart(_beyond(one, mine, first.loops), _beyond(two, other, second.loops), mine[2])
            for one, two in pairs
        }
        for mine, other in zip(a.shares, b.shares, strict=True)
    ]
    if all("apart" in found for found in words):
        return "apart"
    return "shared" if any("shared" in found for found in words) else "given"


def _apart(one: tuple[int, int] | None, two: tuple[int, int] | None, gap: int) -> str:
    """Whether two indices stay within parts that do not meet; "" if that is not told."""
    if one is None or two is None:
        return ""
    return "apart" if max(one[1], two[1]) - min(one[0], two[0]) <= gap else "shared"


def _beyond(form: Form, share: Share, loops: Sequence[Loop]) -> tuple[int, int] | None:
    """How far an index's least value is from the low end, and its end from the high one."""
    if len(form.terms) != 1 or form.terms[0][1] != 1 or len(form.terms[0][0]) != 1:
        return None
    name = form.terms[0][0][0]
    loop = next((loop for loop in reversed(loops) if loop.name == name), None)
    if loop is None or loop.low is None or loop.high is None:
        return None
    low, high = loop.low.plus(share[0], -1), loop.high.plus(share[1], -1)
    if not (low.is_constant and high.is_constant):
        return None
    return low.constant + form.constant, high.constant + form.constant
