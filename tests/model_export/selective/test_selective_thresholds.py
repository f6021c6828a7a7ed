"""Thresholds: the promise holds on draws whose truth is known, and what cannot hold is said."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")

from model_export.selective.bounds import Array
from model_export.selective.thresholds import (
    FEWEST,
    GRID,
    Items,
    comment_threshold,
    expected_pass_threshold,
    false_comments,
    fit,
    missed,
    pass_threshold,
)


def drawn(rng: np.random.Generator, families: int, each: int = 6) -> Items:
    """Families with a mood of their own, so that slices of one are far from independent."""
    mood: Array = np.repeat(rng.normal(0, 1.5, families), each)
    logits = rng.normal(0, 2.5, families * each)
    labels = (rng.random(len(logits)) < 1 / (1 + np.exp(-(2 * logits + mood)))).astype(float)
    names = [f"f{n // each}" for n in range(len(logits))]
    return Items(labels, logits, names, np.zeros(len(logits)))


def fixed(labels: list[int], logits: list[float], families: list[str] | None = None) -> Items:
    own = families or [f"f{n}" for n in range(len(labels))]
    return Items(np.array(labels, float), np.array(logits), own, np.zeros(len(labels)))


@pytest.fixture(scope="module")
def world() -> Items:
    """So many families that their mean is the truth."""
    return drawn(np.random.default_rng(0), 4000)


def risk_of_passing(world: Items, threshold: float) -> float:
    return float(missed(world, np.array([threshold])).mean())


def precision_risk(world: Items, threshold: float) -> float:
    return float(np.nanmean(false_comments(world, np.array([threshold]))))


def test_the_promise_on_missed_races_breaks_no_oftener_than_it_may(world: Items) -> None:
    rng, broken, found = np.random.default_rng(1), 0, 0
    for _ in range(60):
        guarantee = pass_threshold(drawn(rng, 150), alpha=0.1, delta=0.1)
        assert guarantee.threshold is not None
        found += guarantee.threshold > GRID[0]
        broken += risk_of_passing(world, guarantee.threshold) > 0.1
    assert broken <= 10  # of 60, at a chance of 0.1: 6 are expected at most
    assert found == 60  # and something may pass


def test_the_promise_on_precision_breaks_no_oftener_than_it_may(world: Items) -> None:
    rng, broken, found = np.random.default_rng(2), 0, 0
    for _ in range(60):
        guarantee = comment_threshold(drawn(rng, 150), beta=0.8, delta=0.1)
        if guarantee.threshold is not None:
            found += 1
            broken += precision_risk(world, guarantee.threshold) > 0.2
    assert broken <= 9
    assert found >= 55


def test_the_promise_in_expectation_holds_on_average_and_passes_more(world: Items) -> None:
    rng, risks, more = np.random.default_rng(3), [], []
    for _ in range(60):
        items = drawn(rng, 100)
        mean, sure = expected_pass_threshold(items, 0.1), pass_threshold(items, 0.1, 0.1)
        assert mean.threshold is not None
        assert sure.threshold is not None
        risks.append(risk_of_passing(world, mean.threshold))
        more.append(mean.threshold >= sure.threshold)
    assert np.mean(risks) <= 0.105
    assert all(more)


def test_a_stricter_promise_lets_less_pass_and_tells_less() -> None:
    items = drawn(np.random.default_rng(7), 300)
    passing = [pass_threshold(items, alpha, 0.1).threshold or 0.0 for alpha in (0.05, 0.1, 0.2)]
    telling = [comment_threshold(items, beta, 0.1).threshold or 0.0 for beta in (0.7, 0.8, 0.9)]
    assert passing == sorted(passing)
    assert passing[0] < passing[-1]
    assert telling == sorted(telling)
    assert telling[0] < telling[-1]


def test_the_share_of_missed_races_grows_with_the_threshold() -> None:
    risks = missed(drawn(np.random.default_rng(8), 50), GRID).mean(axis=0)
    assert (np.diff(risks) >= 0).all()
    assert risks[-1] > risks[0]


def test_without_a_race_nothing_may_pass_and_the_reason_is_said() -> None:
    clean = fixed([0] * 100, [-5.0] * 100)
    bands = fit(clean, alpha=0.05, beta=0.8, delta=0.1)
    assert bands.passing.threshold is None
    assert bands.passing.reason == f"0 families with a race are too few: {FEWEST} are needed"
    assert bands.telling.threshold is None
    assert "wrong too often" in bands.telling.reason
    assert bands.passed(clean).sum() == bands.told(clean).sum() == 0


def test_where_all_race_everything_may_be_told() -> None:
    racy = fixed([1] * 200, [float(x) for x in np.linspace(-3, 5, 200)])
    bands = fit(racy, alpha=0.05, beta=0.8, delta=0.1)
    assert bands.telling.threshold == GRID[0]
    assert bands.told(racy).all()
    assert not bands.passed(racy).any()  # what is told does not pass as well


def test_few_families_promise_nothing_however_many_slices_they_have() -> None:
    few = [f"f{n % 5}" for n in range(1000)]
    labels = [n // 5 % 2 for n in range(1000)]
    bands = fit(fixed(labels, [6.0 * y - 3 for y in labels], few), alpha=0.05, beta=0.8, delta=0.1)
    assert bands.passing.threshold is None
    assert bands.telling.threshold is None
    assert bands.told(fixed(labels, [9.0] * 1000, few)).sum() == 0


def test_nothing_at_all_gives_no_threshold() -> None:
    bands = fit(fixed([], []), alpha=0.05, beta=0.8, delta=0.1)
    assert bands.passing.threshold is None
    assert bands.telling.threshold is None


def test_unlike_slices_are_left_to_a_run() -> None:
    items = drawn(np.random.default_rng(9), 300)
    bands = fit(items, alpha=0.1, beta=0.8, delta=0.1)
    strange = Items(items.labels, items.logits, items.families, np.ones(len(items.labels)))
    assert bands.passed(items).any()
    assert bands.told(items).any()
    assert not bands.passed(strange).any()
    assert not bands.told(strange).any()


def test_a_model_that_knows_nothing_lets_next_to_nothing_pass() -> None:
    rng = np.random.default_rng(10)
    blind = Items(
        (rng.random(2000) < 0.2).astype(float),
        rng.normal(0, 2, 2000),
        [f"f{n // 5}" for n in range(2000)],
        np.zeros(2000),
    )
    bands = fit(blind, alpha=0.05, beta=0.8, delta=0.1)
    assert bands.passed(blind).mean() < 0.05
    assert bands.telling.threshold is None
