"""Work-shared loops of which one thread takes all turns: they are no more than one chunk."""

from __future__ import annotations

import math

from reviewbot.code.divided import chunk_of
from reviewbot.code.events import Event, Loop, Scope
from reviewbot.code.runners import work_of


def in_one_chunk(scope: Scope, first: Event, second: Event) -> bool:
    """Whether both accesses are in such a loop, of which no two runs are on the way at once."""
    frame = work_of(first)
    if frame is None or frame is not work_of(second) or frame.kind != "for":
        return False
    chunk = chunk_of(first)
    shared = [loop for loop in first.loops[scope.outside :] if loop.shared] if chunk else []
    if not shared or (frame.nowait and not first.loops[scope.outside].shared):
        return False
    turns = [_turns(loop) for loop in shared]
    return all(turns) and math.prod(turns) <= chunk


def _turns(loop: Loop) -> int:
    """How many turns a loop has, 0 where nobody knows."""
    low, high, stride = loop.low, loop.high, loop.stride
    if low is None or high is None or stride is None or not stride.is_constant:
        return 0
    span = high.plus(low, -1)
    known = span.is_constant and stride.constant > 0
    return max(-(-span.constant // stride.constant), 0) if known else 0
