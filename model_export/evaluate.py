"""Measure a bundle on families it never saw, beside controls, and write its model card.

python -m model_export evaluate --bundle reviewbot/bundles/small --data data/slices.parquet
    --card reviewbot/bundles/small/MODEL_CARD.md [--folds data/fold0 data/fold1 …]

With --suite, on programs of other people instead: see model_export/suites/command.py.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression

from model_export import metrics
from model_export.calibrate import calibrate, fit_platt, programs, read_predictions
from model_export.card import Table, measure_again, write_card
from model_export.dataset import fold_of, is_composed, is_sketch, split_of
from model_export.examples import Vocabularies, examples, load
from model_export.suites import command as suite_command
from reviewbot.errors import BadInput
from reviewbot.model.bundle import Bundle, FileScaling, Platt, load_bundle
from reviewbot.model.features import collate
from reviewbot.model.predict import CHUNK, OnnxPredictor, calibrated, load_predictor, of_file

Array: TypeAlias = NDArray[np.float64]
CROSS = 5  # folds of cross-fitting, as in train
SHOWN = (
    "accuracy",
    "precision",
    "recall",
    "F1",
    "AUROC",
    "ECE",
    "error of the most confident 80 %",
    "AUGRC",
)


@dataclass(frozen=True, slots=True)
class Scored:
    """Labels in {0, 1}, probabilities, and the family of each item."""

    labels: Array
    scores: Array
    families: list[str]

    def row(self, names: Sequence[str] = SHOWN) -> dict[str, tuple[float, float, float]]:
        """Every figure with its interval."""
        return {
            n: metrics.interval(metrics.METRICS[n], self.labels, self.scores, self.families)
            for n in names
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--bundle", type=Path, help="default with --suite: the one that ships")
    parser.add_argument("--data", type=Path, help="Parquet file of labelled slices")
    parser.add_argument("--card", type=Path, help="write a model card there")
    parser.add_argument(
        "--folds", type=Path, nargs="*", default=[], help="cross-validation runs of train --fold"
    )
    parser.add_argument(
        "--compare", nargs="*", default=[], metavar="NAME=RUN", help="other runs to set beside it"
    )
    parser.add_argument(
        "--again",
        type=Path,
        metavar="CARD",
        help="write the last section of that card: the same weights with a later front end",
    )
    parser.add_argument("--summary", type=Path, help="the corpus' summary.json, for the card")
    parser.add_argument(
        "--also",
        type=Path,
        nargs="*",
        default=[],
        metavar="FILE",
        help="tables for the card that `evaluate --suite`, `proof` or `selective` printed",
    )
    suite_command.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Score the test families, or a suite, and print the tables."""
    if arguments.suite:
        return suite_command.run(arguments, load(arguments.data) if arguments.data else None)
    if arguments.bundle is None or arguments.data is None:
        raise BadInput("evaluate needs --bundle and --data, or --suite and --root.")
    rows = load(arguments.data)
    unique = [row for row in rows if not row["repeated"]]
    bundle = load_bundle(arguments.bundle)
    predictor = load_predictor(arguments.bundle)
    test = [row for row in rows if split_of(row["family"]) == "test"]
    predictions = predict(predictor, bundle, test)
    authored = [row for row in predictions if not is_composed(row["family"])]
    composed = [row for row in predictions if is_composed(row["family"])]
    held = {row["family"] for row in authored}
    about = "never trained on, never calibrated on; the shipped int8 bundle"
    platts = (bundle.manifest.calibration, bundle.manifest.file_calibration)
    tables = [
        *suites(f"Authored test families ({about})", authored, *platts),
        *_parts(authored, platts),
        *(
            suites(
                f"Composed test structures, of patterns seen in others ({about})", composed, *platts
            )
            if composed
            else []
        ),
        *([_compared(arguments.compare)] if arguments.compare else []),
        _controls(unique, [row for row in unique if row["family"] in held]),
        _by_kind(authored, bundle.manifest.calibration),
        _twins("Twins of the authored test families", authored, *platts),
        *([_twins("Twins of the composed test structures", composed, *platts)] if composed else []),
    ]
    if arguments.folds:
        tables.append(_cross_validated(arguments.folds))
    for table in tables:
        print(table.markdown())
    if arguments.again:
        measure_again(arguments.again, test, tables, arguments.also)
    if arguments.card:
        write_card(
            arguments.card,
            bundle,
            rows,
            tables,
            summary=arguments.summary,
            also=arguments.also,
        )
    return 0


def _parts(rows: Sequence[Mapping[str, Any]], platts: tuple[Platt, FileScaling]) -> list[Table]:
    """The problem families and the sketches apart: many variants of few, few of many."""
    sketches = [row for row in rows if is_sketch(row["family"])]
    families = [row for row in rows if not is_sketch(row["family"])]
    if not sketches or not families:
        return []
    return [
        *suites("Of these, the problem families", families, *platts),
        *suites("Of these, the sketches and their mutants", sketches, *platts),
        _twins("Twins of the problem families", families, *platts),
        _twins("Twins of the sketches", sketches, *platts),
    ]


def predict(
    predictor: OnnxPredictor, bundle: Bundle, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The bundle's link logits for each row, in the form that `train` writes."""
    items = examples(rows, Vocabularies(bundle.words, bundle.facts))
    result: list[dict[str, Any]] = [{} for _ in rows]
    order = sorted(range(len(items)), key=lambda i: len(items[i].encoded.tokens))
    for chunk in (order[i : i + CHUNK] for i in range(0, len(order), CHUNK)):
        logits = predictor.logits(collate([items[i].encoded for i in chunk]))
        for place, index in enumerate(chunk):
            links = logits[place, : len(items[index].race)]
            score = (
                float(np.prod(1 / (1 + np.exp(-links.astype(np.float64))), axis=1).max())
                if len(links)
                else 0.0
            )
            result[index] = {**rows[index], "score": score, "links": links.tolist()}
    return result


def suites(
    title: str, rows: Sequence[Mapping[str, Any]], platt: Platt, files: FileScaling
) -> list[Table]:
    """Slices of whole programs, slices of libraries, and whole programs."""
    table = Table(title, ("what", "items", *SHOWN))
    for name, view in (
        ("slices, program view", "program"),
        ("slices, library view (threads made elsewhere)", "library"),
    ):
        scored = slices(rows, platt, view)
        if len(scored.labels):
            table.add(name, len(scored.labels), scored.row())
    labels, objects, families = programs(rows, platt)
    table.add(
        "whole programs",
        len(labels),
        Scored(labels, np.array([of_file(o, files) for o in objects]), families).row(),
    )
    return [table]


def slices(rows: Sequence[Mapping[str, Any]], platt: Platt, view: str) -> Scored:
    """The labelled slices of one view."""
    known = [r for r in rows if r["slice_race"] >= 0 and r["view"] == view]
    known = [r for r in known if not r.get("repeated")]
    return Scored(
        np.array([r["slice_race"] for r in known], float),
        np.array([calibrated(r["score"], platt) for r in known]),
        [r["family"] for r in known],
    )


def _compared(runs: Sequence[str]) -> Table:
    """Other runs on the same test families: what another input or size would have given."""
    table = Table(
        "Other inputs, same test families, slices, program view", ("what", "items", *SHOWN)
    )
    for name, _, folder in (run.partition("=") for run in runs):
        platt, _ = calibrate(read_predictions(Path(folder) / "calibrate.json"))
        scored = slices(read_predictions(Path(folder) / "test.json"), platt, "program")
        table.add(name, len(scored.labels), scored.row())
    return table


def _controls(rows: Sequence[Mapping[str, Any]], test: Sequence[Mapping[str, Any]]) -> Table:
    """Always-no, and a linear model on the same relations: what the network must beat."""
    table = Table(
        "Controls on the same test families, slices, program view", ("what", "items", *SHOWN)
    )
    known = [r for r in test if r["slice_race"] >= 0 and r["view"] == "program"]
    labels = np.array([r["slice_race"] for r in known], float)
    families = [r["family"] for r in known]
    table.add("always clean", len(known), Scored(labels, np.full(len(known), 1e-6), families).row())
    for name, features in (
        ("linear, relations", _facts),
        ("linear, bag of words of the slice", _words),
    ):
        scores = _linear(rows, known, features)
        table.add(name, len(known), Scored(labels, scores, families).row())
    return table


def _facts(row: Mapping[str, Any]) -> list[list[str]]:
    return row["facts"]  # type: ignore[no-any-return]


def _words(row: Mapping[str, Any]) -> list[list[str]]:
    words = [token for _, tokens in row["lines"] for token in tokens]
    return [words for _ in row["facts"]]


def _linear(
    rows: Sequence[Mapping[str, Any]],
    test: Sequence[Mapping[str, Any]],
    features: Callable[[Mapping[str, Any]], list[list[str]]],
) -> Array:
    """Logistic regression on pairs, trained on the families and calibrated as the network is."""
    train = [r for r in rows if split_of(r["family"]) != "test"]
    labels: list[float] = []
    scores: list[float] = []
    for fold in range(CROSS):
        score = _fitted([r for r in train if fold_of(r["family"], CROSS) != fold], features)
        held = [r for r in train if fold_of(r["family"], CROSS) == fold and r["slice_race"] >= 0]
        labels += [float(r["slice_race"]) for r in held]
        scores += score(held)
    platt = fit_platt(np.array(labels), np.array(scores))
    return np.array([calibrated(s, platt) for s in _fitted(train, features)(test)])


def _fitted(
    train: Sequence[Mapping[str, Any]], features: Callable[[Mapping[str, Any]], list[list[str]]]
) -> Callable[[Sequence[Mapping[str, Any]]], list[float]]:
    """A scorer of slices: the score of the most likely pair."""
    ids: dict[str, int] = {}
    bags: list[list[str]] = []
    labels: list[int] = []
    for row in train:
        for bag, race in zip(features(row), row["race"], strict=False):
            if race >= 0:
                bags.append(bag)
                labels.append(race)
                for token in bag:
                    ids.setdefault(token, len(ids))
    model = LogisticRegression(C=0.3, max_iter=300, class_weight={0: 1, 1: 3})
    model.fit(_matrix(bags, ids), labels)

    def score(items: Sequence[Mapping[str, Any]]) -> list[float]:
        rows = [_matrix(features(item), ids) for item in items]
        return [float(model.predict_proba(row)[:, 1].max()) for row in rows]

    return score


def _matrix(bags: Sequence[Sequence[str]], ids: Mapping[str, int]) -> csr_matrix:
    counts = [Counter(ids[t] for t in bag if t in ids) for bag in bags]
    at = [0, *np.cumsum([len(c) for c in counts])]
    columns = [i for c in counts for i in c]
    values = [1.0 for c in counts for _ in c]
    return csr_matrix((values, columns, at), shape=(len(bags), len(ids)))


def _by_kind(rows: Sequence[Mapping[str, Any]], platt: Platt) -> Table:
    """Slices by the construct that makes them parallel."""
    table = Table("By construct, slices, program view", ("what", "items", "racy share", *SHOWN[:5]))
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["kind"]].append(row)
    for kind, members in sorted(groups.items(), key=lambda g: -len(g[1])):
        scored = slices(members, platt, "program")
        if len(scored.labels) >= 30 and 0 < scored.labels.mean() < 1:
            table.add(
                kind, len(scored.labels), scored.row(SHOWN[:5]), extra=f"{scored.labels.mean():.2f}"
            )
    return table


def _twins(
    title: str, rows: Sequence[Mapping[str, Any]], platt: Platt, files: FileScaling
) -> Table:
    """Programs that differ in one choice, one racy and one clean: both right."""
    table = Table(
        f"{title}: programs one edit apart with different outcomes",
        ("what", "items", "both right", "ranked right"),
    )
    labels, objects, _ = programs(rows, platt)
    names = sorted({r["program"] for r in rows if r["view"] == "program"})
    about = {r["program"]: (r["twin_group"], r["family"]) for r in rows}
    probability = {n: of_file(o, files) for n, o in zip(names, objects, strict=True)}
    truth = dict(zip(names, labels, strict=True))
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[about[name][0]].append(name)
    both, ranked, families = [], [], []
    for members in groups.values():
        for racy in (m for m in members if truth[m] == 1):
            for clean in (m for m in members if truth[m] == 0):
                both.append(float(probability[racy] >= 0.5 > probability[clean]))
                ranked.append(float(probability[racy] > probability[clean]))
                families.append(about[racy][1])
    if both:
        zeros = np.zeros(len(both))
        table.add(
            "twins",
            len(both),
            {
                "both right": metrics.interval(_mean, np.array(both), zeros, families),
                "ranked right": metrics.interval(_mean, np.array(ranked), zeros, families),
            },
        )
    return table


def _mean(labels: Array, _: Array) -> float:
    return float(np.mean(labels))


def _cross_validated(folders: Sequence[Path]) -> Table:
    """Every family held out once: the folds' test predictions, each calibrated on its own fold."""
    table = Table(
        f"Cross-validation over authored families, {len(folders)} folds (torch)",
        ("what", "items", *SHOWN),
    )
    parts: dict[str, list[Scored]] = defaultdict(list)
    for folder in folders:
        platt, files = calibrate(read_predictions(folder / "calibrate.json"))
        rows = read_predictions(folder / "test.json")
        rows = [row for row in rows if not is_composed(row["family"])] or rows
        for view in ("program", "library"):
            parts[f"slices, {view} view"].append(slices(rows, platt, view))
        labels, objects, families = programs(rows, platt)
        parts["whole programs"].append(
            Scored(labels, np.array([of_file(o, files) for o in objects]), families)
        )
    for name, scored in parts.items():
        joined = Scored(
            np.concatenate([s.labels for s in scored]),
            np.concatenate([s.scores for s in scored]),
            [f for s in scored for f in s.families],
        )
        table.add(name, len(joined.labels), joined.row())
    return table
