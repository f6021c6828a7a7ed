"""Figures of merit against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_export import metrics
from model_export.metrics import Array, Metric, interval

NAN = float("nan")


def array(*values: float) -> Array:
    return np.array(values, float)


LABELS = array(1, 1, 0, 0)
SCORES = array(0.9, 0.4, 0.6, 0.1)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        (array(0.9, 0.8, 0.2, 0.1), 1.0),
        (array(0.1, 0.2, 0.8, 0.9), 0.0),
        (SCORES, 0.75),  # three of the four couples are ranked right
        (array(0.5, 0.5, 0.5, 0.5), 0.5),  # ties count half
        (array(0.9, 0.5, 0.5, 0.1), 0.875),
    ],
)
def test_auroc(scores: Array, expected: float) -> None:
    assert metrics.auroc(LABELS, scores) == pytest.approx(expected)


@pytest.mark.parametrize("labels", [array(1, 1), array(0, 0), array()])
def test_auroc_of_one_class_is_no_number(labels: Array) -> None:
    assert math.isnan(metrics.auroc(labels, np.zeros(len(labels))))


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.3, 0.5, 0.9])), min_size=2))
def test_auroc_is_the_share_of_couples_ranked_right(rows: list[tuple[bool, float]]) -> None:
    racy, clean = [s for y, s in rows if y], [s for y, s in rows if not y]
    couples = [(p > n) + 0.5 * (p == n) for p in racy for n in clean]
    value = metrics.auroc(array(*(y for y, _ in rows)), array(*(s for _, s in rows)))
    assert value == pytest.approx(np.mean(couples) if couples else NAN, nan_ok=True)


def test_verdicts_at_one_half() -> None:
    labels, scores = array(1, 1, 1, 0, 0), array(0.9, 0.5, 0.2, 0.7, 0.1)
    assert metrics.accuracy(labels, scores) == pytest.approx(3 / 5)
    assert metrics.precision(labels, scores) == pytest.approx(2 / 3)
    assert metrics.recall(labels, scores) == pytest.approx(2 / 3)
    assert metrics.f1(labels, scores) == pytest.approx(2 / 3)


def test_nothing_claimed_is_no_precision_and_f1_zero() -> None:
    scores = array(0.1, 0.1, 0.1, 0.1)
    assert math.isnan(metrics.precision(LABELS, scores))
    assert metrics.recall(LABELS, scores) == 0.0
    assert metrics.f1(LABELS, scores) == 0.0


def test_no_races_is_no_recall() -> None:
    assert math.isnan(metrics.recall(array(0, 0), array(0.9, 0.1)))


def test_ece_by_hand() -> None:
    # Two bins of two: (0.1, 0.3) with one race, (0.7, 0.9) with two.
    labels, scores = array(0, 1, 1, 1), array(0.1, 0.3, 0.7, 0.9)
    assert metrics.ece(labels, scores, bins=2) == pytest.approx((2 * 0.3 + 2 * 0.2) / 4)
    assert metrics.ece(labels[::-1], scores[::-1], bins=2) == pytest.approx(0.25)


def test_ece_of_the_truth_is_zero_and_of_its_contrary_one() -> None:
    assert metrics.ece(LABELS, LABELS) == 0.0
    assert metrics.ece(LABELS, 1 - LABELS) == 1.0


def test_ece_of_nothing_is_no_number() -> None:
    assert math.isnan(metrics.ece(array(), array()))


def test_brier_by_hand() -> None:
    assert metrics.brier(LABELS, SCORES) == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)


def test_risk_is_the_error_of_the_most_confident() -> None:
    labels, scores = array(1, 0, 0, 1), array(0.95, 0.1, 0.7, 0.45)  # the latter two are wrong
    assert metrics.risk_at(labels, scores, 0.5) == 0.0
    assert metrics.risk_at(labels, scores, 0.75) == pytest.approx(1 / 3)
    assert metrics.risk_at(labels, scores, 1.0) == 0.5
    assert metrics.risk_at(labels, scores, 0.01) == 0.0  # at least one verdict


def test_augrc_by_hand() -> None:
    labels, scores = array(1, 0, 0, 1), array(0.95, 0.1, 0.7, 0.45)
    # Errors so far among all four, after each verdict in order of confidence: 0, 0, 1/4, 2/4.
    assert metrics.augrc(labels, scores) == pytest.approx((0 + 0 + 0.25 + 0.5) / 4)
    assert metrics.augrc(labels, array(0.55, 0.4, 0.99, 0.01)) == pytest.approx(
        (0.25 + 0.5 + 0.5 + 0.5) / 4
    )


GROUPS = [f"family {number // 5}" for number in range(60)]


def noisy() -> tuple[Array, Array]:
    rng = np.random.default_rng(7)
    labels = (rng.random(60) < 0.4).astype(float)
    return labels, np.clip(0.3 + 0.4 * labels + rng.normal(0, 0.25, 60), 0, 1)


@pytest.mark.parametrize("name", list(metrics.METRICS))
def test_an_interval_holds_its_value_and_is_deterministic(name: str) -> None:
    metric: Metric = metrics.METRICS[name]
    labels, scores = noisy()
    value, low, high = interval(metric, labels, scores, GROUPS, rounds=100)
    assert value == metric(labels, scores)
    assert low < high
    if name != "ECE":  # a resample is worse calibrated than the sample, so its value may lie below
        assert low <= value <= high
    assert interval(metric, labels, scores, GROUPS, rounds=100) == (value, low, high)
    assert interval(metric, labels, scores, GROUPS, rounds=100, seed=1) != (value, low, high)


def test_whole_families_are_drawn() -> None:
    labels, scores = noisy()
    _, low, high = interval(metrics.accuracy, labels, scores, ["one"] * 60, rounds=20)
    assert low == high == metrics.accuracy(labels, scores)


def test_an_interval_of_no_number_is_none() -> None:
    value = interval(metrics.auroc, array(1, 1), array(0.1, 0.2), ["a", "b"], rounds=5)
    assert all(math.isnan(part) for part in value)
