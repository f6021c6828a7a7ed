"""How racy and clean programs are mixed: overall, by source, construct, pattern and mutation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model_export.dataset import is_composed
from model_export.quality.subjects import Subject

LEAST = 20  # programs: of fewer, a share between 30 and 70 % is luck
OVERALL = (0.45, 0.55)
WITHIN = (0.30, 0.70)
# Names tell an authored from a composed program; with like shares that says nothing of races.
BY_SOURCE = (0.48, 0.52)


@dataclass(frozen=True, slots=True)
class Group:
    """Programs that have something in common, and the share of racy ones it may have."""

    kind: str  # "overall" | "source" | "construct" | "pattern" | "family" | "mutation"
    name: str
    bar: tuple[float, float]
    members: tuple[int, ...]  # indices, ascending


@dataclass(frozen=True, slots=True)
class Share:
    """What a group holds."""

    kind: str
    name: str
    bar: tuple[float, float]
    racy: int
    clean: int

    @property
    def total(self) -> int:
        """How many programs."""
        return self.racy + self.clean

    @property
    def racy_share(self) -> float:
        """The share of racy ones, 0..1."""
        return self.racy / self.total if self.total else 0.0

    @property
    def holds(self) -> bool:
        """Whether the share is within the bar, or the group too small to say."""
        return self.total < LEAST or self.bar[0] <= self.racy_share <= self.bar[1]


def groups(subjects: Sequence[Subject]) -> list[Group]:
    """Every group that has a bar, the small ones too; in a stable order."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    places = {subject.id: index for index, subject in enumerate(subjects)}
    for index, subject in enumerate(subjects):
        for key in _keys(subject):
            found[key].append(index)
    for rule, members in _mutated(subjects, places).items():
        found["mutation", rule] = members
    return [
        Group(kind, name, _bar(kind), tuple(sorted(set(members))))
        for (kind, name), members in sorted(found.items())
    ]


def _keys(subject: Subject) -> list[tuple[str, str]]:
    composed = is_composed(subject.family)
    source = "mutants" if subject.mutation else ("composed" if composed else "authored")
    keys = [("overall", "all programs"), ("source", f"{source}, {subject.language}")]
    keys += [("construct", name) for name in subject.constructs]
    if composed and not subject.mutation:
        patterns = {choice.split(":")[0] for choice in subject.lesson} - {"form"}
        return keys + [("pattern", name) for name in patterns]
    return keys if composed else [*keys, ("family", subject.family)]


def _mutated(subjects: Sequence[Subject], places: Mapping[str, int]) -> dict[str, list[int]]:
    """Rule → its mutants and what they were made of: the object as it was and as it became."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, subject in enumerate(subjects):
        if subject.mutation:
            found[subject.mutation].append(index)
            if subject.parent in places:
                found[subject.mutation].append(places[subject.parent])
    return found


def _bar(kind: str) -> tuple[float, float]:
    return {"overall": OVERALL, "source": BY_SOURCE}.get(kind, WITHIN)


def shares(subjects: Sequence[Subject], least: int = LEAST) -> list[Share]:
    """The mixture in every group of enough programs."""
    made = []
    for group in groups(subjects):
        racy = sum(subjects[index].racy for index in group.members)
        made.append(Share(group.kind, group.name, group.bar, racy, len(group.members) - racy))
    return [share for share in made if share.total >= least]


def table(found: Sequence[Share], *kinds: str) -> str:
    """Markdown: a row a group, the largest first; a group outside its bar is marked."""
    rows = sorted(
        (share for share in found if share.kind in kinds),
        key=lambda share: (kinds.index(share.kind), -share.total, share.name),
    )
    lines = ["| | programs | racy | bar |", "|---|---:|---:|---|"]
    for share in rows:
        bar = "–".join(f"{end:.0%}" for end in share.bar) + ("" if share.holds else " **missed**")
        lines.append(f"| {share.name} | {share.total} | {share.racy_share:.0%} | {bar} |")
    return "\n".join(lines)
