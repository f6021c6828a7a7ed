"""Chooses from an executed corpus what is worth learning from: distinct and balanced.

python -m model_export select --corpus data/programs

First duplicates go (`duplicates`), then programs of the outcome that is too frequent in a group
(`balance`), those first that help most groups and have no twin of the other outcome. The same
corpus gives the same choice. What cannot be mended by leaving out is said, not forced.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from model_export.quality.balance import LEAST, Share, groups, shares, table
from model_export.quality.duplicates import Distinct, distinct
from model_export.quality.subjects import Subject, read_subjects
from reviewbot.errors import BadInput

# A group that would lose more than this is lopsided by its nature: it needs other programs.
MOST_LOST = 0.6
STEP = 4  # of what a group has too much, a quarter a round: later choices see what earlier ones did

Floats: TypeAlias = NDArray[np.floating]
Flags: TypeAlias = NDArray[np.bool_]


class NothingToSelect(BadInput):
    """The corpus has no usable program."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, and what it was chosen from."""

    programs: tuple[Subject, ...]  # by id
    distinct: Distinct
    surplus: tuple[Subject, ...]  # left out for balance, by id
    before: tuple[Share, ...]
    after: tuple[Share, ...]

    @property
    def ids(self) -> frozenset[str]:
        """The chosen programs."""
        return frozenset(subject.id for subject in self.programs)

    @property
    def missed(self) -> tuple[Share, ...]:
        """The groups that are still out of balance."""
        return tuple(share for share in self.after if not share.holds)

    def text(self) -> str:
        """What was dropped and why, for people."""
        lost = Counter("racy" if subject.racy else "clean" for subject in self.surplus)
        unbalanced = [share.name for share in self.before if not share.holds]
        lines = [
            self.distinct.text(),
            f"left out for balance: {lost['racy']} racy, {lost['clean']} clean "
            f"({len(unbalanced)} groups were out of balance: {', '.join(unbalanced) or 'none'})",
            f"{len(self.programs)} programs chosen",
        ]
        lines += [
            f"still out of balance: {s.kind} {s.name}, {s.racy_share:.0%} of {s.total} are racy"
            for s in self.missed
        ]
        return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by explore")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the chosen ids, a line each")
    parser.add_argument("--jobs", type=int, default=2)


def run(args: argparse.Namespace) -> int:
    """Print the choice and its balance; 1 if a bar is missed."""
    selection = read_selection(args.corpus, args.jobs)
    kinds = ("overall", "source", "construct", "pattern", "mutation")
    print(selection.text(), table(selection.after, *kinds), sep="\n\n")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text("".join(f"{name}\n" for name in sorted(selection.ids)), "utf-8")
    return 1 if selection.missed else 0


def read_selection(corpus: Path, jobs: int = 1) -> Selection:
    """The selection from a corpus on disk; raises BadInput."""
    subjects = read_subjects(corpus, jobs)
    if not subjects:
        raise NothingToSelect(f"{corpus} holds no usable program: run explore --out {corpus}")
    return select(subjects)


def select(subjects: Sequence[Subject]) -> Selection:
    """Distinct programs, balanced as far as leaving out can."""
    found = distinct(subjects)
    kept = _balanced(found.kept)
    return Selection(
        programs=tuple(s for s, stays in zip(found.kept, kept, strict=True) if stays),
        distinct=found,
        surplus=tuple(s for s, stays in zip(found.kept, kept, strict=True) if not stays),
        before=tuple(shares(found.kept)),
        after=tuple(shares([s for s, stays in zip(found.kept, kept, strict=True) if stays])),
    )


def _balanced(subjects: Sequence[Subject]) -> Flags:  # (P,)
    """Which programs stay."""
    judged = [group for group in groups(subjects) if len(group.members) >= LEAST]
    member: Floats = np.zeros((len(subjects), len(judged)), np.float32)
    for column, group in enumerate(judged):
        member[list(group.members), column] = 1
    bars = np.array([group.bar for group in judged]).reshape(-1, 2)
    racy: Flags = np.array([subject.racy for subject in subjects], bool)
    rounds = _Rounds(member, bars, racy, _rank(subjects))
    while rounds.next():
        pass
    return rounds.kept


def _rank(subjects: Sequence[Subject]) -> Floats:  # (P,)
    """Below 1: what is missed least has most. A lone program, then one of a lopsided family."""
    twins: dict[str, Counter[bool]] = defaultdict(Counter)
    families: dict[str, Counter[bool]] = defaultdict(Counter)
    for subject in subjects:
        twins[subject.twin_group][subject.racy] += 1
        families[subject.family][subject.racy] += 1
    ranks = []
    for subject in subjects:
        own = families[subject.family]
        lopsided = (own[subject.racy] - own[not subject.racy]) / own.total()
        lone = twins[subject.twin_group][subject.racy] > twins[subject.twin_group][not subject.racy]
        ranks.append(0.5 * lone + 0.2 * (lopsided + 1))
    return np.array(ranks, float)


class _Rounds:
    """Rounds of leaving out: the outcome most in excess, of the programs that help most groups."""

    def __init__(self, member: Floats, bars: Floats, racy: Flags, rank: Floats) -> None:
        self.member, self.bars, self.racy, self.rank = member, bars, racy, rank
        self.kept: Flags = np.ones(len(racy), bool)
        self.sizes = member.sum(0)
        self.hopeless: Flags = np.zeros(len(bars), bool)

    def next(self) -> bool:
        """Leave out some; false when nothing is left to mend."""
        surplus = {outcome: self._surplus(outcome) for outcome in (True, False)}
        outcome = bool(surplus[True].sum() >= surplus[False].sum())
        wanted, other = surplus[outcome], surplus[not outcome]
        if not wanted.any():
            return False
        gain = self._gain(outcome, wanted, other)
        count = max(1, math.ceil(wanted[wanted > 0].min() / STEP))
        best = np.argsort(-gain, kind="stable")[:count]
        best = best[gain[best] > 0]
        if not len(best):  # whatever helped one group would harm another as much
            self.hopeless |= wanted > 0
        self.kept[best] = False
        return True

    def _surplus(self, outcome: bool) -> Floats:  # (G,)
        """How many of the outcome each group would have to lose; 0 where it cannot be mended."""
        count = self.kept.astype(np.float32) @ self.member
        these = (self.kept & (self.racy == outcome)).astype(np.float32) @ self.member
        most = self.bars[:, 1] if outcome else 1 - self.bars[:, 0]
        surplus = np.ceil((these - most * count) / (1 - most) - 1e-9)
        lost = 1 - (count - surplus) / self.sizes
        self.hopeless |= lost > MOST_LOST
        return np.where(self.hopeless, 0.0, np.maximum(surplus, 0.0))

    def _gain(self, outcome: bool, wanted: Floats, other: Floats) -> Floats:  # (P,)
        """Groups mended less groups harmed, and among equals the rank; 0 for who may not go."""
        helped = self.member @ (wanted > 0).astype(np.float32)
        harmed = self.member @ (other > 0).astype(np.float32)
        gain = helped - harmed + self.rank
        may_go = self.kept & (self.racy == outcome) & (helped > harmed)
        return np.where(may_go, gain, 0.0)
