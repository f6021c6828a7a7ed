"""A finding seen from its source: which accesses race, which are protected, what governs them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.code.openmp import Directive
from reviewbot.fixes.source import SourceFile, position, statement
from reviewbot.records import Access, Finding, Prediction

_NAME = re.compile(r"[A-Za-z_]\w*")
_WORKERS = frozenset({"parallel", "for", "taskloop", "sections"})
_INNER = frozenset({"task", "single", "master", "masked", "critical", "ordered", "atomic"})


@dataclass(frozen=True, slots=True)
class Place:
    """One access and the smallest node that stands there."""

    access: Access
    node: Node

    @property
    def last_name(self) -> str:
        """The variable or member that is accessed: `value` of `self->value`; empty if unnamed."""
        names = _NAME.findall(re.sub(r"\[[^\]]*\]", "", self.access.text))
        return str(names[-1]) if names else ""


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule may know of a finding; the verdict on an edit is the model's alone."""

    file: SourceFile
    finding: Finding
    bare: tuple[Place, ...]  # accesses that race and hold no lock, in the order of the text
    held: tuple[Place, ...]  # accesses of the same object that hold one
    pairs: tuple[tuple[Place, Place], ...]  # that race, each in the order of the text
    openmp: bool  # whether an OpenMP construct makes the code parallel

    @property
    def name(self) -> str | None:
        """The variable if all accesses name it alone; None for members and elements."""
        names = {place.access.text for place in self.bare}
        name = next(iter(names), "")
        return name if len(names) == 1 and _NAME.fullmatch(name) else None

    def construct(self, node: Node) -> tuple[Directive, Node] | None:
        """The construct whose threads share out the code around a node; None within a task."""
        for directive, governed in self.file.around(node):
            if _INNER & set(directive.names) or directive.has("target"):
                return None
            if _WORKERS & set(directive.names):
                return directive, governed
        return None


def case_of(
    file: SourceFile, finding: Finding, predictions: Sequence[Prediction], level: float
) -> Case | None:
    """The case of a finding; None if there is nothing in this file that could be edited."""
    own = of_finding(finding, predictions)
    if not own or any(access.path != finding.path for access in finding.accesses):
        return None
    loud = [p for p in own if p.probability >= level] or [max(own, key=lambda p: p.probability)]
    bare = _places(file, (a for p in loud for a, holds in sides(p) if not (holds or a.atomic)))
    same = [p for p in predictions if p.slice.object == finding.object]
    held = _places(file, (a for p in same for a, holds in sides(p) if holds))
    scopes = {value for p in own for slot, value in p.pair.relations if slot == "scope"}
    if not bare and not held:
        return None
    pairs = tuple(pair for p in loud if (pair := _ordered(file, p)) is not None)
    return Case(file, finding, bare, held, pairs, bool(scopes - {"threads"}))


def of_finding(finding: Finding, predictions: Iterable[Prediction]) -> list[Prediction]:
    """All predictions of the slices that hold the finding's pair: together they are the finding."""
    mine = list(predictions)
    wanted = frozenset(finding.accesses)
    slices = {
        id(p.slice)
        for p in mine
        if p.slice.object == finding.object and frozenset((p.pair.first, p.pair.second)) == wanted
    }
    return [p for p in mine if id(p.slice) in slices]


def sides(prediction: Prediction) -> tuple[tuple[Access, bool], tuple[Access, bool]]:
    """Each access of the pair, and whether it certainly holds a lock."""
    facts = dict(prediction.pair.relations)
    first, second = (facts.get(slot, "0") not in ("0", "maybe") for slot in ("locksA", "locksB"))
    return (prediction.pair.first, first), (prediction.pair.second, second)


def _places(file: SourceFile, accesses: Iterable[Access]) -> tuple[Place, ...]:
    """The accesses that can be edited, with their nodes, in the order of the text.

    What stands in a macro or in broken code is left out: the model says if the rest is enough.
    """
    places: list[Place] = []
    for access in accesses:
        node = file.node(access) if access.path == file.path else None
        if node is None or statement(node) is None:
            continue
        if not any(position(p.node) == position(node) for p in places):
            places.append(Place(access, node))
    return tuple(sorted(places, key=lambda place: position(place.node)))


def _ordered(file: SourceFile, prediction: Prediction) -> tuple[Place, Place] | None:
    """The pair's two accesses; None if they are one and the same, or cannot be edited."""
    found = _places(file, (prediction.pair.first, prediction.pair.second))
    return (found[0], found[1]) if len(found) == 2 else None
