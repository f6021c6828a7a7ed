"""Samples families and executes them over Dask into labelled Parquet parts; resumable."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from model_export.execute.corpus import read_ids, summarise, write_part, write_summary
from model_export.execute.label import row
from model_export.execute.run import Runner, find_tools
from model_export.programs.family import BadFamily, read_family
from model_export.programs.sample import Program, sample
from reviewbot.errors import BadInput

FAMILIES = Path(__file__).parent / "programs" / "families"
# Some seconds of work: small enough to lose, large enough that scheduling costs nothing.
BATCH = 8
CONNECT_SECONDS = 20
RETRIES = 2  # for a batch that raises; Dask itself repeats those of a lost worker

Batch = tuple[Program, ...]
Row = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the corpus; may exist"
    )
    parser.add_argument("--per-family", type=int, default=60, metavar="N", help="programs a family")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="a running Dask scheduler, tcp://host:8786, whose workers have clang 19 and us",
    )
    parser.add_argument("--jobs", type=int, default=2, help="local worker processes")
    parser.add_argument(
        "--families",
        default="*/*",
        metavar="GLOB",
        help="below programs/families: 'queue/*', '*/pt_*'",
    )
    parser.add_argument("--root", type=Path, default=FAMILIES, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Execute what the corpus lacks; 1 if some programs could not be executed."""
    programs = wanted(args.root, args.families, args.per_family, args.seed)
    present = read_ids(args.out)
    batches = list(_batches([p for p in programs if p.id not in present]))
    progress = Progress(total=sum(map(len, batches)), stream=sys.stderr)
    print(f"{len(programs)} programs wanted, {progress.total} to run", file=sys.stderr)
    lost = 0
    if batches:
        with connect(args.scheduler, args.jobs) as client:
            lost = explore(client, batches, args.out, progress)
    summary = summarise(args.out, settings={"per_family": args.per_family, "seed": args.seed})
    write_summary(args.out, summary)
    print(summary.text())
    if lost:
        print(
            f"{lost} programs were lost with their workers; run the command again", file=sys.stderr
        )
    return 1 if lost else 0


def wanted(root: Path, pattern: str, per_family: int, seed: int) -> list[Program]:
    """The programs to have, family by family; raises BadInput or BadFamily."""
    paths = sorted(path for path in root.glob(pattern) if path.suffix in (".c", ".cpp"))
    if not paths:
        raise BadInput(f"no family file matches '{pattern}' below {root}; try --families '*/*'")
    names: dict[str, Path] = {}
    programs: list[Program] = []
    for path in paths:
        family = read_family(path)
        if family.name in names:
            raise BadFamily(f"{path}: {names[family.name]} has the same name; rename one")
        names[family.name] = path
        programs.extend(sample(family, per_family, seed))
    return programs


def explore(client: Any, batches: Sequence[Batch], out: Path, progress: Progress) -> int:
    """Execute the batches and write each as a part as it comes; how many programs were lost."""
    from distributed import KilledWorker, as_completed  # heavy: only when something is run

    futures = {
        client.submit(execute_batch, batch, retries=RETRIES, pure=False): len(batch)
        for batch in batches
    }
    lost = 0
    for future in as_completed(list(futures)):
        size = futures.pop(future)
        try:
            rows = future.result()
        except KilledWorker:
            lost += size
        else:
            write_part(out, rows)
        progress.advance(size)
        future.release()
    progress.finish()
    return lost


def execute_batch(batch: Batch) -> list[Row]:
    """Run on a worker: one row per program."""
    runner = _runner()
    return [row(program, runner.execute(program)) for program in batch]


@lru_cache(maxsize=1)
def _runner() -> Runner:
    """One per worker process: the check of the tools and the precompiled headers are kept."""
    from distributed import get_worker  # heavy: only when something is run

    # Dask clears a worker's directory, even after a worker that was killed.
    folder = Path(get_worker().local_directory) / "programs"
    folder.mkdir(parents=True, exist_ok=True)
    return Runner(tools=find_tools(), work=folder)


def _batches(programs: Sequence[Program]) -> Iterator[Batch]:
    for start in range(0, len(programs), BATCH):
        yield tuple(programs[start : start + BATCH])


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
            dashboard_address=None,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@dataclass(slots=True)
class Progress:
    """A line on a terminal, or one now and then in a log: done, rate, time left."""

    total: int
    stream: TextIO
    done: int = 0
    started: float = 0.0
    told: float = 0.0

    def __post_init__(self) -> None:
        self.started = self.told = time.monotonic()

    def advance(self, count: int) -> None:
        """Count programs as done and say so, at most twice a second (in a log: every 15 s)."""
        self.done += count
        now = time.monotonic()
        if now - self.told >= (0.5 if self.stream.isatty() else 15):
            self.told = now
            self._say(self.line(now))

    def line(self, now: float) -> str:
        """For example `120/6000 programs, 2.4 a second, 40 min left`."""
        rate = self.done / max(now - self.started, 1e-9)
        left = (self.total - self.done) / max(rate, 1e-9)
        spell = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
        return f"{self.done}/{self.total} programs, {rate:.1f} a second, {spell} left"

    def finish(self) -> None:
        """Say the last line."""
        self._say(self.line(time.monotonic()))
        if self.stream.isatty():
            print(file=self.stream)

    def _say(self, line: str) -> None:
        if self.stream.isatty():
            print(f"\r\x1b[K{line}", end="", file=self.stream, flush=True)
        else:
            print(line, file=self.stream, flush=True)
