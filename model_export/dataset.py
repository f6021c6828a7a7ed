"""From executed programs to labelled slices: the front end reads, the reports label.

python -m model_export dataset --corpus data/programs --out data/slices.parquet

A pair is racy if a report names its two lines; of an object with a report the other pairs stay
unlabelled, since a detector stops at the first. Objects declared racy but silent stay unlabelled
too. Thread programs are read a second time without `main`, as a library whose threads are created
elsewhere: the labels are the same lines.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from model_export.execute.corpus import read_rows
from reviewbot.code.analyse import analyse
from reviewbot.model.features import relation_tokens
from reviewbot.records import AccessPair, Link, Slice

UNKNOWN = -1
_LINK_OF_FACT: tuple[tuple[re.Pattern[str], Link], ...] = (
    # A clean pair's broken link, where the parser states it: facts of structure, not of outcome.
    (re.compile(r"^live=(before|after)$|^phase=differ$"), Link.UNORDERED),
    (re.compile(r"^common=(mutex|critical|own|striped|rw|once)$"), Link.UNPROTECTED),
    (
        re.compile(
            r"^share[AB]=(private|firstprivate|lastprivate|reduction|loop-variable|threadprivate)$"
        ),
        Link.SAME_LOCATION,
    ),
    (re.compile(r"^apart=yes$"), Link.SAME_LOCATION),
    (re.compile(r"^threads=one$"), Link.CONCURRENT),
)
COLUMNS = (
    "id",
    "family",
    "domain",
    "language",
    "source",
    "effects",
    "twin_group",
    "label",
    "reports",
    "usable",
)
SCHEMA = pa.schema(
    [
        (n, pa.string())
        for n in (
            "program",
            "family",
            "domain",
            "language",
            "twin_group",
            "view",
            "object",
            "kind",
            "lines",
            "facts",
            "places",
            "unresolved",
            "key",
        )
    ]
    + [
        ("race", pa.list_(pa.int8())),
        ("links", pa.list_(pa.int8())),
        ("slice_race", pa.int8()),
        ("label", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Truth:
    """What execution said of one program."""

    pairs: frozenset[tuple[int, int]]  # racing lines, ascending
    effects: Mapping[str, str]  # object → declared effect
    racy: bool


def truth_of(row: Mapping[str, Any]) -> Truth:
    """The reported line pairs and declared effects of a corpus row."""
    pairs = {
        (min(r["a"]["line"], r["b"]["line"]), max(r["a"]["line"], r["b"]["line"]))
        for r in json.loads(row["reports"])
    }
    return Truth(frozenset(pairs), json.loads(row["effects"]), row["label"] == "racy")


def label_pairs(item: Slice, truth: Truth) -> tuple[list[int], int]:
    """(label of each pair, label of the slice): 1 racy, 0 clean, -1 unknown."""
    hits = [_lines(p) in truth.pairs for p in item.pairs]
    if not any(hits):
        hits = [_near(p, truth.pairs) for p in item.pairs]
    if any(hits):
        return [1 if hit else UNKNOWN for hit in hits], 1
    if _effect(item, truth) == "racy":
        return [UNKNOWN] * len(item.pairs), (1 if _touched(item, truth) else UNKNOWN)
    return [0] * len(item.pairs), 0


def _lines(pair: AccessPair) -> tuple[int, int]:
    return tuple(sorted((pair.first.line, pair.second.line)))  # type: ignore[return-value]


def _near(pair: AccessPair, reported: frozenset[tuple[int, int]]) -> bool:
    """A statement over several lines is reported at any of them."""
    a, b = _lines(pair)
    return any(abs(a - x) + abs(b - y) == 1 for x, y in reported)


def _touched(item: Slice, truth: Truth) -> bool:
    """Whether some report lies with both its lines in the slice, though no pair matches it."""
    lines = {p.first.line for p in item.pairs} | {p.second.line for p in item.pairs}
    return any(x in lines and y in lines for x, y in truth.pairs)


def _effect(item: Slice, truth: Truth) -> str:
    name = re.split(r"[.>]", item.object.replace("[]", "").replace("->", "."))[-1]
    return truth.effects.get(name, "")


def label_links(item: Slice, race: Sequence[int], truth: Truth) -> list[int]:
    """Five labels a pair: all hold if it races; of a clean pair the one known to be broken."""
    labels: list[int] = []
    declared = _effect(item, truth)
    for pair, outcome in zip(item.pairs, race, strict=True):
        row = [1 if outcome == 1 else UNKNOWN] * len(Link)
        broken = broken_links(pair) if outcome == 0 else set()
        if outcome == 0 and not broken and declared in {link.value for link in Link}:
            broken = {Link(declared)}
        for index, link in enumerate(Link):
            if link in broken:
                row[index] = 0
        labels += row
    return labels


def broken_links(pair: AccessPair) -> set[Link]:
    """The links that structure alone shows broken, as far as it does."""
    facts = relation_tokens(pair)
    broken = {link for fact in facts for pattern, link in _LINK_OF_FACT if pattern.match(fact)}
    atomics = [f.split("=")[1] for f in facts if f.startswith(("atomicA=", "atomicB="))]
    if all(a not in ("-", "volatile") for a in atomics):
        broken.add(Link.CONFLICTING)
    return broken


def without_main(source: str) -> str | None:
    """The program as a library: `main` blanked, its lines kept; None if it creates no threads."""
    if not re.search(r"pthread_create|thrd_create|std::j?thread|std::async", source):
        return None
    match = re.search(
        r"^(?:int|auto)\s+main\s*\([^)]*\)\s*(?:->\s*int\s*)?\{", source, re.MULTILINE
    )
    if match is None:
        return None
    depth = 0
    for index in range(match.end() - 1, len(source)):
        depth += (source[index] == "{") - (source[index] == "}")
        if depth == 0:
            blank = re.sub(r"[^\n]", " ", source[match.start() : index + 1])
            return source[: match.start()] + blank + source[index + 1 :]
    return None


def rows_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The labelled slices of one program, in both views."""
    truth = truth_of(row)
    path = "program.c" if row["language"] == "c" else "program.cpp"
    views = [("program", row["source"]), ("library", without_main(row["source"]))]
    result: list[dict[str, Any]] = []
    for view, source in views:
        if source is None:
            continue
        for item in analyse(path, source.encode()).slices:
            race, whole = label_pairs(item, truth)
            if view == "library" and whole == 0 and not _still_shared(item):
                continue
            result.append(_row(row, view, item, (race, whole), truth))
    return result


def _still_shared(item: Slice) -> bool:
    return bool(item.pairs)


def _row(
    row: Mapping[str, Any], view: str, item: Slice, labels: tuple[list[int], int], truth: Truth
) -> dict[str, Any]:
    race, whole = labels
    lines: list[tuple[int, list[str]]] = [(line.line, list(line.tokens)) for line in item.lines]
    facts = [list(relation_tokens(pair)) for pair in item.pairs]
    places = [[p.first.line, p.second.line] for p in item.pairs]
    first = item.lines[0].line if item.lines else 0
    shape = json.dumps([[n - first, t] for n, t in lines]) + json.dumps(facts) + json.dumps(race)
    return {
        "program": row["id"],
        "family": row["family"],
        "domain": row["domain"],
        "language": row["language"],
        "twin_group": row["twin_group"],
        "view": view,
        "object": item.object,
        "kind": item.construct_kind,
        "lines": json.dumps(lines),
        "facts": json.dumps(facts),
        "places": json.dumps(places),
        "unresolved": json.dumps(item.unresolved),
        "key": hashlib.sha256(shape.encode()).hexdigest()[:16],
        "race": race,
        "links": label_links(item, race, truth),
        "slice_race": whole,
        "label": row["label"],
    }


def split_of(family: str) -> str:
    """A family's part (train, calibrate or test) by a hash of its name: never by program."""
    bucket = int(hashlib.sha256(family.encode()).hexdigest(), 16) % 20
    return "test" if bucket < 4 else ("calibrate" if bucket < 7 else "train")


def fold_of(family: str, folds: int) -> int:
    """The cross-validation fold of a family."""
    return int(hashlib.sha256(("fold " + family).encode()).hexdigest(), 16) % folds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by explore")
    parser.add_argument("--out", type=Path, required=True, help="Parquet file of labelled slices")
    parser.add_argument("--jobs", type=int, default=2)


def run(arguments: argparse.Namespace) -> int:
    """Read every usable program of a corpus and write its labelled slices."""
    programs = [row for row in read_rows(arguments.corpus, COLUMNS) if row["usable"]]
    start, slices, missed = time.monotonic(), 0, 0
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    temporary = arguments.out.with_suffix(".part")
    with pq.ParquetWriter(temporary, SCHEMA) as writer, Pool(arguments.jobs) as pool:
        for done, rows in enumerate(pool.imap(rows_of, programs, chunksize=8), 1):
            racy = any(r["label"] == "racy" for r in rows)
            missed += racy and not any(r["slice_race"] == 1 for r in rows)
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
            slices += len(rows)
            if done % 200 == 0:
                rate = done / (time.monotonic() - start)
                print(
                    f"{done}/{len(programs)} programs, {slices} slices, {rate:.0f} a second",
                    file=sys.stderr,
                )
    temporary.replace(arguments.out)
    print(
        f"{len(programs)} programs, {slices} slices; "
        f"in {missed} racy programs no pair matches the report"
    )
    return 0


def read_slices(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a data set, JSON columns decoded."""
    for batch in pq.ParquetFile(path).iter_batches(2000):
        for row in batch.to_pylist():
            for name in ("lines", "facts", "places", "unresolved"):
                row[name] = json.loads(row[name])
            yield row
