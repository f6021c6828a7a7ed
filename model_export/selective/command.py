"""Fit thresholds with guarantees on a run's calibration families, and test them on the others.

python -m model_export selective --run data/run --data data/slices.parquet [--alpha 0.05]
    [--beta 0.8] [--delta 0.1] [--out folder]

The promises hold for slices of families like those of the corpus (families exchangeable, slices
within one as dependent as they like): of a new family's racy slices at most alpha pass in silence,
on average over families, and of its comments at least beta are right. Where predictions come from
cross-fitting, it is taken for granted as well that the final model, which learned from more
families, scores a new one no worse than the five did. Other people's code is not such a family:
that is what the detector of unlike slices is for, and a sanitizer.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from model_export.card import Table
from model_export.selective import curves, fitting, heldout, novelty, tables, thresholds
from model_export.selective.bounds import Array
from model_export.selective.items import Scored, read_known, scored
from model_export.selective.scaling import platt
from reviewbot.errors import BadInput
from reviewbot.model.bundle import Platt


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--run", type=Path, required=True, help="folder written by train")
    parser.add_argument("--data", type=Path, required=True, help="the data set it was trained on")
    parser.add_argument("--alpha", type=float, default=fitting.ALPHA, help="missed races (0.05)")
    parser.add_argument("--beta", type=float, default=fitting.BETA, help="precision (0.8)")
    parser.add_argument("--delta", type=float, default=fitting.DELTA, help="chance to fail (0.1)")
    parser.add_argument(
        "--constructs", type=int, default=8, help="constructs to hide from the detector (8)"
    )
    parser.add_argument("--out", type=Path, help="folder for selective.json and the picture")


def run(arguments: argparse.Namespace) -> int:
    """Fit, test, print."""
    risks = _risks(arguments)
    known, facts = read_known(arguments.data), vocabulary(arguments.run)
    fitted = fitting.fit(arguments.run, known, facts, risks)
    slices = scored(arguments.run / "test.json", known)
    if not slices:
        raise BadInput(f"{arguments.run / 'test.json'} has no labelled slice to test on.")
    test = fitting.items_of(slices, fitted.novelty, fitted.company, facts)
    scale = platt(fitted.scaled_by.labels, fitted.scaled_by.logits)
    shown = _tables(fitted, slices, test, scale(test.logits), facts)
    if arguments.constructs:
        shown.append(heldout.table(known, arguments.constructs))
    for table in shown:
        print(table.markdown())
    print(_advice(fitted))
    if arguments.out:
        _write(arguments.out, fitted, test, scale(test.logits), shown)
    return 0


def _risks(arguments: argparse.Namespace) -> fitting.Risks:
    for name in ("alpha", "beta", "delta"):
        if not 0.0 < getattr(arguments, name) < 1.0:
            raise BadInput(f"--{name} must lie between 0 and 1, both excluded.")
    return fitting.Risks(alpha=arguments.alpha, beta=arguments.beta, delta=arguments.delta)


def vocabulary(run: Path) -> dict[str, int]:
    """Fact ids of a run's final model."""
    # Loaded here: nothing else of this command needs torch.
    import torch

    try:
        facts: dict[str, int] = torch.load(run / "last.pt", weights_only=True)["facts"]
    except FileNotFoundError as exc:
        raise BadInput(f"{run} holds no trained model: give --run a folder of train.") from exc
    return facts


def _tables(
    fitted: fitting.Fitted,
    slices: list[Scored],
    test: thresholds.Items,
    probabilities: Array,
    facts: dict[str, int],
) -> list[Table]:
    strange = novelty.strangeness([item.known for item in slices], fitted.company, facts)
    signals = {
        "nearness of the probability to one half": -tables.confidence_of(probabilities),
        "strange combinations of facts": strange,
        "share of unknown facts": tables.unknown_share(slices, facts),
        "unresolved calls and the like": tables.unresolved(slices),
    }
    expected = thresholds.expected_pass_threshold(fitted.items, fitted.risks.alpha)
    return [
        tables.guarantees(fitted, expected, test),
        tables.coverage(fitted, test),
        tables.scalings(fitted.scaled_by, test),
        tables.flagged(test.labels, probabilities, test.unlike, test.families),
        tables.signals(test.labels, probabilities, signals, test.families),
    ]


def _advice(fitted: fitting.Fitted) -> str:
    entry = fitting.entry(fitted, _platt(fitted))
    passing, telling = (
        "none" if p is None else f"{p:.3f}" for p in (entry.pass_below, entry.comment_from)
    )
    return (
        f"Calibrated probabilities: pass in silence below {passing}, tell without a run from "
        f"{telling}; between them, and where {fitted.novelty.unlike_from:g} combinations of facts "
        "are strange or a fact is unknown, let a run decide."
    )


def _platt(fitted: fitting.Fitted) -> Platt:
    from model_export.calibrate import fit_platt

    items = fitted.scaled_by
    return fit_platt(items.labels, 1 / (1 + np.exp(-items.logits)))


def _write(
    folder: Path,
    fitted: fitting.Fitted,
    test: thresholds.Items,
    probabilities: Array,
    shown: list[Table],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {
        "thresholds": fitting.entry(fitted, _platt(fitted)).model_dump(),
        "unlike_from": fitted.novelty.unlike_from,
        "tables": [
            {"title": table.title, "columns": table.columns, "rows": table.rows} for table in shown
        ],
    }
    (folder / "selective.json").write_text(json.dumps(told, indent=1) + "\n")
    (folder / "risk_coverage.svg").write_text(_picture(test, probabilities))


def _picture(test: thresholds.Items, probabilities: Array) -> str:
    wrong = ((probabilities >= 0.5) != (test.labels == 1)).astype(float)
    sure = tables.confidence_of(probabilities)
    kinds = {
        "calibrated confidence": sure,
        "the same, unlike slices last": sure - test.unlike,
        "knowing every error (the least there can be)": -wrong,
        "chance": np.zeros(len(wrong)),
    }
    named = {
        f"{name}, AURC {curves.aurc(wrong, value):.4f}": curves.risk_coverage(wrong, value)
        for name, value in kinds.items()
    }
    return curves.picture("Error among the covered test slices", named)
