"""Writes the corpus' datasheet, its fingerprint and its pictures.

python -m model_export datasheet --corpus data/programs --data data/slices.parquet --out sheet.md

The questions are those of Gebru et al. (Datasheets for Datasets, 2021). Every figure is counted
when the command runs; pictures and corpus.json lie beside the sheet.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_export.execute.corpus import read_rows, summarise
from model_export.quality import census as people
from model_export.quality.balance import Share
from model_export.quality.census import Census
from model_export.quality.leaks import Leak, find_leaks, fingerprint, slice_leaks, unlabelled
from model_export.quality.pictures import intervals, mixture
from model_export.quality.select import Selection, read_selection
from model_export.quality.sheet import written
from model_export.quality.slice_counts import SliceCounts, count_slices, read_counted
from model_export.quality.tells import Tell, TooFewPrograms, measure, usable_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that the sheet tells."""

    census: Census
    selection: Selection
    tells: tuple[Tell, ...]
    leaks: tuple[Leak, ...]
    slices: SliceCounts | None
    settings: dict[str, Any]
    executed: dict[str, Any]  # what identifies all that was run
    fingerprint: dict[str, Any]  # what identifies the choice

    def text(self) -> str:
        """For people, at the end of the command."""
        return "\n".join([self.selection.text(), *(tell.text() for tell in self.tells)])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by explore")
    parser.add_argument("--data", type=Path, metavar="FILE", help="slices written by dataset")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the sheet")
    parser.add_argument("--jobs", type=int, default=2)


def run(args: argparse.Namespace) -> int:
    """Write the sheet, corpus.json and the pictures."""
    findings = examine(args.corpus, args.data, args.jobs)
    write(findings, args.out)
    print(findings.text(), args.out, sep="\n")
    return 0


def write(findings: Findings, sheet: Path) -> None:
    """Write the sheet, and beside it the fingerprint and the pictures."""
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.write_text(written(findings), encoding="utf-8")
    identity = {
        "executed": findings.executed,
        "chosen": findings.fingerprint,
        "settings": findings.settings,
    }
    (sheet.parent / "corpus.json").write_text(json.dumps(identity, indent=1) + "\n", "utf-8")
    for name, picture in pictures(findings).items():
        (sheet.parent / name).write_text(picture, encoding="utf-8")


def examine(
    corpus: Path, data: Path | None = None, jobs: int = 1, selection: Selection | None = None
) -> Findings:
    """Count and measure a corpus and what is chosen from it; raises BadInput."""
    selection = selection or read_selection(corpus, jobs)
    leaks = find_leaks(selection.programs)
    if data:
        leaks = (*leaks, *slice_leaks(data, selection.programs, unlabelled(corpus)))
    return Findings(
        census=people.take(read_rows(corpus, people.COLUMNS)),
        selection=selection,
        tells=_tells(corpus, selection, jobs),
        leaks=leaks,
        slices=count_slices(read_counted(data)) if data else None,
        settings=_settings(corpus),
        executed=_executed(corpus),
        fingerprint=fingerprint(selection.programs),
    )


def _tells(corpus: Path, selection: Selection, jobs: int) -> tuple[Tell, ...]:
    """None of a corpus that is too small to ask."""
    try:
        return measure(usable_rows(corpus, selection.ids), jobs=jobs)
    except TooFewPrograms:
        return ()


def _executed(corpus: Path) -> dict[str, Any]:
    """What identifies all that was executed: counts, and sha256 over the sorted ids and labels."""
    found = summarise(corpus, settings={})
    return {
        "programs": found.total.executed,
        "families": len(found.families),
        "outcomes": dict(found.outcomes),
        "sha256": found.fingerprint,
    }


def _settings(corpus: Path) -> dict[str, Any]:
    """What explore was asked for, as far as it is recorded."""
    try:
        found = json.loads((corpus / "summary.json").read_text(encoding="utf-8"))
        return dict(found["settings"])
    except (OSError, ValueError, KeyError):
        return {}


def pictures(findings: Findings) -> dict[str, str]:
    """File name → SVG."""
    after = findings.selection.after
    return {
        "datasheet-constructs.svg": mixture(_of(after, "construct"), "Programs by construct"),
        "datasheet-sources.svg": mixture(_of(after, "overall", "source"), "Programs by source"),
        "datasheet-tells.svg": intervals(findings.tells),
    }


def _of(found: tuple[Share, ...], *kinds: str) -> list[Share]:
    return [share for share in found if share.kind in kinds]
