"""Reviews ordinary commits of projects, as pull requests would be, and counts what is told.

python -m model_export ordinary --root ~/projects [--commits 20] [--seed 1]

A bot that comments on every change is switched off. Few commits of mature projects bring a race, so
that nearly all that is told of them is noise; what is told is listed, so that people can judge it.
Commits whose message speaks of races, locks or threads are left out unseen: fixes of races in
public projects are the release exam.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_export.card import Table
from model_export.metrics import interval
from model_export.progress import Progress
from reviewbot.changes import of_range
from reviewbot.code.analyse import analyse
from reviewbot.code.prefilter import may_be_parallel
from reviewbot.errors import BadInput, CannotReadRevision, GitFailed, NotARepository
from reviewbot.git import Repository, open_repository
from reviewbot.model.bundle import DEFAULT
from reviewbot.model.predict import OnnxPredictor, load_predictor
from reviewbot.pipeline import Collaborators, Source, review
from reviewbot.process import run as run_process
from reviewbot.records import Action, Finding

MOST_FILES = 12  # C and C++ files of a commit; more is a move, an import or a new format
LOOKED_THROUGH = 30  # commits for each that is wanted: most touch no parallel code
RECENT = 6000  # newest commits of a project that one may be drawn from
OF_THE_EXAM = re.compile(
    r"race|racy|tsan|sanitiz|thread|lock|mutex|atomic|concurren|synchron|helgrind|\bdrd\b|critical"
    r"|barrier|omp\b|openmp|parallel|semaphore|volatile|memory.order|valgrind|hang|crash|corrupt"
    r"|revert|merge",
    re.IGNORECASE,
)
_TOLD = (Action.COMMENT, Action.BLOCK)
_GLOBS = ("*.c", "*.cc", "*.cpp", "*.cxx", "*.h", "*.hh", "*.hpp")
OPENMP = re.compile(rb"#[ \t]*pragma[ \t]+omp\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit that touches parallel code, and what a review says of it."""

    project: str
    name: str
    openmp: bool  # a file that it touches has OpenMP; else threads alone
    told: tuple[Finding, ...]
    seconds: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--root", type=Path, required=True, help="folder with a clone a project")
    parser.add_argument("--bundle", type=Path, default=DEFAULT, metavar="DIR")
    parser.add_argument("--commits", type=int, default=10, metavar="N", help="of each project")
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> int:
    """Review the commits, print the share that is told of and the list of it."""
    projects = list(_projects(args.root))
    if not projects:
        raise BadInput(f"No git repository lies under {args.root}: give a folder of clones.")
    predictor = load_predictor(args.bundle)
    progress = Progress(total=len(projects), stream=sys.stderr, unit="projects")
    commits: list[Commit] = []
    for name, repository in projects:
        commits += _reviewed(name, repository, predictor, args)
        progress.advance(1)
    progress.finish()
    print(table(commits).markdown())
    for commit in commits:
        for found in commit.told:
            place = f"{found.path}:{found.line} {found.object} {found.probability:.2f}"
            print(f"- {commit.project} {commit.name[:12]} {place}")
    return 0


def _projects(root: Path) -> Iterator[tuple[str, Repository]]:
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            repository = open_repository(folder)
        except NotARepository:
            continue
        # A folder that is no clone may lie in somebody else's.
        if folder.resolve() in (repository.root.resolve(), repository.git_dir.resolve()):
            yield folder.name, repository


def _reviewed(
    project: str, repository: Repository, predictor: OnnxPredictor, args: argparse.Namespace
) -> Iterator[Commit]:
    """Reviews of commits drawn at random, of those alone that touch parallel code."""
    names, wanted = candidates(repository), args.commits
    order = np.random.default_rng(args.seed).permutation(len(names))[: wanted * LOOKED_THROUGH]
    for number in order:
        try:
            sources = of_range(repository, f"{names[number]}^", names[number])
        except (GitFailed, CannotReadRevision):  # it has no parent, or the clone lacks it
            continue
        if len(sources) <= MOST_FILES and any(map(_is_parallel, sources)):
            yield _look(project, names[number], sources, predictor)
            wanted -= 1
        if wanted <= 0:
            return


def candidates(repository: Repository) -> list[str]:
    """Names of commits that touch C or C++ and whose message speaks of nothing of the exam's."""
    asked = ("log", "--no-merges", f"--max-count={RECENT}", "--format=%x00%H%n%B", "--", *_GLOBS)
    told = run_process(("git", f"--git-dir={repository.git_dir}", *asked), timeout=300)
    entries = told.stdout.decode("utf-8", "replace").split("\0")[1:]
    messages = (entry.partition("\n") for entry in entries)
    return [name for name, _, message in messages if not OF_THE_EXAM.search(message)]


def _is_parallel(source: Source) -> bool:
    return any(may_be_parallel(side) for side in (source.head, source.base) if side)


def _look(project: str, name: str, sources: Sequence[Source], predictor: OnnxPredictor) -> Commit:
    said = review(sources, Collaborators(analyse=analyse, load_predictor=lambda: predictor))
    texts = [side for source in sources for side in (source.head, source.base) if side]
    return Commit(
        project=project,
        name=name,
        openmp=any(map(OPENMP.search, texts)),
        told=tuple(found.finding for found in said.decisions if found.action in _TOLD),
        seconds=said.seconds,
    )


def table(commits: Sequence[Commit]) -> Table:
    """Commits with a comment, comments a commit, time; intervals resample projects."""
    projects = {commit.project for commit in commits}
    made = Table(
        f"ordinary commits that touch parallel code, of {len(projects)} projects",
        ("files with", "commits", "told of", "comments a commit", "seconds, median", "95 of 100"),
    )
    kinds = {
        "any": list(commits),
        "OpenMP": [commit for commit in commits if commit.openmp],
        "threads alone": [commit for commit in commits if not commit.openmp],
    }
    for kind, some in kinds.items():
        if some:
            made.add(kind, len(some), _figures(some, made.columns[2:]))
    return made


def _figures(
    commits: Sequence[Commit], columns: Sequence[str]
) -> dict[str, tuple[float, float, float]]:
    groups = [commit.project for commit in commits]
    counts = np.array([float(len(commit.told)) for commit in commits])
    seconds = np.array([commit.seconds for commit in commits])
    none = np.zeros(len(commits))
    return {
        columns[0]: interval(lambda _, told: float(np.mean(told > 0)), none, counts, groups),
        columns[1]: interval(lambda _, told: float(np.mean(told)), none, counts, groups),
        columns[2]: interval(lambda _, took: float(np.median(took)), none, seconds, groups),
        columns[3]: interval(lambda _, took: float(np.quantile(took, 0.95)), none, seconds, groups),
    }
