"""The executed programs as those who judge the corpus see them: read once, scanned in parallel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from model_export.execute.corpus import read_rows
from model_export.quality.constructs import constructs
from model_export.quality.sketch import Sketch, sketch

COLUMNS = (
    "id",
    "family",
    "domain",
    "language",
    "source",
    "choices",
    "effects",
    "slot_lines",
    "twin_group",
    "label",
    "usable",
    "mutation",
    "parent",
)
_CHUNK = 64  # programs handed to a process at once: a quarter of a second's work


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A usable program: its outcome, what it came from, what it is made of."""

    id: str
    family: str
    domain: str
    language: str
    racy: bool
    twin_group: str
    mutation: str  # the rule that made it; "" for a program of a family
    parent: str
    lesson: tuple[str, ...]  # what was chosen in it that decides about races
    constructs: frozenset[str]
    sketch: Sketch


def read_subjects(corpus: Path, jobs: int = 1) -> list[Subject]:
    """Every usable program of a corpus, by id; raises BadInput."""
    rows = [row for row in read_rows(corpus, COLUMNS) if row["usable"]]
    rows.sort(key=lambda row: str(row["id"]))
    return scan(rows, jobs)


def scan(rows: Sequence[Mapping[str, Any]], jobs: int = 1) -> list[Subject]:
    """One subject a row."""
    if jobs == 1:
        return [subject(row) for row in rows]
    with Pool(jobs) as pool:
        return list(pool.imap(subject, rows, chunksize=_CHUNK))


def subject(row: Mapping[str, Any]) -> Subject:
    """What is to be known of one program."""
    source = str(row["source"])
    return Subject(
        id=str(row["id"]),
        family=str(row["family"]),
        domain=str(row["domain"]),
        language=str(row["language"]),
        racy=row["label"] == "racy",
        twin_group=str(row["twin_group"]),
        mutation=str(row["mutation"]),
        parent=str(row["parent"]),
        lesson=_lesson(row),
        constructs=constructs(source),
        sketch=sketch(source),
    )


def _lesson(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The choices that decide; an authored family's parameters (sizes, counts) do not."""
    chosen: dict[str, str] = json.loads(row["choices"] or "{}")
    if row["mutation"]:
        return (f"{row['mutation']} of {chosen.get('object', '')}",)
    slots = json.loads(row["slot_lines"] or "{}") or chosen
    return tuple(f"{name}: {chosen[name]}" for name in sorted(slots) if name in chosen)
