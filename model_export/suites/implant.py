"""Puts races into files of projects and sees whether the model's opinion moves.

python -m model_export implant --root ~/projects [--every 8] [--old-side]

Suites are whole programs; users' files show neither who creates their threads nor, often, their
classes. So slips of `model_export.mutations` are put into files that are presumed clean, and each
is read before and after. Not every slip races (a signal may follow the unlock), so no figure here
can be 1; what counts is how they move.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from model_export.card import Table
from model_export.metrics import METRICS, interval
from model_export.mutations.engine import mutate
from model_export.progress import Progress
from model_export.suites.ordinary import OPENMP
from reviewbot.code.analyse import analyse
from reviewbot.code.includes import Read
from reviewbot.errors import BadInput
from reviewbot.model.bundle import DEFAULT
from reviewbot.model.features import fact_tokens
from reviewbot.model.predict import OnnxPredictor, load_predictor
from reviewbot.pipeline import taken_away
from reviewbot.records import Analysis
from reviewbot.trees import DiskTree

SOURCES = {".c": "c", ".cc": "c++", ".cpp": "c++", ".cxx": "c++"}
LARGEST = 100_000  # bytes; a larger file takes as long as ten others
TOLD = 0.5
# What a person may do by mistake, and what then often races.
RULES = (
    *("remove-lock", "lock-late", "unlock-early", "remove-guard", "wrong-lock", "own-lock"),
    *("lock-on-one-branch", "check-outside-lock", "read-lock-for-write", "guard-temporary"),
    *("atomic-to-plain", "once-to-flag", "remove-atomic", "remove-critical", "rename-critical"),
    *("private-to-shared", "reduction-to-plain", "shared-scratch", "static-local", "add-nowait"),
    *("carry-back", "carry-ahead", "indirect-index", "mask-index", "overlap-blocks"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the front end and the model say of the objects of one file, by their names."""

    analysis: Analysis
    facts: Mapping[str, frozenset[tuple[str, ...]]]
    probability: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Implant:
    """One slip: the object among those whose facts it changed whose probability rose most."""

    rule: str
    project: str
    changed: bool  # whether the facts of any object changed
    before: float
    after: float
    openmp: bool = False  # whether the file has OpenMP; else threads alone


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--root", type=Path, required=True, help="folder with a folder a project")
    parser.add_argument("--bundle", type=Path, default=DEFAULT, metavar="DIR")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take each Nth file")
    parser.add_argument("--each", type=int, default=4, metavar="N", help="slips a file, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--old-side",
        action="store_true",
        help="tell what the file guarded before, as a review does",
    )


def run(args: argparse.Namespace) -> int:
    """Put slips into the files, print what moved."""
    files = sorted(p for p in args.root.rglob("*") if p.suffix in SOURCES)[:: max(args.every, 1)]
    if not files:
        raise BadInput(f"No C or C++ file lies under {args.root}: give a folder of checkouts.")
    predictor = load_predictor(args.bundle)
    progress = Progress(total=len(files), stream=sys.stderr, unit="files")
    clean: list[tuple[str, float]] = []
    slips: list[Implant] = []
    trees: dict[str, DiskTree] = {}
    for path in files:
        project = path.relative_to(args.root).parts[0]
        tree = trees.setdefault(project, DiskTree(args.root / project))
        found, put = _of_file(path, project, predictor, args, tree)
        clean += [(project, probability) for probability in found]
        slips += put
        progress.advance(1)
    progress.finish()
    print(table(clean, slips).markdown())
    return 0


def _of_file(
    path: Path, project: str, predictor: OnnxPredictor, args: argparse.Namespace, tree: DiskTree
) -> tuple[list[float], list[Implant]]:
    """(probabilities of its objects as they are, slips); nothing of what cannot be read."""
    data = path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST else b""
    text = data.decode("utf-8", "replace")
    name = path.relative_to(args.root / project).as_posix()
    before = look(name, text, predictor, {}, tree)
    if not before.facts:
        return [], []
    mutants = mutate(text, SOURCES[path.suffix], args.seed, wanted=args.each, only=RULES)
    slips: list[Implant] = []
    for mutant in mutants:
        after = look(name, mutant.text, predictor, {}, tree)
        if args.old_side and (taken := taken_away(before.analysis, after.analysis)):
            after = look(name, mutant.text, predictor, taken, tree)
        slips.append(compare(before, after, mutant.mutation, project))
    openmp = OPENMP.search(data) is not None
    return list(before.probability.values()), [replace(slip, openmp=openmp) for slip in slips]


def look(
    name: str,
    text: str,
    predictor: OnnxPredictor,
    known: Mapping[str, int],
    tree: Read | None = None,
) -> Look:
    """Read a file and the headers of its project; `known`: what its old side guarded."""
    analysis = analyse(name, text.encode(), tree, known)
    facts: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for item in analysis.slices:
        facts[item.object].update(fact_tokens(pair) for pair in item.pairs)
    probability: dict[str, float] = {}
    for told in predictor.predict(analysis.slices) if analysis.slices else ():
        name = told.slice.object
        probability[name] = max(probability.get(name, 0.0), told.probability)
    return Look(
        analysis=analysis,
        facts={name: frozenset(seen) for name, seen in facts.items()},
        probability=probability,
    )


def compare(before: Look, after: Look, rule: str, project: str) -> Implant:
    """What a slip changed."""
    changed = [name for name, facts in after.facts.items() if before.facts.get(name) != facts]
    rises = [
        (after.probability.get(name, 0.0), before.probability.get(name, 0.0)) for name in changed
    ]
    new, old = max(rises, key=lambda rise: rise[0] - rise[1], default=(0.0, 0.0))
    return Implant(rule=rule, project=project, changed=bool(changed), before=old, after=new)


def table(clean: Sequence[tuple[str, float]], slips: Sequence[Implant]) -> Table:
    """All slips, those of each kind of file and of each rule.

    The AUROC ranks the objects whose facts changed among all objects as they are. Intervals
    resample projects.
    """
    made = Table(
        f"races put into files of {len({slip.project for slip in slips})} projects; of their "
        f"{len(clean):,} objects as they are {_share(p for _, p in clean)} are told",
        (
            "slip",
            "slips",
            "facts change",
            "told anew",
            "AUROC of what changed, against objects as they are",
        ),
    )
    kinds = {
        "all": slips,
        "of files with OpenMP": [slip for slip in slips if slip.openmp],
        "of files with threads alone": [slip for slip in slips if not slip.openmp],
    }
    rules = sorted({slip.rule for slip in slips}, key=lambda rule: (-_count(slips, rule), rule))
    kinds |= {rule: [slip for slip in slips if slip.rule == rule] for rule in rules}
    for kind, some in kinds.items():
        if some:
            made.add(kind, len(some), _figures(clean, some, made.columns[2:]))
    return made


def _figures(
    clean: Sequence[tuple[str, float]], slips: Sequence[Implant], columns: Sequence[str]
) -> dict[str, tuple[float, float, float]]:
    projects = [slip.project for slip in slips]
    ones = np.ones(len(slips))
    changed = np.array([float(slip.changed) for slip in slips])
    anew = np.array([float(slip.after >= TOLD > slip.before) for slip in slips])
    seen = [slip for slip in slips if slip.changed]
    labels = np.array([1.0] * len(seen) + [0.0] * len(clean))
    scores = np.array([slip.after for slip in seen] + [p for _, p in clean])
    groups = [*(slip.project for slip in seen), *(project for project, _ in clean)]
    share = METRICS["accuracy"]  # of ones, at one half
    return {
        columns[0]: interval(share, ones, changed, projects),
        columns[1]: interval(share, ones, anew, projects),
        columns[2]: interval(METRICS["AUROC"], labels, scores, groups),
    }


def _share(probabilities: Iterable[float]) -> str:
    """Of these, the share that is told."""
    told = [p >= TOLD for p in probabilities]
    return f"{sum(told) / len(told):.0%}" if told else "none"


def _count(slips: Sequence[Implant], rule: str) -> int:
    return sum(slip.rule == rule for slip in slips)
