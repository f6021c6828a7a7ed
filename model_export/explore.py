"""Executes programs of families, mutants and others over Dask into labelled Parquet parts.

Killed at any point it resumes: a part appears whole or not at all, and what the parts hold is not
run again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from model_export.candidates import (
    PER_STRUCTURE,
    of_families,
    of_file,
    of_patterns,
    of_sketches,
    with_mutants,
)
from model_export.execute.batch import BatchRunner
from model_export.execute.corpus import read_ids, read_rows, summarise, write_part, write_summary
from model_export.execute.label import row
from model_export.execute.run import Runner, find_tools, uses_openmp
from model_export.programs.compose.more_compose import FOLDERS
from model_export.programs.sample import Program
from model_export.progress import Progress
from reviewbot.errors import BadInput

FAMILIES = Path(__file__).parent / "programs" / "families"
SKETCHES = Path(__file__).parent / "programs" / "sketches"
EVERY_FAMILY = "*/*"
# One binary's worth, some seconds of work: small enough to lose, and its costs are shared by many.
BATCH = 32
CONNECT_SECONDS = 20
RETRIES = 2  # for a batch that raises; Dask itself repeats those of a lost worker
IN_FLIGHT = 3  # batches a worker, so that none waits for the next; the rest need not exist yet

Batch = tuple[Program, ...]
Row = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the corpus; may exist"
    )
    parser.add_argument("--per-family", type=int, default=60, metavar="N", help="programs a family")
    parser.add_argument(
        "--mutants", type=int, default=0, metavar="K", help="mutants of each program, executed too"
    )
    parser.add_argument(
        "--structures",
        type=int,
        default=0,
        metavar="N",
        help="programs composed from patterns: N structures with threads, N with OpenMP, and N "
        "pairs of OpenMP constructs",
    )
    parser.add_argument(
        "--per-structure",
        type=int,
        default=PER_STRUCTURE,
        metavar="N",
        help=f"of each of these structures so many programs; 2 are a third of the work "
        f"(default: {PER_STRUCTURE})",
    )
    parser.add_argument(
        "--kinds",
        nargs="+",
        choices=sorted(FOLDERS),
        default=[],
        metavar="KIND",
        help=f"of the structures, these kinds alone: {', '.join(sorted(FOLDERS))}",
    )
    parser.add_argument(
        "--programs",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help='other programs, as JSON lines {"family", "variant", "language", "text"}',
    )
    parser.add_argument(
        "--sketches",
        metavar="GLOB",
        help="small programs of programs/sketches, with their mutants: '*', '' for none; "
        "if left out, all where --families is left out too",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="a running Dask scheduler, tcp://host:8786, whose workers have clang 19 and us",
    )
    parser.add_argument("--jobs", type=int, default=2, help="local worker processes")
    parser.add_argument(
        "--families",
        default=EVERY_FAMILY,
        metavar="GLOB",
        help="below programs/families: 'queue/*', '*/pt_*'",
    )
    parser.add_argument("--root", type=Path, default=FAMILIES, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Execute what the corpus lacks; 1 if some programs could not be executed."""
    programs = of_families(args.root, args.families, args.per_family, args.seed)
    everything = "*" if (args.root, args.families) == (FAMILIES, EVERY_FAMILY) else ""
    programs += of_sketches(SKETCHES, everything if args.sketches is None else args.sketches)
    others = [
        *of_patterns(args.structures, args.seed, args.kinds, args.per_structure),
        *chain.from_iterable(map(of_file, args.programs)),
    ]
    present = read_ids(args.out)
    missing = sum(1 for p in [*programs, *others] if p.id not in present)
    missing += _mutants_missing(programs, args) if args.mutants else 0
    progress = Progress(total=missing, stream=sys.stderr)
    about = "up to " if args.mutants else ""  # a small program has fewer
    wanted = len(programs) * (args.mutants + 1) + len(others)
    print(f"{about}{wanted} programs wanted, {about}{progress.total} to run", file=sys.stderr)
    lost = 0
    if progress.total:
        found = chain(with_mutants(programs, args.seed, args.mutants, present), others)
        with connect(args.scheduler, args.jobs) as client:
            lost = explore(client, batches(found, present), args.out, progress)
    return _summarised(args, lost)


def _mutants_missing(programs: Sequence[Program], args: argparse.Namespace) -> int:
    parents = {program.id for program in programs}
    there = sum(row["parent"] in parents for row in read_rows(args.out, ("parent",)))
    return max(0, len(programs) * int(args.mutants) - there)


def _summarised(args: argparse.Namespace, lost: int) -> int:
    settings = {
        "per_family": args.per_family,
        "seed": args.seed,
        "mutants": args.mutants,
        "structures": args.structures,
        "per_structure": args.per_structure,
    }
    summary = summarise(args.out, settings=settings)
    write_summary(args.out, summary)
    print(summary.text())
    if lost:
        print(
            f"{lost} programs were lost with their workers; run the command again", file=sys.stderr
        )
    return 1 if lost else 0


def batches(programs: Iterable[Program], without: Collection[str] = ()) -> Iterator[Batch]:
    """Distinct programs but those known, of one language and kind: such can share a binary."""
    seen = set(without)
    open_batches: dict[tuple[str, bool], list[Program]] = {}
    for program in programs:
        if program.id in seen:
            continue
        seen.add(program.id)
        kind = (program.language, uses_openmp(program.source))
        batch = open_batches.setdefault(kind, [])
        batch.append(program)
        if len(batch) >= BATCH:
            yield tuple(open_batches.pop(kind))
    yield from (tuple(batch) for batch in open_batches.values())


def explore(client: Any, batches: Iterable[Batch], out: Path, progress: Progress) -> int:
    """Execute the batches and write each as a part as it comes; how many programs were lost."""
    return stream(
        client, batches, execute_batch, write=partial(write_part, out), size=len, progress=progress
    )


def stream(
    client: Any,
    tasks: Iterable[Any],
    work: Callable[[Any], Any],
    *,
    write: Callable[[Any], object],
    size: Callable[[Any], int],
    progress: Progress,
) -> int:
    """Do `work` on the tasks, a few in flight, and write each result as it comes.

    How much, by `size`, was lost with its workers.
    """
    from distributed import KilledWorker, as_completed  # heavy: only when something is run

    waiting = iter(tasks)
    sizes: dict[Any, int] = {}
    lost = 0
    queue = as_completed()

    def submit(count: int) -> None:
        for task in islice(waiting, count):
            future = client.submit(work, task, retries=RETRIES, pure=False)
            sizes[future] = size(task)
            queue.add(future)

    submit((sum(client.nthreads().values()) or 1) * IN_FLIGHT)
    for future in queue:
        done = sizes.pop(future)
        try:
            write(future.result())
        except KilledWorker:
            lost += done
        progress.advance(done)
        future.release()
        submit(1)
    progress.finish()
    return lost


def execute_batch(batch: Batch) -> list[Row]:
    """Run on a worker: one row per program."""
    runs = _runner().execute(batch)
    return [row(program, made) for program, made in zip(batch, runs, strict=True)]


@lru_cache(maxsize=1)
def _runner() -> BatchRunner:
    """One per worker process: the check of the tools and the precompiled headers are kept."""
    from distributed import get_worker  # heavy: only when something is run

    # Dask clears a worker's directory, even after a worker that was killed.
    folder = Path(get_worker().local_directory) / "programs"
    folder.mkdir(parents=True, exist_ok=True)
    return BatchRunner.over(Runner(tools=find_tools(), work=folder))


def connect(scheduler: str | None, jobs: int) -> AbstractContextManager[Any]:
    """A Dask client: of the scheduler named, or of a cluster on this machine."""
    return _remote(scheduler) if scheduler else _local(jobs)


@contextmanager
def _remote(address: str) -> Iterator[Any]:
    from distributed import Client  # heavy: only when something is run

    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as exc:
        told = f"no Dask scheduler answers at {address}: {exc}"
        raise BadInput(
            f"{told}; start one with `dask scheduler`, or leave --scheduler out"
        ) from exc
    with client:
        yield client


@contextmanager
def _local(jobs: int) -> Iterator[Any]:
    from distributed import Client, LocalCluster  # heavy: only when something is run

    find_tools()  # fail here, in one sentence, rather than in every worker
    with (
        tempfile.TemporaryDirectory(prefix="explore-", ignore_cleanup_errors=True) as folder,
        LocalCluster(
            local_directory=folder,
            n_workers=jobs,
            threads_per_worker=1,  # programs bring threads of their own
            processes=True,
            memory_limit=0,  # what takes memory are the children, which Dask does not see
            dashboard_address=":0",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client
