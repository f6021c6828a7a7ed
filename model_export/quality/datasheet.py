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

from model_export.execute.corpus import read_rows
from model_export.quality import census as people
from model_export.quality.balance import Share
from model_export.quality.census import Census
from model_export.quality.leaks import Leak, find_leaks, fingerprint, slice_leaks
from model_export.quality.pictures import intervals, mixture
from model_export.quality.select import Selection, read_selection
from model_export.quality.sheet import written
from model_export.quality.slice_counts import SliceCounts, count_slices, read_counted
from model_export.quality.tells import Tell, measure, usable_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that the sheet tells."""

    census: Census
    selection: Selection
    tells: tuple[Tell, ...]
    leaks: tuple[Leak, ...]
    slices: SliceCounts | None
    settings: dict[str, Any]
    fingerprint: dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by explore")
    parser.add_argument("--data", type=Path, metavar="FILE", help="slices written by dataset")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the sheet")
    parser.add_argument("--jobs", type=int, default=2)


def run(args: argparse.Namespace) -> int:
    """Write the sheet, corpus.json and the pictures."""
    findings = examine(args.corpus, args.data, args.jobs)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(written(findings), encoding="utf-8")
    identity = {"chosen": findings.fingerprint, "settings": findings.settings}
    (args.out.parent / "corpus.json").write_text(json.dumps(identity, indent=1) + "\n", "utf-8")
    for name, picture in pictures(findings).items():
        (args.out.parent / name).write_text(picture, encoding="utf-8")
    print(findings.selection.text(), *(t.text() for t in findings.tells), args.out, sep="\n")
    return 0


def examine(corpus: Path, data: Path | None = None, jobs: int = 1) -> Findings:
    """Count and measure a corpus; raises BadInput."""
    selection = read_selection(corpus, jobs)
    leaks = find_leaks(selection.programs)
    if data:
        leaks = (*leaks, *slice_leaks(data, selection.programs))
    return Findings(
        census=people.take(read_rows(corpus, people.COLUMNS)),
        selection=selection,
        tells=measure(usable_rows(corpus, selection.ids), jobs=jobs),
        leaks=leaks,
        slices=count_slices(read_counted(data)) if data else None,
        settings=_settings(corpus),
        fingerprint=fingerprint(selection.programs),
    )


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
