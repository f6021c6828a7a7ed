"""What the claims of a trace are drawn from: the pair, its facts, the report and the edit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from model_export.hindsight.edits import is_code, touched
from model_export.hindsight.trace import Change
from model_export.matching import broken_links
from reviewbot.code.words import IDENTIFIER
from reviewbot.records import Access, AccessPair, Link, Slice

QUOTE = 90  # characters of a line that a claim quotes
Told = tuple[str, tuple[int, ...]]  # a claim and the lines that show it

# A name, with what stands in parentheses behind it: a use of a macro.
_WHOLE = re.compile(r"\w+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?")
_SYNCHRONISES = re.compile(
    r"(?i)#\s*pragma|lock|mutex|atomic|barrier|join|thread|create|async|sem_|once|cond|fence|latch"
    r"|wait|notify|signal|omp_|__sync|mtx_|cnd_|thrd_|hold|guard|tls"
)
_LOCKS = re.compile(r"(?i)lock|mtx|mutex|hold|guard|critical")
_STARTS = re.compile(r"pthread_create|thrd_create|thread\b|async|emplace_back|push_back|submit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A pair of accesses in its program, with all that is known of it."""

    source: str
    slice: Slice
    pair: AccessPair
    report: Mapping[str, Any] | None = None
    link: Link | None = None  # that the counterfactual flips
    declared: bool = False  # whether its author says so; a mutation's link is read off the code
    edits: tuple[Change, ...] = ()  # towards the counterfactual
    brought: bool = False  # whether the edit races by an access of its own, which is not here
    lines: tuple[str, ...] = field(init=False)
    facts: Mapping[str, str] = field(init=False)
    marks: frozenset[str] = field(init=False)  # every `slot=value`; a slot may have several

    def __post_init__(self) -> None:
        """Read the source's lines and the pair's relations once."""
        object.__setattr__(self, "lines", tuple(self.source.split("\n")))
        object.__setattr__(self, "facts", dict(reversed(self.pair.relations)))
        marks = frozenset(f"{slot}={value}" for slot, value in self.pair.relations)
        object.__setattr__(self, "marks", marks)

    def has(self, *marks: str) -> bool:
        """Whether the parser states one of the facts."""
        return not self.marks.isdisjoint(marks)

    def evidence(self, link: Link) -> tuple[int, ...]:
        """The lines that the front end gives for a link and that hold code."""
        return self.real(dict(self.pair.evidence).get(link, ()))

    def real(self, lines: Iterable[int]) -> tuple[int, ...]:
        """Those of the lines that are there and hold code, each once."""
        known = (n for n in lines if 0 < n <= len(self.lines) and is_code(self.lines[n - 1]))
        return tuple(dict.fromkeys(known))

    @property
    def accesses(self) -> tuple[Access, Access]:
        """Both accesses, with their text whole: a macro's expansion has no end in the source."""
        first, second = self.pair.first, self.pair.second
        return self._whole(first), self._whole(second)

    def _whole(self, access: Access) -> Access:
        line = self.lines[access.line - 1]
        rest = _WHOLE.match(line, access.column - 1)
        cut = line[access.column - 2 + len(access.text) : access.column + len(access.text)]
        if rest and len(rest[0]) > len(access.text) and re.fullmatch(r"\w[\w(]", cut):
            return replace(access, text=rest[0])
        return access

    @property
    def places(self) -> tuple[int, ...]:
        """The lines of both accesses."""
        return tuple(dict.fromkeys(access.line for access in self.accesses))

    @property
    def alone(self) -> bool:
        """Whether the pair is one access with itself in another thread or iteration."""
        return self.has("self=yes")

    @property
    def ordered(self) -> bool:
        """Whether the program is clean since one access comes before the other."""
        return self.report is None and Link.UNORDERED in {self.link, *self.broken()}

    @property
    def touched(self) -> tuple[int, ...]:
        """The lines of this program that the counterfactual changes, the telling ones first."""
        found = touched(self.source, self.edits)
        return tuple(sorted(found, key=lambda n: not tells(self.text(n), self.slice.object)))

    @property
    def swap(self) -> tuple[int, int] | None:
        """A line that the counterfactual moves and the line that orders it, which it moves past.

        None if it moves nothing past a line that synchronises.
        """
        if self.link not in (Link.UNORDERED, Link.UNPROTECTED):
            return None
        for line, place in self._moves():
            passed = range(place, line) if place <= line else range(line + 1, place)
            telling = [n for n in passed if self._orders(n, line)]
            if telling:
                nearest = min(telling, key=lambda n: abs(n - line))
                return (nearest, line) if nearest < line else (line, nearest)
        return None

    def _orders(self, one: int, other: int) -> bool:
        """Whether a line synchronises and the other is no second half of the same lock."""
        texts = [self.text(one), self.text(other)]
        locks = [bool(_LOCKS.search(text)) for text in texts]
        if all(locks) or not all(map(is_code, texts)):
            return False
        if self.link is Link.UNORDERED:
            return bool(_SYNCHRONISES.search(texts[0]))
        return any(locks) and (self._is_access(one) or self._is_access(other))

    def _is_access(self, line: int) -> bool:
        """Whether a line makes one of the accesses, by itself or by a call."""
        called = (access.function for access in self.accesses if access.function)
        return line in self.places or any(name in self.text(line) for name in called)

    def _moves(self) -> Iterator[tuple[int, int]]:
        """(a line that the counterfactual takes away, the line before which it puts it again)."""
        put = {
            text.strip(): edit.last + 1
            for edit in self.edits
            for text in edit.text
            if is_code(text)
        }
        for line in touched(self.source, self.edits):
            place = put.get(self.text(line).strip())
            if place is not None and place != line:
                yield line, place

    @property
    def gap(self) -> tuple[int, ...]:
        """The line before which the counterfactual puts something, next to an access."""
        found = self.real(edit.first for edit in self.edits if edit.last < edit.first)
        return tuple(sorted(found, key=lambda n: min(abs(n - m) for m in self.places))[:1])

    def code(self, line: int) -> str:
        """The line as a quotation, cut between words if it is long."""
        return quoted(self.lines[line - 1])

    def text(self, line: int) -> str:
        """The line as it stands."""
        return self.lines[line - 1]

    def starts(self) -> tuple[int, ...]:
        """Lines that start threads which make one of the accesses."""
        found = self.evidence(Link.CONCURRENT)
        return tuple(n for n in found if _STARTS.search(self.text(n)))

    def broken(self) -> frozenset[Link]:
        """The links that are broken by what the parser can tell.

        A lock of an index, or of one's own object, covers nothing where the detector saw a race.
        """
        found = broken_links(self.pair)
        apart = self.report is not None and self.has("common=striped", "common=own")
        return frozenset(found - {Link.UNPROTECTED} if apart else found)

    def words(self, lines: Collection[int]) -> str:
        """`code` on line 3 and `code` on line 5."""
        return " and ".join(f"{self.code(n)} on line {n}" for n in lines)


def declarations(scene: Scene, lines: tuple[int, ...]) -> tuple[int, ...]:
    """For each part of the object's name that the lines do not hold, the first that does."""
    names = IDENTIFIER.findall(scene.slice.object.removeprefix("this->"))
    held = "\n".join(scene.text(n) for n in lines)
    missing = [name for name in names if not re.search(rf"\b{name}\b", held)]
    return tuple(n for name in missing for n in _first(scene, name))


def _first(scene: Scene, name: str) -> tuple[int, ...]:
    everywhere = range(1, len(scene.lines) + 1)
    return scene.real(n for n in everywhere if re.search(rf"\b{name}\b", scene.text(n)))[:1]


def in_order(scene: Scene, swap: tuple[int, int]) -> str:
    """That the one line comes after the other."""
    first, second = swap
    return f"{scene.words((second,))} comes after {scene.words((first,))}"


def tells(line: str, name: str) -> bool:
    """Whether a changed line speaks of the object or of threads."""
    parts = set(IDENTIFIER.findall(name)) - {"this"}
    return bool(parts & set(IDENTIFIER.findall(line))) or bool(_SYNCHRONISES.search(line))


def quoted(line: str) -> str:
    """A line of code in backticks, its blanks squeezed, cut between words if it is long."""
    text = " ".join(re.sub(r"//.*$|/\*.*?\*/", "", line).replace("`", "'").split())
    if len(text) > QUOTE:
        text = text[: QUOTE + 1].rsplit(" ", 1)[0] + " ..."
    return f"`{text}`"


def name_of(scene: Scene) -> str:
    """The object in backticks."""
    return f"`{scene.slice.object.removeprefix('this->')}`"
