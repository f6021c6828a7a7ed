"""Matching a detector's reports to the front end's access pairs.

A report names two accesses (line, column, read or write), and for a global its name. Several
objects may be touched on one line, and one line may be reached in several contexts (by the main
thread after a join, and by a worker), so the candidates of a report are narrowed by name, by what
each side does and where it stands, and by what the parser states for certain: of `a[i] = a[i - 1]`
the write and the read race, not the write with itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewbot.model.features import relation_tokens
from reviewbot.records import AccessPair, Link, Slice

UNKNOWN = -1
Place = tuple[int, int]  # slice, pair

_LINK_OF_FACT: tuple[tuple[re.Pattern[str], Link], ...] = (
    # A clean pair's broken link, where the parser states it: facts of structure, not of outcome.
    (re.compile(r"^live=(before|after)$|^phase=differ$"), Link.UNORDERED),
    (re.compile(r"^common=(mutex|critical|own|striped|rw|once)$"), Link.UNPROTECTED),
    (
        re.compile(
            r"^share[AB]=(private|firstprivate|lastprivate|reduction|loop-variable|threadprivate)$"
        ),
        Link.SAME_LOCATION,
    ),
    (re.compile(r"^apart=yes$"), Link.SAME_LOCATION),
    (re.compile(r"^threads=one$"), Link.CONCURRENT),
)


@dataclass(frozen=True, slots=True, order=True)
class Side:
    """One access, of a report or of a pair; mode "" and column 0 where a detector does not say."""

    line: int
    mode: str = ""  # read, write; of a pair also write-constant and update, which does both
    column: int = 0
    end: int = 0  # of a pair: one past its last column

    def is_done_by(self, own: Side) -> bool:
        """Whether the pair's side does what this one did; True if that is not known."""
        return not self.mode or own.mode.startswith((self.mode, "update"))

    def stands_at(self, own: Side) -> bool:
        """Whether a read is told within the pair's own; a write is told at its operator instead."""
        return self.mode != "read" or own.column <= self.column < own.end


@dataclass(frozen=True, slots=True)
class Report:
    """Two racing accesses, ascending, and the global's name if the detector gave one."""

    sides: tuple[Side, Side]
    location: str

    @property
    def lines(self) -> tuple[int, int]:
        """The two lines, ascending."""
        return self.sides[0].line, self.sides[1].line


@dataclass(frozen=True, slots=True)
class Truth:
    """What execution said of one program."""

    reports: tuple[Report, ...]
    effects: Mapping[str, str]  # object → declared effect
    racy: bool
    declared: bool = True  # its author said of each object whether it races; of a mutant nobody did


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of one slice: of each pair and of the whole; 1 racy, 0 clean, -1 unknown."""

    race: tuple[int, ...]
    whole: int


def truth_of(row: Mapping[str, Any]) -> Truth:
    """The reports and declared effects of a corpus row."""
    reports = {
        Report(
            _sides(r),
            r["location"].removeprefix("global ") if r["location"].startswith("global ") else "",
        )
        for r in json.loads(row["reports"])
    }
    ordered = tuple(sorted(reports, key=lambda r: (r.sides, r.location)))
    declared = row.get("expected") != ""
    return Truth(ordered, json.loads(row["effects"]), row["label"] == "racy", declared)


def _sides(report: Mapping[str, Any]) -> tuple[Side, Side]:
    a, b = sorted(
        Side(side["line"], side.get("mode", ""), side.get("column", 0))
        for side in (report["a"], report["b"])
    )
    return a, b


def label_slices(
    slices: Sequence[Slice], truth: Truth, *, whole_program: bool = True
) -> list[Labels]:
    """Labels of all slices of one program, each report given to the pairs that it can mean.

    In a part of a program a report's other side may be out of sight: only exact lines count.
    """
    hits: set[Place] = set()
    doubtful: set[int] = set()  # slices that a report means, though no pair of theirs can be it
    for report in truth.reports:
        places = _candidates(slices, report, truth, near=whole_program)
        able = _doing(slices, places, report)
        possible = {p for p in able if not _excluded(slices[p[0]].pairs[p[1]])}
        hits |= possible
        if not possible:
            doubtful |= {index for index, _ in places}
    return [_labels(index, item, hits, doubtful, truth) for index, item in enumerate(slices)]


def met_lines(slices: Sequence[Slice]) -> frozenset[int]:
    """Lines of a whole program that ran beside other threads: in one of them, or in main."""
    met: set[int] = set()
    for pair in (pair for item in slices for pair in item.pairs):
        facts = dict(pair.relations)
        parties = facts.get("party", "/").split("/")
        beside = facts.get("live") not in ("before", "after")
        for party, access in zip(parties, (pair.first, pair.second), strict=True):
            if party != "main" or beside:
                met.add(access.line)
    return frozenset(met)


def without_unmet(item: Slice, labels: Labels, met: frozenset[int]) -> Labels:
    """Labels of a program without its `main`, where clean is not known of what never met.

    An object that some functions guard and one touches bare is clean in a program whose `main`
    calls that one after the join; who calls it elsewhere, nobody here knows. What its name says to
    set up or tear down stays clean.
    """
    race = tuple(
        UNKNOWN if outcome == 0 and _bare(pair) and not _met(pair, met) else outcome
        for pair, outcome in zip(item.pairs, labels.race, strict=True)
    )
    whole = UNKNOWN if labels.whole == 0 and UNKNOWN in race else labels.whole
    return Labels(race, whole)


def _bare(pair: AccessPair) -> bool:
    facts = dict(pair.relations)
    elsewhere = facts.get("guarded") in ("most", "some") and facts.get("common") == "one-sided"
    return elsewhere and "caller" in facts.get("party", "") and not {"lifeA", "lifeB"} & set(facts)


def _met(pair: AccessPair, met: frozenset[int]) -> bool:
    return pair.first.line in met and pair.second.line in met


def _candidates(slices: Sequence[Slice], report: Report, truth: Truth, *, near: bool) -> set[Place]:
    """Pairs on the report's lines, narrowed to the object that it means where names allow it."""
    everywhere = [(s, p) for s, item in enumerate(slices) for p in range(len(item.pairs))]
    exact = [(s, p) for s, p in everywhere if _lines(slices[s].pairs[p]) == report.lines]
    close = [(s, p) for s, p in everywhere if near and _near(slices[s].pairs[p], report.lines)]
    found = exact or close
    named = [(s, p) for s, p in found if report.location and report.location in _names(slices[s])]
    declared = [(s, p) for s, p in found if effect(slices[s], truth) == "racy"]
    both = [place for place in named if place in declared]
    return set(both or declared or named or found)


def _doing(slices: Sequence[Slice], places: set[Place], report: Report) -> set[Place]:
    """The places whose accesses do what the report's sides did, and stand there if any does."""
    sides = {(s, p): _orders(slices[s].pairs[p]) for s, p in places}
    able = {p for p in places if any(_fit(Side.is_done_by, report, o) for o in sides[p])}
    return {p for p in able if any(_fit(Side.stands_at, report, o) for o in sides[p])} or able


def _fit(fits: Callable[[Side, Side], bool], report: Report, order: tuple[Side, Side]) -> bool:
    return all(map(fits, report.sides, order))


def _orders(pair: AccessPair) -> list[tuple[Side, Side]]:
    """The pair's sides by line; of one line, in both orders."""
    modes = dict(pair.relations)
    a, b = (
        Side(access.line, modes.get(slot, ""), access.column, access.end_column)
        for access, slot in ((pair.first, "modeA"), (pair.second, "modeB"))
    )
    return [(x, y) for x, y in ((a, b), (b, a)) if x.line <= y.line]


def _excluded(pair: AccessPair) -> bool:
    """Whether the parser states for certain that this pair is in order: another context raced."""
    return any(
        fact in ("live=before", "live=after", "threads=one") for fact in relation_tokens(pair)
    )


def _labels(index: int, item: Slice, hits: set[Place], doubtful: set[int], truth: Truth) -> Labels:
    if any(place[0] == index for place in hits):
        race = (
            1 if (index, p) in hits else (0 if _excluded(pair) else UNKNOWN)
            for p, pair in enumerate(item.pairs)
        )
        return Labels(tuple(race), 1)
    if index in doubtful or effect(item, truth) == "racy":
        # A pointer and what it points to share a name: `values` is set before any thread is made
        # where `values[]` races.
        settled = tuple(0 if _excluded(pair) else UNKNOWN for pair in item.pairs)
        if UNKNOWN not in settled:
            return Labels(settled, 0)
        whole = 1 if _touched(item, truth) and index not in doubtful else UNKNOWN
        return Labels(settled, whole)
    if truth.racy and not truth.declared:
        # The runs end with the first that reports: other races may not have come up by then.
        sure = tuple(0 if broken_links(pair) else UNKNOWN for pair in item.pairs)
        return Labels(sure, UNKNOWN if UNKNOWN in sure else 0)
    return Labels((0,) * len(item.pairs), 0)


def _lines(pair: AccessPair) -> tuple[int, int]:
    a, b = pair.first.line, pair.second.line
    return (a, b) if a <= b else (b, a)


def _near(pair: AccessPair, reported: tuple[int, int]) -> bool:
    """A statement over several lines is reported at any of them."""
    a, b = _lines(pair)
    return abs(a - reported[0]) + abs(b - reported[1]) == 1


def _touched(item: Slice, truth: Truth) -> bool:
    """Whether some report lies with both its lines in the slice, though no pair matches it."""
    lines = {line for p in item.pairs for line in (p.first.line, p.second.line)}
    return any(set(report.lines) <= lines for report in truth.reports)


def _names(item: Slice) -> list[str]:
    return re.split(r"[.>]", item.object.replace("[]", "").replace("->", "."))


def effect(item: Slice, truth: Truth) -> str:
    """The declared effect of the slice's object, by its last name; "" if none is declared."""
    return truth.effects.get(_names(item)[-1], "")


def label_links(item: Slice, race: Sequence[int], truth: Truth) -> list[int]:
    """Five labels a pair: all hold if it races; of a clean pair the one known to be broken."""
    labels: list[int] = []
    declared = effect(item, truth)
    for pair, outcome in zip(item.pairs, race, strict=True):
        row = [1 if outcome == 1 else UNKNOWN] * len(Link)
        broken = broken_links(pair) if outcome == 0 else set()
        if outcome == 0 and not broken and declared in {link.value for link in Link}:
            broken = {Link(declared)}
        for index, link in enumerate(Link):
            if link in broken:
                row[index] = 0
        labels += row
    return labels


def broken_links(pair: AccessPair) -> set[Link]:
    """The links that structure alone shows broken, as far as it does."""
    facts = relation_tokens(pair)
    broken = {link for fact in facts for pattern, link in _LINK_OF_FACT if pattern.match(fact)}
    atomics = [f.split("=")[1] for f in facts if f.startswith(("atomicA=", "atomicB="))]
    if all(a not in ("-", "volatile") for a in atomics):
        broken.add(Link.CONFLICTING)
    return broken
