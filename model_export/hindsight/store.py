"""Traces on disk: Parquet parts that appear whole or not at all, and their tally."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    "counterfactual_from",  # "corpus" if it had been run before, "run"; "" if there is none
    "construct",  # that makes the accesses parallel
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


def forget(out: Path, programs: Collection[str]) -> None:
    """Take the traces of these programs out of the parts, so that they are told again."""
    for path in sorted((out / "parts").glob("part-*.parquet")):
        rows = pq.read_table(path).to_pylist()
        kept = [row for row in rows if row["program"] not in programs]
        if kept and len(kept) < len(rows):
            write_traces(out, kept)  # under another name: killed here, both are read and agree
        if len(kept) < len(rows):
            path.unlink()


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
