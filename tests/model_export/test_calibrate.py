"""Calibration: a known distortion is found again; files by their likeliest slice."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")

from model_export.calibrate import (
    PENALTIES,
    balanced,
    calibrate,
    fit_platt,
    programs,
    read_predictions,
    sigmoid_product,
)
from model_export.metrics import ece
from reviewbot.model.bundle import Platt
from reviewbot.model.predict import calibrated

SAME = Platt(scale=1.0, bias=0.0)


def row(program: str, score: float, *, racy: bool = False, **changes: Any) -> dict[str, Any]:
    about = {"program": program, "family": f"f-{program}", "view": "program", "score": score}
    told = {"slice_race": int(racy), "label": "racy" if racy else "clean"}
    return {**about, **told, **changes}


def drawn(scale: float, bias: float, count: int = 20_000) -> tuple[Any, Any]:
    """Scores, and labels that come true as often as the scaled score says."""
    rng = np.random.default_rng(3)
    logits = rng.uniform(-4, 4, count)
    labels = rng.random(count) < 1 / (1 + np.exp(-(scale * logits + bias)))
    return labels.astype(float), 1 / (1 + np.exp(-logits))


@pytest.mark.parametrize(("scale", "bias"), [(1.0, 0.0), (0.5, -1.0), (2.0, 0.7)])
def test_a_known_scaling_is_found_again(scale: float, bias: float) -> None:
    platt = fit_platt(*drawn(scale, bias))
    assert platt.scale == pytest.approx(scale, rel=0.05)
    assert platt.bias == pytest.approx(bias, abs=0.06)


def test_calibration_mends_scores_that_are_too_sure() -> None:
    labels, scores = drawn(0.4, -0.8)
    platt = fit_platt(labels, scores)
    mended = np.array([calibrated(score, platt) for score in scores])
    assert ece(labels, scores) > 0.15
    assert ece(labels, mended) < 0.02


def test_scores_of_zero_and_one_can_be_fitted() -> None:
    platt = fit_platt(np.array([0.0, 1, 0, 1]), np.array([0.0, 1.0, 0.1, 0.9]))
    assert math.isfinite(platt.scale)
    assert platt.scale > 0


def test_a_score_is_the_product_of_the_links() -> None:
    product = sigmoid_product([[0.0] * 5, [1.0, -2.0, 0.5, 3.0, 0.0]])
    by_hand = math.prod(1 / (1 + math.exp(-x)) for x in (1.0, -2.0, 0.5, 3.0, 0.0))
    assert product.tolist() == pytest.approx([0.5**5, by_hand])
    assert sigmoid_product([]).shape == (0,)


def test_predictions_read_have_the_score_of_the_likeliest_pair(tmp_path: Path) -> None:
    path = tmp_path / "test.json"
    path.write_text(json.dumps([{"links": [[0.0] * 5, [2.0] * 5]}, {"links": []}]))
    first, none = read_predictions(path)
    assert first["score"] == pytest.approx((1 / (1 + math.exp(-2))) ** 5)
    assert none["score"] == 0.0


def test_every_slice_of_a_program_is_an_object_of_its_file() -> None:
    rows = [
        row("b", 0.2),
        row("a", 0.1, racy=True),
        row("a", 0.8, racy=True),
        row("a", 0.3, racy=True),
    ]
    labels, files, families = programs(rows, SAME)
    assert labels.tolist() == [1.0, 0.0]
    assert [list(objects) for objects in files] == [
        pytest.approx([0.1, 0.8, 0.3]),
        pytest.approx([0.2]),
    ]
    assert families == ["f-a", "f-b"]


def test_repeated_slices_count_for_their_programs_and_only_there() -> None:
    labels, scores = drawn(1.0, 0.0, 400)
    told = zip(labels, scores, strict=True)
    rows = [row(f"p{n}", float(s), racy=bool(y)) for n, (y, s) in enumerate(told)]
    again = [row(f"q{n}", 0.9, racy=False, label="racy", repeated=True) for n in range(100)]
    slices, files = calibrate([*rows, *again])
    assert slices == calibrate(rows)[0]
    assert files.bias > calibrate(rows)[1].bias
    assert len(programs([*rows, *again], SAME)[0]) == 500


def test_libraries_do_not_speak_for_programs() -> None:
    rows = [row("a", 0.2), row("a", 0.9, view="library"), row("c", 0.9, view="library")]
    _, files, families = programs(rows, SAME)
    assert files == [(pytest.approx(0.2),)]
    assert families == ["f-a"]


def test_programs_are_scored_by_calibrated_slices() -> None:
    platt = Platt(scale=2.0, bias=-1.0)
    _, files, _ = programs([row("a", 0.7)], platt)
    assert files == [(calibrated(0.7, platt),)]


def test_slices_and_files_are_calibrated_apart_and_unknown_slices_left_out() -> None:
    labels, scores = drawn(0.5, -1.0, 4000)
    rows = [
        row(f"p{n // 2}", float(score), racy=bool(label), label="racy" if n // 2 % 2 else "clean")
        for n, (label, score) in enumerate(zip(labels, scores, strict=True))
    ]
    slices, files = calibrate(rows)
    assert slices.scale == pytest.approx(0.5, rel=0.15)
    assert files.scale + files.several == pytest.approx(
        0.0, abs=0.2
    )  # here the program's label is no matter of scores
    unknown = [row("u", 0.99, slice_race=-1, view="library")] * 500
    assert calibrate([*rows, *unknown]) == (slices, files)


def test_penalties_only_ever_lower_confidence() -> None:
    assert all(0 < factor < 1 for factor in PENALTIES.values())
    assert {"unknown-fact", "call", "truncated", "parse-error", "offload"} <= set(PENALTIES)


def test_what_people_wrote_and_what_is_composed_scale_alike() -> None:
    families = [*(f"f{n}" for n in range(40)), *(f"omp_composed_{n}" for n in range(203))]
    labels = np.array([n % 2 for n in range(243)], float)
    kept = balanced(families, labels)
    assert kept[:40].all()
    assert kept[40:].sum() == 41  # each fifth
    assert balanced(families[:40], labels[:40]).all()
    fewer = balanced(families[:60], labels[:60])
    assert fewer.all()


def test_slices_are_scaled_by_what_people_wrote_as_much_as_by_the_rest() -> None:
    labels, scores = drawn(0.5, -1.0, 4000)
    told = list(zip(labels, scores, strict=True))
    rows = [row(f"p{n}", float(s), racy=bool(y)) for n, (y, s) in enumerate(told)]
    easy = [
        row(f"c{n}", float(y), racy=bool(y), family=f"omp_composed_{n}")
        for n, (y, _) in enumerate(told)
    ]
    assert calibrate(rows)[0].scale < calibrate([*rows, *easy])[0].scale
    twice = [item for item in easy for _ in range(2)]
    assert calibrate([*rows, *easy])[0] == calibrate([*rows, *twice])[0]
    one_outcome = [item for item in rows if not item["slice_race"]]
    assert calibrate([*one_outcome, *easy])[0] != calibrate(rows)[0]
