"""Of which tasks each instance has an object of its own: those of one call, or of one turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reviewbot.code.events import Frame
from reviewbot.code.symbols import Symbol


def frames_for(frames: Sequence[Frame], root: Symbol, share: str, region: int) -> tuple[Frame, ...]:
    """The constructs around an access to a variable, a task as `looped` if several share it.

    `long left; task shared(left) …` in a function that is called in a loop: each call has its
    `left`, and one task that sets it. It is another thing to what a pointer leads.
    """
    found = tuple(frames)
    if not found or not any(f.looped for f in found) or root.storage not in ("auto", "param"):
        return found
    if root.region != region or root.reference or share.startswith("pointee"):
        return found
    return tuple([_alone(frame, root) for frame in found])


def _alone(frame: Frame, root: Symbol) -> Frame:
    if frame.kind != "task" or not frame.looped or frame.around > root.turns:
        return frame
    return replace(frame, looped=False)
