"""What a harvest leaves on disk, written so that a killed one goes on where it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_export.harvest.projects import json_line, read_lines

MANIFEST, PROGRAMS, UNLABELLED = "manifest.jsonl", "programs.jsonl", "unlabelled.jsonl"
Key = tuple[str, str, str]  # project, path, function
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    """Everything that came of one function."""

    entry: dict[str, Any]  # of the manifest: never any source
    programs: tuple[dict[str, Any], ...] = ()
    unlabelled: dict[str, Any] | None = None


def key_of(row: Row) -> Key:
    """By which rows of the three files belong together."""
    return (row["project"], row["path"], row["function"])


def finished(out: Path, commits: Mapping[str, str]) -> set[Key]:
    """The functions that are done at these commits."""
    rows = read_lines(out / MANIFEST)
    return {
        key_of(row) for row in rows if commits.get(row["project"], row["commit"]) == row["commit"]
    }


def tidy(out: Path, done: set[Key]) -> None:
    """Drop what a killed harvest wrote of a function before the manifest told of it."""
    for name in (MANIFEST, PROGRAMS, UNLABELLED):
        path = out / name
        if not path.is_file():
            continue
        kept: dict[str, str] = {}
        for row in read_lines(path):
            if key_of(row) in done:
                text = json_line(row)
                kept.setdefault(text if name == PROGRAMS else str(key_of(row)), text)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text("".join(kept.values()), encoding="utf-8")
        unfinished.replace(path)


def append(out: Path, found: Iterable[Harvested]) -> None:
    """Add functions; the manifest comes last, since it says that the others are there."""
    found = list(found)
    out.mkdir(parents=True, exist_ok=True)
    _append(out / PROGRAMS, (row for item in found for row in item.programs))
    _append(out / UNLABELLED, (item.unlabelled for item in found if item.unlabelled))
    _append(out / MANIFEST, (item.entry for item in found))


def _append(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    text = "".join(map(json_line, rows))
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
