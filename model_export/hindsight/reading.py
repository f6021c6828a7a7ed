"""Reads an executed program: its access pairs, and those that the detector's reports mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from model_export.hindsight.edits import changes, line_map, touched
from model_export.matching import Truth, broken_links, effect, label_slices, truth_of
from reviewbot.code.analyse import analyse
from reviewbot.model.features import relation_tokens
from reviewbot.records import AccessPair, Link, Mode, Slice

Row = Mapping[str, Any]
# Such a block is run by one thread: an access in it meets itself only in another round.
_ONCE = frozenset({"frameA=section", "frameA=single", "frameA=master"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An executed program as the front end and the detector see it."""

    source: str
    label: str  # "racy" | "clean" | "" if it could not be run
    slices: tuple[Slice, ...]
    truth: Truth
    reports: tuple[Mapping[str, Any], ...]  # as in the corpus: two places and the location


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The access pair that a trace is about, with the report that means it if there is one."""

    slice: Slice
    pair: AccessPair
    report: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """The object's last name, as effects are declared."""
        return last_name(self.slice)

    @property
    def lines(self) -> tuple[int, int]:
        """The lines of both accesses, ascending."""
        a, b = self.pair.first.line, self.pair.second.line
        return (a, b) if a <= b else (b, a)


def read(row: Row) -> Reading:
    """What is known of one corpus row."""
    path = "program.c" if row["language"] == "c" else "program.cpp"
    return Reading(
        source=row["source"],
        label=row["label"],
        slices=_slices(path, row["source"]),
        truth=truth_of(row),
        reports=tuple(json.loads(row["reports"])),
    )


@lru_cache(maxsize=256)  # a program is read again as the twin of each of its siblings
def _slices(path: str, source: str) -> tuple[Slice, ...]:
    return analyse(path, source.encode()).slices


def last_name(item: Slice) -> str:
    """`retries` of `table->retries[]`."""
    return re.split(r"[.>]", item.object.replace("[]", "").replace("->", "."))[-1]


def reported(reading: Reading) -> dict[str, View]:
    """The best view of each object that a report means, by the object's last name."""
    found: dict[str, View] = {}
    for report, raw in _each(reading):
        labels = label_slices(reading.slices, replace(reading.truth, reports=report.reports))
        views = [
            View(slice=item, pair=pair, report=raw)
            for item, label in zip(reading.slices, labels, strict=True)
            for pair, race in zip(item.pairs, label.race, strict=True)
            if race == 1
        ]
        if views:
            best = min(views, key=_doubt)
            found.setdefault(best.name, best)
    return found


def _each(reading: Reading) -> Iterator[tuple[Truth, Mapping[str, Any]]]:
    for raw in reading.reports:
        row = {"reports": json.dumps([raw]), "effects": "{}", "label": "racy"}
        yield replace(truth_of(row), effects=reading.truth.effects), raw


def _doubt(view: View) -> tuple[int, bool, bool, bool]:
    """How little the parser's view of a pair fits a report of a race."""
    raw = view.report or {}
    modes = sorted(str(raw[side]["mode"]) for side in "ab")
    mine = sorted((view.pair.first.mode.value, view.pair.second.mode.value))
    exact = view.lines == (raw["a"]["line"], raw["b"]["line"])
    return (len(broken_links(view.pair)), not exact, modes != mine, _keeps_apart(view.pair))


def _keeps_apart(pair: AccessPair) -> bool:
    """Whether both sides use the element of their own thread or iteration."""
    return {"varies=both", "index=equal"} <= set(relation_tokens(pair))


def carried(reading: Reading, other: Reading, name: str) -> View | None:
    """The pair of a clean program that races in the other version of it; `name` is preferred."""
    lines = line_map(other.source, reading.source)
    options: list[View] = []
    for raw in other.reports:
        ends = [lines.get(raw[side]["line"], 0) for side in "ab"]
        if all(ends):
            place = (min(ends), max(ends))
            options += _at(reading, place) or _at(reading, place, near=1)
    return min(options, key=lambda view: (view.name != name, _trivial(view)), default=None)


def carried_lines(reading: Reading, other: Reading, name: str) -> list[list[int]]:
    """Where the other version's reports lie in this one; 0 where it has no access to the object."""
    lines = line_map(other.source, reading.source)
    views = (View(slice=item, pair=pair) for item in reading.slices for pair in item.pairs)
    there = {line for view in views if view.name == name for line in view.lines}
    return [
        [lines[n] if lines.get(n) in there else 0 for n in report.lines]
        for report in other.truth.reports
    ]


def is_brought(reading: Reading, other: Reading, view: View) -> bool:
    """Whether the other version races only at accesses that are not in this one."""
    if any(all(ends) for ends in carried_lines(reading, other, view.name)):
        return False
    replaced = touched(reading.source, changes(reading.source, other.source))
    return not set(view.lines) & set(replaced)


def _at(reading: Reading, lines: tuple[int, int], near: int = 0) -> list[View]:
    views = [View(slice=item, pair=pair) for item in reading.slices for pair in item.pairs]
    return [view for view in views if distance(view.lines, lines) <= near]


def distance(one: Sequence[int], other: Sequence[int]) -> int:
    """How many lines two ascending pairs of lines are apart."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def moved(reading: Reading, view: View, other: Reading) -> View | None:
    """The same pair of accesses in another version of the program."""
    lines = line_map(reading.source, other.source)
    a, b = (lines.get(line, 0) for line in view.lines)
    options = [v for v in _at(other, (min(a, b), max(a, b))) if v.name == view.name]
    return min(options, key=lambda v: -len(broken_links(v.pair)), default=None)


def guessed(reading: Reading, name: str, link: Link | None) -> View | None:
    """The pair of an object that a reviewer would look at twice, by structure alone."""
    views = [
        View(slice=item, pair=pair)
        for item in reading.slices
        if last_name(item) == name
        for pair in item.pairs
    ]
    return min(views, key=lambda view: _dullness(view, link), default=None)


def _dullness(view: View, link: Link | None) -> tuple[bool, int, bool]:
    broken = broken_links(view.pair)
    return (
        link is not None and link not in broken,
        _trivial(view),
        view.pair.second.mode is Mode.READ,
    )


def _trivial(view: View) -> int:
    """Links that structure breaks: the fewer, the more a reviewer has to think."""
    facts = set(relation_tokens(view.pair))
    alone = "live=before" in facts or ("self=yes" in facts and not _ONCE.isdisjoint(facts))
    return len(broken_links(view.pair)) + 2 * alone


def declared(view: View, reading: Reading) -> str:
    """The effect that the author declared of the view's object; "" if none."""
    return effect(view.slice, reading.truth)
