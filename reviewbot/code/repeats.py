"""Constructs that one thread takes, met turn after turn with nothing to wait for at their end.

`for (…) #pragma omp single nowait` leaves each turn to whoever comes first, as tasks would be: the
others go on to the next turn meanwhile, so that many instances of the construct run at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reviewbot.code.events import Event, Frame, Scope
from reviewbot.code.runners import work_of

AGAIN = "again"  # of what is told as a task, as any thread may run each turn of it
_CHOSEN = frozenset({"single", "section"})
_MAKERS = frozenset({"single", "master", "section"})


def is_looped(kind: str, *, nowait: bool, frames: Sequence[Frame], turns: int) -> bool:
    """Whether a construct has several instances at once; `turns`: loops of the region around it."""
    if kind == "section":
        return bool(frames) and frames[-1].looped
    if kind in ("single", "sections"):
        return nowait and turns > 0
    if kind not in ("task", "taskloop"):
        return False
    return turns > 0 or not any(f.kind in _MAKERS and not f.looped for f in frames)


def tell_again(scope: Scope) -> None:
    """Say of accesses in such constructs that each turn is another instance of their work."""
    told: dict[int, Frame] = {}
    for event in scope.events:
        frame = work_of(event)
        if frame is None or not frame.looped or frame.kind not in _CHOSEN:
            continue
        if not _paced(scope, event, frame):
            marks = frame.clauses | {AGAIN}
            new = replace(frame, kind="task", nowait=False, clauses=marks)
            event.work = told.setdefault(frame.serial, new)


def _paced(scope: Scope, event: Event, frame: Frame) -> bool:
    """Whether a barrier in each turn of the innermost loop lets no two instances meet."""
    around = event.loops[scope.outside : frame.around]
    return not around or around[-1].line in scope.beats
