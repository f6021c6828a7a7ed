"""Asks the oracle about every program whose label is weak; resumable, a portion at a time."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from multiprocessing import Pool
from pathlib import Path

from model_export.execute.corpus import read_rows
from model_export.execute.run import find_tools
from model_export.execute.symbolize import SymbolizerFailed
from model_export.oracle.agree import program_of
from model_export.oracle.batch import judge_all
from model_export.oracle.labels import WHYS, OracleLabel, label_of, read_labels, why, write_labels
from model_export.oracle.oracle import Oracle
from model_export.oracle.verdict import Race

COLUMNS = ("id", "family", "language", "source", "expected", "outcome", "mutation")
TOGETHER = 16  # programs a portion: what a stop can lose, and enough to share a binary
Row = Mapping[str, str]
Asked = tuple[str, Row]  # why, and the program


def oracle_label(oracle: Oracle, row: Row) -> tuple[Race, ...] | None:
    """The races of a corpus row's program, none if it is clean; None if that is not known."""
    verdict = oracle.judge(program_of(row))
    return None if verdict.outcome == "unknown" else verdict.races


def weak(corpus: Path, done: Iterable[str], whys: Sequence[str] = WHYS) -> list[Asked]:
    """The programs to judge: by their reason, then those that can share a binary side by side."""
    known, found = set(done), []
    for row in read_rows(corpus, COLUMNS):
        text = {name: str(value) for name, value in row.items()}
        reason = "" if text["id"] in known else why(text)
        if reason in whys:
            found.append((reason, text))
    order = {name: place for place, name in enumerate(whys)}
    # Within a reason by id, which is a hash: a run that is stopped has seen of every family.
    return sorted(found, key=lambda it: (order[it[0]], it[1]["language"], it[1]["id"]))


def label_corpus(
    corpus: Path, out: Path, *, limit: int, jobs: int, whys: Sequence[str] = WHYS
) -> str:
    """Judge up to `limit` more programs into `out`; a line of counts."""
    labels = read_labels(out)
    final = [label.id for label in labels.values() if label.final]
    asked = weak(corpus, final, whys)[:limit]
    start, done = time.monotonic(), 0
    for part in _judged(_portions(asked), jobs):
        labels |= {label.id: label for label in part}
        write_labels(out, labels.values())
        done += len(part)
        rate = done / (time.monotonic() - start)
        print(f"{done}/{len(asked)} programs, {rate:.1f} a second", file=sys.stderr, flush=True)
    return counts(labels.values())


def counts(labels: Iterable[OracleLabel]) -> str:
    """How many of each reason got which verdict."""
    found = Counter((label.why, label.verdict) for label in labels)
    return "\n".join(f"{why_} {verdict}: {n}" for (why_, verdict), n in sorted(found.items()))


def _portions(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    rest = iter(asked)
    while part := list(islice(rest, TOGETHER)):
        yield part


def judge_portion(oracle: Oracle, part: Sequence[Asked]) -> list[OracleLabel]:
    """The labels of some programs; none if they must be asked about again another time."""
    try:
        verdicts = judge_all(oracle, [program_of(row) for _, row in part])
    except SymbolizerFailed as exc:
        print(f"{len(part)} programs are left for the next time: {exc}", file=sys.stderr)
        return []
    return [
        label_of(row["id"], reason, verdict)
        for (reason, row), verdict in zip(part, verdicts, strict=True)
    ]


def _judge(part: Sequence[Asked]) -> list[OracleLabel]:
    """In a worker: an oracle of its own, whose headers and runtime are made once a portion."""
    with tempfile.TemporaryDirectory(prefix="oracle-") as work:
        return judge_portion(Oracle.over(find_tools(), Path(work)), part)


def _judged(parts: Iterator[list[Asked]], jobs: int) -> Iterator[list[OracleLabel]]:
    """The labels of each portion, made here or in `jobs` processes."""
    if jobs <= 1:
        yield from map(_judge, parts)
        return
    with Pool(jobs) as pool:
        yield from pool.imap_unordered(_judge, parts)
