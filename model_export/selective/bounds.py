"""How sure a measured risk is: p-values and bounds that hold for every sample size.

What is counted is a family's mean loss, a number from 0 to 1. Families are taken for independent
draws of one distribution (exchangeable); slices within one may depend on each other as they like.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom  # type: ignore[import-untyped]

Array: TypeAlias = NDArray[np.float64]


def hoeffding_bentkus(risk: float, count: int, level: float) -> float:
    """p-value of "the true risk is above `level`" for the mean of `count` losses in 0..1.

    Hoeffding (1963) and Bentkus (2004), the smaller, as in Learn then Test (Angelopoulos et al.
    2021, section 3.1). 1 where nothing was measured.
    """
    if count == 0 or not 0.0 < level < 1.0 or risk >= level:
        return 1.0
    hoeffding = math.exp(-count * _divergence(min(risk, level), level))
    bentkus = math.e * float(binom.cdf(math.ceil(count * risk - 1e-9), count, level))
    return min(1.0, hoeffding, bentkus)


def _divergence(a: float, b: float) -> float:
    """Kullback–Leibler divergence of coins with these chances."""
    first = a * math.log(a / b) if a > 0 else 0.0
    second = (1 - a) * math.log((1 - a) / (1 - b)) if a < 1 else 0.0
    return first + second


def clopper_pearson(events: int, count: int, delta: float) -> tuple[float, float]:
    """Exact two-sided bounds of a share, wrong with chance `delta`; for independent items only."""
    if count == 0:
        return 0.0, 1.0
    low = float(beta.ppf(delta / 2, events, count - events + 1)) if events else 0.0
    high = float(beta.ppf(1 - delta / 2, events + 1, count - events)) if events < count else 1.0
    return low, high


def conformal_risk(mean: float, count: int) -> float:
    """Upper bound of the expected loss on the next family, for losses that grow with a threshold.

    Conformal risk control (Angelopoulos et al. 2022), losses at most 1.
    """
    return (count * mean + 1.0) / (count + 1.0)


def conformal_quantile(scores: Sequence[float], share: float) -> float:
    """The value that a new exchangeable score exceeds with chance `share` at most."""
    place = math.ceil((len(scores) + 1) * (1.0 - share))
    if place > len(scores):
        return math.inf
    return float(np.sort(np.asarray(scores, float))[place - 1])


def family_sums(values: Array, families: Sequence[str]) -> Array:
    """(families, …): the sum over each family's items of values (items, …), families by name."""
    if not len(values):
        return np.zeros((0, *values.shape[1:]))
    places = {name: place for place, name in enumerate(sorted(set(families)))}
    index = np.fromiter((places[name] for name in families), np.intp, len(families))
    order = np.argsort(index, kind="stable")
    starts = np.searchsorted(index[order], np.arange(len(places)))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0), float)


def family_means(values: Array, families: Sequence[str]) -> Array:
    """(families, …): the mean over each family's items of values (items, …)."""
    counts = family_sums(np.ones(len(values)), families)
    sums = family_sums(values, families)
    return np.asarray(sums / counts.reshape(-1, *([1] * (values.ndim - 1))), float)
