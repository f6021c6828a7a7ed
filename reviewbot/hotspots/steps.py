"""A function's body as steps of work: what costs, what repeats, what forks, what is decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reviewbot.code.openmp import Directive
from reviewbot.hotspots.expressions import Expression
from reviewbot.hotspots.headers import Header


class Mark(IntEnum):
    """What is counted of a piece of work; an index into a cost."""

    OPERATIONS = 0  # about one machine instruction each
    GUESSED = 1  # operations in loops whose number of rounds is not told
    DATA = 2  # operations in loops whose number of rounds lies in memory
    BRANCH = 3  # operations that a condition which is not told decides about
    EXIT = 4  # operations in loops that may end early
    EXCLUSIVE = 5  # operations in critical and ordered parts and under locks
    CRITICAL = 6  # entries of such parts
    ATOMIC = 7
    UNKNOWN_CALL = 8
    MATH = 9  # calls of the mathematical library
    UNIT = 10  # accesses to neighbours of what the round before touched
    STRIDED = 11
    INDIRECT = 12
    INVARIANT = 13  # accesses to the same place in every round
    SLOT_WRITES = 14  # to elements of one cache line, one for each thread
    NEIGHBOUR_WRITES = 15  # to elements of one cache line, one for each round of a shared loop
    SINGLE = 16  # operations that one thread does for all
    BARRIER = 17
    TASK = 18
    FORK = 19
    ALLOCATION = 20
    FLOATING = 21  # operations on floating point sums, which are not done side by side
    DIVIDE = 22  # divisions by what is not a number
    ROOT = 23  # square roots: one instruction, but a long one
    INSTRUCTIONS = 24  # as a counter of instructions sees it: no waiting, no memory


Cost: TypeAlias = NDArray[
    np.float64
]  # (len(Mark), 1), or a column for each thread that fares differently


def nothing() -> Cost:
    """The cost of doing nothing."""
    return np.zeros((len(Mark), 1))


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Anything that takes time; `shared`: a team divides some of it."""

    shared: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True, eq=False)
class Leaf(Step):
    """Work without branches."""

    cost: Cost


@dataclass(frozen=True, slots=True, eq=False)
class Seq(Step):
    """One after another."""

    items: tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Assign(Step):
    """A variable gets a value, known or not."""

    name: str
    value: Expression
    stored: bool  # whether it is read from memory that a program fills as it runs


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Step):
    """A loop."""

    line: int
    end_line: int
    function: str
    head: Header
    body: Step
    assigned: frozenset[str]  # variables that its body changes
    steered: bool  # whether conditions or bounds below depend on what changes from round to round
    in_memory: bool  # whether its number of rounds lies in memory
    bounding: frozenset[str]  # names on which its number of rounds depends
    exits: bool
    fills: bool  # whether its body fills an array on which work depends
    regions: bool  # whether a parallel region lies within it, lexically


@dataclass(frozen=True, slots=True, eq=False)
class Store(Step):
    """An element of an array on which work depends gets a value; `sums`: on top of the last one."""

    array: str
    index: Expression
    value: Expression
    sums: bool


@dataclass(frozen=True, slots=True, eq=False)
class Exit(Step):
    """The loop around ends here; `returns`: the function does."""

    returns: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Branch(Step):
    """Either or."""

    condition: Expression
    yes: Step
    no: Step


@dataclass(frozen=True, slots=True, eq=False)
class Call(Step):
    """A call of a function of this file."""

    name: str
    arguments: tuple[Expression, ...]
    stored: tuple[bool, ...]  # which of them are read from memory
    texts: tuple[str, ...] = ()  # what stands there, to know an array by its name


@dataclass(frozen=True, slots=True, eq=False)
class Construct(Step):
    """A directive and what it governs."""

    directive: Directive
    line: int
    end_line: int
    function: str
    body: Step
