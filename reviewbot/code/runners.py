"""Which construct decides who runs the code of an access."""

from __future__ import annotations

from collections.abc import Sequence

from reviewbot.code.events import UNASKED, Event, Frame

UNDEFERRED = "undeferred"  # of a task whose creator runs it then and there: `if(0)`
_WORK = frozenset(
    {"for", "sections", "section", "single", "master", "task", "taskloop", "nested", "lanes"}
)


def decides(frame: Frame) -> bool:
    """Whether a construct decides who runs the code within it."""
    if frame.kind == "task" and UNDEFERRED in frame.clauses and not frame.depends:
        return False
    return frame.kind in _WORK


def innermost(frames: Sequence[Frame]) -> Frame | None:
    """The innermost construct that decides who runs the code."""
    return next((f for f in reversed(frames) if decides(f)), None)


def work_of(event: Event) -> Frame | None:
    """The same for an access, found once: it is in many pairs."""
    if event.work is UNASKED:
        event.work = innermost(event.frames)
    return event.work
