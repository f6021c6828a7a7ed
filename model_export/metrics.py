"""Figures of merit, with bootstrap intervals over families: programs of one are no sample."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Metric: TypeAlias = Callable[[Array, Array], float]


def auroc(labels: Array, scores: Array) -> float:
    """Area under the ROC curve by ranks, ties halved (Hanley and McNeil 1982)."""
    positive, negative = labels == 1, labels == 0
    if not positive.any() or not negative.any():
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = ((ends - counts + 1 + ends) / 2)[inverse]
    n1, n0 = positive.sum(), negative.sum()
    return float((ranks[positive].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def accuracy(labels: Array, scores: Array) -> float:
    """Share of right verdicts at one half."""
    return float(np.mean((scores >= 0.5) == (labels == 1)))


def precision(labels: Array, scores: Array) -> float:
    """Share of true races among those claimed at one half."""
    claimed = scores >= 0.5
    return float(np.mean(labels[claimed] == 1)) if claimed.any() else float("nan")


def recall(labels: Array, scores: Array) -> float:
    """Share of races that are claimed at one half."""
    racy = labels == 1
    return float(np.mean(scores[racy] >= 0.5)) if racy.any() else float("nan")


def f1(labels: Array, scores: Array) -> float:
    """Harmonic mean of precision and recall."""
    p, r = precision(labels, scores), recall(labels, scores)
    return 2 * p * r / (p + r) if p + r > 0 else 0.0


def ece(labels: Array, scores: Array, bins: int = 15) -> float:
    """Expected calibration error over equal-mass bins (Nguyen and O'Connor 2015)."""
    if not len(scores):
        return float("nan")
    order = np.argsort(scores)
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [len(part) * abs(labels[part].mean() - scores[part].mean()) for part in parts]
    return float(sum(gaps) / len(scores))


def brier(labels: Array, scores: Array) -> float:
    """Mean squared error of the probabilities."""
    return float(np.mean((scores - labels) ** 2))


def risk_at(labels: Array, scores: Array, coverage: float) -> float:
    """Error among the most confident share of the verdicts."""
    order = np.argsort(-np.abs(scores - 0.5), kind="stable")[: max(int(len(scores) * coverage), 1)]
    return 1 - accuracy(labels[order], scores[order])


def augrc(labels: Array, scores: Array) -> float:
    """Area under the generalised risk–coverage curve (Traub et al. 2024): mean joint risk."""
    order = np.argsort(-np.abs(scores - 0.5), kind="stable")
    wrong = ((scores >= 0.5) != (labels == 1))[order]
    return float(np.mean(np.cumsum(wrong) / len(wrong)))


METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "precision": precision,
    "recall": recall,
    "F1": f1,
    "AUROC": auroc,
    "ECE": ece,
    "Brier": brier,
    "error of the most confident 80 %": lambda y, s: risk_at(y, s, 0.8),
    "AUGRC": augrc,
}


def interval(
    metric: Metric,
    labels: Array,
    scores: Array,
    groups: Sequence[str],
    *,
    rounds: int = 500,
    seed: int = 0,
) -> tuple[float, float, float]:
    """(value, low, high): 95 % bootstrap interval that resamples whole families."""
    rng = np.random.default_rng(seed)
    members: dict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    names = sorted(members)
    samples = []
    for _ in range(rounds):
        chosen = np.concatenate(
            [members[names[i]] for i in rng.integers(0, len(names), len(names))]
        )
        value = metric(labels[chosen], scores[chosen])
        if not np.isnan(value):
            samples.append(value)
    low, high = np.percentile(samples, [2.5, 97.5]) if samples else (float("nan"), float("nan"))
    return metric(labels, scores), float(low), float(high)
