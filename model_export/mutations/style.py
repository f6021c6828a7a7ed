"""Changes of style that keep a program's meaning: for augmentation and for invariance tests."""

from __future__ import annotations

import hashlib
import random
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from model_export.mutations.core import Overlap, apply_edits
from model_export.mutations.program import ParsedProgram
from reviewbot.errors import BadInput
from reviewbot.fixes.edits import Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class Restyled:
    """A program in another style."""

    text: str
    changes: tuple[str, ...]  # what was done, in order
    lines: Mapping[int, int]  # line before -> line after, for lines that are still there


class Change(ABC):
    """One kind of change; with any seed its result means what the program meant."""

    name: ClassVar[str]
    language: ClassVar[str] = "c"  # of the examples
    before: ClassVar[str]
    after: ClassVar[str]  # with the seed 0
    silent: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Name the change after its class."""
        super().__init_subclass__()
        cls.name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    @abstractmethod
    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """What to change; nothing where the program offers no place."""


def restyle(
    text: str, language: str, rng_seed: int, *, steps: int = 4, only: Collection[str] = ()
) -> Restyled:
    """Apply some changes one after another, none twice; the same seed gives the same text.

    Raises BadInput on an unknown change.
    """
    # Loaded here, since the changes themselves import this module.
    from model_export.mutations.style_changes import CHANGES

    if unknown := sorted(set(only) - set(CHANGES)):
        raise BadInput(f"no change of style is named {', '.join(unknown)}; see CHANGES")
    digest = hashlib.sha256(text.encode()).hexdigest()
    rng = random.Random(f"{rng_seed}/{digest}/style")  # noqa: S311 - no secret
    names = [name for name in CHANGES if not only or name in only]
    rng.shuffle(names)
    done: list[str] = []
    lines = {number: number for number in range(1, text.count("\n") + 2)}
    for name in names:
        if len(done) == steps:
            break
        program = ParsedProgram(text, language, salt=rng.randrange(1 << 30))
        edits = tuple(CHANGES[name].edits(program, rng))
        changed = _changed(program, edits)
        if changed is not None:
            lines = _mapped(lines, line_map(text, edits))
            text = changed
            done.append(name)
    return Restyled(text=text, changes=tuple(done), lines=lines)


def _changed(program: ParsedProgram, edits: tuple[Edit, ...]) -> str | None:
    """The text after the edits, or None where they do not fit or break the syntax."""
    try:
        text = apply_edits(program.text, edits)
    except Overlap:
        return None
    if text == program.text or ParsedProgram(text, program.language).errors > program.errors:
        return None
    return text


def _mapped(first: Mapping[int, int], second: Mapping[int, int]) -> dict[int, int]:
    return {old: second[new] for old, new in first.items() if new in second}


def line_map(text: str, edits: Sequence[Edit]) -> dict[int, int]:
    """Where each line went: where its first character that was not replaced stands now.

    Lines of which nothing is left, or which were blank, are left out.
    """
    lines: dict[int, int] = {}
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
    new_line = 1
    old_line = 1
    place = 0
    for edit in [*ordered, Edit(len(text), len(text), "")]:
        for char in text[place : edit.start]:
            if char == "\n":
                old_line += 1
                new_line += 1
            elif not char.isspace():
                lines.setdefault(old_line, new_line)
        if edit.end > edit.start and edit.text.strip():
            # A stretch replaced by another of as many lines is taken as the same lines.
            same = text.count("\n", edit.start, edit.end) == edit.text.count("\n")
            for step in range(edit.text.count("\n") + 1 if same else 0):
                lines.setdefault(old_line + step, new_line + step)
        old_line += text.count("\n", edit.start, edit.end)
        new_line += edit.text.count("\n")
        place = edit.end
    return lines
