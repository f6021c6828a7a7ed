"""Writes under a test of the old value: `if (best > x) best = x`, or of what was kept of it before.

`int old = dist[v]; if (x < old) dist[v] = x;` asks what the element was, as the plain test does.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewbot.code.events import Event, Quotients, Scope
from reviewbot.code.values import LOAD, Form, form_text, opaque

_LATEST = 6  # conditions around an access that are looked at
_MOST = 40  # numbers that a condition is made of


def is_checked(scope: Scope, event: Event) -> bool:
    """Whether a condition around an access reads the very object, or what was read of it."""
    if any(event.key in guard.keys for guard in event.guards):
        return True
    name = _name(event)
    asked = (guard.form for guard in event.guards[-_LATEST:])
    return any(name in parts(form, scope.quotients, scope.formulas) for form in asked)


def _name(event: Event) -> str:
    """By which the number that lies there is known."""
    root, path = event.path.root, event.path
    if not path.elements:
        return f"{root.name}@{root.offset}"
    ((name,), _), *_ = opaque(f"{event.key}{form_text(path)}").terms
    return name


def parts(form: Form | None, quotients: Quotients, formulas: Quotients) -> Iterator[str]:
    """The names of all numbers that one is made of; not those of the indices of what is read."""
    waiting = [form] if form is not None else []
    seen = set[str]()
    for part in waiting:  # which grows
        for name in part.names - seen if len(seen) < _MOST else ():
            seen.add(name)
            yield name
            made = quotients.get(name) or formulas.get(name)
            waiting += made[:2] if made is not None and made[2] != LOAD else ()
