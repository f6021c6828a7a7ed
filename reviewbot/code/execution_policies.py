"""Algorithms that many threads run: `std::for_each(std::execution::par, …)`.

They fork and join as a parallel loop does, so each is read as one: as if a directive stood before
the statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from reviewbot.code.openmp import Directive

_NAME = "execution::par"  # `execution::par_unseq` as well; `unseq` and `seq` are of one thread
_CALL = re.compile(
    r"(?<=[;{})])\s*((?:return\s+|[\w:<>&*.\[\]\s]{1,80}=\s*)?"
    r"(?:\w+::){0,4}\w+\s*\(\s*(?:std::)?execution::par(?:_unseq)?\b)"
)
_MOST = 200  # of a file


def by_policy(text: str, origin: Callable[[int], int]) -> Iterator[Directive]:
    """A directive for each statement that is such a call; `origin` leads to the source."""
    if _NAME not in text:
        return
    for count, match in enumerate(_CALL.finditer(text)):
        if count >= _MOST:
            return
        at = match.start(1) - 1
        yield Directive(("parallel", "for"), (), "", at, origin(at))
