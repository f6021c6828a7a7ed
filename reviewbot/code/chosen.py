"""Conditions that let one of many through, by whatever they are called when they are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reviewbot.code.dependence import ONE, ZERO
from reviewbot.code.divided import own_range
from reviewbot.code.events import Frame, Loop, Quotients
from reviewbot.code.runners import innermost
from reviewbot.code.symbols import Symbol
from reviewbot.code.values import BY_THREAD, Form

_OTHER = {"==": "!=", "!=": "=="}
_MAKERS = frozenset({"single", "master", "section"})
_PARTS = frozenset({"/", "%", "&", "|", ">>"})
_MOST = 8  # comparisons of one condition


def spelled(condition: str, lookup: Callable[[str], Symbol | None], quotients: Quotients) -> str:
    """The condition, or where it asks a name for the comparison that it keeps, that comparison.

    `bool last = id == n - 1; … if (!last)` asks whether `id` is not that number.
    """
    bare = "".join(condition.split())
    name = bare.strip("()!")
    symbol = lookup(name) if name.isidentifier() else None
    value = symbol.value if symbol is not None and symbol.once else None
    form = value.form if value is not None else None
    sign = _made_of(form, quotients)[2] if form is not None else ""
    if sign not in _OTHER:
        return condition
    return f"{name}{_OTHER[sign] if bare.count('!') % 2 else sign}"


def asks_part(form: Form | None, made: Quotients) -> bool:
    """Whether a comparison asks for what many numbers have: `(i & 1) == 0`, `id / 2 == n`."""
    left, right, sign = _made_of(form, made) if form is not None else (ZERO, ZERO, "")
    names = left.names | right.names if sign in _OTHER else ()
    asked = [made[name] for name in names if name in made]
    return any(by in _PARTS and (a.marks | b.marks) & BY_THREAD for a, b, by in asked)


def asks_inner(form: Form | None, loops: Sequence[Loop], made: Quotients) -> bool:
    """Whether a comparison is with a loop's turn within the one that is divided: `i == k`.

    Each turn of the divided loop has one of its own then that is let through.
    """
    left, right, _ = _made_of(form, made) if form is not None else (ZERO, ZERO, "")
    shared = max((n for n, loop in enumerate(loops) if loop.shared), default=len(loops))
    names = left.names | right.names
    return any(loop.name in names for loop in loops[shared + 1 :])


def of_turns(
    form: Form | None, loops: Sequence[Loop], frames: Sequence[Frame], who: Loop, made: Quotients
) -> str:
    """pv-eq where a condition lets one turn of all that are divided through, pv-ne all but one.

    `who` is the range of the threads' numbers. A thread's loop over a range of its own is divided
    as a shared loop is, and so are the loops that make a task a turn.
    """
    sign, names = _fixed(form, made)
    if not names:
        return ""
    work = innermost(frames)
    if work is None:
        own = [loop for loop in loops if loop.name in names]
        step = who.stride or ONE
        one = any(own_range(loop, who.name, made, step) in ("own", "cyclic") for loop in own)
    else:
        maker = next((f for f in reversed(frames) if f.kind in _MAKERS), work)
        around = loops[maker.around : work.around] if work.kind == "task" and work.looped else ()
        one = bool(around) and all(loop.name in names for loop in around)
    return ("pv-eq" if sign == "==" else "pv-ne") if one else ""


def _fixed(form: Form | None, made: Quotients) -> tuple[str, set[str]]:
    """(== or !=, the variables that a condition compares with what is the same for all)."""
    waiting = [form] if form is not None else []
    names, sign = set[str](), "=="
    for one in waiting:
        left, right, operator = _made_of(one, made)
        if operator == "&&" and len(waiting) < _MOST:
            waiting += (left, right)
        elif operator == "==" or (operator == "!=" and len(waiting) == 1):
            names |= {_variable(a) for a, b in ((left, right), (right, left)) if not b.marks}
            sign = operator
    return sign, names - {""}


def _variable(form: Form) -> str:
    """The one variable of a form, "" where it has none or several."""
    alone = len(form.terms) == 1 and len(form.terms[0][0]) == 1
    return form.terms[0][0][0] if alone else ""


def _made_of(form: Form, made: Quotients) -> tuple[Form, Form, str]:
    alone = _variable(form) if not form.constant else ""
    return made.get(alone, (form, form, ""))
