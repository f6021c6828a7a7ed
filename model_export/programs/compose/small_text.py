"""Reads small patterns: programs with one construct, written as text with holes.

A file under `small/` holds patterns, each after a line `== name`:

    == halves                        name
    about x                          the object that the variants decide about
    clean same-location: own far     variants, after the link that they break
    racy: shared
    also hidden                      no tool sees it: never executed
    -- top                           lines at file scope (the body of main is `-- main`)
    -- worker w                      the body of a thread function

In the lines `$x` is a name, `$OP(...)` what the program's style spells, `«a¦b»` a choice by chance,
`‹own,far:text‖shared:text›` text by variant, `own,far? line` a line of these variants alone and
`own,far! line` one of all others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from reviewbot.errors import BadInput

FOLDER = Path(__file__).parent / "small"
_HEAD = re.compile(r"clean ([\w-]+): (.+)")
_ONLY = re.compile(r"([\w-]+(?:,[\w-]+)*)([?!])(?: (.*)|)$")
_BY_VARIANT = re.compile(r"‹([^›]*)›")

Sections = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """One pattern: its text and what its variants are."""

    name: str
    about: str
    clean: Mapping[str, str]  # variant → the link that it breaks
    racy: tuple[str, ...]
    observable: bool
    also: frozenset[str]
    sections: Sections  # "top", "main", "worker w" → lines

    @property
    def threads(self) -> bool:
        """Whether it is of threads, and not of OpenMP."""
        return any(name.startswith("worker") for name in self.sections)


@dataclass(slots=True)
class _Open:
    name: str
    about: str = ""
    clean: dict[str, str] = field(default_factory=dict)
    racy: tuple[str, ...] = ()
    also: frozenset[str] = frozenset()
    sections: dict[str, list[str]] = field(default_factory=dict)


@cache
def patterns(folder: Path = FOLDER) -> Mapping[str, Small]:
    """Every pattern of a folder by name; raises BadInput with the file and the line at fault."""
    found: dict[str, Small] = {}
    for path in sorted(folder.glob("*.txt")):
        for item in read(path.read_text(encoding="utf-8"), path.name):
            if item.name in found:
                raise BadInput(f"{path.name}: a second pattern '{item.name}'; rename one")
            found[item.name] = item
    return found


def read(text: str, place: str = "<text>") -> list[Small]:
    """The patterns of one file."""
    made: list[_Open] = []
    section: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("== "):
            made.append(_Open(line[3:].strip()))
            section = None
        elif line.startswith("-- "):
            section = made[-1].sections.setdefault(line[3:].strip(), [])
        elif section is not None:
            section.append(line.rstrip())
        elif line.strip() and made:
            _header(made[-1], line.strip(), f"{place}:{number}")
    return [_closed(item, place) for item in made]


def _header(item: _Open, line: str, place: str) -> None:
    if match := _HEAD.fullmatch(line):
        item.clean.update(dict.fromkeys(match[2].split(), match[1]))
    elif line.startswith("racy: "):
        item.racy += tuple(line[6:].split())
    elif line.startswith("about "):
        item.about = line[6:]
    elif line.startswith("also "):
        item.also = frozenset(line[5:].split())
    else:
        raise BadInput(f"{place}: '{line}' is no header; write about, clean, racy or also")


def _closed(item: _Open, place: str) -> Small:
    if not (item.about and item.clean and item.racy and "main" in item.sections):
        raise BadInput(f"{place}: '{item.name}' needs about, clean, racy and a section main")
    known = {*item.clean, *item.racy}
    sections = {}
    for name, lines in item.sections.items():
        while lines and not lines[-1]:
            lines.pop()
        sections[name] = tuple(lines)
    used = {v for lines in sections.values() for line in lines for v in variants_of(line)}
    if used - known:
        raise BadInput(f"{place}: '{item.name}' knows no variant {sorted(used - known)}")
    return Small(
        name=item.name,
        about=item.about,
        clean=item.clean,
        racy=item.racy,
        observable="hidden" not in item.also,
        also=item.also,
        sections=sections,
    )


def variants_of(line: str) -> set[str]:
    """The variants that a line names."""
    match = _ONLY.match(line.lstrip())
    named = set(match[1].split(",")) if match else set()
    for hole in _BY_VARIANT.findall(line):
        for part in hole.split("‖"):
            named |= set(part.partition(":")[0].split(","))
    return named


def of_variant(lines: tuple[str, ...], variant: str) -> list[str]:
    """The lines that a variant has, with its text in the holes."""
    kept = []
    for line in lines:
        pad = line[: len(line) - len(line.lstrip())]
        match = _ONLY.match(line.lstrip())
        if match and (variant in match[1].split(",")) != (match[2] == "?"):
            continue
        text = pad + (match[3] or "") if match else line
        filled = _BY_VARIANT.sub(lambda hole: _text(hole[1], variant), text).rstrip()
        if filled or not line:
            kept.append(filled)
    return kept


def _text(hole: str, variant: str) -> str:
    for part in hole.split("‖"):
        names, _, text = part.partition(":")
        if variant in names.split(","):
            return text
    return ""
