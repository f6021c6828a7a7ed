"""Reads a problem family: one runnable C or C++ program with choice points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reviewbot.errors import ReviewbotError

RACY = "racy"
NEUTRAL = "neutral"
# The one link of the causal chain that is broken, named as in reviewbot.records.Link.
CLEAN = ("concurrent", "same-location", "conflicting", "unordered", "unprotected")
EFFECTS = (RACY, *CLEAN, NEUTRAL)
LANGUAGES = {".c": "c", ".cpp": "c++"}

_CONTROL = re.compile(r"^\s*//@\s*(.*?)\s*$")
_HEADER = re.compile(r"^(family|domain|problem):\s*(.*)$")
_PARAM = re.compile(r"^param\s+([A-Za-z_]\w*)\s*:\s*(.+)$")
_SLOT = re.compile(r"^slot\s+([\w-]+)(?:\s+on\s+(.+))?$")
_IS = re.compile(r"^is\s+([\w.+-]+)\s*(?::\s*(\S.*))?$")
_BAR = re.compile(r"(?<!\|)\|(?!\|)")  # `a | b` parts values, `a || b` is C
_IDENTIFIER = re.compile(r"^[A-Za-z_]\w*$")
PLACEHOLDER = re.compile(r"@([A-Za-z_]\w*)@")


class BadFamily(ReviewbotError):
    """A family file breaks the format; says file:line and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A named constant with the texts it may stand for."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A choice: its alternatives' effects on the objects that it decides about."""

    name: str
    objects: tuple[str, ...]
    effects: Mapping[str, str]  # alternative -> effect, in the order of the file

    @property
    def racy(self) -> tuple[str, ...]:
        """The alternatives that make a data race."""
        return tuple(name for name, effect in self.effects.items() if effect == RACY)

    @property
    def clean(self) -> tuple[str, ...]:
        """The alternatives that make none."""
        return tuple(name for name, effect in self.effects.items() if effect != RACY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Lines of the program: always there, or one text per alternative of a slot."""

    text: str = ""
    slot: str | None = None
    alternatives: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A problem with every variant that its choices span."""

    name: str
    domain: str
    problem: str
    language: str  # "c" | "c++"
    params: tuple[Param, ...]
    slots: tuple[Slot, ...]
    segments: tuple[Segment, ...]

    @property
    def variants(self) -> int:
        """How many ways there are to choose."""
        total = 1
        for param in self.params:
            total *= len(param.values)
        for slot in self.slots:
            total *= len(slot.effects)
        return total


def read_family(path: Path) -> Family:
    """Read a family file; raises BadFamily."""
    if path.suffix not in LANGUAGES:
        raise BadFamily(f"{path}: a family file ends in .c or .cpp; rename it")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadFamily(f"{path}: cannot be read as UTF-8 text: {exc}") from exc
    family = parse_family(text, language=LANGUAGES[path.suffix], path=str(path))
    if family.name != path.stem:
        raise BadFamily(f"{path}:1: family '{family.name}' must be named as its file, {path.stem}")
    return family


def parse_family(text: str, *, language: str, path: str = "<family>") -> Family:
    """Parse a family's text; raises BadFamily with file:line."""
    return _Parser(path, language).parse(text)


@dataclass(slots=True)
class _OpenSlot:
    """A slot whose choices are being gathered from all the places where it stands."""

    line: int
    objects: tuple[str, ...] = ()
    effects: dict[str, str] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)  # alternative -> first line


class _Parser:
    """One pass over the lines, then one over what they amount to."""

    def __init__(self, path: str, language: str) -> None:
        self.path, self.language = path, language
        self.headers: dict[str, str] = {}
        self.params: dict[str, tuple[int, Param]] = {}
        self.slots: dict[str, _OpenSlot] = {}
        self.segments: list[Segment] = []
        self.used: dict[str, int] = {}  # placeholder -> first line
        self.text: list[str] = []
        self.place: tuple[str, int] | None = None  # the open slot and its line
        self.alternatives: dict[str, list[str]] = {}
        self.current: str | None = None

    def parse(self, text: str) -> Family:
        for number, line in enumerate(text.splitlines(), 1):
            match = _CONTROL.match(line)
            if match:
                self._control(number, match[1])
            else:
                self._code(number, line)
        if self.place:
            self._fail(self.place[1], f"slot '{self.place[0]}' is never closed: add `//@ end`")
        self._flush()
        return self._family()

    def _fail(self, line: int, message: str) -> None:
        raise BadFamily(f"{self.path}:{line}: {message}")

    def _code(self, number: int, line: str) -> None:
        for name in PLACEHOLDER.findall(line):
            self.used.setdefault(name, number)
        if not self.place:
            self.text.append(line)
        elif self.current is not None:
            self.alternatives[self.current].append(line)
        elif line.strip():
            self._fail(number, f"code before the first `//@ is` of slot '{self.place[0]}'")

    def _control(self, number: int, body: str) -> None:
        if match := _HEADER.match(body):
            if match[1] in self.headers:
                self._fail(number, f"`{match[1]}:` is given twice")
            self.headers[match[1]] = match[2]
        elif match := _PARAM.match(body):
            self._param(number, match[1], match[2])
        elif match := _SLOT.match(body):
            self._open(number, match[1], match[2])
        elif match := _IS.match(body):
            self._alternative(number, match[1], match[2])
        elif body == "end":
            self._close(number)
        else:
            known = "family:, domain:, problem:, param N: a | b, slot S [on OBJ], is A: EFFECT, end"
            self._fail(number, f"cannot read control line `{body}`; known: {known}")

    def _param(self, number: int, name: str, values: str) -> None:
        if name in self.params:
            self._fail(number, f"param '{name}' is given twice")
        parts = tuple(part.strip() for part in _BAR.split(values))
        if "" in parts or len(set(parts)) != len(parts):
            self._fail(number, f"param '{name}' has an empty or a repeated value")
        self.params[name] = (number, Param(name=name, values=parts))

    def _open(self, number: int, name: str, objects: str | None) -> None:
        if self.place:
            self._fail(
                number, f"slot '{name}' opens within slot '{self.place[0]}': close that first"
            )
        self._flush()
        slot = self.slots.setdefault(name, _OpenSlot(line=number))
        if objects is not None:
            self._objects(number, name, slot, tuple(part.strip() for part in objects.split(",")))
        self.place, self.alternatives, self.current = (name, number), {}, None

    def _objects(self, number: int, name: str, slot: _OpenSlot, objects: tuple[str, ...]) -> None:
        for item in objects:
            if not _IDENTIFIER.match(item):
                self._fail(number, f"'{item}' is not a C name; write `on hist` or `on head, tail`")
        if slot.objects and slot.objects != objects:
            self._fail(
                number, f"slot '{name}' was on {', '.join(slot.objects)} before; say `on` once"
            )
        slot.objects = objects

    def _alternative(self, number: int, name: str, effect: str | None) -> None:
        if not self.place:
            self._fail(number, f"`is {name}` stands outside a slot")
            return
        slot = self.slots[self.place[0]]
        if name in self.alternatives:
            self._fail(number, f"alternative '{name}' is given twice at this place")
        if effect is not None and effect not in EFFECTS:
            self._fail(number, f"unknown effect '{effect}'; one of {', '.join(EFFECTS)}")
        if effect is not None and slot.effects.setdefault(name, effect) != effect:
            self._fail(number, f"alternative '{name}' was {slot.effects[name]} at an earlier place")
        slot.seen.setdefault(name, number)
        self.alternatives[name], self.current = [], name

    def _close(self, number: int) -> None:
        if not self.place:
            self._fail(number, "`end` without an open slot")
            return
        texts = {name: _join(lines) for name, lines in self.alternatives.items()}
        self.segments.append(Segment(slot=self.place[0], alternatives=texts))
        self.place = None

    def _flush(self) -> None:
        if self.text:
            self.segments.append(Segment(text=_join(self.text)))
            self.text = []

    def _family(self) -> Family:
        for key in ("family", "domain", "problem"):
            if not self.headers.get(key):
                self._fail(1, f"`//@ {key}: …` is missing")
        self._check_placeholders()
        return Family(
            name=self.headers["family"],
            domain=self.headers["domain"],
            problem=self.headers["problem"],
            language=self.language,
            params=tuple(param for _, param in self.params.values()),
            slots=tuple(self._checked_slots()),
            segments=tuple(self.segments),
        )

    def _check_placeholders(self) -> None:
        for name, line in self.used.items():
            if name not in self.params:
                known = ", ".join(self.params) or "none"
                self._fail(line, f"unknown placeholder @{name}@; params: {known}")
        for name, (line, _) in self.params.items():
            if name not in self.used:
                self._fail(line, f"param '{name}' is never used: write @{name}@ in the code")
            if name in self.slots:
                self._fail(line, f"param '{name}' is also the name of a slot: rename one")

    def _checked_slots(self) -> Iterator[Slot]:
        owner: dict[str, str] = {}
        for name, slot in self.slots.items():
            self._check_slot(name, slot)
            for item in slot.objects:
                if item in owner:
                    told = f"slots '{owner[item]}' and '{name}' both decide about '{item}'"
                    self._fail(slot.line, f"{told}; make them one slot")
                owner[item] = name
            yield Slot(name=name, objects=slot.objects, effects=slot.effects)

    def _check_slot(self, name: str, slot: _OpenSlot) -> None:
        for alternative, line in slot.seen.items():
            if alternative not in slot.effects:
                known = ", ".join(slot.effects) or "none"
                told = f"alternative '{alternative}' of slot '{name}' has no effect at any place"
                self._fail(line, f"{told} (misspelt? those with an effect: {known})")
        if len(slot.effects) < 2:
            self._fail(slot.line, f"slot '{name}' offers no choice: give two alternatives or more")
        effects = set(slot.effects.values())
        if effects != {NEUTRAL} and not slot.objects:
            self._fail(slot.line, f"slot '{name}' is not neutral: say `//@ slot {name} on OBJECT`")
        if effects == {RACY}:
            self._fail(slot.line, f"slot '{name}' has no clean alternative: add one")


def _join(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)
