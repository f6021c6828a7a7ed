"""Whether something of a held-out family was seen in training under another name.

python -m model_export leaks --corpus data/programs --data data/slices.parquet

Splits go by family. That keeps them apart only if a mutant stays with its parent's family, twins
with theirs, no program is there twice, and no family repeats a program of another.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from model_export.dataset import split_of
from model_export.execute.corpus import read_rows
from model_export.quality.duplicates import ALIKE
from model_export.quality.select import read_selection
from model_export.quality.sketch import resemblance
from model_export.quality.subjects import Subject
from reviewbot.errors import BadInput

SHOWN = 5  # examples of a leak; the count says the rest


class OtherCorpus(BadInput):
    """The corpus is not the one that the fingerprint was taken of."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One way in which splits share a lesson, with examples."""

    what: str
    found: tuple[str, ...]

    def text(self) -> str:
        """For people."""
        told = f"{len(self.found)} {self.what}"
        return told + ("" if not self.found else ": " + "; ".join(self.found[:SHOWN]))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by explore")
    parser.add_argument("--data", type=Path, help="the slices made of it: are they of the choice?")
    parser.add_argument(
        "--fingerprint", type=Path, metavar="FILE", help="corpus.json that the corpus must fit"
    )
    parser.add_argument("--jobs", type=int, default=2)


def run(args: argparse.Namespace) -> int:
    """Print every kind of leak; 1 if there is one."""
    chosen = read_selection(args.corpus, args.jobs).programs
    if args.fingerprint:
        check_fingerprint(args.fingerprint, chosen)
    leaks = find_leaks(chosen)
    if args.data:
        leaks = (*leaks, *slice_leaks(args.data, chosen, unlabelled(args.corpus)))
    print("\n".join(leak.text() for leak in leaks))
    return 1 if any(leak.found for leak in leaks) else 0


def find_leaks(subjects: Sequence[Subject]) -> tuple[Leak, ...]:
    """Every kind of leak among programs; empty ones say that it was looked for."""
    return (
        Leak("programs that are there twice", _twice(subjects)),
        Leak("families in two splits", families_in_two(_placed(subjects))),
        Leak("twin groups over two splits", _parted_twins(subjects)),
        Leak("mutants in another split than their parents", _strayed(subjects)),
        Leak("programs alike to one of another split", _alike(subjects)),
    )


def unlabelled(corpus: Path) -> frozenset[str]:
    """The programs that no run labels, and the oracle may."""
    rows = read_rows(corpus, ("id", "usable"))
    return frozenset(str(row["id"]) for row in rows if not row["usable"])


def slice_leaks(
    data: Path, subjects: Sequence[Subject], besides: Collection[str] = ()
) -> tuple[Leak, ...]:
    """What slices on disk add: programs neither chosen nor `besides`, families that differ."""
    families = {subject.id: subject.family for subject in subjects}
    seen: dict[str, str] = {}
    for batch in pq.ParquetFile(data).iter_batches(20_000, columns=["program", "family"]):
        seen.update((row["program"], row["family"]) for row in batch.to_pylist())
    strangers = sorted(name for name in seen if name not in families and name not in besides)
    moved = sorted(name for name in seen if families.get(name, seen[name]) != seen[name])
    return (
        Leak("programs with slices that were not chosen", tuple(strangers)),
        Leak("programs whose slices name another family", tuple(moved)),
    )


def families_in_two(placed: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Families, or other groups, that appear in more than one split; of (family, split)."""
    splits: dict[str, set[str]] = defaultdict(set)
    for family, split in placed:
        splits[family].add(split)
    return tuple(sorted(family for family, found in splits.items() if len(found) > 1))


def _placed(subjects: Sequence[Subject]) -> list[tuple[str, str]]:
    return [(subject.family, split_of(subject.family)) for subject in subjects]


def _twice(subjects: Sequence[Subject]) -> tuple[str, ...]:
    first: dict[tuple[str, bool], str] = {}
    repeats = []
    for subject in subjects:
        other = first.setdefault((subject.sketch.exact, subject.racy), subject.id)
        if other != subject.id:
            repeats.append(f"{other} and {subject.id}")
    return tuple(repeats)


def _parted_twins(subjects: Sequence[Subject]) -> tuple[str, ...]:
    return families_in_two((s.twin_group, split_of(s.family)) for s in subjects)


def _strayed(subjects: Sequence[Subject]) -> tuple[str, ...]:
    families = {subject.id: subject.family for subject in subjects}
    return tuple(
        f"{s.id} of {s.parent}"
        for s in subjects
        if s.parent in families and split_of(families[s.parent]) != split_of(s.family)
    )


def _alike(subjects: Sequence[Subject]) -> tuple[str, ...]:
    """Pairs of one outcome over two splits; each program that has any is named once."""
    bands: dict[tuple[int, int], list[Subject]] = defaultdict(list)
    pairs = []
    for subject in sorted(subjects, key=lambda s: (split_of(s.family), s.id)):
        keys = list(enumerate(subject.sketch.bands))
        others = {other.id: other for key in keys for other in bands[key]}
        like = next((o for o in others.values() if _repeats(subject, o)), None)
        if like is not None:
            pairs.append(f"{subject.family} and {like.family}")
        for key in keys:
            bands[key].append(subject)
    return tuple(pairs)


def _repeats(subject: Subject, other: Subject) -> bool:
    return (
        subject.racy == other.racy
        and subject.sketch.skeleton == other.sketch.skeleton
        and split_of(subject.family) != split_of(other.family)
        and resemblance(subject.sketch.shingles, other.sketch.shingles) >= ALIKE
    )


def fingerprint(subjects: Sequence[Subject]) -> dict[str, Any]:
    """What identifies a choice of programs: counts, and sha256 over the sorted ids and outcomes."""
    lines = sorted(f"{s.id} {'racy' if s.racy else 'clean'}\n" for s in subjects)
    return {
        "programs": len(subjects),
        "families": len({subject.family for subject in subjects}),
        "racy": sum(subject.racy for subject in subjects),
        "sha256": hashlib.sha256("".join(lines).encode()).hexdigest(),
    }


def check_fingerprint(path: Path, subjects: Sequence[Subject]) -> None:
    """Raises OtherCorpus if the chosen programs are not those of a corpus.json."""
    try:
        expected = json.loads(path.read_text(encoding="utf-8"))["chosen"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise BadInput(f"{path} is no corpus.json: write one with `datasheet` ({exc})") from exc
    found = fingerprint(subjects)
    if found != expected:
        raise OtherCorpus(
            f"{path} speaks of {expected.get('programs')} programs ({expected.get('sha256')}), "
            f"these are {found['programs']} ({found['sha256']}): write it anew with `datasheet`"
        )
