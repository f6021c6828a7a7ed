"""Tests of ownership: `if (part[i] == me) a[i] = …`, so that an element is of one thread alone.

Where a thread acts only on numbers of which a function gives its own number, no two threads hold
one of them: it divides as the turns of a work-shared loop do. The function may be a remainder, the
entry of a table that no thread changes, or a call; what is asked of one number says nothing of
another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from reviewbot.code.counted import changes
from reviewbot.code.differences import Where
from reviewbot.code.divided import names_in
from reviewbot.code.events import ITEM, Event, Scope, Side
from reviewbot.code.tickets import OWN
from reviewbot.code.values import CLAMPED, LOAD, Form

_LATEST = 4  # conditions around an access that are looked at
_DEEP = 5  # operations of operations
_MOST = 40  # names that a function is made of
_LONG = 400  # characters of a function's text
_PLAIN = re.compile(r"[\w@#.\[\]>:-]+")  # a name; anything else is the text of an operation
# Numbers of which two readings by one name need not be one.
_UNSURE = frozenset({"ticket", "counter", "update", "local", CLAMPED})
_CORE = "$"  # stands for the number that is asked about
Pairs = Sequence[tuple[Form, Form]]


def by_owner(scope: Scope, pairs: Pairs, first: Where, second: Where) -> tuple[Side, Side] | None:
    """Both sides, divided by the numbers that tests of one function leave to one thread each."""
    if not (first[0].guards and second[0].guards):
        return None
    number = _number(scope, first, second)
    if not number or any(number in names_in(f, scope.quotients) for pair in pairs for f in pair):
        return None
    for rank in range(len(pairs)):
        ours = _asked(scope, pairs[rank][0], first, number)
        theirs = _asked(scope, pairs[rank][1], second, number) if ours else {}
        for core, function in ours.items():
            other = next((name for name, text in theirs.items() if text == function), "")
            if other:
                return _divided(first[1], core), _divided(second[1], other)
    return None


def goes_by_owner(pairs: Pairs, a: Side, b: Side) -> bool:
    """Whether some subscript is the owned number itself, as far on from it on both sides."""
    (mine,), (theirs,) = a.divided, b.divided
    return any(
        left.constant == right.constant
        and len(left.terms) == len(right.terms) == 1
        and left.terms[0] == ((mine,), right.terms[0][1])
        and right.terms[0][0] == (theirs,)
        for left, right in pairs
    )


def _number(scope: Scope, first: Where, second: Where) -> str:
    """The name of the number by which the threads of one creation differ; "" if there is none."""
    a, b = first[1], second[1]
    known = a.by in ("tid", "targ") and a.divided == b.divided and len(a.divided) == 1
    same = first[0].party == second[0].party and scope.parties[first[0].party].many
    return next(iter(a.divided)) if known and same else ""


def _divided(side: Side, core: str) -> Side:
    return replace(side, divided={core: "r"}, by="own", cycle=0)


def _asked(scope: Scope, form: Form, where: Where, number: str) -> dict[str, str]:
    """Of numbers in a subscript, what function of each is the thread's number there."""
    event, side = where
    key = id(side), event.order, form, number  # `scope.sides` keeps the side
    found = scope.owners.get(key)
    if found is None:
        found = scope.owners[key] = {}
        for less in [f for guard in event.guards[-_LATEST:] for f in guard.nought]:
            if any(monomial == (number,) for monomial, _ in less.terms):
                found |= _functions(scope, less, side, _held(scope, form, side), number)
    return found


def _held(scope: Scope, form: Form, side: Side) -> list[str]:
    """The numbers in a subscript, and in what it is cut from, that a thread may own."""
    made = [scope.quotients[n] for n in form.names if n in scope.quotients]
    names = form.names.union(*(m[0].names for m in made if m[2] in "/%"))
    return [n for n in sorted(names) if _is_own(n, side) or n in scope.quotients]


def _is_own(name: str, side: Side) -> bool:
    return name in side.loops or name.startswith(ITEM)


def _functions(
    scope: Scope, less: Form, side: Side, names: Sequence[str], number: str
) -> dict[str, str]:
    if not less.marks.isdisjoint(_UNSURE):
        return {}
    found = {}
    for core in names:
        told = _Spelling(scope, core, side, number)
        text = told.of(less)
        if text is not None and told.met:
            found[core] = text
    return found


class _Spelling:
    """Spells what follows from one number alone, by whatever name that number goes."""

    def __init__(self, scope: Scope, core: str, side: Side, number: str) -> None:
        self._scope, self._core, self._side, self._number = scope, core, side, number
        self.met = False  # whether the number was met
        self._left = _MOST

    def of(self, form: Form, depth: int = 0) -> str | None:
        """The form as text; None if it is made of anything that two threads may differ in."""
        parts = [str(form.constant)]
        for monomial, factor in form.terms:
            if not depth and monomial == (self._number,):
                parts.append(f"{factor}*me")
                continue
            names = [self._name(name, depth) for name in monomial]
            if None in names:
                return None
            parts.append("*".join([str(factor), *sorted(n for n in names if n is not None)]))
        text = "+".join(sorted(parts))
        return text if len(text) <= _LONG else None

    def _name(self, name: str, depth: int) -> str | None:
        if name == self._core:
            self.met = True
            return _CORE
        self._left -= 1
        if name == self._number or _is_own(name, self._side) or depth > _DEEP or self._left < 0:
            return None
        operation, parts = self._parts(name)
        made = [self.of(part, depth + 1) for part in parts]
        if None in made:
            return None
        if made:
            return f"{operation}({','.join(m for m in made if m is not None)})"
        return name if _PLAIN.fullmatch(name) and not _differs(self._scope, name) else None

    def _parts(self, name: str) -> tuple[str, Sequence[Form]]:
        """The operation that a name stands for, and the numbers that it is done with."""
        made = self._scope.quotients.get(name) or self._scope.formulas.get(name)
        if made is not None:
            return ("of" if made[2] == LOAD else made[2]), made[:2]
        return name.partition("(")[0], self._scope.answers.get(name, ())


def _differs(scope: Scope, name: str) -> bool:
    """Whether a table, or a variable, is changed by threads, or each has one of its own."""
    if scope.alike is None:
        own = {e.key for e in scope.events if e.share in OWN and not _is_main(scope, e)}
        differing = {_bare(key) for key in (*own, *changes(scope))}
        seen = {_bare(event.key) for event in scope.events}
        scope.alike = seen - differing, differing
    alike, differing = scope.alike
    bare = _bare(name)  # nobody else sees a table that no access is to
    return bare in differing or (name.endswith("[]") and bare not in alike)


def _is_main(scope: Scope, event: Event) -> bool:
    return scope.parties[event.party].kind == "main"


def _bare(key: str) -> str:
    """A name without what tells it from others by it."""
    return key.partition("#")[0].partition("@")[0].removesuffix("[]")
