"""Rules only: the front end's readings as a fixed decision table, with no learning.

A control that the network must beat, and nothing else: no verdict is ever given by it.
"""

from __future__ import annotations

from reviewbot.model.readings import readings
from reviewbot.records import AccessPair, Slice


def reason(pair: AccessPair) -> str:
    """Why the pair is in order; "" if the table says that it races."""
    return next(iter(readings(pair)), "")


def races(item: Slice) -> bool:
    """Whether some pair of the slice has no row of the table."""
    return any(not reason(pair) for pair in item.pairs)
