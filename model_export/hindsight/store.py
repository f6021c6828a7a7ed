"""Traces on disk: Parquet parts that appear whole or not at all, and their tally."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_TEXT = (
    "id",
    "program",
    "family",
    "domain",
    "language",
    "label",
    "object",
    "link",  # that the counterfactual flips
    "trace",
    "prose",
    "reason",  # of the rejection; "" if valid
    "counterfactual",  # the id of the program that was run
    "counterfactual_outcome",
    "hash",
)
SCHEMA = pa.schema([(name, pa.string()) for name in _TEXT] + [("valid", pa.bool_())])


def write_traces(out: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows as one part, named by their ids."""
    digest = hashlib.sha256(" ".join(sorted(str(row["id"]) for row in rows)).encode()).hexdigest()
    path = out / "parts" / f"part-{digest[:16]}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMA), unfinished)
    unfinished.replace(path)
    return path


def tally(rows: Iterable[Mapping[str, object]]) -> str:
    """The yield and the rejections by reason, for racy and clean programs."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[str(row["reason"]) or "valid", str(row["label"])] += 1
    reasons = sorted({reason for reason, _ in counts}, key=lambda r: (r != "valid", r))
    lines = [f"{'':<56}{'racy':>8}{'clean':>8}"]
    for reason in reasons:
        lines.append(f"{reason:<56}{counts[reason, 'racy']:>8}{counts[reason, 'clean']:>8}")
    total, valid = sum(counts.values()), counts["valid", "racy"] + counts["valid", "clean"]
    share = valid / total if total else 0.0
    return "\n".join([*lines, f"{valid} of {total} traces are valid ({share:.1%})"])
