"""Calibration on families that the weights never saw: of slices (Platt 1999), then of files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from model_export.dataset import is_composed
from reviewbot.model.bundle import FileScaling, Platt
from reviewbot.model.predict import calibrated, file_terms

Array: TypeAlias = NDArray[np.float64]
Objects: TypeAlias = tuple[float, ...]  # calibrated, one for each object of a file

# How far what cannot be seen lowers confidence above one half: chosen, not fitted, since programs
# of the corpus leave little unresolved. An unresolved call often matters; cut or broken code hides
# the very lines that decide; offload ran on the host alone, where a league is one team.
PENALTIES = {
    "unknown-fact": 0.7,
    "call": 0.85,
    "recursion": 0.95,
    "truncated": 0.6,
    "parse-error": 0.5,
    "offload": 0.7,
    # At most 0.7 is left: the upper end of the default policy's band, so that a run is asked for.
    "unlike": 0.4,
}


def sigmoid_product(links: Sequence[Sequence[float]]) -> Array:
    """Race scores (pairs,) of link logits (pairs, 5)."""
    logits = np.asarray(links, float).reshape(-1, 5)
    return np.prod(1 / (1 + np.exp(-logits)), axis=1)


def read_predictions(path: Path) -> list[dict[str, Any]]:
    """What `train` wrote for one part, with the score of each slice."""
    rows: list[dict[str, Any]] = json.loads(path.read_text())
    for row in rows:
        scores = sigmoid_product(row["links"])
        row["score"] = float(scores.max()) if len(scores) else 0.0
    return rows


def fit_platt(labels: Array, scores: Array) -> Platt:
    """Scale and bias by logistic regression on the logit; nearly unregularised."""
    logits = np.log(np.clip(scores, 1e-6, 1 - 1e-6) / (1 - np.clip(scores, 1e-6, 1 - 1e-6)))
    model = LogisticRegression(C=100.0).fit(logits[:, None], labels)
    return Platt(scale=float(model.coef_[0, 0]), bias=float(model.intercept_[0]))


def by_hand(families: Sequence[str], labels: Array) -> NDArray[np.bool_]:
    """Which items (n,) are of families that people wrote; all, where these have one outcome."""
    own = np.array([not is_composed(family) for family in families], bool)
    return own if len(set(labels[own])) == 2 else np.ones(len(families), bool)


def balanced(families: Sequence[str], labels: Array) -> NDArray[np.bool_]:
    """Which items (n,) slices are scaled by: all that people wrote, and as many composed ones.

    Composed structures vary a few hundred patterns, and a model is rightly surer of them than of
    new code; by themselves, those that people wrote make it less sure than it is right.
    """
    kept = by_hand(families, labels)
    composed = np.flatnonzero(~kept)
    if len(composed):
        every = max(round(len(composed) / kept.sum()), 1)
        kept[composed[::every]] = True
    return kept


def fit_files(labels: Array, files: Sequence[Objects], weights: Array) -> FileScaling:
    """A file's probability from its objects', by logistic regression on `file_terms`.

    labels, weights (n,). A file without objects tells nothing of the scaling and is left out.
    """
    some = [index for index, objects in enumerate(files) if objects]
    terms = np.array([file_terms(files[index]) for index in some])  # (n, 2)
    model = LogisticRegression(C=100.0, max_iter=1000)
    model.fit(terms, labels[some], sample_weight=weights[some])
    scale, several = (float(weight) for weight in model.coef_[0])
    return FileScaling(scale=scale, several=several, bias=float(model.intercept_[0]))


def alike(families: Sequence[str]) -> Array:
    """Weights (n,) by which programs that people wrote count as much as composed ones, 1 a mean."""
    composed = np.array([is_composed(family) for family in families], float)
    return sum(
        (kind / (kind.sum() * 2) for kind in (composed, 1 - composed) if kind.any()),
        start=np.zeros(len(families)),
    ) * len(families)


def calibrate(rows: Sequence[Mapping[str, Any]]) -> tuple[Platt, FileScaling]:
    """(slice calibration, file calibration) from the calibration families."""
    known = [row for row in rows if row["slice_race"] >= 0 and not row.get("repeated")]
    labels = np.array([row["slice_race"] for row in known], float)
    some = balanced([row["family"] for row in known], labels)
    platt = fit_platt(labels[some], np.array([row["score"] for row in known])[some])
    file_labels, files, families = programs(rows, platt)
    return platt, fit_files(file_labels, files, alike(families))


def programs(
    rows: Sequence[Mapping[str, Any]], platt: Platt
) -> tuple[Array, list[Objects], list[str]]:
    """(labels, objects' probabilities, families) of whole programs, in the order of their names."""
    found: dict[str, list[float]] = defaultdict(list)
    about: dict[str, tuple[float, str]] = {}
    for row in rows:
        if row["view"] != "program":
            continue
        found[row["program"]].append(calibrated(row["score"], platt))
        about[row["program"]] = (float(row["label"] == "racy"), row["family"])
    names = sorted(found)
    return (
        np.array([about[n][0] for n in names]),
        [tuple(found[n]) for n in names],
        [about[n][1] for n in names],
    )
