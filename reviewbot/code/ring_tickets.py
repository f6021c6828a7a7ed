"""Rings long enough for all numbers that are taken for them: none comes around to a taken place.

`ring[head++ % 512]` gives each of 500 turns a place of its own; 32 places would be used again. What
turns there are is told by the loops around all that take from the counter, and by their threads.
"""

from __future__ import annotations

import re
from math import prod

from reviewbot.code.carriers import turns_of
from reviewbot.code.events import Event, Loop, Party, Scope
from reviewbot.code.values import Form

_ROUND = frozenset({"ticket", "mod"})
_BY_ONE = re.compile(r"\+\+|[(,]\s*1[uUlL]*\s*[,)]")  # `head++`, `next.fetch_add(1)`
_WORD = re.compile(r"\w+")
_LAST = re.compile(r"(\w+)\W*$")
_ALONE = frozenset({"single", "master", "section"})  # of which a team runs one instance
_MOST = 16  # places that take from one counter


def straight(scope: Scope, form: Form) -> Form:
    """The form, without its mark of a remainder where that is the very number that was taken."""
    if not form.marks >= _ROUND or len(form.terms) != 1 or len(form.terms[0][0]) != 1:
        return form
    made = scope.quotients.get(form.terms[0][0][0])
    if made is None or made[2] != "%" or not made[1].is_constant or "mod" in made[0].marks:
        return form
    texts = [name for name in made[0].names if _BY_ONE.search(name)]
    if len(made[0].terms) != 1 or len(texts) != 1 or made[0].terms[0][1] != 1:
        return form
    taken = _taken(scope, texts[0])
    if not 0 < taken <= made[1].constant:
        return form
    return Form(form.terms, form.constant, form.marks - {"mod"}, form.exact)


def _taken(scope: Scope, text: str) -> int:
    """How many numbers are taken at most from the counter that a text names; 0 if not known."""
    known = scope.taken.get(text)
    if known is None:
        known = scope.taken[text] = _count(scope, set(_WORD.findall(text)))
    return known


def _count(scope: Scope, words: set[str]) -> int:
    if scope.takers is None:
        scope.takers = _changes(scope)
    found = [scope.takers[word] for word in words if word in scope.takers]
    if sum(map(len, found)) > _MOST:
        return 0
    changes = [event for events in found for event in events.values()]
    if len({e.key for e in changes}) != 1 or any(e.mode != "update" for e in changes):
        return 0
    counts = [_times(scope, event) for event in changes]
    return sum(counts) if all(counts) else 0


def _changes(scope: Scope) -> dict[str, dict[tuple[str, str, int, int], Event]]:
    """By the variable or field that is changed, each place and party that does so once."""
    found: dict[str, dict[tuple[str, str, int, int], Event]] = {}
    for event in scope.events:
        if event.mode != "read" and (word := _word(event)):
            place = (event.key, event.mode, event.offset, event.party)
            found.setdefault(word, {})[place] = event
    return found


def _word(event: Event) -> str:
    """The variable or field that an access changes itself."""
    match = _LAST.search(event.key)
    return match[1] if match is not None and not event.key.endswith("]") else ""


def _times(scope: Scope, event: Event) -> int:
    """How often an access is made at most while the threads of its scope are there; 0: unknown."""
    loops = event.loops[scope.outside :]
    return prod(map(_turns, loops)) * _runners(scope.parties[event.party], event)


def _turns(loop: Loop) -> int:
    if loop.low is None or loop.high is None or loop.stride is None:
        return 0
    size = loop.high.plus(loop.low, -1)
    if not size.is_constant or not loop.stride.is_constant or loop.stride.constant < 1:
        return 0
    return max(-(-size.constant // loop.stride.constant), 1)


def _runners(party: Party, event: Event) -> int:
    """How many threads go through all of an access's turns; 0 if nobody knows."""
    if party.kind == "team":
        shared = any(loop.shared for loop in event.loops)
        return int(shared or any(f.kind in _ALONE for f in event.frames))
    if not party.many:
        return int(party.kind in ("thread", "main"))
    turns = turns_of(party.loop)
    return turns.constant if turns is not None and turns.is_constant else 0
