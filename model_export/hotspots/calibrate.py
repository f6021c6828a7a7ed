"""Turns the model's answers into promises: intervals that hold, odds of a change that are right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_export.hotspots.examples import Examples, Pair
from model_export.hotspots.train import Answers
from reviewbot.hotspots.answers import Calibration, lower_odds

COVERAGE = 0.8  # of the interval between the quantiles 0.1 and 0.9


def calibrate(data: Examples, answers: Answers, keep: NDArray[np.bool_]) -> Calibration:
    """Offsets and factors from the regions that `keep` marks, which the weights never saw."""
    widths = tuple(_width(data, answers, keep, threads) for threads in (0, 1))
    wide = Calibration(widen=(widths[0], widths[1]), rank=1.0, temperature=1.0)
    return Calibration(
        widen=wide.widen,
        rank=_rank(data, answers, keep, wide),
        temperature=_temperature(data, answers, keep),
    )


def _width(data: Examples, answers: Answers, keep: NDArray[np.bool_], threads: int) -> float:
    """How much wider, in logits, the interval must be (Romano et al. 2019, conformal quantiles)."""
    truth = _logits(np.array([region.balance[threads] for region in data.regions]))
    low, high = answers.balance[:, threads, 0], answers.balance[:, threads, 2]
    misses = np.maximum(low - truth, truth - high)[keep]
    level = min(1.0, COVERAGE * (1 + 1 / max(1, len(misses))))
    return float(np.quantile(misses, level)) if len(misses) else 0.0


def _logits(balance: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(balance, 1e-3, 1 - 1e-3)
    return np.log(clipped / (1 - clipped))


def _rank(data: Examples, answers: Answers, keep: NDArray[np.bool_], wide: Calibration) -> float:
    """The factor on the odds that makes them fit best, by likelihood over a grid."""
    odds, truth = [], []
    for threads in (0, 1):
        for pair in data.pairs(threads):
            if keep[pair.base] and keep[pair.head]:
                odds.append(
                    lower_odds(
                        answers.balance[pair.base], answers.balance[pair.head], wide, threads
                    )
                )
                truth.append(_lower(data, pair, threads))
    if not odds:
        return 1.0
    grid = np.geomspace(0.2, 5.0, 40)
    z, y = np.array(odds), np.array(truth)
    losses = [np.logaddexp(0, np.where(y, -factor * z, factor * z)).mean() for factor in grid]
    return float(grid[int(np.argmin(losses))])


def _lower(data: Examples, pair: Pair, threads: int) -> bool:
    regions = data.regions
    return regions[pair.head].balance[threads] < regions[pair.base].balance[threads]


def _temperature(data: Examples, answers: Answers, keep: NDArray[np.bool_]) -> float:
    """What the class logits are divided by (Guo et al. 2017), by likelihood over a grid."""
    truth = np.array([region.bottleneck for region in data.regions])[keep]
    logits = answers.classes[keep]
    grid = np.geomspace(0.5, 4.0, 40)
    return (
        float(grid[int(np.argmin([_loss(logits / t, truth) for t in grid]))]) if len(truth) else 1.0
    )


def _loss(logits: NDArray[np.float64], truth: Sequence[int] | NDArray[np.int64]) -> float:
    top = logits.max(axis=1, keepdims=True)
    whole = (top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True)))[:, 0]
    return float((whole - logits[np.arange(len(logits)), truth]).mean())
