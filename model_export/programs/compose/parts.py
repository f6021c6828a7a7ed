"""What a pattern contributes to a program, and the choice that makes it racy or clean."""

from __future__ import annotations

from dataclasses import dataclass, field

RACY = "racy"
Lines = list[str]


@dataclass(slots=True)
class Parts:
    """Pieces of source by the place where they belong."""

    top: Lines = field(default_factory=list)  # globals, after the types
    members: Lines = field(default_factory=list)  # of the structure that threads are given
    functions: Lines = field(default_factory=list)  # helpers, before the thread functions
    before: Lines = field(default_factory=list)  # in main, before any thread
    many: Lines = field(default_factory=list)  # in the function of which there are several threads
    single: Lines = field(default_factory=list)  # in the function of which there is one thread
    other: Lines = field(default_factory=list)  # in a third function, one thread as well
    during: Lines = field(default_factory=list)  # in main, while the threads run
    partly: Lines = field(default_factory=list)  # in main, when all but one are joined
    after: Lines = field(default_factory=list)  # in main, when all are joined
    effects: dict[str, str] = field(default_factory=dict)  # object → racy or the broken link


def indent(lines: Lines, by: int = 2) -> Lines:
    """The lines moved to the right."""
    return [" " * by + line if line else line for line in lines]


def loop(variable: str, count: str, body: Lines) -> Lines:
    """A counting loop around the lines."""
    return [f"for (int {variable} = 0; {variable} < {count}; {variable}++) {{", *indent(body), "}"]
