"""Conditions that let one of many through, by whatever they are called when they are asked."""

from __future__ import annotations

from collections.abc import Callable

from reviewbot.code.events import Quotients
from reviewbot.code.symbols import Symbol

_OTHER = {"==": "!=", "!=": "=="}


def spelled(condition: str, lookup: Callable[[str], Symbol | None], quotients: Quotients) -> str:
    """The condition, or where it asks a name for the comparison that it keeps, that comparison.

    `bool last = id == n - 1; … if (!last)` asks whether `id` is not that number.
    """
    bare = "".join(condition.split())
    name = bare.strip("()!")
    symbol = lookup(name) if name.isidentifier() else None
    value = symbol.value if symbol is not None and symbol.once else None
    form = value.form if value is not None else None
    if form is None or len(form.terms) != 1 or len(form.terms[0][0]) != 1:
        return condition
    sign = quotients.get(form.terms[0][0][0], ("", "", ""))[2]
    if sign not in _OTHER:
        return condition
    return f"{name}{_OTHER[sign] if bare.count('!') % 2 else sign}"
