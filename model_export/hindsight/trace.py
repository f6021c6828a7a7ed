"""A hindsight trace: five links with their evidence, and the edit that flips one of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reviewbot.code.words import IDENTIFIER
from reviewbot.records import Link

RACY, CLEAN = "racy", "clean"
_QUOTED = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One of the two accesses."""

    mode: str  # "read" | "write"; an update is a write
    text: str  # as written: grid[i + 1]
    line: int
    column: int
    function: str  # "" at file level
    atomic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One link of the chain: whether it holds, why, and the lines that show it."""

    link: Link
    holds: bool
    claim: str  # one line; what it quotes from the source stands in backticks
    lines: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The identifiers that the claim quotes, each once."""
        return quoted_names(self.claim)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Lines first..last give way to `text`; last == first - 1 puts `text` before line first."""

    first: int
    last: int
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The counterfactual: an edit that flips one link, and what executing it showed."""

    link: Link
    changes: tuple[Change, ...]
    outcome: str  # "racy" | "clean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The causal chain of one object of one executed program."""

    outcome: str  # "racy" | "clean", of this object
    object: str
    accesses: tuple[Touch, Touch]
    steps: tuple[Step, ...]  # one a link, in the order of Link
    what_if: WhatIf | None = None

    def step(self, link: Link) -> Step:
        """The step of a link."""
        return next(step for step in self.steps if step.link is link)


def quoted_names(text: str) -> tuple[str, ...]:
    """The identifiers in backticks: ("a", "i") of "`a[i]` by all"."""
    spans = _QUOTED.findall(text)
    return tuple(dict.fromkeys(name for span in spans for name in IDENTIFIER.findall(span)))


def to_json(trace: Trace) -> str:
    """The trace as JSON, with the names that each step cites."""
    content = asdict(trace)
    for step, told in zip(content["steps"], trace.steps, strict=True):
        step["names"] = told.names
    return json.dumps(content, sort_keys=True)


def from_json(text: str) -> Trace:
    """The trace that to_json wrote."""
    given = json.loads(text)
    first, second = (Touch(**item) for item in given["accesses"])
    return Trace(
        outcome=given["outcome"],
        object=given["object"],
        accesses=(first, second),
        steps=tuple(_steps(given["steps"])),
        what_if=_what_if(given["what_if"]),
    )


def _steps(given: list[Mapping[str, Any]]) -> Iterator[Step]:
    for item in given:
        lines = tuple(item["lines"])
        link = Link(item["link"])
        yield Step(link=link, holds=item["holds"], claim=item["claim"], lines=lines)


def _what_if(given: Mapping[str, Any] | None) -> WhatIf | None:
    if given is None:
        return None
    changes = tuple(
        Change(first=item["first"], last=item["last"], text=tuple(item["text"]))
        for item in given["changes"]
    )
    return WhatIf(link=Link(given["link"]), changes=changes, outcome=given["outcome"])


def digest(trace: Trace) -> str:
    """A hash of the trace's whole content."""
    return hashlib.sha256(to_json(trace).encode()).hexdigest()[:16]
