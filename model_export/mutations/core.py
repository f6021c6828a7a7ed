"""What a mutation is: a named rule that finds sites and rewrites one of them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from model_export.mutations.program import ParsedProgram
from reviewbot.fixes.edits import Edit


class Effect(Enum):
    """What a mutation usually brings about; the tools decide what it really did."""

    MAY_RACE = "may-race"
    KEEPS_CLEAN = "keeps-clean"
    FIXES = "fixes"
    PERFORMANCE = "performance"


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a mutation applies, with everything that it changes there."""

    line: int
    object: str | None
    edits: tuple[Edit, ...]


class Mutation(ABC):
    """One rule; its examples are its tests."""

    name: ClassVar[str]
    expects: ClassVar[Effect]
    language: ClassVar[str] = "c"  # of the examples
    before: ClassVar[str]
    after: ClassVar[str]
    silent: ClassVar[str]  # a program in which the rule finds nothing
    # How often it is drawn against others; a rule that often hangs is drawn seldom.
    weight: ClassVar[float] = 1.0

    def __init_subclass__(cls) -> None:
        """Name the rule after its class: `DropBarrier` is `drop-barrier`."""
        super().__init_subclass__()
        cls.name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    @property
    def inverse(self) -> bool:
        """Whether it goes in the direction of the fix."""
        return self.expects is Effect.FIXES

    @abstractmethod
    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every place where the rule applies, in the order of the text."""

    def apply(self, program: ParsedProgram, site: Site) -> str:
        """The program's text after the change."""
        return apply_edits(program.text, site.edits)


class Overlap(ValueError):
    """Two edits of one site touch the same text: the rule is wrong there."""


def apply_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with every edit made; insertions at one place keep their order."""
    parts, place = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < place:
            raise Overlap(f"edits overlap at offset {edit.start}")
        parts += [text[place : edit.start], edit.text]
        place = edit.end
    return "".join([*parts, text[place:]])
