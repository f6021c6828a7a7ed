"""Writes the hindsight traces of a corpus, each put to the test by an executed counterfactual.

python -m model_export trace --corpus data/programs --out data/traces --jobs 2 --budget 2000

Most counterfactuals are in the corpus: siblings that differ in one choice, mutants and what they
were made of. For the others the smallest edits are run, `--budget` of them in all, spread over the
programs. Killed at any point it resumes: programs that the parts hold are not told again.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from model_export.execute.corpus import read_rows
from model_export.execute.run import uses_openmp
from model_export.explore import BATCH as BINARY
from model_export.explore import connect, execute_batch, stream
from model_export.hindsight.neighbours import Neighbours
from model_export.hindsight.reading import Row
from model_export.hindsight.report import FOR_REPORT, markdown, write_report
from model_export.hindsight.rounds import (
    MAY_BE_MENDED,
    Near,
    Outcomes,
    Runs,
    row_of,
    tellings_of,
)
from model_export.hindsight.store import forget, write_traces
from model_export.programs.sample import Program
from model_export.progress import Progress
from reviewbot.errors import BadInput

# As many programs as share a part; neighbours that are told together are read once.
BATCH = 160
_FOR_TELLING = (
    *("id", "family", "domain", "language", "source", "choices", "parent"),
    *("effects", "expected", "label", "reports", "usable"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Programs to tell, their neighbours that were run, and how many runs they may take."""

    rows: Sequence[Row]
    known: Outcomes
    near: Near
    runs: int | None
    counterfactual: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--corpus", type=Path, required=True, metavar="DIR", help="folder written by explore"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the traces; may exist"
    )
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="so many programs, drawn by --seed; 0: none, only the report of what is there",
    )
    parser.add_argument(
        "--budget",
        type=int,
        metavar="N",
        help="counterfactuals to run that the corpus lacks; 0: none, left out: as many as it takes",
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="tell those again whose traces lack a counterfactual that flips one link",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--no-counterfactual", action="store_true", help="execute nothing; no trace is proven"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="a running Dask scheduler")
    parser.add_argument("--jobs", type=int, default=2, help="local worker processes")
    parser.add_argument("--show", metavar="ID", help="print a program of --out with its traces")
    parser.add_argument("--samples", type=int, default=0, metavar="N", help="print N programs")


def run(args: argparse.Namespace) -> int:
    """Write the traces that are missing, or print some; 1 if programs were lost."""
    if args.show or args.samples:
        return _show(args)
    if args.again:
        forget(args.out, _unproven(args.out))
    corpus = [row for row in read_rows(args.corpus, _FOR_TELLING) if row["usable"]]
    rows = _chosen(args, corpus)
    progress = Progress(total=len(rows), stream=sys.stderr)
    print(f"{len(rows)} programs to tell", file=sys.stderr)
    lost = 0
    if rows:
        with connect(args.scheduler, args.jobs) as client:
            lost = _tell_all(client, _tasks(args, rows, corpus), args.out, progress)
    told = list({row["id"]: row for row in read_rows(args.out, FOR_REPORT)}.values())
    write_report(args.out, told)
    print(markdown(told))
    if lost:
        told_of = f"{lost} programs were lost with their workers; run the command again"
        print(told_of, file=sys.stderr)
    return 1 if lost else 0


def _unproven(out: Path) -> set[str]:
    """Programs without a valid trace that another counterfactual may give one."""
    told = list(read_rows(out, ("program", "reason")))
    reasons = {reason.value for reason in MAY_BE_MENDED}
    open_ = {str(row["program"]) for row in told if row["reason"] in reasons}
    return open_ - {str(row["program"]) for row in told if row["reason"] not in reasons}


def _chosen(args: argparse.Namespace, corpus: Iterable[Row]) -> list[Row]:
    """The programs that were run and are not told yet; a larger limit extends a smaller one."""
    ordered = sorted(corpus, key=lambda row: _drawn(args.seed, row["id"]))
    done = {row["program"] for row in read_rows(args.out, ("program",))}
    return [row for row in ordered[: args.limit] if row["id"] not in done]


def _drawn(seed: object, name: str) -> str:
    """Where a program stands in the order in which they are drawn."""
    return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()


def _tasks(args: argparse.Namespace, rows: Sequence[Row], corpus: Sequence[Row]) -> Iterator[Task]:
    """Batches of one language and kind, families together, with what is known of neighbours."""
    by_id = {row["id"]: row for row in corpus}
    neighbours = Neighbours(corpus)
    done = 0
    for batch in _batches(rows):
        near = {row["id"]: neighbours.of(row) for row in batch}
        before, done = done, done + len(batch)
        yield Task(
            rows=batch,
            known={other: by_id[other] for others in near.values() for other in others},
            near=near,
            runs=_share(args.budget, before, done, len(rows)),
            counterfactual=not args.no_counterfactual,
        )


def _share(budget: int | None, before: int, done: int, total: int) -> int | None:
    """What a batch may take of the budget: spread evenly, but as much as fills a binary."""
    if budget is None:
        return None
    given, now = (budget * n // total // BINARY * BINARY for n in (before, done))
    return (budget if done == total else now) - given


def _batches(rows: Iterable[Row]) -> list[list[Row]]:
    """Families together, one language and kind a batch; drawn, so that a killed run is a sample."""
    kinds: dict[tuple[str, bool], list[Row]] = {}
    for row in rows:
        kinds.setdefault((row["language"], uses_openmp(row["source"])), []).append(row)
    found: list[list[Row]] = []
    for group in kinds.values():
        group.sort(key=lambda row: (row["family"], row["choices"]))
        found += (group[start : start + BATCH] for start in range(0, len(group), BATCH))
    return sorted(found, key=lambda batch: _drawn(0, batch[0]["id"]))


def _tell_all(client: Any, tasks: Iterable[Task], out: Path, progress: Progress) -> int:
    """Tell the batches and write each as a part as it comes; how many programs were lost."""
    return stream(
        client,
        tasks,
        tell_batch,
        write=partial(write_traces, out),
        size=lambda task: len(task.rows),
        progress=progress,
    )


def tell_batch(task: Task) -> list[dict[str, object]]:
    """Run on a worker: the rows of a batch's traces."""
    runs = Runs(_execute, dict(task.known), task.runs)
    told = tellings_of(task.rows, runs, task.near, counterfactual=task.counterfactual)
    return [
        row_of(row, number, telling)
        for row, tellings in zip(task.rows, told, strict=True)
        for number, telling in enumerate(tellings)
    ]


def _execute(programs: Sequence[Program]) -> list[dict[str, object]]:
    """Run programs of one language and kind, as many in a binary as a corpus has."""
    parts = (programs[start : start + BINARY] for start in range(0, len(programs), BINARY))
    return [row for part in parts for row in execute_batch(tuple(part))]


# --- for reading ---------------------------------------------------------------------------------


def _show(args: argparse.Namespace) -> int:
    traces: dict[str, list[Mapping[str, object]]] = {}
    for row in read_rows(args.out, ("id", "program", "prose", "reason", "family")):
        traces.setdefault(str(row["program"]), []).append(row)
    wanted = {args.show.split("-")[0]} if args.show else set(_to_show(traces, args))
    if not wanted & set(traces):
        raise BadInput(f"no trace of {args.show or 'any program'} in {args.out}; run without it")
    for row in read_rows(args.corpus, ("id", "source")):
        if row["id"] in wanted:
            print(_page(str(row["source"]), traces[str(row["id"])]))
    return 0


def _to_show(traces: Iterable[str], args: argparse.Namespace) -> list[str]:
    return sorted(traces, key=lambda name: _drawn(f"show/{args.seed}", name))[: args.samples]


def _page(source: str, traces: Sequence[Mapping[str, object]]) -> str:
    lines = [f"=== {traces[0]['program']} of {traces[0]['family']}"]
    lines += [f"{number:4} {line}" for number, line in enumerate(source.splitlines(), 1)]
    for row in traces:
        lines += ["", f"--- {row['id']}: {row['reason'] or 'valid'}", str(row["prose"])]
    return "\n".join(lines)
