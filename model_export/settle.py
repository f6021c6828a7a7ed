"""Settles what a whole file's probability is worth on small programs that stand for themselves.

python -m model_export settle --run build/run --bundle reviewbot/bundles/small

The families that weights are calibrated on resemble those they learnt from. A small program that
nobody generated does not: its links come out less sure, and their product lower. So the file
calibration is fitted on three kinds, a third of the weight each: on whole programs that people
wrote and on composed ones, of families that the weights never saw, and on
`programs/probes.jsonl`, pairs of small programs (racy, clean) written from the rules of OpenMP and
POSIX threads. `variant` is what their author says, `outcome` what ThreadSanitizer with Archer saw;
where the two differ lanes, devices or luck decide.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model_export.calibrate import Array, Objects, alike, fit_files, programs, read_predictions
from reviewbot.code.analyse import analyse
from reviewbot.errors import BadInput
from reviewbot.model.bundle import DEFAULT, MANIFEST, FileScaling, load_bundle, seal_of
from reviewbot.model.predict import OnnxPredictor, likeliest, load_predictor, of_file

PROBES = Path(__file__).parent / "programs" / "probes.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "--run", type=Path, required=True, help="a folder of `train --cross`, for calibrate.json"
    )
    parser.add_argument("--bundle", type=Path, default=DEFAULT, help="is changed in place")
    parser.add_argument("--probes", type=Path, default=PROBES, help="JSON lines of small programs")


def run(arguments: argparse.Namespace) -> int:
    """Fit the file calibration anew, write it into the bundle, and tell what it changes."""
    predictor = load_predictor(arguments.bundle)
    platt = load_bundle(arguments.bundle).manifest.calibration
    probes = read_probes(arguments.probes)
    small = [_objects(predictor, probe) for probe in probes]
    racy = np.array([probe["variant"] == "racy" for probe in probes], float)
    labels, held, families = programs(read_predictions(arguments.run / "calibrate.json"), platt)
    files = settled(labels, held, racy, small, alike(families))
    before = load_bundle(arguments.bundle).manifest.file_calibration
    write(arguments.bundle, files)
    for name, truth, given in (("held-out families", labels, held), ("probes", racy, small)):
        print(
            f"{name}: right {_right(truth, given, before):.3f} → {_right(truth, given, files):.3f}"
        )
    return 0


def read_probes(path: Path) -> list[dict[str, Any]]:
    """Small programs with `variant` racy or clean, `language` and `text`; raises BadInput."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
        wrong = next((n for n, row in enumerate(rows, 1) if not _is_probe(row)), None)
    except (OSError, ValueError) as exc:
        raise BadInput(f"{path} is no file of small programs: {exc}") from exc
    if wrong is not None or not rows:
        place = f"line {wrong}" if wrong else "it is empty"
        raise BadInput(f"{path}, {place}: write variant (racy or clean), language and text")
    return rows


def _is_probe(row: object) -> bool:
    named = isinstance(row, dict) and {"language", "text"} <= row.keys()
    return named and isinstance(row, dict) and row.get("variant") in ("racy", "clean")


def _objects(predictor: OnnxPredictor, probe: Mapping[str, Any]) -> Objects:
    """The calibrated probability of each of a program's objects."""
    name = "probe.c" if probe["language"] == "c" else "probe.cpp"
    return likeliest(predictor.predict(analyse(name, str(probe["text"]).encode()).slices))


def settled(
    labels: Array, held: Sequence[Objects], more: Array, small: Sequence[Objects], weights: Array
) -> FileScaling:
    """File scaling where the small programs weigh half as much as all that were held out.

    labels, weights (n,) of the held-out programs, more (m,) of the small ones.
    """
    count = len(small)
    return fit_files(
        np.concatenate([labels, more]),
        [*held, *small],
        np.concatenate([weights * (2 * count / weights.sum()), np.ones(count)]),
    )


def write(bundle: Path, files: FileScaling) -> None:
    """Put the calibration into the manifest, and seal it again."""
    manifest = json.loads((bundle / MANIFEST).read_text(encoding="utf-8"))
    manifest["file_calibration"] = files.model_dump()
    if manifest.get("seal") is not None:
        manifest["seal"] = seal_of(json.dumps(manifest).encode())
    (bundle / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _right(labels: Array, files: Sequence[Objects], scaling: FileScaling) -> float:
    said = np.array([of_file(objects, scaling) >= 0.5 for objects in files])
    return float(np.mean(said == (labels > 0.5)))
