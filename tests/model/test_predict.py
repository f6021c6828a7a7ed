"""Predictions of a network that can be worked out on paper."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from reviewbot.errors import BundleDamaged, RuntimeMissing
from reviewbot.model.bundle import MODEL, FileScaling, Platt
from reviewbot.model.predict import CHUNK, OnnxPredictor, calibrated, load_predictor, of_file
from reviewbot.records import Link, Prediction
from tests.model.toys import LOGITS, pair, part, write_bundle

RACY, CLEAN = pair("common=none"), pair("common=mutex")
PENALTIES = {"call": 0.5, "truncated": 0.4, "unknown-fact": 0.7}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> OnnxPredictor:
    folder = tmp_path_factory.mktemp("plain")
    return load_predictor(write_bundle(folder, penalties=PENALTIES), threads=1)


@pytest.fixture(scope="module")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> OnnxPredictor:
    folder = tmp_path_factory.mktemp("scaled")
    calibrations = {"calibration": (2.0, -0.5), "file_calibration": (0.5, -1.0)}
    return load_predictor(write_bundle(folder, **calibrations), threads=1)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def expected_links(*facts: str) -> list[float]:
    return [sigmoid(sum(LOGITS[fact][i] for fact in facts)) for i in range(len(Link))]


def only(predictor: OnnxPredictor, *args: object, **kwargs: object) -> Prediction:
    (prediction,) = predictor.predict([part(*args, **kwargs)])  # type: ignore[arg-type]
    return prediction


def test_links_are_the_networks_in_the_order_of_the_chain(plain: OnnxPredictor) -> None:
    prediction = only(plain, pair("common=mutex", "phase=differ"))
    assert [link for link, _ in prediction.links] == list(Link)
    expected = expected_links("common=mutex", "phase=differ")
    assert [p for _, p in prediction.links] == pytest.approx(expected, rel=1e-5)


def test_the_score_is_the_product_of_the_links_and_is_then_calibrated(
    scaled: OnnxPredictor,
) -> None:
    for two in (RACY, CLEAN):
        prediction = only(scaled, two)
        product = math.prod(p for _, p in prediction.links)
        assert prediction.score == pytest.approx(product)
        logit = math.log(product / (1 - product))
        assert prediction.probability == pytest.approx(sigmoid(2.0 * logit - 0.5))


def test_what_nothing_protects_is_likelier_to_race_than_what_a_lock_does(
    plain: OnnxPredictor,
) -> None:
    racy, clean = plain.predict([part(RACY), part(CLEAN)])
    assert racy.probability > 0.5 > clean.probability


def test_one_prediction_a_pair_in_order_though_slices_are_run_by_length(
    plain: OnnxPredictor,
) -> None:
    slices = [
        part(
            *[RACY if number % 3 else CLEAN] * (1 + number % 2),
            lines=[(line, "OBJ ++ ;") for line in range(1, 2 + (number * 7) % 30)],
            name=f"object{number}",
        )
        for number in range(CHUNK + 7)
    ]
    predictions = plain.predict(slices)
    wanted = [(item.object, two) for item in slices for two in item.pairs]
    assert [(p.slice.object, p.pair) for p in predictions] == wanted
    assert [p.score > 0.4 for p in predictions] == [two is RACY for _, two in wanted]


def test_the_company_of_other_slices_changes_nothing(plain: OnnxPredictor) -> None:
    alone = only(plain, RACY).score
    long = part(RACY, CLEAN, lines=[(n, "OBJ ++ ;") for n in range(1, 30)])
    assert plain.predict([part(RACY), long])[0].score == pytest.approx(alone, rel=1e-6)


def test_no_slices_no_predictions(plain: OnnxPredictor) -> None:
    assert plain.predict([]) == ()


def test_slices_without_pairs_are_passed_over(plain: OnnxPredictor) -> None:
    assert plain.predict([part()]) == ()
    assert [p.pair for p in plain.predict([part(), part(RACY), part()])] == [RACY]


def test_pairs_without_facts_are_asked_too(plain: OnnxPredictor) -> None:
    assert only(plain, pair()).score == pytest.approx(0.5**5)


def test_confidence_is_that_of_the_verdict(plain: OnnxPredictor) -> None:
    racy, clean = only(plain, RACY), only(plain, CLEAN)
    assert racy.confidence == pytest.approx(racy.probability)
    assert clean.confidence == pytest.approx(1 - clean.probability)


@pytest.mark.parametrize(
    ("unresolved", "factor"),
    [
        (("call:foo",), 0.5),
        (("call:foo", "call:bar"), 0.5),  # one kind of hole counts once
        (("call:foo", "truncated"), 0.5 * 0.4),
        (("of a kind without penalty",), 1.0),
    ],
)
def test_what_could_not_be_seen_lowers_confidence_towards_one_half(
    plain: OnnxPredictor, unresolved: tuple[str, ...], factor: float
) -> None:
    seen, blind = only(plain, CLEAN), only(plain, CLEAN, unresolved=unresolved)
    assert blind.confidence - 0.5 == pytest.approx((seen.confidence - 0.5) * factor)
    assert blind.probability == seen.probability


def test_facts_never_seen_in_training_lower_confidence(plain: OnnxPredictor) -> None:
    known, unknown = only(plain, CLEAN), only(plain, pair("common=mutex", "never=seen"))
    assert unknown.score == pytest.approx(known.score)  # the toy gives them no say
    assert unknown.confidence - 0.5 == pytest.approx((known.confidence - 0.5) * 0.7)


def test_confidence_stays_between_one_half_and_one(plain: OnnxPredictor) -> None:
    notes = ("call:f", "truncated")
    for two in (RACY, CLEAN, pair(), pair("phase=differ"), pair("never=seen")):
        assert 0.5 <= only(plain, two, unresolved=notes).confidence <= 1


def test_each_link_has_a_line_the_parsers_best_or_the_first_access(plain: OnnxPredictor) -> None:
    evidence = ((Link.UNPROTECTED, (40, 7)), (Link.CONCURRENT, ()))
    prediction = only(plain, replace(pair("common=none", lines=(7, 9)), evidence=evidence))
    assert dict(prediction.evidence) == {**dict.fromkeys(Link, 7), Link.UNPROTECTED: 40}


def test_a_file_is_as_likely_racy_as_its_likeliest_pair_calibrated(scaled: OnnxPredictor) -> None:
    predictions = scaled.predict([part(CLEAN), part(RACY), part(CLEAN)])
    best = max(p.probability for p in predictions)
    expected = sigmoid(0.5 * math.log(best / (1 - best)) - 1.0)
    assert scaled.file_probability(predictions) == pytest.approx(expected)


def test_a_file_of_many_objects_is_scaled_by_all_of_them() -> None:
    scaling = FileScaling(scale=0.5, several=0.25, bias=0.1)
    any_ = 1 - 0.2 * 0.6 * 0.6
    told = 0.5 * math.log(4) + 0.25 * math.log(any_ / (1 - any_)) + 0.1
    assert of_file([0.4, 0.8, 0.4], scaling) == pytest.approx(sigmoid(told))


@pytest.mark.parametrize("objects", [[1.0] * 900, [0.0] * 900, [0.0], [1.0], [0.999999] * 3])
def test_certain_and_many_objects_have_a_probability(objects: list[float]) -> None:
    scaling = FileScaling(scale=0.5, several=0.5, bias=0.0)
    assert 0 < of_file(objects, scaling) < 1
    assert (of_file(objects, scaling) > 0.5) == (objects[0] > 0.5)


def test_a_file_without_parallel_code_has_probability_zero(scaled: OnnxPredictor) -> None:
    assert scaled.file_probability([]) == 0.0


def test_it_says_which_bundle_speaks(plain: OnnxPredictor) -> None:
    assert plain.bundle.name == "toy"


def test_a_missing_runtime_is_a_sentence_that_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(RuntimeMissing, match=r"-m pip install onnxruntime`"):
        load_predictor(write_bundle(tmp_path))


def test_a_damaged_bundle_is_told_before_it_is_run(tmp_path: Path) -> None:
    write_bundle(tmp_path)
    (tmp_path / MODEL).write_bytes(b"not a network")
    with pytest.raises(BundleDamaged, match=MODEL):
        load_predictor(tmp_path)


def test_an_accelerator_that_is_not_there_is_passed_over_unless_it_was_asked_for(
    tmp_path: Path,
) -> None:
    bundle = write_bundle(tmp_path)
    assert only(load_predictor(bundle, threads=1, device="auto"), RACY).score > 0.4
    with pytest.raises(RuntimeMissing, match=r"-m pip install onnxruntime-gpu`"):
        load_predictor(bundle, threads=1, device="cuda")


@given(st.floats(0, 1), st.floats(0, 1))
def test_calibration_keeps_the_order(a: float, b: float) -> None:
    platt = Platt(scale=1.7, bias=-0.3)
    low, high = sorted((a, b))
    assert 0 < calibrated(low, platt) <= calibrated(high, platt) < 1


@given(st.floats(0.001, 0.999))
def test_calibration_with_scale_one_and_no_bias_changes_nothing(score: float) -> None:
    assert calibrated(score, Platt(scale=1, bias=0)) == pytest.approx(score)
