"""Edits of a text as values: how they are applied, traced back, and shown as a unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CONTEXT = 3  # lines around a change, as `git diff` shows


@dataclass(frozen=True, slots=True)
class Edit:
    """The characters from `start` to before `end` are replaced by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to mend a finding; `kind` is what people read, the edits do not overlap."""

    kind: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """A text after edits, which knows where each character stood before."""

    source: str  # before
    text: str  # after
    edits: tuple[Edit, ...]  # in the order of the text

    @classmethod
    def of(cls, source: str, edits: Sequence[Edit]) -> Edited | None:
        """The source with the edits; None if two of them overlap or one lies outside."""
        ordered = tuple(sorted(edits, key=lambda edit: (edit.start, edit.end)))
        parts, at = [], 0
        for edit in ordered:
            if not at <= edit.start <= edit.end <= len(source):
                return None
            parts += [source[at : edit.start], edit.text]
            at = edit.end
        return cls(source, "".join([*parts, source[at:]]), ordered)

    def before(self, offset: int) -> int | None:
        """Where the character at this offset stood; None if an edit put it there."""
        shift = 0
        for edit in self.edits:
            start = edit.start + shift
            if offset < start:
                break
            if offset < start + len(edit.text):
                return None
            shift += len(edit.text) - (edit.end - edit.start)
        return offset - shift


def unified(path: str, before: str, after: str) -> str:
    """The change as a patch that `git apply` and `patch -p1` take, line ends kept."""
    name = path.lstrip("/")
    tail = "\t" if " " in name else ""  # so that a name with spaces is read whole
    lines = difflib.unified_diff(
        _lines(before), _lines(after), f"a/{name}{tail}", f"b/{name}{tail}", n=CONTEXT
    )
    return "".join(map(_ended, lines))


def _lines(text: str) -> list[str]:
    # Not splitlines, which breaks at form feeds and other marks that are no line ends to a patch.
    return list(_kept(text))


def _kept(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield text[at:end]
        at = end


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
