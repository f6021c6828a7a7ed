"""What was seen in each program's text, kept beside the corpus: reading it is most of the work.

A scan belongs to the text (a program's id is a hash of it) and to the code that made it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model_export.mutations import pragmas
from model_export.quality import constructs as constructs_
from model_export.quality import sketch as sketch_
from model_export.quality import tokens, vocabulary
from model_export.quality.constructs import constructs
from model_export.quality.sketch import Sketch, sketch

FILE = "scans.parquet"  # below the corpus
# Fewer are scanned in some seconds, and a small corpus keeps to its parts.
WORTH_KEEPING = 2000
_CHUNK = 64  # programs handed to a process at once: a tenth of a second's work
_AT_ONCE = 5000  # scans written or read at once
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("constructs", pa.list_(pa.string())),
        ("exact", pa.string()),
        ("skeleton", pa.string()),
        ("shingles", pa.list_(pa.uint32())),
        ("bands", pa.list_(pa.uint64())),
    ]
)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a program's text shows."""

    constructs: frozenset[str]
    sketch: Sketch


def scan(source: str) -> Scan:
    """Read one program."""
    return Scan(constructs(source), sketch(source))


def scan_all(sources: Mapping[str, str], jobs: int = 1) -> dict[str, Scan]:
    """Id → scan, of id → source."""
    if jobs == 1 or len(sources) <= _CHUNK:
        return {name: scan(source) for name, source in sources.items()}
    with Pool(jobs) as pool:
        found = pool.imap(scan, sources.values(), chunksize=_CHUNK)
        return dict(zip(sources, found, strict=True))


def kept(corpus: Path) -> dict[str, Scan]:
    """The scans of an earlier run of the same code; none if there are none that can be read."""
    try:
        file = pq.ParquetFile(corpus / FILE)
        if (file.schema_arrow.metadata or {}).get(b"code") != _code():
            return {}
        batches = file.iter_batches(_AT_ONCE)
        return {name: found for batch in batches for name, found in _read(batch)}
    except (OSError, pa.ArrowException):
        return {}


def keep(corpus: Path, scans: Mapping[str, Scan]) -> None:
    """Write them for the next run; where that is not allowed, the next run scans again."""
    unfinished = corpus / f"{FILE}.unfinished"
    schema = _SCHEMA.with_metadata({b"code": _code()})
    found = sorted(scans.items())
    try:
        with pq.ParquetWriter(unfinished, schema) as writer:
            for start in range(0, len(found), _AT_ONCE):
                writer.write_table(_table(found[start : start + _AT_ONCE], schema))
        unfinished.replace(corpus / FILE)
    except OSError:
        unfinished.unlink(missing_ok=True)


def _read(batch: pa.RecordBatch) -> Iterable[tuple[str, Scan]]:
    names, exact, skeletons = (batch[n].to_pylist() for n in ("id", "exact", "skeleton"))
    used, bands = batch["constructs"].to_pylist(), batch["bands"].to_pylist()
    offsets = batch["shingles"].offsets.to_numpy()
    shingles = batch["shingles"].values.to_numpy()
    for n, name in enumerate(names):
        own = shingles[offsets[n] : offsets[n + 1]]
        yield name, Scan(frozenset(used[n]), Sketch(exact[n], skeletons[n], own, tuple(bands[n])))


def _table(found: list[tuple[str, Scan]], schema: pa.Schema) -> pa.Table:
    sketches = [scan.sketch for _, scan in found]
    lengths = [len(s.shingles) for s in sketches]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    shingles = np.concatenate([s.shingles for s in sketches])
    columns = [
        pa.array([name for name, _ in found]),
        pa.array([sorted(scan.constructs) for _, scan in found], pa.list_(pa.string())),
        pa.array([s.exact for s in sketches]),
        pa.array([s.skeleton for s in sketches]),
        pa.ListArray.from_arrays(offsets, pa.array(shingles, pa.uint32())),
        pa.array([s.bands for s in sketches], pa.list_(pa.uint64())),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


@cache
def _code() -> bytes:
    """What identifies the code that scans: its text."""
    digest = hashlib.sha256()
    for module in (constructs_, pragmas, sketch_, tokens, vocabulary):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:16].encode()
