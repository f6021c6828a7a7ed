"""Predictions of a run joined with the facts that the model read, from the data set."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow.parquet as pq

from model_export.calibrate import read_predictions
from model_export.dataset import unit_of
from model_export.selective.bounds import Array
from reviewbot.errors import BadInput

Bags: TypeAlias = tuple[tuple[str, ...], ...]  # the facts of each pair of a slice
COLUMNS = ("family", "view", "key", "kind", "program", "facts", "unresolved")


@dataclass(frozen=True, slots=True)
class Known:
    """A slice of the data set, as far as novelty asks for it."""

    family: str
    program: str
    kind: str
    bags: Bags
    unresolved: tuple[str, ...]
    repeated: bool

    @property
    def unit(self) -> str:
        """What counts as one draw: a family, or a project whose functions were harvested."""
        return unit_of(self.family)


@dataclass(frozen=True, slots=True)
class Scored:
    """A slice with its outcome and the model's word."""

    known: Known
    label: float
    logit: float  # of the raw score


def read_known(path: Path) -> list[Known]:
    """All slices of a data set, in order; `repeated` as `examples.load` says it."""
    seen: set[tuple[str, str]] = set()
    cache: dict[str, Bags] = {}  # equal facts are read once: one slice in ten has its own
    result = []
    for row in _rows(path):
        key = (row["family"], row["view"] + row["key"])
        if row["facts"] not in cache:
            cache[row["facts"]] = tuple(tuple(bag) for bag in json.loads(row["facts"]))
        result.append(
            Known(
                row["family"],
                row["program"],
                row["kind"],
                cache[row["facts"]],
                tuple(json.loads(row["unresolved"])),
                key in seen,
            )
        )
        seen.add(key)
    return result


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for batch in pq.ParquetFile(path).iter_batches(20_000, columns=list(COLUMNS)):
        yield from batch.to_pylist()


def scored(path: Path, known: Sequence[Known]) -> list[Scored]:
    """The labelled slices of a predictions file, each once; raises BadInput if the data differ."""
    ordered: dict[str, list[Known]] = defaultdict(list)
    for item in known:
        ordered[item.family].append(item)
    rows = read_predictions(path)
    families: dict[str, int] = defaultdict(int)
    result = []
    for row in rows:
        item = _next(ordered[row["family"]], families[row["family"]], row, path)
        families[row["family"]] += 1
        if row["slice_race"] >= 0 and not item.repeated and row["links"]:
            result.append(Scored(item, float(row["slice_race"]), logit(row["score"])))
    return result


def _next(items: Sequence[Known], place: int, row: Mapping[str, Any], path: Path) -> Known:
    """Slices of a family come in the same order in both files."""
    if place >= len(items) or items[place].program != row["program"]:
        raise BadInput(
            f"{path} was not made from this data set: family {row['family']} differs. "
            "Give --data the file that the run was trained on."
        )
    return items[place]


def logit(score: float) -> float:
    """Log odds, cut as the runtime cuts them."""
    clipped = min(max(score, 1e-6), 1 - 1e-6)
    return float(np.log(clipped / (1 - clipped)))


def labels(items: Sequence[Scored]) -> Array:
    """(N,) of 0 and 1."""
    return np.array([item.label for item in items], float)


def logits(items: Sequence[Scored]) -> Array:
    """(N,) of raw scores' log odds."""
    return np.array([item.logit for item in items], float)
