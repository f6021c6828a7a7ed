"""How many different things a data set of slices shows: what the model reads, each once."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reviewbot.errors import BadInput

_COLUMNS = ["program", "kind", "view", "lines", "facts", "places", "race", "slice_race"]


@dataclass(slots=True)
class Different:
    """Distinct things and the outcomes that each was seen with."""

    outcomes: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, thing: object, outcome: int) -> None:
        """One more; an outcome that is unknown (-1) counts for the thing alone."""
        seen = self.outcomes[hashlib.blake2b(json.dumps(thing).encode(), digest_size=8).digest()]
        if outcome >= 0:
            seen.add(outcome)

    def __len__(self) -> int:
        return len(self.outcomes)

    def seen(self, *outcomes: int) -> int:
        """How many were seen with exactly these outcomes."""
        return sum(found == set(outcomes) for found in self.outcomes.values())


@dataclass(slots=True)
class SliceCounts:
    """The counts of one data set."""

    slices: int = 0
    pairs: int = 0
    racy_pairs: int = 0
    clean_pairs: int = 0
    programs: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    racy_kinds: Counter[str] = field(default_factory=Counter)
    canonical: Different = field(default_factory=Different)  # slices as the model reads them
    contexts: Different = field(default_factory=Different)  # a pair's facts and its two lines
    relations: Different = field(default_factory=Different)  # a pair's facts alone

    def add(self, row: Mapping[str, Any]) -> None:
        """Count one slice, its JSON columns decoded."""
        self.slices += 1
        self.programs.add(row["program"])
        self.kinds[row["kind"]] += row["slice_race"] >= 0
        self.racy_kinds[row["kind"]] += row["slice_race"] == 1
        order = {number: place for place, (number, _) in enumerate(row["lines"])}
        tokens = [found for _, found in row["lines"]]
        places = [[order.get(line, -1) for line in pair] for pair in row["places"]]
        self.canonical.add([tokens, row["facts"], places], row["slice_race"])
        for facts, (a, b), race in zip(row["facts"], places, row["race"], strict=True):
            self._add_pair(facts, [tokens[n] if n >= 0 else [] for n in (a, b)], race)

    def _add_pair(self, facts: list[str], lines: list[list[str]], race: int) -> None:
        self.pairs += 1
        self.racy_pairs += race == 1
        self.clean_pairs += race == 0
        self.contexts.add([facts, lines], race)
        self.relations.add(facts, race)


def count_slices(rows: Iterable[Mapping[str, Any]]) -> SliceCounts:
    """Count the rows of a data set."""
    counts = SliceCounts()
    for row in rows:
        counts.add(row)
    return counts


def read_counted(path: Path) -> Iterator[dict[str, Any]]:
    """The columns that are counted, a row at a time; raises BadInput."""
    try:
        for batch in pq.ParquetFile(path).iter_batches(2000, columns=_COLUMNS):
            for row in batch.to_pylist():
                yield row | {name: json.loads(row[name]) for name in ("lines", "facts", "places")}
    except (OSError, pa.ArrowException) as exc:
        raise BadInput(f"{path} cannot be read: make it anew with `dataset`. {exc}") from exc
