"""The tables of `selective`: promises beside what the test families show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from model_export import metrics
from model_export.calibrate import by_hand
from model_export.card import Interval, Table
from model_export.dataset import is_composed
from model_export.selective import curves
from model_export.selective.bounds import Array, clopper_pearson, family_means
from model_export.selective.fitting import Fitted
from model_export.selective.items import Scored
from model_export.selective.scaling import SCALINGS, nll
from model_export.selective.thresholds import Guarantee, Items

ROUNDS = 500  # of the bootstrap over families


def guarantees(fitted: Fitted, expected: Guarantee, test: Items) -> Table:
    """Each promise, the threshold that keeps it, and the risk on families never looked at."""
    risks, bands = fitted.risks, fitted.bands
    table = Table(
        "Promises and what the test families show",
        (
            "promise",
            "kept",
            "raw logit",
            "calibration families",
            "calibration risk",
            "test slices",
            "test, mean of families",
            "test, all slices",
            "test, were slices independent",
        ),
    )
    sure = f"with chance {1 - risks.delta / 2:g}"
    racy = test.labels == 1
    for kind, found in ((sure, bands.passing), ("in expectation", expected)):
        low = -np.inf if found.threshold is None else found.threshold
        lost = (test.logits < min(low, bands.comment_from)) & (test.unlike == 0)
        shown = _losses(found, lost[racy].astype(float), _of(test, racy))
        table.rows.append((f"missed races ≤ {risks.alpha:g}", kind, *shown))
    told = bands.told(test) == 1
    shown = _losses(bands.telling, 1 - test.labels[told], _of(test, told))
    table.rows.append((f"wrong comments ≤ {1 - risks.beta:g}", sure, *shown))
    return table


def _losses(found: Guarantee, losses: Array, families: list[str]) -> tuple[str, ...]:
    """The cells of one promise."""
    if found.threshold is None:
        return (found.reason, f"{found.families}", "–", "0", "–", "–", "–")
    low, high = clopper_pearson(int(losses.sum()), len(losses), 0.05)
    return (
        f"{found.threshold:.1f}",
        f"{found.families}",
        f"{found.risk:.3f}",
        f"{len(losses):,}",
        _shown(mean_of_families(losses, families)),
        _shown(pooled(losses, families)),
        f"{low:.3f}–{high:.3f}",
    )


def _of(items: Items, mask: Array) -> list[str]:
    return [items.families[int(i)] for i in np.flatnonzero(mask)]


def _shown(value: Interval) -> str:
    return "–" if value[0] != value[0] else f"{value[0]:.3f} ({value[1]:.3f}–{value[2]:.3f})"


def pooled(values: Array, families: Sequence[str]) -> Interval:
    """Mean over items, its 95 % interval by resampling families."""
    if not len(values):
        return (float("nan"),) * 3
    return metrics.interval(_mean, values, np.zeros(len(values)), families, rounds=ROUNDS)


def mean_of_families(values: Array, families: Sequence[str]) -> Interval:
    """Mean over families, which is what the guarantees speak of."""
    if not len(values):
        return (float("nan"),) * 3
    means = family_means(values, families)
    return pooled(means, [str(n) for n in range(len(means))])


def _mean(values: Array, _: Array) -> float:
    return float(np.mean(values))


def coverage(fitted: Fitted, test: Items) -> Table:
    """What becomes of the test slices: silence, a run, a comment."""
    table = Table(
        "What becomes of the test slices",
        ("slices", "items", "pass in silence", "a run decides", "told", "unlike training"),
    )
    passed, told = fitted.bands.passed(test), fitted.bands.told(test)
    composed = np.array([is_composed(family) for family in test.families])
    for name, mask in (
        ("all", np.ones(len(test.labels), bool)),
        ("racy", test.labels == 1),
        ("clean", test.labels == 0),
        ("of authored families", ~composed),
        ("racy, of authored families", ~composed & (test.labels == 1)),
    ):
        shares = [passed[mask], 1 - passed[mask] - told[mask], told[mask], test.unlike[mask]]
        cells = [f"{share.mean():.3f}" if mask.any() else "–" for share in shares]
        table.rows.append((name, f"{int(mask.sum()):,}", *cells))
    return table


def scalings(calibration: Items, test: Items) -> Table:
    """Ways of scaling, fitted on calibration families: all test families, and written ones."""
    columns = ("ECE", "Brier", "NLL", "AUROC", "AURC", "AUGRC", "accuracy")
    table = Table("Scalings on the test families", ("scaling", "items", *columns))
    figures: dict[str, Callable[[Array, Array], float]] = {
        "ECE": metrics.ece,
        "Brier": metrics.brier,
        "NLL": nll,
        "AUROC": metrics.auroc,
        "AURC": lambda y, p: curves.aurc(_wrong(y, p), confidence_of(p)),
        "AUGRC": lambda y, p: curves.augrc(_wrong(y, p), confidence_of(p)),
        "accuracy": metrics.accuracy,
    }
    parts = {"": test, ", authored families": test.only(by_hand(test.families, test.labels))}
    for name, fit in SCALINGS.items():
        scaling = fit(calibration.labels, calibration.logits)
        for of_whom, part in parts.items():
            scaled = scaling(part.logits)
            told = {
                figure: metrics.interval(of, part.labels, scaled, part.families, rounds=100)
                for figure, of in figures.items()
            }
            table.add(name + of_whom, len(scaled), told)
    return table


def confidence_of(probabilities: Array) -> Array:
    """Probability that the verdict at one half is right."""
    return np.maximum(probabilities, 1 - probabilities)


def _wrong(labels: Array, probabilities: Array) -> Array:
    return ((probabilities >= 0.5) != (labels == 1)).astype(float)


def signals(
    labels: Array, probabilities: Array, values: Mapping[str, Array], families: Sequence[str]
) -> Table:
    """How well each signal tells wrong verdicts from right ones, and from right ones when sure."""
    table = Table(
        "Telling wrong verdicts from right ones (AUROC)",
        ("signal", "items", "all verdicts", "verdicts at confidence 0.9 and above"),
    )
    wrong, sure = _wrong(labels, probabilities), confidence_of(probabilities) >= 0.9
    kept = np.flatnonzero(sure)
    some = [families[int(i)] for i in kept]
    for name, value in values.items():
        told = {
            "all verdicts": metrics.interval(metrics.auroc, wrong, value, families, rounds=100),
            "verdicts at confidence 0.9 and above": metrics.interval(
                metrics.auroc, wrong[kept], value[kept], some, rounds=100
            ),
        }
        table.add(name, len(wrong), told)
    return table


def flagged(labels: Array, probabilities: Array, unlike: Array, families: Sequence[str]) -> Table:
    """Errors among slices that are unlike the training data, beside the others."""
    table = Table(
        "Verdicts on slices unlike the training data", ("slices", "items", "share", "error")
    )
    wrong = _wrong(labels, probabilities)
    for name, mask in (("unlike", unlike == 1), ("like", unlike == 0)):
        kept = [families[int(i)] for i in np.flatnonzero(mask)]
        table.add(
            name, int(mask.sum()), {"error": pooled(wrong[mask], kept)}, extra=f"{mask.mean():.3f}"
        )
    return table


def unresolved(items: Sequence[Scored]) -> Array:
    """(N,) how many calls and the like the front end could not see."""
    return np.array([float(len(item.known.unresolved)) for item in items])


def unknown_share(items: Sequence[Scored], facts: Mapping[str, int]) -> Array:
    """(N,) largest share of one pair's facts that no vocabulary holds."""
    return np.array(
        [
            max(sum(f not in facts for f in bag) / max(len(bag), 1) for bag in item.known.bags)
            if item.known.bags
            else 0.0
            for item in items
        ]
    )
