"""Writes the hindsight traces of a corpus, each put to the test by an executed counterfactual.

python -m model_export trace --corpus data/programs --out data/traces --limit 300

Killed at any point it resumes: programs that the parts hold are not told again.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from model_export.execute.corpus import read_rows
from model_export.explore import connect, execute_batch, stream
from model_export.hindsight.reading import Row
from model_export.hindsight.rounds import Outcomes, row_of, tellings_of
from model_export.hindsight.store import tally, write_traces
from model_export.hindsight.twins import is_sibling
from model_export.progress import Progress
from reviewbot.errors import BadInput

# As many programs as share a part: their counterfactuals share binaries.
BATCH = 48
_FOR_TELLING = (
    *("id", "family", "domain", "language", "source", "choices"),
    *("effects", "expected", "label", "reports", "usable"),
)

Task = tuple[Sequence[Row], Outcomes, bool]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--corpus", type=Path, required=True, metavar="DIR", help="folder written by explore"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the traces; may exist"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="so many programs, drawn by --seed")
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
    rows = _chosen(args)
    progress = Progress(total=len(rows), stream=sys.stderr)
    print(f"{len(rows)} programs to tell", file=sys.stderr)
    lost = 0
    if rows:
        with connect(args.scheduler, args.jobs) as client:
            lost = _tell_all(client, _tasks(args, rows), args.out, progress)
    print(tally(read_rows(args.out, ("label", "reason"))))
    if lost:
        told = f"{lost} programs were lost with their workers; run the command again"
        print(told, file=sys.stderr)
    return 1 if lost else 0


def _chosen(args: argparse.Namespace) -> list[dict[str, object]]:
    """The programs that were run and are not told yet; a larger limit extends a smaller one."""
    rows = [row for row in read_rows(args.corpus, _FOR_TELLING) if row["usable"]]
    rows.sort(key=lambda row: hashlib.sha256(f"{args.seed}/{row['id']}".encode()).hexdigest())
    done = {row["program"] for row in read_rows(args.out, ("program",))}
    return [row for row in rows[: args.limit] if row["id"] not in done]


def _tasks(args: argparse.Namespace, rows: Sequence[Row]) -> Iterator[Task]:
    """Batches of one language and kind, with what is known of other programs of their families."""
    relatives: dict[str, list[Row]] = {}
    families = {row["family"] for row in rows}
    for other in read_rows(args.corpus, _FOR_TELLING):
        if other["usable"] and other["family"] in families:
            relatives.setdefault(str(other["family"]), []).append(other)
    kinds: dict[tuple[str, bool], list[Row]] = {}
    for row in rows:
        kinds.setdefault((row["language"], "omp" in row["source"]), []).append(row)
    for group in kinds.values():
        for start in range(0, len(group), BATCH):
            batch = group[start : start + BATCH]
            near = (o for row in batch for o in relatives[row["family"]] if is_sibling(row, o))
            yield batch, {other["id"]: other for other in near}, not args.no_counterfactual


def _tell_all(client: Any, tasks: Iterable[Task], out: Path, progress: Progress) -> int:
    """Tell the batches and write each as a part as it comes; how many programs were lost."""
    return stream(
        client,
        tasks,
        tell_batch,
        write=partial(write_traces, out),
        size=lambda task: len(task[0]),
        progress=progress,
    )


def tell_batch(task: Task) -> list[dict[str, object]]:
    """Run on a worker: the rows of a batch's traces."""
    rows, known, counterfactual = task
    told = tellings_of(
        rows, lambda some: execute_batch(tuple(some)), known, counterfactual=counterfactual
    )
    return [
        row_of(row, number, telling)
        for row, tellings in zip(rows, told, strict=True)
        for number, telling in enumerate(tellings)
    ]


# --- for reading ---------------------------------------------------------------------------------


def _show(args: argparse.Namespace) -> int:
    traces: dict[str, list[Mapping[str, object]]] = {}
    for row in read_rows(args.out, ("id", "program", "prose", "reason", "family")):
        traces.setdefault(str(row["program"]), []).append(row)
    wanted = {args.show.split("-")[0]} if args.show else set(_drawn(traces, args))
    if not wanted & set(traces):
        raise BadInput(f"no trace of {args.show or 'any program'} in {args.out}; run without it")
    for row in read_rows(args.corpus, ("id", "source")):
        if row["id"] in wanted:
            print(_page(str(row["source"]), traces[str(row["id"])]))
    return 0


def _drawn(traces: Mapping[str, object], args: argparse.Namespace) -> list[str]:
    def order(name: str) -> str:
        return hashlib.sha256(f"show/{args.seed}/{name}".encode()).hexdigest()

    return sorted(traces, key=order)[: args.samples]


def _page(source: str, traces: Sequence[Mapping[str, object]]) -> str:
    lines = [f"=== {traces[0]['program']} of {traces[0]['family']}"]
    lines += [f"{number:4} {line}" for number, line in enumerate(source.splitlines(), 1)]
    for row in traces:
        lines += ["", f"--- {row['id']}: {row['reason'] or 'valid'}", str(row["prose"])]
    return "\n".join(lines)
