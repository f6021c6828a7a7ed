"""Chooses from an executed corpus what is worth learning from: distinct and balanced.

python -m model_export select --corpus data/programs

First duplicates go (`duplicates`), then programs of the outcome that is too frequent in a group
(`balance`), those first that help most groups and have no twin of the other outcome. The same
corpus gives the same choice. What cannot be mended by leaving out is said, not forced.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_export.quality.balance import LEAST, Share, shares, table
from model_export.quality.balancing import balanced
from model_export.quality.duplicates import Distinct, distinct
from model_export.quality.subjects import Subject, read_subjects
from reviewbot.errors import BadInput


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
    scarce: tuple[Share, ...]  # constructs and mutations of too few chosen programs to judge
    reasons: Mapping[tuple[str, str], str]  # (kind, name) of a group that misses its bar → why

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
        unbalanced = Counter(share.kind for share in self.before if not share.holds)
        told = ", ".join(f"{n} {kind}" for kind, n in sorted(unbalanced.items())) or "none"
        lines = [
            self.distinct.text(),
            f"left out for balance: {lost['racy']} racy, {lost['clean']} clean "
            f"(out of balance before: {told})",
            f"{len(self.programs)} programs chosen",
        ]
        lines += [f"still out of balance: {self.why(share)}" for share in self.missed]
        return "\n".join(lines)

    def why(self, share: Share) -> str:
        """A group that misses its bar, and the reason if there is one."""
        told = f"{share.kind} {share.name}, {share.racy_share:.0%} of {share.total} are racy"
        reason = self.reasons.get((share.kind, share.name))
        return f"{told}: {reason}" if reason else told


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
        write_chosen(args.out, selection)
    return 1 if selection.missed else 0


def write_chosen(path: Path, selection: Selection) -> None:
    """The chosen ids, a line each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}\n" for name in sorted(selection.ids)), encoding="utf-8")


def read_selection(corpus: Path, jobs: int = 1) -> Selection:
    """The selection from a corpus on disk; raises BadInput."""
    subjects = read_subjects(corpus, jobs)
    if not subjects:
        raise NothingToSelect(f"{corpus} holds no usable program: run explore --out {corpus}")
    return select(subjects)


def select(subjects: Sequence[Subject]) -> Selection:
    """Distinct programs, balanced as far as leaving out can."""
    found = distinct(subjects)
    choice = balanced(found.kept)
    chosen = tuple(s for s, stays in zip(found.kept, choice.kept, strict=True) if stays)
    after = shares(chosen, least=1)
    return Selection(
        programs=chosen,
        distinct=found,
        surplus=tuple(s for s, stays in zip(found.kept, choice.kept, strict=True) if not stays),
        before=tuple(shares(found.kept)),
        after=tuple(share for share in after if share.total >= LEAST),
        scarce=tuple(s for s in after if s.total < LEAST and s.kind in ("construct", "mutation")),
        reasons=choice.reasons,
    )
