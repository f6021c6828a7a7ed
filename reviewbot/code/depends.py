"""What the depend clauses of two tasks say of their order (OpenMP 5.2, 15.9.5)."""

from __future__ import annotations

import re

from reviewbot.code.events import Event, Frame, Scope

_BLANK = re.compile(r"\s+")
_TASKS = frozenset({"task", "taskloop"})
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
    kinds = {(x[0], y[0]) for x in a.depends for y in b.depends if x[1] == y[1]}
    texts = [_flat(scope.text[e.offset : e.end]) for e in (first, second)] if scope.text else []
    named = {
        (x[0], y[0]) for x in a.depends for y in b.depends if [x[1], y[1]] == texts and x[1] != y[1]
    }
    varies = a.serial == b.serial and "depend-varies" in a.clauses
    if varies:  # of one task in a loop: the item is the access itself, or says nothing
        named = {(x[0], y[0]) for x in a.depends for y in b.depends if [x[1], y[1]] == texts}
    return _said_by(kinds, named, varies=varies)


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
    made = [f.serial for f in event.frames if f.kind in _TASKS]
    return made[made.index(task.serial) - 1] if task.serial in made[1:] else 0


def _flat(text: str) -> str:
    return _BLANK.sub("", text)
