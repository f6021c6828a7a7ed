"""What orders two tasks: depend clauses (OpenMP 5.2, 15.9.5), waits for tasks (15.5)."""

from __future__ import annotations

import re

from reviewbot.code.divided import reaches, rests
from reviewbot.code.events import Event, Frame, Scope
from reviewbot.code.items import named_alike
from reviewbot.code.repeats import AGAIN

_BLANK = re.compile(r"\s+")
TASKS = frozenset({"task", "taskloop"})
MAX_WAITS = 100  # between two accesses, that are looked through
Kinds = set[tuple[str, str]]  # of one item, in both tasks


def depend_clauses(
    scope: Scope, first: Event, second: Event, a: Frame | None, b: Frame | None
) -> str:
    """How the items of two tasks meet; only tasks that one task made wait for each other."""
    if a is None or b is None or not (a.depends or b.depends):
        return ""
    if not a.depends or not b.depends:
        items = {key for f in (a, b) for _, key in f.depends}
        waited = {w.key for e in (first, second) for w in e.waits if w.kind == "task-items"}
        return "waited" if items & waited else "one-sided"
    if _maker(first, a) != _maker(second, b):
        return "no-match"
    ours, theirs = _by_key(a), _by_key(b)
    kinds = {(x, y) for key in ours.keys() & theirs.keys() for x in ours[key] for y in theirs[key]}
    one, two = (_flat(scope.text[e.offset : e.end]) for e in (first, second))
    # Of one task in a loop the item is the access itself, or says nothing.
    varies = a.serial == b.serial and "depend-varies" in a.clauses
    told = scope.text and (one != two or varies)
    named = {(x, y) for x in ours.get(one, ()) for y in theirs.get(two, ())} if told else set()
    return _said_by(kinds, named | named_alike(first, second, a, b), varies=varies)


def waited_for(scope: Scope, first: Event, second: Event, a: Frame | None, b: Frame | None) -> str:
    """Whether tasks were waited for between two accesses; `turn` if each turn waits for its."""
    if any(f is not None and AGAIN in f.clauses for f in (a, b)):
        return "same"  # what waits for tasks does not wait for threads
    if first.group != second.group:
        return "differ" if _reached_by_wait(scope, first, second) else "same"
    if a is None or b is None or a.serial != b.serial or not a.looped:
        return "same"
    around = [loop.line for loop in first.loops[: a.around]]
    return "turn" if around and rests(scope, around[-1], first) else "same"


def _reached_by_wait(scope: Scope, first: Event, second: Event) -> bool:
    """Whether the waits between reach the task: a taskwait ends its own children, not theirs.

    Nor those that another thread made; the end of a group reaches what was made within it.
    """
    early, late = sorted((first, second), key=lambda event: event.group)
    waits = range(early.group + 1, late.group + 1)
    others = {f.serial for f in late.frames}
    tasks = [f.serial for f in early.frames if f.kind in TASKS and f.serial not in others]
    if not tasks or len(waits) > MAX_WAITS:
        return True
    if any(reaches(scope, n, early) for n in waits if len(tasks) < 2 or n not in scope.waiters):
        return True
    return len(tasks) > 1 and {scope.waiters[n][0] for n in waits}.issuperset(tasks[:-1])


def _by_key(frame: Frame) -> dict[str, set[str]]:
    """The types under which a task names each item."""
    found: dict[str, set[str]] = {}
    for kind, key in frame.depends:
        found.setdefault(key, set()).add(kind)
    return found


def _said_by(kinds: Kinds, named: Kinds, *, varies: bool) -> str:
    if _ordering(named):
        return "accesses"  # both items are the very accesses: one address, one order
    if varies and _ordering(kinds):
        return "match-varying"
    if not kinds:
        return "no-match"
    if any("mutexinoutset" in pair for pair in kinds):
        return "mutex"
    return "match" if _ordering(kinds) else "in-in"


def _ordering(kinds: Kinds) -> bool:
    """Whether some item keeps two tasks apart: those of one set, or that only read, run at once."""
    return any(x != y or x not in ("in", "inoutset") for x, y in kinds)


def _maker(event: Event, task: Frame) -> int:
    """The task that makes this task, 0 for the implicit one of a thread."""
    made = [f.serial for f in event.frames if f.kind in TASKS]
    return made[made.index(task.serial) - 1] if task.serial in made[1:] else 0


def _flat(text: str) -> str:
    return _BLANK.sub("", text)
