"""The turns in which an access is made, where it goes in them, and who goes there.

Of threads that are created thread_turns.py asks how two accesses meet, of teams team_turns.py.
MAX_POINTS bounds what is tried for one access; for how many of a scope, either bounds for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reviewbot.code.events import Loop
from reviewbot.code.loops import ends_of
from reviewbot.code.numbers import Array, Numbers
from reviewbot.code.values import Form

MAX_POINTS = 4096  # turns of all loops around an access, by all threads


@dataclass(slots=True)
class Points:
    """The elements that an access goes to, and who goes there: one number each, or none."""

    elements: list[Array]
    owners: list[Array]

    def __len__(self) -> int:
        return len(self.elements[0])


def needed(
    loops: Sequence[Loop], forms: Iterable[Form], owning: Iterable[str], numbers: Numbers
) -> list[Loop]:
    """The loops on whose turn the forms depend, and those of `owning`, outermost first."""
    names = set(owning).union(*(numbers.names(form) for form in forms))
    found: list[Loop] = []
    for loop in reversed(loops):
        if loop.name in names and all(loop.name != other.name for other in found):
            ends = [end for end in (*ends_of(loop), loop.stride) if end is not None]
            names = names.union(*(numbers.names(end) for end in ends))
            found.append(loop)
    return found[::-1]


def compared(one: Points, two: Points, *, alike: bool) -> str:
    """How two sets of elements meet: never | same (one owner alone goes to both) | other.

    Where owners are not alike, equal numbers are of different ones.
    """
    if not (len(one) and len(two)):
        return "never"
    first, second, size = _joined(one.elements, two.elements)
    if not (np.bincount(first, minlength=size) * np.bincount(second, minlength=size)).any():
        return "never"
    if not alike or len(one.owners) != len(two.owners):
        return "other"
    ours, theirs, _ = _joined(one.owners, two.owners)
    return "other" if _by_two(first, second, ours, theirs, size) else "same"


def _by_two(first: Array, second: Array, ours: Array, theirs: Array, size: int) -> bool:
    """Whether some element is gone to by both sides, each with an owner of its own."""
    ends = []
    for places, owners in ((first, ours), (second, theirs)):
        least, most = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
        np.minimum.at(least, places, owners)
        np.maximum.at(most, places, owners)
        ends.append((least, most))
    (low, high), (least, most) = ends
    met = (high >= 0) & (most >= 0)
    return bool(np.any(met & ~((low == high) & (least == most) & (low == least))))


def _joined(one: Sequence[Array], two: Sequence[Array]) -> tuple[Array, Array, int]:
    """One number from 0 on for each distinct row of numbers, on both sides, and how many."""
    whole, *others = [_numbered(np.concatenate(both)) for both in zip(one, two, strict=True)]
    for part in others:
        whole = _numbered(whole * (int(part.max()) + 1) + part)
    count = len(one[0])
    return whole[:count], whole[count:], int(whole.max()) + 1


def _numbered(values: Array) -> Array:
    _, places = np.unique(values, return_inverse=True)
    return np.asarray(places.reshape(-1), np.int64)
