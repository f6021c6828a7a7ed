"""Calls that share a loop out: `std::for_each(std::execution::par, …)`, `parallel_for(n, f)`.

They fork and join as a parallel loop does, so each is read as one: as if a directive stood before
the statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from reviewbot.code.openmp import Directive

BY_CALL = "by call"  # the argument of such a directive where no algorithm of the library is called
_NAME = "execution::par"  # `execution::par_unseq` as well; `unseq` and `seq` are of one thread
_BEGINS = r"(?<=[;{})])\s*((?:return\s+|[\w:<>&*.\[\]\s]{1,80}=\s*)?(?:\w+::){0,4}"
_CALL = re.compile(rf"{_BEGINS}\w+\s*\(\s*(?:std::)?execution::par(?:_unseq)?\b)")
_OBJECT = r"(?:\w+(?:\[\w*\])?(?:\.|->)){1,4}"
_METHOD = re.compile(rf"{_BEGINS}{_OBJECT}\w+\s*\(\s*(?:std::)?execution::par(?:_unseq)?\b)")
# What projects and libraries call it; its answer, if any, tells no more than how it went.
_SHARED_OUT = (
    r"(?:(?i:parallel|par)_?(?i:for)|(?i:for_?(?:each|all)?_?(?:in_?)?parallel)"
    r"|(?i:parallel_(?:image|range|ranges|chunks|blocks|rows|reduce)))"
)
_LOOP = re.compile(
    rf"(?<=[;{{}})])\s*((?:return\s+)?(?:\w+::){{0,4}}(?:{_OBJECT})?"
    rf"({_SHARED_OUT}(?:_?(?i:each))?\w{{0,20}}?)\s*(?:<[^<>;(){{}}]{{0,60}}>\s*)?\()"
)
_IN_NAMES = ("arallel", "ARALLEL", "arFor", "arfor", "ar_for")  # to look for these is quicker
_NO_TYPE = r"(?<!\breturn)(?<!\belse)(?<!\bdo)"
_MOST = 200  # of a file


def by_policy(text: str, own: int, origin: Callable[[int], int]) -> Iterator[Directive]:
    """A directive for each statement that is such a call; `origin` leads to the source.

    The file's own text ends at `own`: how headers share their loops out is nothing to it.
    """
    if _NAME in text:
        yield from _directives(_CALL.finditer(text), "", origin)
        yield from _directives(_METHOD.finditer(text, 0, own), BY_CALL, origin)
    if any(map(text.__contains__, _IN_NAMES)):
        found = list(islice(_LOOP.finditer(text, 0, own), _MOST))
        made = _made_here({match[2] for match in found}, text, own) if found else set()
        yield from _directives((m for m in found if m[2] not in made), BY_CALL, origin)


def _directives(
    found: Iterator[re.Match[str]], argument: str, origin: Callable[[int], int]
) -> Iterator[Directive]:
    for count, match in enumerate(found):
        if count >= _MOST:
            return
        at = match.start(1) - 1
        yield Directive(("parallel", "for"), (), argument, at, origin(at))


def _made_here(names: set[str], text: str, own: int) -> set[str]:
    """Of which the file itself says how the loop is shared out: with threads that are seen."""
    listed = "|".join(sorted(names))
    made = re.compile(rf"[\w>&*]{_NO_TYPE}\s+[*&]*(?:\w+::){{0,4}}({listed})\s*\(")
    return set(made.findall(text, 0, own))
