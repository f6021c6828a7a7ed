"""The corpus of measured programs as Parquet parts: made in any order, resumed at any point."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from model_export.hotspots.draw import FAMILIES
from model_export.hotspots.measure import Measurer
from model_export.hotspots.programs import PerformanceProgram, program
from model_export.mutations.core import Effect
from model_export.mutations.engine import mutate

NICE = 5  # a measurement of processor time does not need the machine for itself
COUNTED = 1  # seeds of a family whose lines are counted too, which takes longer than all else
# Of a program that is counted alone: it need not run long, and its seeds are no other's.
LIGHT, LIGHT_SEEDS = 0.25, 1000
_LINE = pa.struct([("line", pa.int32()), ("cost", pa.int64())])
_REGION = pa.struct(
    [("line", pa.int32()), ("kind", pa.string()), ("threads", pa.int32()), ("team", pa.int32())]
    + [("instances", pa.int64())]
    + [
        (name, pa.float64())
        for name in ("balance", "spread", "busy", "barrier_wait", "lock_wait", "wall", "serial")
    ]
)
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("family", pa.string()),
        ("seed", pa.int32()),
        ("variant", pa.string()),  # base, twin, or the mutation's name
        ("source", pa.string()),
        ("functions", pa.list_(pa.struct([("name", pa.string()), ("bottleneck", pa.string())]))),
        ("regions", pa.list_(_REGION)),
        ("own", pa.list_(_LINE)),
        ("calls", pa.list_(_LINE)),
    ]
)
Job = tuple[str, int]
Row = dict[str, Any]


def jobs(seeds: int, first: int = 1) -> Iterator[Job]:
    """Every family once, then every family again: a corpus cut short has all of them."""
    for seed in range(first, seeds + 1):
        for family in FAMILIES:
            yield family, seed


def variants(family: str, seed: int) -> Iterator[tuple[str, PerformanceProgram]]:
    """A program, its twin, and every second time a mutant of it."""
    base = program(family, seed)
    yield "base", base
    twin = program(family, seed, 1)
    if twin.source != base.source:
        yield "twin", twin
    if seed % 2 == 0:
        found = mutate(base.source, "c", seed, wanted=1, effects=(Effect.PERFORMANCE,))
        for mutant in found:
            # What was declared need not hold after the change: only what is measured counts.
            functions = tuple((name, "unknown") for name, _ in base.functions)
            yield mutant.mutation, PerformanceProgram(family, seed, 2, mutant.text, functions)


def lightly(family: str, seed: int) -> Iterator[tuple[str, PerformanceProgram]]:
    """A short program, of which only the lines are counted."""
    yield "base", program(family, seed, effort=LIGHT)


def make(
    out: Path, seeds: int, workers: int, first: int = 1, *, light: bool = False
) -> Iterator[Path]:
    """Measure what is not there yet; one part a family and seed, from the first seed on.

    Light programs are short ones of which the cost of lines is counted and no clock is read.
    """
    start = LIGHT_SEEDS if light else 0
    todo = [job for job in jobs(start + seeds, start + first) if not _part(out, job).exists()]
    with ProcessPoolExecutor(workers, initializer=_give_way) as pool:
        futures = [pool.submit(measure, out, job) for job in todo]
        for future in as_completed(futures):
            yield future.result()


def _give_way() -> None:
    os.nice(max(0, NICE - os.nice(0)))


_MEASURERS: dict[str, Measurer] = {}  # one a process: its tools are built once


def measure(out: Path, job: Job) -> Path:
    """Measure one job's programs and write its part, whole or not at all."""
    if "here" not in _MEASURERS:
        _MEASURERS["here"] = Measurer.over(Path(tempfile.mkdtemp(prefix="hotspots-")))
    found = lightly(*job) if job[1] > LIGHT_SEEDS else variants(*job)
    rows = [row for name, one in found if (row := _measured(name, one))]
    path = _part(out, job)
    if not rows:  # nothing ran in time: the job is tried again when the corpus is resumed
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), unfinished)
    unfinished.replace(path)
    return path


def _measured(variant: str, one: PerformanceProgram) -> Row | None:
    light = one.seed > LIGHT_SEEDS
    counted = variant == "base" and (light or one.seed <= COUNTED)
    found = _MEASURERS["here"].measure(one.source, lines=counted, clock=not light)
    if found is None:
        return None
    return {
        "id": hashlib.sha256(one.source.encode()).hexdigest()[:16],
        "family": one.family,
        "seed": one.seed,
        "variant": variant,
        "source": one.source,
        "functions": [{"name": n, "bottleneck": b} for n, b in one.functions],
        **found,
    }


def _part(out: Path, job: Job) -> Path:
    return out / "parts" / f"{job[0]}-{job[1]:04d}.parquet"


def read(out: Path) -> list[Row]:
    """Every measured program, in a stable order."""
    return list(_rows(sorted((out / "parts").glob("*.parquet"))))


def _rows(paths: Iterable[Path]) -> Iterator[Row]:
    for path in paths:
        yield from pq.read_table(path).to_pylist()


def fingerprint(rows: Sequence[Row]) -> str:
    """The sha256 of the programs there are."""
    return hashlib.sha256("".join(sorted(row["id"] for row in rows)).encode()).hexdigest()
