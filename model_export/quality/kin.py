"""Who is whose twin: programs that differ by the smallest edit and in what became of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from model_export.quality.subjects import Subject


def lone(subjects: Sequence[Subject]) -> list[bool]:
    """Whether a program could go without parting twins.

    So is one of a twin group with more of its outcome than of the other, unless it is a mutant of
    a program of the other outcome, or such a program itself.
    """
    twins = _outcomes(subjects)
    paired = _paired(subjects)
    return [
        n not in paired and twins[s.twin_group][s.racy] > twins[s.twin_group][not s.racy]
        for n, s in enumerate(subjects)
    ]


def twinned(subjects: Sequence[Subject]) -> list[bool]:
    """Whether a program has a twin, a parent or a mutant of the other outcome."""
    twins = _outcomes(subjects)
    paired = _paired(subjects)
    return [n in paired or twins[s.twin_group][not s.racy] > 0 for n, s in enumerate(subjects)]


def _outcomes(subjects: Sequence[Subject]) -> dict[str, Counter[bool]]:
    twins: dict[str, Counter[bool]] = defaultdict(Counter)
    for subject in subjects:
        twins[subject.twin_group][subject.racy] += 1
    return twins


def _paired(subjects: Sequence[Subject]) -> set[int]:
    """Mutants of the other outcome than their parents, and those parents."""
    places = {subject.id: n for n, subject in enumerate(subjects)}
    found: set[int] = set()
    for n, subject in enumerate(subjects):
        parent = places.get(subject.parent, n)
        if subject.mutation and subjects[parent].racy != subject.racy:
            found.update((n, parent))
    return found
