"""Programs that make no threads in sight, and lock: the threads of a library call them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from reviewbot.code.symbols import Function
from reviewbot.code.words import IDENTIFIER


def called_by_library(
    functions: Mapping[int, Function],
    text: str,
    before: Collection[str],
    locking: Collection[int],
    words: Callable[[int], frozenset[str]],
) -> list[Function]:
    """Of these functions, by their numbers, the `locking` ones, and all of a class with such a one.

    And those that use what the version before guarded. `words` gives the names in a function.
    """
    names = {IDENTIFIER.findall(key)[-1] for key in before if IDENTIFIER.search(key)}
    mentioned = Counter(IDENTIFIER.findall(text))
    left = {n: f for n, f in functions.items() if f.name != "main"}
    used = [n for n, f in left.items() if f.owner or mentioned[f.name] > 1]
    found = {n for n in used if n in locking or (names and not names.isdisjoint(words(n)))}
    owners = {left[n].owner for n in found if left[n].owner}
    return [f for n, f in left.items() if n in found or f.owner in owners]
