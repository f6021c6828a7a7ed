"""The executed programs as those who judge the corpus see them: read once, scanned in parallel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_export.execute.corpus import read_rows
from model_export.quality.scans import WORTH_KEEPING, Scan, keep, kept, scan, scan_all
from model_export.quality.sketch import Sketch

COLUMNS = (
    "id",
    "family",
    "domain",
    "language",
    "choices",
    "effects",
    "slot_lines",
    "twin_group",
    "label",
    "usable",
    "mutation",
    "parent",
)


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
    scans = read_scans(corpus, {str(row["id"]) for row in rows}, jobs)
    return [subject(row, scans[str(row["id"])]) for row in rows]


def read_scans(corpus: Path, names: set[str], jobs: int = 1) -> dict[str, Scan]:
    """What the texts of these programs show; only those are read that no earlier run has seen."""
    known = kept(corpus)
    missing = names - known.keys()
    if missing:
        rows = read_rows(corpus, ("id", "source"))
        sources = {str(row["id"]): str(row["source"]) for row in rows if row["id"] in missing}
        known |= scan_all(sources, jobs)
        if len(known) >= WORTH_KEEPING:
            keep(corpus, known)
    return known


def scanned(row: Mapping[str, Any]) -> Subject:
    """A subject of a row that has its source."""
    return subject(row, scan(str(row["source"])))


def subject(row: Mapping[str, Any], seen: Scan) -> Subject:
    """What is to be known of one program."""
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
        constructs=seen.constructs,
        sketch=seen.sketch,
    )


def _lesson(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The choices that decide; an authored family's parameters (sizes, counts) do not."""
    chosen: dict[str, str] = json.loads(row["choices"] or "{}")
    if row["mutation"]:
        return (f"{row['mutation']} of {chosen.get('object', '')}",)
    slots = json.loads(row["slot_lines"] or "{}") or chosen
    return tuple(f"{name}: {chosen[name]}" for name in sorted(slots) if name in chosen)
