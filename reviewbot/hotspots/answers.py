"""From the model's raw answers to what is told: quantiles, classes, and the odds of a change."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Raw: TypeAlias = NDArray[np.float64]
_SPREAD = 2.563  # widths of a normal distribution between its quantiles 0.1 and 0.9
_NARROWEST = 0.05  # logits: below, two answers are taken for the same


class Calibration(BaseModel):
    """What was measured on families that the weights never saw."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    widen: tuple[float, float]  # logits on either side of the interval, for 4 and 16 threads
    rank: float  # factor on the odds that a change lowers the balance
    temperature: float  # what the logits of the bottleneck's classes are divided by


def interval(raw: Raw, calibration: Calibration, threads: int) -> tuple[float, float, float]:
    """(low, middle, high) of the balance with THREADS[threads] threads; four in five lie between.

    `raw` is (2, 3): logits of the quantiles 0.1, 0.5 and 0.9.
    """
    widen = calibration.widen[threads]
    low, middle, high = raw[threads]
    return sigmoid(min(low - widen, middle)), sigmoid(middle), sigmoid(max(high + widen, middle))


def lower_odds(base: Raw, head: Raw, calibration: Calibration, threads: int) -> float:
    """Logit of the probability that the head's balance is the lower one."""
    gap = base[threads, 1] - head[threads, 1]
    width = math.hypot(_width(base, calibration, threads), _width(head, calibration, threads))
    return float(calibration.rank * gap / max(width, _NARROWEST) * _SPREAD)


def probability_lower(base: Raw, head: Raw, calibration: Calibration, threads: int) -> float:
    """P(the head has a lower work balance than the base)."""
    return sigmoid(lower_odds(base, head, calibration, threads))


def _width(raw: Raw, calibration: Calibration, threads: int) -> float:
    return float(max(0.0, raw[threads, 2] - raw[threads, 0] + 2 * calibration.widen[threads]))


def probabilities(logits: NDArray[np.float64], calibration: Calibration) -> NDArray[np.float64]:
    """Probabilities of the bottleneck's classes, (classes,)."""
    scaled = np.exp((logits - logits.max()) / calibration.temperature)
    return scaled / scaled.sum()


def sigmoid(value: float) -> float:
    """The logistic function, safe for any size."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
