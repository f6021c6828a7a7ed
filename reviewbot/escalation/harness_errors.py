"""What a compiler or linker complains of, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ERROR = re.compile(
    r"^(?P<path>[^\s:][^:\n]*):(?P<line>\d+):(?:\d+:)? (?:fatal )?error: (?P<text>.*)$"
)
_MISSING = re.compile(r"^'([^']+)' file not found|^([^\s:]+): No such file or directory")
_REQUESTED = re.compile(r"^(?P<path>[^\s:][^:\n]*):(?P<line>\d+):(?:\d+:)? note: in instantiation")
_UNDEFINED = re.compile(r"undefined (?:reference to [`']|symbol: )([\w.$@]+)")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error: where it is, what it says, and which lines asked for the template it is in."""

    path: str
    line: int
    text: str
    asked: tuple[tuple[str, int], ...] = ()


def complaints(said: str) -> tuple[Complaint, ...]:
    """The errors of a compiler's output, in order."""
    found: list[Complaint] = []
    for line in said.splitlines():
        if match := _ERROR.match(line):
            found.append(Complaint(match["path"], int(match["line"]), match["text"]))
        elif found and (match := _REQUESTED.match(line)):
            last = found[-1]
            asked = (*last.asked, (match["path"], int(match["line"])))
            found[-1] = Complaint(last.path, last.line, last.text, asked)
    return tuple(found)


def missing_headers(found: tuple[Complaint, ...]) -> tuple[str, ...]:
    """Headers that the compiler could not find."""
    names = (_MISSING.match(c.text) for c in found)
    return tuple(dict.fromkeys(m.group(1) or m.group(2) for m in names if m))


def undefined(said: str) -> tuple[str, ...]:
    """The symbols that the linker could not find, as the linker writes them."""
    return tuple(dict.fromkeys(_UNDEFINED.findall(said)))
