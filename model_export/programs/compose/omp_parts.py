"""What an OpenMP pattern contributes to a program, and its variants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from model_export.programs.compose.parts import Lines

if TYPE_CHECKING:
    from model_export.programs.compose.omp_maker import OmpMaker


@dataclass(frozen=True, slots=True)
class Param:
    """An object that main owns and hands to the function with the pattern's code."""

    declared: Lines  # in main
    parameter: str
    argument: str


@dataclass(slots=True)
class OmpParts:
    """Pieces of source by the place where they belong."""

    about: str = ""  # the object that the pattern's variant decides about
    top: Lines = field(default_factory=list)  # macros, types and globals
    members: Lines = field(default_factory=list)  # of the structure or class of the program
    functions: Lines = field(default_factory=list)  # helpers
    params: list[Param] = field(default_factory=list)
    local: Lines = field(default_factory=list)  # declarations before the pattern's code
    setup: Lines = field(default_factory=list)  # serial, before it
    code: Lines = field(default_factory=list)
    after: Lines = field(default_factory=list)  # serial, after it
    effects: dict[str, str] = field(default_factory=dict)  # object → racy or the broken link


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way to share, with the variants that keep to the rules and those that do not."""

    write: Callable[[OmpMaker, str], OmpParts]
    clean: Mapping[str, str]  # variant → the link that it breaks
    racy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """A number of elements, as the program writes it."""

    text: str
    value: int
    constant: bool  # whether it may stand in the declaration of an array

    def __str__(self) -> str:
        return self.text

    def declared(self, extra: int = 0) -> str:
        """The size of an array of so many elements and some more."""
        if not self.constant:
            return str(self.value + extra)
        return f"{self.text} + {extra}" if extra else self.text


@dataclass(frozen=True, slots=True)
class Datum:
    """A shared object, as the code writes it."""

    name: str  # the last component, as reports and the front end know it
    text: str
    base: str
    plain: bool  # a variable that a clause may name

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Matrix:
    """A two-dimensional object, with rows or in one line."""

    name: str
    text: str
    base: str
    columns: str  # "" if the rows are dimensions of their own

    def at(self, row: str, column: str) -> str:
        """The element at a place."""
        if not self.columns:
            return f"{self.text}[{row}][{column}]"
        row = f"({row})" if " " in row else row
        return f"{self.text}[{row} * {self.columns} + {column}]"


def tab(lines: Lines) -> Lines:
    """The lines one step to the right; directives move along."""
    return ["  " + line if line else line for line in lines]


def block(head: str, body: Lines) -> Lines:
    """A body in braces after its head."""
    return [f"{head} {{".lstrip(), *tab(body), "}"]
