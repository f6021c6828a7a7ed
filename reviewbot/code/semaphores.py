"""Semaphores that a function takes and gives back: with one permit locks, with more nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviewbot.code.values import Path

_STARTS = re.compile(
    r"\bsem_init\s*\(([^(),;]{1,80}),[^(),;]{1,40},((?:\s*\(\w[\w ]{0,20}\))?[^(),;]{1,40})\)"
    r"|\b(?:binary|counting)_semaphore\s*(?:<[^<>;]{0,40}>)?\s+(\w{1,80})\s*[({]([^(),;{}]{1,40})[)}]"
)
_TAKES = re.compile(
    r"\bsem_(?:timed|try)?wait\s*\(([^(),;]{1,80})[,)]|([\w.>\[\]-]{1,80})(?:\.|->)(?:try_)?acquire\s*\("
)
_GIVES = re.compile(r"\bsem_post\s*\(([^(),;]{1,80})\)|([\w.>\[\]-]{1,80})(?:\.|->)release\s*\(")
_INDEX = re.compile(r"\[[^\[\]]*\]")
MANY = 2  # permits: two threads or more may hold one at once
_LAST = re.compile(r"(\w+)\W*$")


def _named(text: str) -> str:
    """The variable or field that an argument such as `&pool->slots[i]` names."""
    match = _LAST.search(_INDEX.sub("", text))
    return match[1] if match is not None else ""


def permits(text: str, bodies: Iterable[str]) -> dict[str, int]:
    """How many permits each semaphore starts with that some function both takes and gives back.

    One that one thread gives and another takes, as a full slot of a queue, hands things over.
    """
    known = {name: _number(numbers) for name, numbers in begun(text).items()}
    if not any(known.values()):
        return {}
    both: set[str] = set()
    for body in bodies:
        both |= _names(_TAKES, body) & _names(_GIVES, body)
    return {name: count for name, count in known.items() if count and name in both}


def starts(text: str) -> dict[str, int]:
    """How many permits each semaphore starts with: 0, 1, or MANY, which what is computed may be."""
    known = {name: {_few(n) for n in numbers} for name, numbers in begun(text).items()}
    return {name: next(iter(counts)) for name, counts in known.items() if len(counts) == 1}


def _few(number: str) -> int:
    return min(int(number), MANY) if number.isdecimal() and len(number) < 9 else MANY


def begun(text: str) -> dict[str, set[str]]:
    """The numbers, as text, with which the semaphores of each name are made."""
    found: dict[str, set[str]] = {}
    for match in _STARTS.finditer(text):
        number = (match[2] or match[4]).strip()
        found.setdefault(_named(match[1] or match[3]), set()).add(number)
    return found


def _number(texts: set[str]) -> int:
    """The one number that all of these are, or 0."""
    text = next(iter(texts)) if len(texts) == 1 else ""
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _names(pattern: re.Pattern[str], body: str) -> set[str]:
    return {_named(match[1] or match[2]) for match in pattern.finditer(body)}


def field_of(place: Path) -> str:
    """The last field that a path names, or its variable."""
    return next((e.field for e in reversed(place.elements) if e.field), place.root.name)
