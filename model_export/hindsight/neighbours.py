"""Executed programs that differ from one by a single choice or mutation: twins at hand."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from model_export.hindsight.reading import Row
from model_export.hindsight.trace import RACY

Key = tuple[str, ...]


class Neighbours:
    """An index over the rows of a corpus; it keeps ids and choices, not sources."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Enter every row."""
        self._labels: dict[str, str] = {}
        self._at: dict[Key, list[str]] = defaultdict(list)
        self._mutants: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            self._labels[row["id"]] = row["label"]
            if row["parent"]:
                self._mutants[row["parent"]].append(row["id"])
            for key in _keys(row):
                self._at[key].append(row["id"])

    def of(self, row: Row) -> list[str]:
        """Ids of the programs that may flip an object of the row, in a stable order."""
        near = {other for key in _keys(row) for other in self._at[key]}
        near.update(self._mutants[row["id"]])
        if row["parent"] in self._labels:
            near.add(row["parent"])
        several = list(json.loads(row["effects"]).values()).count(RACY) > 1
        return sorted(
            other
            for other in near - {row["id"]}
            if self._labels[other] != row["label"] or (several and row["label"] == RACY)
        )


def _keys(row: Row) -> Iterator[Key]:
    """One key for each choice left out: programs that share one differ in that choice alone."""
    if row["parent"]:
        return
    choices: Mapping[str, str] = json.loads(row["choices"])
    for name in choices:
        rest = sorted(f"{slot}={value}" for slot, value in choices.items() if slot != name)
        yield (row["family"], row["language"], name, *rest)
