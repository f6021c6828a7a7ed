"""Training on toys: deterministic, resumable, written down."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("torch")

import torch

from model_export import train
from model_export.calibrate import read_predictions, sigmoid_product
from model_export.dataset import fold_of, split_of
from model_export.examples import Example, Vocabularies, examples, vocabularies
from model_export.network import Config, WorldModel
from tests.model.toy_corpus import data_set, families, labelled, write_data

PARTS = ("train", "calibrate", "test")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(train, "BATCH", 8)


def toys() -> tuple[dict[str, list[Example]], Vocabularies, Config]:
    rows = data_set()
    vocabulary = vocabularies(row for row in rows if split_of(row["family"]) == "train")
    parts = {
        name: examples([row for row in rows if split_of(row["family"]) == name], vocabulary)
        for name in PARTS
    }
    words, facts = len(vocabulary.words), len(vocabulary.facts)
    sizes = {"width": 8, "heads": 2, "layers": 1, "hidden": 8, "relation_width": 8}
    return parts, vocabulary, Config(words, facts, **sizes)


def fit(out: Path, *, epochs: int = 2, seed: int = 1) -> WorldModel:
    out.mkdir(exist_ok=True)
    parts, vocabulary, config = toys()
    return train.fit(parts, config, vocabulary, out, epochs=epochs, seed=seed)


def asked(data: Path, out: Path, *words: str) -> argparse.Namespace:
    """The options of a command that trains for an epoch, without folds."""
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    given = ["--data", str(data), "--out", str(out), "--epochs", "1", "--threads", "1"]
    return parser.parse_args([*given, "--cross", "0", *words])


def same(a: WorldModel, b: WorldModel) -> bool:
    one, two = a.state_dict(), b.state_dict()
    return all(torch.equal(one[name], two[name]) for name in one)


def curves(out: Path) -> list[dict[str, Any]]:
    """What was written down of each epoch, but for the time that it took."""
    told: list[dict[str, Any]] = json.loads((out / "curves.json").read_text())
    assert all(epoch.pop("seconds") > 0 for epoch in told)
    return told


def test_the_same_seed_trains_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    first, second, other = (fit(tmp_path / n, seed=s) for n, s in (("a", 1), ("b", 1), ("c", 2)))
    assert same(first, second)
    assert not same(first, other)
    assert curves(tmp_path / "a") == curves(tmp_path / "b")


def test_training_that_was_cut_off_goes_on_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fit(tmp_path / "whole", epochs=3)
    epoch, calls = train._epoch, []

    def cut_off(*args: Any, **kwargs: Any) -> float:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return epoch(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(train, "_epoch", cut_off)
        with pytest.raises(KeyboardInterrupt):
            fit(tmp_path / "cut", epochs=3)
    assert [entry["epoch"] for entry in curves(tmp_path / "cut")] == [0]
    resumed = fit(tmp_path / "cut", epochs=3)
    assert same(whole, resumed)
    assert curves(tmp_path / "cut") == curves(tmp_path / "whole")


def test_finished_training_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = fit(tmp_path / "run")
    monkeypatch.setattr(train, "_epoch", None)  # would raise if called
    assert same(fit(tmp_path / "run"), finished)


def test_every_epoch_is_written_down_with_its_figures(tmp_path: Path) -> None:
    fit(tmp_path / "run", epochs=2)
    told = curves(tmp_path / "run")
    assert [epoch["epoch"] for epoch in told] == [0, 1]
    assert all(set(epoch) == {"epoch", "loss", "AUROC", "F1", "ECE"} for epoch in told)
    assert all(math.isfinite(epoch["loss"]) for epoch in told)


def test_what_separates_the_toys_is_learned(tmp_path: Path) -> None:
    model = fit(tmp_path / "run", epochs=25)
    told = curves(tmp_path / "run")
    assert told[-1]["loss"] < 0.7 * told[0]["loss"]
    assert told[-1]["AUROC"] == 1.0
    labels, scores, _ = train.slice_table(
        toys()[0]["test"], train.predict(model, toys()[0]["test"])
    )
    assert scores[labels == 1].min() > scores[labels == 0].max()


def test_a_checkpoint_holds_what_export_needs(tmp_path: Path) -> None:
    model = fit(tmp_path / "run")
    state = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
    again = WorldModel(Config(**state["config"]))
    again.load_state_dict(state["model"])
    assert same(model, again)
    assert (state["words"], state["facts"]) == (toys()[1].words, toys()[1].facts)
    assert not (tmp_path / "run" / "last.unfinished").exists()


def test_the_rate_warms_up_and_falls_to_a_twentieth() -> None:
    rates = [train._rate(step, 100) for step in range(101)]
    assert rates[:5] == pytest.approx([train.RATE * n / 5 for n in range(1, 6)])
    assert max(rates) == pytest.approx(train.RATE)
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[100] == pytest.approx(train.RATE / 20)


def test_predictions_have_the_pairs_of_each_example_in_order() -> None:
    _, vocabulary, config = toys()
    rows = [
        labelled(4, "f", racy=True, facts=[["common=none"]] * 3),
        labelled(0, "f", racy=True),
        labelled(2, "f", racy=False, facts=[["common=mutex"]] * 2),
    ]
    model, items = WorldModel(config), examples(rows, vocabulary)
    links = train.predict(model, items)
    assert [part.shape for part in links] == [(3, 5), (1, 5), (2, 5)]
    alone = train.predict(model, items[1:2])[0]
    assert np.allclose(links[1], alone, atol=1e-5)


def test_slices_without_label_or_pairs_are_no_rows_of_the_table() -> None:
    _, vocabulary, _ = toys()
    rows = [
        labelled(0, "a", racy=True),
        labelled(1, "b", racy=True, slice_race=-1),
        labelled(2, "c", racy=False, facts=[]),
    ]
    links = [np.array([[0.0] * 5, [2.0] * 5]), np.zeros((1, 5)), np.zeros((0, 5))]
    labels, scores, names = train.slice_table(examples(rows, vocabulary), links)
    assert (labels.tolist(), names) == ([1.0], ["a"])
    assert scores.tolist() == pytest.approx([sigmoid_product([[2.0] * 5])[0]])


def test_predictions_written_are_the_predictions_read(tmp_path: Path) -> None:
    parts, _, config = toys()
    model = WorldModel(config)
    train.write_predictions(model, parts["test"], tmp_path / "test.json")
    rows = read_predictions(tmp_path / "test.json")
    assert [row["program"] for row in rows] == [item.program for item in parts["test"]]
    expected = [sigmoid_product(links).max() for links in train.predict(model, parts["test"])]
    assert [row["score"] for row in rows] == pytest.approx(expected, abs=1e-3)


def test_folds_hold_out_every_family_exactly_once() -> None:
    names = [f"family {number}" for number in range(60)]
    told = [[train.splitter(f"{fold}/4")(name) for fold in range(4)] for name in names]
    for parts in told:
        assert sorted(parts) == ["calibrate", "test", "train", "train"]
    assert {tuple(parts) for parts in told} != {tuple(told[0])}


def test_repeated_slices_are_neither_trained_on_nor_figures_but_are_predicted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {**row, "key": "same" if row["program"][-1] in "13" else row["key"]}
        for row in data_set(each=6)
    ]
    data = write_data(tmp_path / "slices.parquet", rows)
    train.run(asked(data, tmp_path / "run", "--inputs", "both"))
    assert "'train': 15, 'calibrate': 12, 'test': 12" in capsys.readouterr().out
    told = read_predictions(tmp_path / "run" / "test.json")
    assert sum(row["repeated"] for row in told) == 2


def test_without_folds_the_split_is_the_fixed_one() -> None:
    assert train.splitter(None) is split_of


def test_a_share_of_the_families_is_within_every_larger_share() -> None:
    rows = [labelled(n, f"family {n}", racy=True) for n in range(20)]
    shares = [{row["family"] for row in train._fraction(rows, s)} for s in (0.01, 0.25, 0.5, 1)]
    assert [len(share) for share in shares] == [1, 5, 10, 20]
    assert shares[0] < shares[1] < shares[2] < shares[3]


@pytest.mark.parametrize("inputs", [None, "relations", "slice", "both"])
def test_the_command_trains_and_writes_predictions_of_both_held_parts(
    tmp_path: Path, inputs: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_data(tmp_path / "slices.parquet", data_set(each=6))
    arguments = asked(data, tmp_path / "run", *(["--inputs", inputs] if inputs else []))
    assert train.run(arguments) == 0
    for part in ("calibrate", "test"):
        rows = read_predictions(tmp_path / "run" / f"{part}.json")
        assert {row["family"] for row in rows} == set(families(part, 2))
    config = torch.load(tmp_path / "run" / "last.pt", weights_only=True)["config"]
    assert config["use_slice"] is (inputs in ("slice", "both"))
    assert config["use_relations"] is (inputs != "slice")
    assert "'train': 18" in capsys.readouterr().out


def test_cross_fitting_predicts_every_family_outside_the_test_split_by_a_model_that_never_saw_it(
    tmp_path: Path,
) -> None:
    data = write_data(tmp_path / "slices.parquet", data_set(each=6))
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    words = ["--data", str(data), "--out", str(tmp_path / "run"), "--epochs", "1", "--threads", "1"]
    assert train.run(parser.parse_args([*words, "--cross", "3"])) == 0
    told = read_predictions(tmp_path / "run" / "calibrate.json")
    assert {row["family"] for row in told} == {*families("train", 3), *families("calibrate", 2)}
    for number in range(3):
        rows = read_predictions(tmp_path / "run" / f"cross{number}" / "calibrate.json")
        assert {fold_of(row["family"], 3) for row in rows} <= {number}
    rows = read_predictions(tmp_path / "run" / "test.json")
    assert {row["family"] for row in rows} == set(families("test", 2))


def test_training_in_pieces_of_some_minutes_comes_to_the_same_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_data(tmp_path / "slices.parquet", data_set(each=6))
    train.run(asked(data, tmp_path / "whole", "--epochs", "3"))
    for done in (1, 2, 3):
        piece = asked(data, tmp_path / "pieces", "--epochs", "3", "--minutes", "0")
        capsys.readouterr()
        assert train.run(piece) == 0
        assert ("stopped" in capsys.readouterr().out) == (done < 3)
        assert len(curves(tmp_path / "pieces")) == done
        assert (tmp_path / "pieces" / "test.json").exists() == (done == 3)
    whole, pieces = (
        torch.load(tmp_path / name / "last.pt", weights_only=True)["model"]
        for name in ("whole", "pieces")
    )
    assert all(torch.equal(whole[name], pieces[name]) for name in whole)


@pytest.mark.parametrize("words", [(), ("--size", "small"), ("--size", "base")])
def test_the_sizes_come_from_one_config(words: tuple[str, ...]) -> None:
    _, vocabulary, _ = toys()
    config = train.config_of(asked(Path("data"), Path("out"), *words), vocabulary)
    larger = "base" in words
    assert config.use_slice is larger
    assert (config.width > 64) is larger
    plain = train.config_of(
        asked(Path("data"), Path("out"), *words, "--inputs", "relations"), vocabulary
    )
    assert not plain.use_slice
