"""Fronts of tasks: tokens of neighbours that order whatever two tasks of a loop can meet in.

A task that gives `tok[i][j]` and takes `tok[i - 1][j]` and `tok[i][j - 1]` comes after all tasks
above and to the left. The accesses of two tasks are compared turn by turn: how far apart in each
loop the turns are that touch one element, and whether tokens lead from the one to the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from reviewbot.code.dependence import ONE, ZERO, bounds_of
from reviewbot.code.differences import unrolled
from reviewbot.code.divided import CREATORS
from reviewbot.code.events import Event, Frame, Loop, Scope, Side
from reviewbot.code.values import BY_THREAD, CLAMPED, OPAQUE, Form

_GIVES, _TAKES = frozenset({"out", "inout"}), frozenset({"in", "out", "inout"})
_UNSURE = (OPAQUE - {CLAMPED}) | BY_THREAD
_FEW = 3  # loops that make the tasks, and turns between two tasks in each of them
_MOST = 6  # tokens of a task
Far = tuple[int, ...]  # how far apart two turns are in each loop that makes tasks
Pairs = Sequence[tuple[Form, Form]]
Turns = Mapping[str, Loop]


def in_front(scope: Scope, first: Event, second: Event, pairs: Pairs) -> bool:
    """Whether tokens order any two tasks of one construct that touch one element."""
    task = next((f for f in reversed(first.frames) if f.kind == "task"), None)
    alone = next((f for f in first.frames if f.kind in CREATORS), None)
    if task is None or alone is None or task not in second.frames:
        return False
    made = [loop for loop in first.loops[alone.around : task.around] if loop.name]
    turns = {loop.name: loop for loop in made}
    if not 0 < len(turns) <= _FEW or not all(map(_ascends, made)):
        return False
    met = [far for far in _met(pairs, first, second, turns) if any(far)]
    if met and task.serial not in scope.fronts:
        scope.fronts[task.serial] = _steps(task, first, turns)
    steps = scope.fronts.get(task.serial, set())
    plain = not (first.guards or second.guards)
    return bool(steps) and all(far in steps or (plain and _leads(far, steps)) for far in met)


def _ascends(loop: Loop) -> bool:
    return loop.stride is not None and "--" not in loop.header and "-=" not in loop.header


def _leads(far: Far, steps: Iterable[Far]) -> bool:
    """Whether steps that all go on lead that far: tasks between are made in that order."""
    aim = far if min(far) >= 0 else tuple(-n for n in far)
    onwards = [step for step in steps if min(step) >= 0]
    reached = {tuple(0 for _ in aim)}
    for _ in range(sum(aim) if min(aim) >= 0 else 0):
        sums = {tuple(map(sum, zip(at, step, strict=True))) for at in reached for step in onwards}
        reached |= {at for at in sums if all(n <= m for n, m in zip(at, aim, strict=True))}
    return aim in reached and any(aim)


# --- tokens --------------------------------------------------------------------------------------


def _steps(task: Frame, event: Event, turns: Turns) -> set[Far]:
    """How far apart the turns are of which one takes what the other gives."""
    found: set[Far] = set()
    for (kind, given), (other, taken) in itertools.product(task.items[:_MOST], repeat=2):
        if kind in _GIVES and other in _TAKES and given.root.serial == taken.root.serial:
            forms = [[e.form for e in path.elements if not e.field] for path in (given, taken)]
            pairs = list(zip(*forms, strict=False)) if len(forms[0]) == len(forms[1]) else []
            met = _met(pairs, event, event, turns)
            found |= set(met) | {tuple(-n for n in far) for far in met} if len(met) == 1 else set()
    return found


# --- where turns meet ----------------------------------------------------------------------------


def _met(pairs: Pairs, first: Event, second: Event, turns: Turns) -> list[Far]:
    """How far apart turns are that touch one element; nothing where that cannot be told."""
    places = (first, Side()), (second, Side())
    found: dict[str, range] = {}
    for left, right in [new for pair in pairs for new in unrolled(pair, *places)]:
        if (left.marks | right.marks) & _UNSURE:
            return []
        told = _apart(_bounds(left, first, turns), _bounds(right, second, turns), turns)
        if told is not None:
            name, span = told
            known = found.get(name, span)
            found[name] = range(max(known.start, span.start), min(known.stop, span.stop))
    if len(found) < len(turns) or any(len(span) > 2 * _FEW + 1 for span in found.values()):
        return []
    return list(itertools.product(*(found[name] for name in turns)))


def _bounds(form: Form, event: Event, turns: Turns) -> tuple[Form | None, Form | None]:
    """The least and the greatest value in one turn, by the variables of loops that make tasks."""
    inner = {loop.name: loop for loop in event.loops if loop.name and loop.name not in turns}
    return bounds_of(form, Side(loops=inner))


def _apart(
    ours: tuple[Form | None, Form | None], theirs: tuple[Form | None, Form | None], turns: Turns
) -> tuple[str, range] | None:
    """(a loop, how many of its turns later the second one can be); None if that is not told."""
    low, high, bottom, top = *ours, *theirs
    if low is None or high is None or bottom is None or top is None:
        return None
    names = [name for name in turns if name in low.names]
    unit = _unit(low, names[0], turns) if len(names) == 1 else None
    if unit is None:
        return None
    least = _turns(low.plus(top, -1), unit, up=True)
    most = _turns(high.plus(bottom, -1), unit, up=False)
    return (names[0], range(least, most + 1)) if least is not None and most is not None else None


def _unit(form: Form, name: str, turns: Turns) -> Form | None:
    """By how much a form grows from one turn of a loop to the next."""
    factor = ZERO
    for monomial, coefficient in form.terms:
        if name in monomial:
            rest = list(monomial)
            rest.remove(name)
            factor = factor.plus(Form(((tuple(rest), coefficient),) if rest else (), 0))
            factor = factor if rest else factor.plus(Form((), coefficient))
    unit = factor.times(turns[name].stride or ONE)
    plain = len(unit.terms) == 1 and not unit.constant
    return unit if (plain or unit.is_constant) and name not in unit.names else None


def _turns(form: Form, unit: Form, *, up: bool) -> int | None:
    """A distance in turns, rounded; of an unknown unit it is taken to be two at least."""
    if unit.is_constant:
        if not form.is_constant or unit.constant <= 0:
            return None
        return -(-form.constant // unit.constant) if up else form.constant // unit.constant
    ((monomial, size),) = unit.terms
    times, left = divmod(dict(form.terms).get(monomial, 0), size)
    rest = form.plus(unit.times(Form((), times)), -1)
    known = not left and size > 0 and not rest.terms
    if up:
        return times + (rest.constant > 0) if known and rest.constant >= -1 else None
    return times - (rest.constant < 0) if known and rest.constant <= 1 else None
