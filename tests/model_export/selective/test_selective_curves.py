"""Risk–coverage curves against numbers worked out by hand."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from model_export.selective.curves import augrc, aurc, best_aurc, picture, risk_coverage

WRONG = np.array([0.0, 1.0, 0.0, 1.0])


def test_the_error_among_the_most_confident_is_counted() -> None:
    coverages, risks = risk_coverage(WRONG, np.array([0.9, 0.6, 0.8, 0.7]))
    assert coverages.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risks.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 2])


def test_areas_are_means_over_the_coverages() -> None:
    confidence = np.array([0.9, 0.6, 0.8, 0.7])
    assert aurc(WRONG, confidence) == pytest.approx((1 / 3 + 1 / 2) / 4)
    assert augrc(WRONG, confidence) == pytest.approx((0.75 / 3 + 0.5) / 4)


def test_items_of_equal_confidence_have_no_order() -> None:
    even = np.full(4, 0.5)
    assert aurc(WRONG, even) == aurc(WRONG[::-1], even) == pytest.approx(0.5)


def test_no_confidence_is_better_than_one_that_knows_every_error() -> None:
    rng = np.random.default_rng(0)
    wrong, confidence = (rng.random(200) < 0.2).astype(float), rng.random(200)
    assert best_aurc(wrong) < aurc(wrong, confidence)
    assert best_aurc(np.zeros(5)) == 0.0


def test_the_picture_has_a_line_a_curve_and_says_what_it_shows() -> None:
    told = picture("Error < 1 & more", {"a": risk_coverage(WRONG, WRONG), "b": (WRONG, WRONG)})
    root = ET.fromstring(told)  # well-formed, though the title holds marks
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    texts = [text.text for text in root.findall("{http://www.w3.org/2000/svg}text")]
    assert len(lines) == 2
    assert {"Error < 1 & more", "a", "b", "coverage"} <= set(texts)
