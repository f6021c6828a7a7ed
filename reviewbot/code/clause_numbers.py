"""Clauses that say by a number who runs what: `filter(1)`, `safelen(WIDTH)`."""

from __future__ import annotations

from reviewbot.code.conditions import Numbers, settled
from reviewbot.code.events import Frame
from reviewbot.code.openmp import Directive

_NAMED = ("filter", "safelen")
_FIRST = "filter:0"  # who takes a `master`, and a `masked` without the clause (OpenMP 5.2, 10.5)


def clause_numbers(directive: Directive, number_of: Numbers) -> set[str]:
    """`name:number` of each such clause; the text where it is no known number."""
    found = set()
    for name in _NAMED:
        clause = directive.clause(name)
        if clause is not None and clause.items:
            said = settled(clause.items[0], number_of)
            found.add(f"{name}:{clause.items[0].strip() if said is None else said}")
    return found


def kinds_apart(a: Frame, b: Frame) -> tuple[str, str]:
    """The kinds of two constructs: `masked` ones for two threads are as two `single` ones are."""
    if a.kind == b.kind == "master" and _filter(a) != _filter(b):
        return "single", "single"
    return (a.kind, b.kind) if a.kind <= b.kind else (b.kind, a.kind)


def _filter(frame: Frame) -> str:
    return next((mark for mark in frame.clauses if mark.startswith("filter:")), _FIRST)
