"""The trace as text that a language model can be taught to write, and back.

Object: `total`
First: write of `total` at 12:5 in `worker`
Second: write of `total` at 12:5 in `worker`
1. concurrent holds: `pthread_create(...)` starts several threads that run this [lines 20]
...
5. unprotected holds: neither access holds a lock [lines 12]
What if, against unprotected, executed: clean
@@ 12,12
|    pthread_mutex_lock(&m);
Verdict: racy
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from model_export.hindsight.trace import Change, Step, Touch, Trace, WhatIf
from reviewbot.records import Link

_OBJECT = re.compile(r"^Object: `(.*)`$")
_ACCESS = re.compile(
    r"^(?:First|Second): (atomic )?(read|write) of `(.*)` at (\d+):(\d+)(?: in `(.*)`)?$"
)
_LINKS = "|".join(link.value for link in Link)
_STEP = re.compile(rf"^\d\. ({_LINKS}) (holds|is broken): (.*) \[lines? (\d+(?:, \d+)*)\]$")
_WHAT_IF = re.compile(rf"^What if, against ({_LINKS}), executed: (racy|clean)$")
_CHANGE = re.compile(r"^@@ (\d+),(\d+)$")
_VERDICT = re.compile(r"^Verdict: (racy|clean)$")


class UnreadableProse(ValueError):
    """The text is no trace; says the line that cannot be read."""


def to_prose(trace: Trace) -> str:
    """The trace as numbered steps that end with the verdict."""
    return "\n".join(_lines(trace)) + "\n"


def _lines(trace: Trace) -> Iterator[str]:
    yield f"Object: `{trace.object}`"
    for title, touch in zip(("First", "Second"), trace.accesses, strict=True):
        yield f"{title}: {_touch(touch)}"
    for number, step in enumerate(trace.steps, 1):
        state = "holds" if step.holds else "is broken"
        cited = f"[line{'s' * (len(step.lines) > 1)} {', '.join(map(str, step.lines))}]"
        yield f"{number}. {step.link.value} {state}: {step.claim} {cited}"
    if trace.what_if is not None:
        yield from _what_if(trace.what_if)
    yield f"Verdict: {trace.outcome}"


def _touch(touch: Touch) -> str:
    where = f"at {touch.line}:{touch.column}" + (f" in `{touch.function}`" * bool(touch.function))
    return f"{'atomic ' * touch.atomic}{touch.mode} of `{touch.text}` {where}"


def _what_if(what_if: WhatIf) -> Iterator[str]:
    yield f"What if, against {what_if.link.value}, executed: {what_if.outcome}"
    for change in what_if.changes:
        yield f"@@ {change.first},{change.last}"
        yield from (f"|{line}" for line in change.text)


def parse_prose(text: str) -> Trace:
    """The trace that the text tells; raises UnreadableProse."""
    lines = text.rstrip("\n").split("\n")
    if len(lines) < len(Link) + 4:
        raise UnreadableProse("a trace has an object, two accesses, five links and a verdict")
    end = len(Link) + 3
    steps = tuple(_read_step(line) for line in lines[3:end])
    if [step.link for step in steps] != list(Link):
        raise UnreadableProse("the five links must come once each, in their order")
    return Trace(
        object=_match(_OBJECT, lines[0])[1],
        accesses=(_read_touch(lines[1]), _read_touch(lines[2])),
        steps=steps,
        what_if=_read_what_if(lines[end:-1]),
        outcome=_match(_VERDICT, lines[-1])[1],
    )


def _match(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    found = pattern.match(line)
    if found is None:
        raise UnreadableProse(f"cannot read `{line}`")
    return found


def _read_touch(line: str) -> Touch:
    found = _match(_ACCESS, line)
    return Touch(
        mode=found[2],
        text=found[3],
        line=int(found[4]),
        column=int(found[5]),
        function=found[6] or "",
        atomic=bool(found[1]),
    )


def _read_step(line: str) -> Step:
    found = _match(_STEP, line)
    lines = tuple(int(number) for number in found[4].split(", "))
    return Step(link=Link(found[1]), holds=found[2] == "holds", claim=found[3], lines=lines)


def _read_what_if(lines: Sequence[str]) -> WhatIf | None:
    if not lines:
        return None
    head = _match(_WHAT_IF, lines[0])
    found: list[tuple[int, int, list[str]]] = []
    for line in lines[1:]:
        if line.startswith("|") and found:
            found[-1][2].append(line[1:])
        else:
            place = _match(_CHANGE, line)
            found.append((int(place[1]), int(place[2]), []))
    changes = tuple(Change(first=low, last=high, text=tuple(text)) for low, high, text in found)
    return WhatIf(link=Link(head[1]), changes=changes, outcome=head[2])
