"""Slices unlike the training data, told by facts that were hardly ever seen together.

Each fact may be well known and their company new: a construct under a lock of a kind that no
family paired. One bit a combination says whether enough families had it, so that the table is
small and a slice costs a few lookups.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reviewbot.model.features import RESERVED, UNKNOWN

NOTE = "unlike"  # the penalty's name in the manifest
Rows: TypeAlias = Sequence[tuple[int, ...]]  # fact ids of each pair, as `features.encode` has them


@dataclass(frozen=True)
class Novelty:
    """Which combinations of facts training has seen, and how many new ones are too many."""

    seen: NDArray[np.bool_]  # (facts, facts), symmetric
    unlike_from: float  # strange combinations in one pair from which a slice is unlike

    def strangeness(self, rows: Rows) -> int:
        """The most combinations of two facts in one pair that training has hardly seen."""
        return max((self._strange(row) for row in set(rows)), default=0)

    def unlike(self, rows: Rows) -> bool:
        """Whether a slice is so unlike the training data that its verdict must not be trusted.

        A fact that no vocabulary holds is enough: a construct that training never had is one.
        """
        return any(UNKNOWN in row for row in rows) or self.strangeness(rows) >= self.unlike_from

    def _strange(self, row: tuple[int, ...]) -> int:
        unseen, present = self._unseen, 0
        for fact in row:
            present |= 1 << fact
        if present.bit_count() != len(row):  # several facts that no vocabulary holds
            return sum(not self.seen[a, b] for a, b in combinations(row, 2))
        return sum([(unseen[fact] & present).bit_count() for fact in row]) // 2

    @cached_property
    def _unseen(self) -> list[int]:
        """What each fact has not been seen with, a bit a fact: a dozen facts need no arrays."""
        others = ~self.seen
        np.fill_diagonal(others, val=False)
        rows = np.packbits(others, axis=1, bitorder="little")
        return [int.from_bytes(row.tobytes(), "little") for row in rows]


def pack(novelty: Novelty) -> bytes:
    """As JSON: the upper triangle, one bit a combination, in base64."""
    facts = len(novelty.seen)
    bits = np.packbits(novelty.seen[np.triu_indices(facts, 1)])
    seen = base64.b64encode(bits.tobytes()).decode()
    told = {"facts": facts, "unlike_from": novelty.unlike_from, "seen": seen}
    return json.dumps(told).encode()


def unpack(data: bytes, facts: int) -> Novelty:
    """What `pack` wrote, for a vocabulary of so many facts; raises ValueError on anything else."""
    told = json.loads(data)
    if not isinstance(told, dict) or told.get("facts") != facts:
        raise ValueError("made for another vocabulary")
    bits = np.frombuffer(base64.b64decode(str(told.get("seen")), validate=True), np.uint8)
    upper = np.triu_indices(facts, 1)
    if len(bits) != -(-len(upper[0]) // 8) or not isinstance(told.get("unlike_from"), (int, float)):
        raise ValueError("not a table of combinations")
    seen: NDArray[np.bool_] = np.zeros((facts, facts), np.bool_)
    seen[upper] = np.unpackbits(bits, count=len(upper[0])).astype(np.bool_)
    seen |= seen.T
    # A fact goes with itself; a reserved id stands for what is not known and goes with nothing.
    np.fill_diagonal(seen, np.arange(facts) >= len(RESERVED))
    return Novelty(seen, float(told["unlike_from"]))
