"""Harvests parallel functions of local clones as programs that run by themselves.

    python -m model_export harvest --clones ~/src/a ~/src/b --out data/harvest --mutants 4
    python -m model_export explore --programs data/harvest/programs.jsonl --out data/real ...

Killed at any point it goes on with the files that the manifest does not tell of. A function that
takes too long is given up, and said so; so is the rest of a project, with --project-seconds.

Sources of others are written to `--out` and nowhere else. The manifest says of each function where
it is, at which commit, under which licence, and how far it came.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from pathlib import Path

from model_export.execute.run import Toolchain, find_tools
from model_export.harvest.harvester import FUNCTION_SECONDS, Crop, Job, harvest_file
from model_export.harvest.licences import UNKNOWN
from model_export.harvest.projects import (
    PER_FILE,
    Project,
    parallel_files,
    read_lines,
    read_project,
)
from model_export.harvest.store import MANIFEST, Key, append, finished, tidy
from model_export.harvest.table import markdown, summary
from model_export.progress import Progress
from reviewbot.escalation.sandbox import Sandbox, open_sandbox


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--clones", nargs="+", type=Path, required=True, metavar="DIR", help="local git clones"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="the harvest; one that exists goes on",
    )
    parser.add_argument("--limit", type=int, default=40, metavar="N", help="functions a project")
    parser.add_argument("--per-file", type=int, default=PER_FILE, metavar="N")
    parser.add_argument(
        "--mutants", type=int, default=0, metavar="K", help="mutants of each function that runs"
    )
    parser.add_argument(
        "--function-seconds",
        type=float,
        default=FUNCTION_SECONDS,
        metavar="S",
        help="that a function may take to be cut out, to be tried, or to be mutated",
    )
    parser.add_argument(
        "--project-seconds", type=float, default=math.inf, metavar="S", help="of work a project"
    )
    parser.add_argument(
        "--minutes", type=float, default=math.inf, metavar="M", help="no function is begun later"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="files at once")
    parser.add_argument(
        "--any-licence",
        action="store_true",
        help="take projects whose licence is not recognised too",
    )
    parser.add_argument(
        "--unsafe-local", action="store_true", help="try programs without bubblewrap around them"
    )


def run(args: argparse.Namespace) -> int:
    """Harvest what is missing, print the yield; 1 if no function could be used."""
    find_tools()  # fail here, in one sentence, rather than in every worker
    open_sandbox(unsafe=args.unsafe_local)
    projects = [p for p in map(read_project, args.clones) if _may_be_taken(p, args.any_licence)]
    done = finished(args.out, {p.name: p.commit for p in projects})
    tidy(args.out, done)
    queue = Queue(projects, args, frozenset(done))
    progress = Progress(total=queue.most(), stream=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="harvest-", ignore_cleanup_errors=True) as folder:
        for crop in _run_all(queue, args.jobs, args.unsafe_local, Path(folder)):
            append(args.out, crop.found)
            if crop.endless:
                told = f"left out, since reading it takes too long: {crop.project}/{crop.endless}"
                print(told, file=sys.stderr)
            progress.total = progress.done + crop.functions + queue.most()
            progress.advance(crop.functions)
    progress.finish()
    return _report(args.out)


def _may_be_taken(project: Project, any_licence: bool) -> bool:
    fine = any_licence or project.licence != UNKNOWN
    if not fine:
        told = "no licence file that is recognised; --any-licence takes it all the same"
        print(f"{project.name}: left out, {told}", file=sys.stderr)
    return fine


class Queue:
    """Hands out files of all projects in turn, each project's until its limit is met."""

    def __init__(
        self, projects: Sequence[Project], args: argparse.Namespace, done: frozenset[Key]
    ) -> None:
        self._args, self._done = args, done
        self._until = time.time() + 60 * args.minutes
        self._files = deque((project, parallel_files(project.root)) for project in projects)
        self._left = {project.name: int(args.limit) for project in projects}
        self._seconds = {project.name: float(args.project_seconds) for project in projects}

    def next(self) -> Job | None:
        """The next file to harvest, None when there is none left, or no time."""
        while self._files and time.time() < self._until:
            project, files = self._files.popleft()
            name = project.name
            open_ = self._left[name] > 0 and self._seconds[name] > 0
            path = next(files, None) if open_ else None
            if path is not None:
                self._files.append((project, files))
                return self._job(project, path)
        return None

    def most(self) -> int:
        """How many functions may still come, at most."""
        return sum(max(0, self._left[project.name]) for project, _ in self._files)

    def count(self, crop: Crop) -> None:
        """Take the functions that came of a file, and its seconds, from its project's limits."""
        self._left[crop.project] -= crop.functions
        self._seconds[crop.project] -= crop.seconds

    def _job(self, project: Project, path: str) -> Job:
        args = self._args
        limit = min(args.per_file, self._left[project.name])
        return Job(
            project=project,
            path=path,
            done=self._done,
            mutants=args.mutants,
            seed=args.seed,
            limit=limit,
            seconds=args.function_seconds,
            until=self._until,
        )


def _run_all(queue: Queue, workers: int, unsafe: bool, work: Path) -> Iterator[Crop]:
    """Every file's crop as it comes; a file that ends its worker is left out, and said so."""
    going = True
    while going:
        with ProcessPoolExecutor(max_workers=workers) as pool:
            going = yield from _until_broken(pool, queue, workers, unsafe, work)


def _until_broken(
    pool: ProcessPoolExecutor, queue: Queue, workers: int, unsafe: bool, work: Path
) -> Generator[Crop, None, bool]:
    """Crops until nothing is left (False), or until the pool has lost a worker (True).

    With one file in flight for each worker the limits of the projects hold closely.
    """
    flying: dict[Future[Crop], Job] = {}
    try:
        while True:
            while len(flying) < workers and (job := queue.next()) is not None:
                flying[pool.submit(_work, job, unsafe, work)] = job
            if not flying:
                return False
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                crop = future.result()
                del flying[future]
                queue.count(crop)
                yield crop
    except BrokenProcessPool:
        _tell_lost(flying.values())
        return True


def _tell_lost(jobs: Iterable[Job]) -> None:
    names = ", ".join(f"{job.project.name}/{job.path}" for job in jobs)
    print(f"left out, since a worker ended with them: {names}", file=sys.stderr)


def _work(job: Job, unsafe: bool, work: Path) -> Crop:
    """One file, in a worker."""
    return harvest_file(job, _tools(), _box(unsafe), work)


@lru_cache(maxsize=1)
def _tools() -> Toolchain:
    return find_tools()


@lru_cache(maxsize=1)
def _box(unsafe: bool) -> Sandbox:
    return open_sandbox(unsafe=unsafe)


def _report(out: Path) -> int:
    out.mkdir(parents=True, exist_ok=True)
    rows = list(read_lines(out / MANIFEST))
    told = markdown(rows)
    (out / "yield.md").write_text(told, encoding="utf-8")
    (out / "yield.json").write_text(json.dumps(summary(rows), indent=1) + "\n", encoding="utf-8")
    print(told)
    return 0 if any(row["programs"] for row in rows) else 1
