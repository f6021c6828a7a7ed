"""The chosen programs' slices, some hundred programs at a time: killed anywhere, it resumes.

What is written is what `dataset` writes. A part is named by its programs, their outcomes and the
code that reads them, so that a part is never taken for that of another state.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from multiprocessing import Pool
from multiprocessing.pool import Pool as PoolType
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import model_export
import reviewbot
from model_export.dataset import COLUMNS, SCHEMA, rows_of
from model_export.execute.corpus import read_rows
from model_export.oracle.labels import OracleLabel, corrected
from model_export.progress import Progress

AT_ONCE = 256  # programs of a part: a few seconds' work, small enough to lose
_STAMP = b"made-of"  # in the finished file: which parts it was joined of
_CHUNK = 8  # programs handed to a process at once

Asked = tuple[Mapping[str, Any], OracleLabel | None]


def write_slices(
    corpus: Path,
    chosen: Collection[str],
    out: Path,
    jobs: int = 1,
    told: Mapping[str, OracleLabel] = MappingProxyType({}),
) -> None:
    """Slice the chosen programs of a corpus into one file, parts beside it until it is whole.

    `told` is what the oracle said; a program that only the oracle can label is sliced as well.
    """
    names = [_identity(asked) for asked in _groups(corpus, chosen, told)]
    if _made_of(out) == _stamp(names):
        return
    folder = out.with_suffix(".parts")
    folder.mkdir(parents=True, exist_ok=True)
    progress = Progress(total=len(names) * AT_ONCE, stream=sys.stderr)  # but for the last part
    with Pool(jobs) as pool:
        for name, asked in zip(names, _groups(corpus, chosen, told), strict=True):
            _write_part(_place(folder, name), asked, pool)
            progress.advance(len(asked))
    progress.finish()
    _join([_place(folder, name) for name in names], out, _stamp(names))
    shutil.rmtree(folder)


def _groups(
    corpus: Path, chosen: Collection[str], told: Mapping[str, OracleLabel]
) -> Iterator[Sequence[Asked]]:
    rows = read_rows(corpus, COLUMNS)
    asked = ((row, told.get(str(row["id"]))) for row in rows)
    wanted = (
        (row, label)
        for row, label in asked
        if (row["id"] in chosen or not row["usable"]) and corrected(row, label) is not None
    )
    while group := list(islice(wanted, AT_ONCE)):
        yield group


def _write_part(path: Path, asked: Sequence[Asked], pool: PoolType) -> None:
    """Make a part if it is not there; it appears whole or not at all."""
    if path.exists():
        return
    slices = list(chain.from_iterable(pool.starmap(rows_of, asked, chunksize=_CHUNK)))
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(pa.Table.from_pylist(slices, schema=SCHEMA), unfinished)
    unfinished.replace(path)


def _place(folder: Path, name: str) -> Path:
    return folder / f"part-{name}.parquet"


def _join(parts: Sequence[Path], out: Path, stamp: bytes) -> None:
    unfinished = out.with_suffix(".unfinished")
    with pq.ParquetWriter(unfinished, SCHEMA.with_metadata({_STAMP: stamp})) as writer:
        for part in parts:
            writer.write_table(pq.read_table(part).cast(writer.schema))
    unfinished.replace(out)


def _stamp(names: Sequence[str]) -> bytes:
    return hashlib.sha256(" ".join(names).encode()).hexdigest().encode()


def _made_of(out: Path) -> bytes | None:
    """The stamp of a finished file; None if there is none."""
    try:
        return (pq.ParquetFile(out).schema_arrow.metadata or {}).get(_STAMP)
    except (OSError, pa.ArrowException):
        return None


def _identity(asked: Sequence[Asked]) -> str:
    digest = hashlib.sha256(_code())
    for row, label in asked:
        digest.update(f"{row['id']} {row['label']} {row['reports']} {label}\n".encode())
    return digest.hexdigest()[:16]


@cache
def _code() -> bytes:
    """What identifies the code that reads and labels: its text."""
    here, package = (Path(str(module.__file__)).parent for module in (model_export, reviewbot))
    files = [*sorted((package / "code").rglob("*.py")), package / "records.py"]
    files += [package / "model" / "features.py", here / "oracle" / "labels.py"]
    files += [here / "dataset.py", here / "matching.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).digest()
