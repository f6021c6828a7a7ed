"""Exact and near-duplicates among executed programs; twins of opposite outcome are never any.

Two programs teach the same if they have the same outcome, start, order and protect in the same way
(`Sketch.skeleton`), and their shingles are alike by ALIKE; of one family they must besides have
been given the same choices, since there one subscript may be the whole lesson.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model_export.dataset import split_of
from model_export.quality.kin import twinned
from model_export.quality.sketch import resemblance
from model_export.quality.subjects import Subject

# One statement more in a program of some sixty lines leaves 0.97, three leave 0.91: at 0.9 two
# programs differ in what does not synchronise, by no more than a reader would pass over.
ALIKE = 0.9
_FIRST = {"test": 0, "calibrate": 1, "train": 2}  # what is held out keeps its copy


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A program left out for one that is kept."""

    dropped: Subject
    kept: Subject
    exact: bool  # equal but for names, layout, comments and sizes


@dataclass(frozen=True, slots=True)
class Distinct:
    """The programs that teach something of their own, and those that do not."""

    kept: tuple[Subject, ...]
    duplicates: tuple[Duplicate, ...]

    @property
    def exact(self) -> int:
        """How many were equal to one kept."""
        return sum(duplicate.exact for duplicate in self.duplicates)

    @property
    def across(self) -> int:
        """How many were alike to one of another family."""
        return sum(d.dropped.family != d.kept.family for d in self.duplicates)

    def text(self) -> str:
        """The counts before and after, for people."""
        total = len(self.kept) + len(self.duplicates)
        near = len(self.duplicates) - self.exact
        share = len(self.duplicates) / total if total else 0.0
        return (
            f"{total} programs, {self.exact} equal to another and {near} near-duplicates "
            f"({share:.1%}; {self.across} of them of another family): {len(self.kept)} are left"
        )


def distinct(subjects: Sequence[Subject], alike: float = ALIKE) -> Distinct:
    """Keep one of each; twins first, so that a pair of both outcomes stays together."""
    index: dict[tuple[int, int, str, bool], list[Subject]] = defaultdict(list)
    kept: list[Subject] = []
    duplicates: list[Duplicate] = []
    for subject in _by_worth(subjects):
        keys = [
            (n, band, subject.sketch.skeleton, subject.racy)
            for n, band in enumerate(subject.sketch.bands)
        ]
        other = _like(subject, [found for key in keys for found in index[key]], alike)
        if other is not None:
            exact = other.sketch.exact == subject.sketch.exact
            duplicates.append(Duplicate(subject, other, exact))
            continue
        kept.append(subject)
        for key in keys:
            index[key].append(subject)
    return Distinct(tuple(sorted(kept, key=lambda s: s.id)), tuple(duplicates))


def _like(subject: Subject, others: Iterable[Subject], alike: float) -> Subject | None:
    """The first of the others that teaches the same."""
    seen: set[str] = set()
    for other in others:
        if other.id in seen:
            continue
        seen.add(other.id)
        if same_lesson(subject, other) and _close(subject, other, alike):
            return other
    return None


def same_lesson(subject: Subject, other: Subject) -> bool:
    """Whether nothing is known by which the two differ; equal code makes it the same."""
    if subject.sketch.exact == other.sketch.exact:
        return True
    return subject.family != other.family or subject.lesson == other.lesson


def _close(subject: Subject, other: Subject, alike: float) -> bool:
    a, b = subject.sketch.shingles, other.sketch.shingles
    if min(len(a), len(b)) < alike * max(len(a), len(b)):
        return False
    return resemblance(a, b) >= alike


def _by_worth(subjects: Sequence[Subject]) -> list[Subject]:
    """Held-out families first, then those with a twin of the other outcome, then by id."""
    places = {family: _FIRST[split_of(family)] for family in {s.family for s in subjects}}
    order = [
        (places[s.family], not paired, s.id, s)
        for s, paired in zip(subjects, twinned(subjects), strict=True)
    ]
    return [subject for *_, subject in sorted(order, key=lambda entry: entry[:3])]
