"""Renamed objects: a race is as old as it was, though the change gave what races another name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewbot.findings import Code
from reviewbot.records import Finding

_TOKEN = re.compile(r"[A-Za-z_]\w*|\S")

Spelling = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a file's code that only its base has, and those that only its head has."""

    gone: frozenset[str]
    new: frozenset[str]


def names(base: bytes, head: bytes) -> Names:
    """What a change renamed is among these; comments and literals name nothing."""
    old, new = (frozenset(_TOKEN.findall(Code.of(side).mask)) for side in (base, head))
    return Names(gone=old - new, new=new - old)


def spelling(finding: Finding) -> Spelling:
    """The words that tell a finding, in an order that no name decides."""
    sides = (f"{access.mode.value} {access.text}" for access in finding.accesses)
    return tuple(_TOKEN.findall(" ; ".join((finding.function, finding.object, *sides))))


def is_renamed(base: Spelling, head: Spelling, told: Names) -> bool:
    """Whether the second tells what the first does, in other names alone, each for one."""
    if len(base) != len(head):
        return False
    changed = {pair for pair in zip(base, head, strict=True) if pair[0] != pair[1]}
    return bool(changed) and _one_to_one(tuple(changed), told)


def _one_to_one(changed: Sequence[tuple[str, str]], told: Names) -> bool:
    olds, news = {old for old, _ in changed}, {new for _, new in changed}
    return len(olds) == len(news) == len(changed) and olds <= told.gone and news <= told.new
