"""Reads a written trace back into the chain; text that is no trace is a value that says so.

1. concurrent holds: `#pragma omp parallel for` shares the iterations out [line 12]
...
5. unprotected is broken: both accesses hold `m` [lines 13, 17]
Verdict: clean
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reviewbot.records import Link

RACY, CLEAN = "racy", "clean"
HOLDS, BROKEN = "holds", "is broken"
_LINKS = "|".join(link.value for link in Link)
_STEP = re.compile(rf"^\d\. ({_LINKS}) ({HOLDS}|{BROKEN}): (.*) \[lines? (\d+(?:, \d+)*)\]$")
_WHAT_IF = re.compile(rf"^(?:What if, against (?:{_LINKS}), executed: (?:racy|clean)|@@ |\|)")
_VERDICT = re.compile(rf"^Verdict: ({RACY}|{CLEAN})$")
BEFORE_VERDICT = re.compile(r"(?:^|\n)Verdict: ?$")
BEFORE_STATE = re.compile(rf"(?:^|\n)\d\. ({_LINKS}) ?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStep:
    """One link as the model told it."""

    link: Link
    holds: bool
    claim: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A trace that could be read."""

    steps: tuple[ToldStep, ...]  # one a link, in the order of Link
    racy: bool

    @property
    def consistent(self) -> bool:
        """Whether the verdict is what the chain says: a race is a chain without a broken link."""
        return self.racy == all(step.holds for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """What was written is no trace, and why."""

    reason: str


def read_told(text: str) -> Told | Unresolved:
    """The five links and the verdict that the text tells, or why it tells none."""
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    if len(lines) <= len(Link):
        return Unresolved(reason="the trace ends before its verdict")
    steps = [_step(line) for line in lines[: len(Link)]]
    read = tuple(step for step in steps if step is not None)
    if [step.link for step in read] != list(Link):
        return Unresolved(reason="the trace does not tell the five links in their order")
    return _concluded(read, lines[len(Link) :])


def _concluded(steps: tuple[ToldStep, ...], rest: Sequence[str]) -> Told | Unresolved:
    if not all(_WHAT_IF.match(line) for line in rest[:-1]):
        return Unresolved(reason="the trace has lines that belong to no part of it")
    verdict = _VERDICT.match(rest[-1])
    if verdict is None:
        return Unresolved(reason="the trace has no verdict")
    return Told(steps=steps, racy=verdict[1] == RACY)


def _step(line: str) -> ToldStep | None:
    found = _STEP.match(line)
    if found is None:
        return None
    cited = tuple(int(number[:9]) for number in found[4].split(", "))
    return ToldStep(
        link=Link(found[1]), holds=found[2] == HOLDS, claim=found[3].strip(), lines=cited
    )
