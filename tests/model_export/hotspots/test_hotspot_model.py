"""Training, calibration and export of the hotspot model, on a world small enough to know."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from model_export.hotspots import train
from model_export.hotspots.calibrate import calibrate
from model_export.hotspots.evaluate import table
from model_export.hotspots.examples import Examples, Group, Region, examples
from model_export.hotspots.export import add_to_bundle
from model_export.hotspots.network import HotspotModel
from model_export.hotspots.train import Answers, ask, cross_fit, fit, fold_of
from reviewbot.errors import BundleDamaged
from reviewbot.hotspots.answers import Calibration, interval, lower_odds, probability_lower
from reviewbot.hotspots.features import LOOP_NAMES, REGION_NAMES, logit
from reviewbot.hotspots.predict import constructs, load_hotspots
from reviewbot.hotspots.words import BOTTLENECKS
from reviewbot.model.bundle import HOTSPOTS, load_bundle
from reviewbot.records import Region as FoundRegion
from tests.model.toys import write_bundle

PLAIN = Calibration(widen=(0.0, 0.0), rank=1.0, temperature=1.0)


def region(family: str, *, estimate: float, truth: float, variant: str = "base") -> Region:
    numbers = np.zeros(len(REGION_NAMES), dtype=np.float32)
    for threads in (4, 16):
        numbers[REGION_NAMES.index(f"logit {threads}")] = logit(estimate)
    return Region(
        family=family,
        program=f"{family}/1",
        variant=variant,
        function="f",
        order=0,
        numbers=numbers,
        estimates=(estimate, estimate),
        balance=(truth, truth),
        spread=(0.0, 0.0),
        bottleneck=int(truth < 0.7),
    )


def group(family: str, costs: tuple[float, ...]) -> Group:
    numbers = np.zeros((len(costs), len(LOOP_NAMES)), dtype=np.float32)
    numbers[:, LOOP_NAMES.index("log instructions")] = np.log(costs)
    return Group(
        family=family,
        numbers=numbers,
        estimates=np.log(costs),
        part=np.arange(len(costs)),
        costs=np.array(costs),
        counted=True,
    )


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer rounds of training: this world is small."""
    torch.set_num_threads(1)  # so small that a second thread only waits
    monkeypatch.setattr(train, "EPOCHS", 40)


@pytest.fixture(scope="module")
def world() -> Examples:
    """Estimates that are too high by a fixed amount, as the network has to find out."""
    rng = np.random.default_rng(3)
    regions = []
    for number in range(40):
        for variant in ("base", "twin"):
            estimate = float(rng.uniform(0.5, 0.98))
            truth = 1 / (1 + np.exp(-(logit(estimate) - 1.0)))
            regions.append(
                region(f"family {number}", estimate=estimate, truth=float(truth), variant=variant)
            )
    return Examples(regions, [group(f"family {n}", (5.0, 50.0)) for n in range(40)], 80)


def test_the_network_learns_what_the_rules_miss_on_families_it_never_saw(world: Examples) -> None:
    answers = cross_fit(world)
    said = 1 / (1 + np.exp(-answers.balance[:, 0, 1]))
    truth = np.array([one.balance[0] for one in world.regions])
    rules = np.array([one.estimates[0] for one in world.regions])
    assert np.abs(said - truth).mean() < 0.4 * np.abs(rules - truth).mean()
    assert all(np.argmax(scores) == 1 for scores in answers.groups)
    lines = "\n".join(table(world, answers))
    assert "hottest loop first, counted instructions: 1.000" in lines


def test_training_is_the_same_by_seed_and_another_by_another(world: Examples) -> None:
    some = world.regions[:20]
    first, again, other = (
        ask(fit(some, world.groups[:3], seed=seed), some, []).balance for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_every_family_is_held_out_in_one_fold() -> None:
    assert {fold_of(f"family {n}") for n in range(60)} == {0, 1, 2, 3, 4}
    assert fold_of("family 1") == fold_of("family 1")


def test_intervals_are_widened_until_four_in_five_hold(world: Examples) -> None:
    size = len(world.regions)
    narrow = np.zeros((size, 2, 3))
    for index, one in enumerate(world.regions):
        narrow[index] = logit(one.balance[0]) + np.linspace(-1, 1, size)[index]
    found = calibrate(
        world, Answers(narrow, np.zeros((size, len(BOTTLENECKS)))), np.ones(size, bool)
    )
    held = [
        interval(raw, found, 0)[0] <= one.balance[0] <= interval(raw, found, 0)[2]
        for raw, one in zip(narrow, world.regions, strict=True)
    ]
    assert np.mean(held) == pytest.approx(0.8, abs=0.03)


def test_odds_of_a_change_are_even_for_equals_and_grow_with_the_gap() -> None:
    def raw(middle: float) -> np.ndarray:
        return np.array([[middle - 1, middle, middle + 1]] * 2)

    assert lower_odds(raw(0), raw(0), PLAIN, 1) == 0
    small = probability_lower(raw(1.0), raw(0.5), PLAIN, 1)
    large = probability_lower(raw(1.0), raw(-2.0), PLAIN, 1)
    assert 0.5 < small < large < 1
    assert probability_lower(raw(0.5), raw(1.0), PLAIN, 1) == pytest.approx(1 - small)


SOURCE = """static double a[4096];
void f(void) {
#pragma omp parallel for
  for (int i = 0; i < 4096; i++)
    for (int j = 0; j < i; j++) a[i] += j;
}
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = write_bundle(tmp_path / "bundle")
    add_to_bundle(folder, HotspotModel(), PLAIN, {})
    return folder


def found_region() -> FoundRegion:
    return FoundRegion(path="a.c", line=3, end_line=5, kind="parallel for", function="f")


def test_a_bundle_with_the_model_fills_in_the_construct(bundle: Path) -> None:
    load_bundle(bundle)  # the rest of the bundle still is what it was
    (told,) = constructs(bundle, "a.c", SOURCE.encode(), [found_region()])
    assert told.work_balance is not None
    assert [threads for threads, _ in told.work_balance] == [4, 16]
    assert all(0 <= value <= 1 for _, value in told.work_balance)
    assert sum(p for _, p in told.bottleneck) == pytest.approx(1, abs=0.01)
    assert {name for name, _ in told.bottleneck} == set(BOTTLENECKS)
    assert told.hot_lines == ((4, 1.0),)


def test_a_bundle_without_the_model_leaves_the_construct_as_it_is(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "old")
    assert load_hotspots(folder) is None
    (told,) = constructs(folder, "a.c", SOURCE.encode(), [found_region()])
    assert told.work_balance is None
    assert (told.bottleneck, told.hot_lines) == ((), ())


def test_a_damaged_model_is_not_used(bundle: Path) -> None:
    (bundle / HOTSPOTS).write_bytes((bundle / HOTSPOTS).read_bytes() + b"x")
    with pytest.raises(BundleDamaged, match="hash"):
        load_hotspots(bundle)


def test_measured_programs_become_examples_with_labels_and_pairs() -> None:
    def row(variant: str, schedule: str, balance: float) -> dict[str, object]:
        source = SOURCE.replace("parallel for", f"parallel for {schedule}")
        one = {
            **{"line": 3, "kind": "parallel", "instances": 1, "busy": 0.01, "spread": 0.0},
            **{"lock_wait": 0.0, "balance": balance},
        }
        regions = [{**one, "threads": n, "team": n} for n in (4, 16)]
        return {
            **{"family": "x", "seed": 1, "variant": variant, "source": source, "regions": regions},
            **{"functions": [{"name": "f", "bottleneck": "none"}], "own": [], "calls": []},
        }

    data = examples([row("base", "", 0.55), row("twin", "schedule(dynamic)", 0.97)])
    assert [BOTTLENECKS[one.bottleneck] for one in data.regions] == ["imbalance", "none"]
    assert [(pair.base, pair.head) for pair in data.pairs(1)] == [(0, 1)]
    same = examples([row("base", "", 0.55), row("twin", "schedule(dynamic)", 0.57)])
    assert same.pairs(1) == []  # no more apart than repeats are
