"""A data set small enough to be seen through: a pair races if its fact is `common=none`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model_export.dataset import SCHEMA, split_of
from reviewbot.records import Link

JSON_COLUMNS = ("lines", "facts", "places", "unresolved")


def families(part: str, count: int) -> list[str]:
    """The first names whose split is the part."""
    names = (f"toy_{number}" for number in range(10_000))
    return [name for name, _ in zip((n for n in names if split_of(n) == part), range(count))]  # noqa: B905


def labelled(
    number: int,
    family: str,
    *,
    racy: bool,
    view: str = "program",
    facts: Sequence[Sequence[str]] | None = None,
    race: Sequence[int] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """A row of the data set as `read_slices` gives it; its slice is as long as its number says."""
    own = [["common=none" if racy else "common=mutex"]] if facts is None else facts
    labels = [int(racy)] * len(own) if race is None else list(race)
    lines = [[n, ["OBJ", "++", ";"]] for n in range(1, 2 + number % 5)]
    row = {
        "program": f"{family}-{number}",
        "family": family,
        "domain": "toys",
        "language": "c",
        "twin_group": f"{family}-{number // 2}",
        "view": view,
        "object": "counter",
        "kind": "thread",
        "lines": lines,
        "facts": [list(pair) for pair in own],
        "places": [[1, len(lines)] for _ in own],
        "unresolved": [],
        "key": f"{number}-{view}",
        "race": labels,
        "links": [outcome for label in labels for outcome in _links(label)],
        "slice_race": int(racy),
        "label": "racy" if racy else "clean",
        "mutation": "",
    }
    return {**row, **changes}


def _links(label: int) -> list[int]:
    if label == 1:
        return [1] * len(Link)
    return [-1] * (len(Link) - 1) + [0 if label == 0 else -1]


def data_set(*, each: int = 10, train: int = 3, held: int = 2) -> list[dict[str, Any]]:
    """Rows of families of every part, half of them racy, twins side by side."""
    names = families("train", train) + families("calibrate", held) + families("test", held)
    return [labelled(n, name, racy=n % 2 == 0) for name in names for n in range(each)]


def write_data(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Rows as the Parquet file that `dataset` writes."""
    # Imported here: only those who write a file need Arrow.
    import pyarrow as pa
    import pyarrow.parquet as pq

    coded = [{**row, **{name: json.dumps(row[name]) for name in JSON_COLUMNS}} for row in rows]
    pq.write_table(pa.Table.from_pylist(coded, schema=SCHEMA), path)
    return path
