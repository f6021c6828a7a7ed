"""Two thresholds with guarantees: what may pass in silence, and what may be told without a run.

Below the first a slice passes, from the second on it is told, between them a run decides. Both are
found on calibration families by Learn then Test (Angelopoulos et al. 2021) over a grid of raw
scores that was fixed before any data was seen. Each may fail with half of `delta`, so that both
hold together with a chance of 1 - delta (Bonferroni).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model_export.selective.bounds import (
    Array,
    conformal_risk,
    family_means,
    family_sums,
    hoeffding_bentkus,
)

# Logits of raw scores. A product of five probabilities seldom leaves this range.
GRID = np.round(np.arange(-10.0, 6.01, 0.1), 1)
# Where the search for the second threshold sets out: few families have comments at high scores, so
# that one start alone could fail for want of data. Each start costs a part of delta.
STARTS = (4.0, 3.0, 2.0, 1.0, 0.0)
FEWEST = 20  # families: with fewer no bound at usual levels can hold


@dataclass(frozen=True, slots=True)
class Items:
    """Slices with known outcome."""

    labels: Array  # (N,) of 0 and 1
    logits: Array  # (N,) of the raw score of the likeliest pair
    families: Sequence[str]
    unlike: Array  # (N,) 1 where the slice is unlike the training data: a run decides those

    def only(self, mask: Array) -> Items:
        """The items of a mask."""
        kept = np.flatnonzero(mask)
        families = [self.families[int(i)] for i in kept]
        return Items(self.labels[kept], self.logits[kept], families, self.unlike[kept])


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A threshold and what is known of it; or None and why there is none."""

    threshold: float | None  # a logit of the raw score
    level: float  # the risk that must not be exceeded
    families: int  # that could be counted at the threshold
    risk: float  # mean over these families
    p_value: float
    reason: str = ""  # why there is no threshold


def missed(items: Items, thresholds: Array) -> Array:
    """(families with a race, thresholds): the share of a family's races that pass in silence."""
    racy = items.only(items.labels == 1)
    passed = (racy.logits[:, None] < thresholds) & (racy.unlike[:, None] == 0)
    return family_means(passed.astype(float), racy.families)


def false_comments(items: Items, thresholds: Array) -> Array:
    """(families, thresholds): the share of a family's comments that are wrong; NaN without one."""
    told = ((items.logits[:, None] >= thresholds) & (items.unlike[:, None] == 0)).astype(float)
    comments = family_sums(told, items.families)
    wrong = family_sums(told * (1.0 - items.labels[:, None]), items.families)
    return np.where(comments > 0, wrong / np.maximum(comments, 1.0), np.nan)


def pass_threshold(items: Items, alpha: float, delta: float) -> Guarantee:
    """The highest threshold under which at most `alpha` of a family's races pass, on average.

    With chance 1 - delta over the draw of the calibration families. Fixed sequence upwards: the
    first threshold that cannot be shown to be safe ends the search.
    """
    losses = missed(items, GRID)
    count = len(losses)
    if count < FEWEST:
        return _none(alpha, count, f"{count} families with a race are too few: {FEWEST} are needed")
    risks = losses.mean(axis=0)
    best: Guarantee | None = None
    for threshold, risk in zip(GRID, risks, strict=True):
        p_value = hoeffding_bentkus(float(risk), count, alpha)
        if p_value > delta:
            break
        best = Guarantee(float(threshold), alpha, count, float(risk), p_value)
    return best or _none(alpha, count, "no threshold is safe: every one may pass too many races")


def expected_pass_threshold(items: Items, alpha: float) -> Guarantee:
    """As `pass_threshold`, but in expectation over calibration and the next family alike.

    Conformal risk control: less is promised, so more may pass.
    """
    losses = missed(items, GRID)
    count = len(losses)
    if count < FEWEST:
        return _none(alpha, count, f"{count} families with a race are too few: {FEWEST} are needed")
    risks = losses.mean(axis=0)
    fine = [n for n, risk in enumerate(risks) if conformal_risk(float(risk), count) <= alpha]
    if not fine:
        return _none(alpha, count, "no threshold is safe: every one may pass too many races")
    return Guarantee(float(GRID[fine[-1]]), alpha, count, float(risks[fine[-1]]), float("nan"))


def comment_threshold(items: Items, beta: float, delta: float) -> Guarantee:
    """The lowest threshold from which `beta` of a family's comments are right, on average.

    Over the families that have a comment. Fixed sequences downwards from several starts, each with
    its part of delta; the risk need not be monotone.
    """
    level = 1.0 - beta
    losses = false_comments(items, GRID)
    tests = [_test(float(t), column, level) for t, column in zip(GRID, losses.T, strict=True)]
    found = [
        one
        for start in STARTS
        if (one := _lowest([t for t in tests if _of(t) <= start], delta / len(STARTS)))
    ]
    reason = "no threshold is safe: comments may be wrong too often"
    return min(found, key=_of) if found else _none(level, tests[0].families, reason)


def _test(threshold: float, losses: Array, level: float) -> Guarantee:
    counted = losses[~np.isnan(losses)]
    risk = float(counted.mean()) if len(counted) else 1.0
    p_value = hoeffding_bentkus(risk, len(counted), level)
    return Guarantee(threshold, level, len(counted), risk, p_value)


def _lowest(tests: Sequence[Guarantee], delta: float) -> Guarantee | None:
    """The last of the tests, from the highest down, before the first that fails."""
    held = list(itertools.takewhile(lambda test: test.p_value <= delta, reversed(tests)))
    return held[-1] if held else None


def _of(found: Guarantee) -> float:
    return float("inf") if found.threshold is None else found.threshold


def _none(level: float, count: int, reason: str) -> Guarantee:
    return Guarantee(None, level, count, float("nan"), 1.0, reason)


@dataclass(frozen=True, slots=True)
class Bands:
    """Both guarantees, and what follows from them for a slice."""

    passing: Guarantee
    telling: Guarantee

    @property
    def pass_below(self) -> float:
        """Logit under which a slice passes; never above the one from which it is told."""
        low = float("-inf") if self.passing.threshold is None else self.passing.threshold
        return min(low, self.comment_from)

    @property
    def comment_from(self) -> float:
        """Logit from which a slice is told without a run."""
        return _of(self.telling)

    def passed(self, items: Items) -> Array:
        """(N,) 1 where nothing is said and nothing is run."""
        return ((items.logits < self.pass_below) & (items.unlike == 0)).astype(float)

    def told(self, items: Items) -> Array:
        """(N,) 1 where the model speaks for itself."""
        return ((items.logits >= self.comment_from) & (items.unlike == 0)).astype(float)


def fit(items: Items, *, alpha: float, beta: float, delta: float) -> Bands:
    """Both thresholds; together they fail with chance `delta` at most."""
    return Bands(pass_threshold(items, alpha, delta / 2), comment_threshold(items, beta, delta / 2))
