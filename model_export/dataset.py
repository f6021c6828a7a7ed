"""From executed programs to labelled slices: the front end reads, the reports label.

python -m model_export dataset --corpus data/programs --out data/slices.parquet

Of near-duplicates one program is read, and racy and clean ones in balance (`quality.select`).
A pair is racy if a report names its two lines; of an object with a report the other pairs stay
unlabelled, since a detector stops at the first. Objects declared racy but silent stay unlabelled
too, and so do the silent objects of a racy mutant, of which nothing is declared. Thread programs
are read a second time without `main`, as a library whose threads are created elsewhere: the labels
are the same lines. With `--oracle FILE`, which `oracle --label` wrote, the exact oracle labels what
the sanitizer cannot see: slices of lanes, doacross loops, and programs that race as declared though
no run showed it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from model_export.execute.corpus import read_rows
from model_export.matching import (
    UNKNOWN,
    Labels,
    Truth,
    label_links,
    label_slices,
    met_lines,
    truth_of,
    without_unmet,
)
from model_export.oracle.labels import OracleLabel, as_told, corrected, read_labels
from reviewbot.code.analyse import analyse
from reviewbot.model.features import fact_tokens
from reviewbot.records import Slice

COLUMNS = (
    "id",
    "family",
    "domain",
    "language",
    "source",
    "effects",
    "expected",
    "twin_group",
    "label",
    "reports",
    "mutation",
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
        ("mutation", pa.string()),  # what made the program of another; "" if its author wrote it
    ]
)


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


def rows_of(told: Mapping[str, Any], label: OracleLabel | None = None) -> list[dict[str, Any]]:
    """The labelled slices of one program, in both views; none if nothing labels it."""
    row = corrected(told, label)
    if row is None:
        return []
    truth, lanes = truth_of(row), _lanes_truth(row, label)
    path = "program.c" if row["language"] == "c" else "program.cpp"
    views = [("program", row["source"]), ("library", without_main(row["source"]))]
    result: list[dict[str, Any]] = []
    met: frozenset[int] = frozenset()
    for view, source in views:
        if source is None:
            continue
        slices = analyse(path, source.encode()).slices
        whole = view == "program"
        threads = label_slices(slices, truth, whole_program=whole)
        if whole:
            met = met_lines(slices)
        else:
            threads = [without_unmet(*each, met) for each in zip(slices, threads, strict=True)]
        apart = None if lanes is None else label_slices(slices, lanes, whole_program=whole)
        for index, item in enumerate(slices):
            known, labels = truth, threads[index]
            if item.construct_kind == "simd":  # which a detector of threads does not see
                known = lanes or truth
                labels = _of_lanes(item, apart[index] if apart else None, truth)
            result.append(_row(row, view, item, labels, known))
    return result


def _lanes_truth(row: Mapping[str, Any], label: OracleLabel | None) -> Truth | None:
    """What the oracle said of the program's lanes, which it runs as threads."""
    if label is None or label.why != "lanes" or not label.told:
        return None
    return truth_of(as_told(row, label))


def _of_lanes(item: Slice, found: Labels | None, threads: Truth) -> Labels:
    """The oracle's labels of lanes, but of lines that threads race on as well."""
    if found is None:
        return Labels(race=(UNKNOWN,) * len(item.pairs), whole=UNKNOWN)
    shared = {report.lines for report in threads.reports}
    race = tuple(
        UNKNOWN
        if outcome == 1 and tuple(sorted((pair.first.line, pair.second.line))) in shared
        else outcome
        for pair, outcome in zip(item.pairs, found.race, strict=True)
    )
    return Labels(race=race, whole=UNKNOWN if found.whole == 1 and 1 not in race else found.whole)


def _row(
    row: Mapping[str, Any], view: str, item: Slice, labels: Labels, truth: Truth
) -> dict[str, Any]:
    race = list(labels.race)
    lines: list[tuple[int, list[str]]] = [(line.line, list(line.tokens)) for line in item.lines]
    facts = [list(fact_tokens(pair)) for pair in item.pairs]
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
        "slice_race": labels.whole,
        "label": row["label"],
        "mutation": row["mutation"],
    }


def _rows_of(asked: tuple[Mapping[str, Any], OracleLabel | None]) -> list[dict[str, Any]]:
    return rows_of(*asked)


def unit_of(family: str) -> str:
    """What must not be parted: a family, or all of a project whose functions were harvested."""
    return "_".join(family.split("_")[:2]) if family.startswith("real_") else family


def split_of(family: str) -> str:
    """A family's part (train, calibrate or test) by a hash of its name: never by program."""
    bucket = int(hashlib.sha256(unit_of(family).encode()).hexdigest(), 16) % 20
    return "test" if bucket < 4 else ("calibrate" if bucket < 7 else "train")


def is_composed(family: str) -> bool:
    """Whether a program was put together from patterns, which all such programs share."""
    return "_composed_" in family


def is_sketch(family: str) -> bool:
    """Whether a family is a pair of small programs that no generator made."""
    return family.startswith("sketch_")


def fold_of(family: str, folds: int) -> int:
    """The cross-validation fold of a family."""
    return int(hashlib.sha256(("fold " + unit_of(family)).encode()).hexdigest(), 16) % folds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by explore")
    parser.add_argument("--out", type=Path, required=True, help="Parquet file of labelled slices")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--oracle", type=Path, metavar="FILE", help="labels that `oracle --label` wrote"
    )
    parser.add_argument(
        "--all", action="store_true", help="duplicates and what is too much for balance as well"
    )


def run(arguments: argparse.Namespace) -> int:
    """Read the distinct, balanced programs of a corpus and write their labelled slices."""
    told = read_labels(arguments.oracle) if arguments.oracle else {}
    rows = read_rows(arguments.corpus, COLUMNS)
    programs = [row for row in rows if corrected(row, told.get(str(row["id"]))) is not None]
    if programs and not arguments.all:
        # Loaded here, since the selection itself asks this module how families are split.
        from model_export.quality.select import read_selection

        selection = read_selection(arguments.corpus, arguments.jobs)
        print(selection.text(), file=sys.stderr)
        programs = [row for row in programs if row["id"] in selection.ids or not row["usable"]]
    start, slices, missed = time.monotonic(), 0, 0
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    temporary = arguments.out.with_suffix(".part")
    with pq.ParquetWriter(temporary, SCHEMA) as writer, Pool(arguments.jobs) as pool:
        asked = ((row, told.get(str(row["id"]))) for row in programs)
        for done, made in enumerate(pool.imap(_rows_of, asked, chunksize=8), 1):
            racy = any(r["label"] == "racy" for r in made)
            missed += racy and not any(r["slice_race"] == 1 for r in made)
            if made:
                writer.write_table(pa.Table.from_pylist(made, schema=SCHEMA))
            slices += len(made)
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
    """The rows of a data set, JSON columns decoded.

    Equal lines and equal bags of facts are one list in memory, since most occur many times: do not
    change them in place.
    """
    lines: dict[str, list[Any]] = {}
    facts: dict[str, list[str]] = {}
    for batch in pq.ParquetFile(path).iter_batches(2000):
        for row in batch.to_pylist():
            for name in ("lines", "facts", "places", "unresolved"):
                row[name] = json.loads(row[name])
            row["lines"] = [lines.setdefault(json.dumps(line), line) for line in row["lines"]]
            row["facts"] = [facts.setdefault(" ".join(bag), bag) for bag in row["facts"]]
            yield row
