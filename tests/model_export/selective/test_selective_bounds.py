"""Bounds: exact where they can be worked out, valid on draws whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("scipy")

from model_export.selective.bounds import (
    clopper_pearson,
    conformal_quantile,
    conformal_risk,
    family_means,
    hoeffding_bentkus,
)


def test_no_event_in_n_families_has_the_chance_of_n_misses() -> None:
    # Hoeffding at risk 0 is (1 - level)^n, and no bound can be smaller.
    assert hoeffding_bentkus(0.0, 60, 0.05) == pytest.approx(0.95**60)


def test_a_risk_at_the_level_proves_nothing() -> None:
    assert hoeffding_bentkus(0.05, 1000, 0.05) == 1.0
    assert hoeffding_bentkus(0.3, 1000, 0.05) == 1.0
    assert hoeffding_bentkus(0.0, 0, 0.05) == 1.0


def test_more_families_and_less_risk_are_stronger_evidence() -> None:
    by_count = [hoeffding_bentkus(0.02, n, 0.05) for n in (50, 200, 800)]
    by_risk = [hoeffding_bentkus(r, 200, 0.05) for r in (0.04, 0.02, 0.0)]
    assert by_count == sorted(by_count, reverse=True)
    assert by_risk == sorted(by_risk, reverse=True)
    assert by_risk[-1] < by_risk[0]


@pytest.mark.parametrize("level", [0.05, 0.2])
def test_a_p_value_under_delta_is_as_rare_as_it_says(level: float) -> None:
    rng = np.random.default_rng(4)
    risks = rng.binomial(150, level, 4000) / 150  # the true risk is the level itself
    rejected = np.mean([hoeffding_bentkus(float(r), 150, level) <= 0.1 for r in risks])
    assert 0.0 < rejected <= 0.1


def test_clopper_pearson_is_the_textbook_interval() -> None:
    low, high = clopper_pearson(0, 10, 0.05)
    assert (low, high) == pytest.approx((0.0, 1 - 0.025**0.1))
    assert clopper_pearson(10, 10, 0.05) == pytest.approx((0.025**0.1, 1.0))
    assert clopper_pearson(0, 0, 0.05) == (0.0, 1.0)


def test_clopper_pearson_covers_the_truth() -> None:
    rng = np.random.default_rng(5)
    intervals = [clopper_pearson(int(k), 40, 0.1) for k in rng.binomial(40, 0.15, 2000)]
    assert np.mean([low <= 0.15 <= high for low, high in intervals]) >= 0.9


def test_conformal_risk_counts_the_next_family_as_lost() -> None:
    assert conformal_risk(0.0, 19) == pytest.approx(0.05)
    assert conformal_risk(0.5, 1) == pytest.approx(0.75)


def test_a_new_score_seldom_exceeds_the_quantile() -> None:
    rng = np.random.default_rng(6)
    draws = rng.exponential(size=(3000, 41))
    above = [row[-1] > conformal_quantile(row[:-1].tolist(), 0.1) for row in draws]
    assert 0.05 < np.mean(above) <= 0.115
    assert conformal_quantile([1.0, 2.0], 0.1) == math.inf  # two draws promise nothing


def test_a_large_family_weighs_as_much_as_a_small_one() -> None:
    values = np.array([1.0, 0.0, 0.0, 0.0, 1.0])
    assert family_means(values, ["b", "b", "b", "b", "a"]).tolist() == [1.0, 0.25]
    assert family_means(np.zeros((0, 3)), []).shape == (0, 3)
