"""The command and the export: a run and its data in, thresholds in the bundle and a table out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")
pytest.importorskip("torch")

import torch

from model_export.calibrate import fit_platt
from model_export.selective import command, fitting
from model_export.selective.items import read_known, scored
from reviewbot.errors import BadInput
from reviewbot.model.bundle import FileScaling, Manifest, Platt
from reviewbot.model.features import RESERVED
from tests.model.toy_corpus import families, labelled, write_data

FACTS = {f: n for n, f in enumerate((*RESERVED, "common=none", "common=mutex"))}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What train leaves of a model that is mostly right."""
    folder = tmp_path_factory.mktemp("run")
    rng, rows = np.random.default_rng(0), []
    told: dict[str, list[dict[str, Any]]] = {"calibrate": [], "test": []}
    for part, names in (("calibrate", families("train", 120)), ("test", families("test", 60))):
        for name in names:
            for n in range(4):
                row = labelled(n, name, racy=n % 2 == 0)
                logit = float(rng.normal(3 if n % 2 == 0 else -2, 1.5))
                rows.append(row)
                told[part].append({**row, "links": [[logit] + [9.0] * 4], "repeated": False})
    write_data(folder / "slices.parquet", rows)
    for part, predictions in told.items():
        (folder / f"{part}.json").write_text(json.dumps(predictions))
    torch.save({"facts": FACTS}, folder / "last.pt")
    return folder


def called(run: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    data = ["--run", str(run), "--data", str(run / "slices.parquet")]
    return command.run(parser.parse_args([*data, *words]))


def test_it_prints_promises_beside_what_the_test_families_show(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(run, "--out", str(tmp_path), "--constructs", "0") == 0
    shown = capsys.readouterr().out
    for words in ("missed races ≤ 0.05", "wrong comments ≤ 0.2", "temperature", "isotonic"):
        assert words in shown
    told = json.loads((tmp_path / "selective.json").read_text())["thresholds"]
    assert 0 < told["pass_below"] <= told["comment_from"] < 1
    assert told["racy_families"] == 120
    assert (tmp_path / "risk_coverage.svg").read_text().startswith("<svg")


def test_a_stricter_promise_passes_less(run: Path, tmp_path: Path) -> None:
    low = []
    for alpha in ("0.05", "0.3"):
        called(run, "--alpha", alpha, "--beta", "0.9", "--constructs", "0", "--out", str(tmp_path))
        low.append(json.loads((tmp_path / "selective.json").read_text())["thresholds"])
    assert low[0]["pass_below"] < low[1]["pass_below"]


@pytest.mark.parametrize("words", [("--alpha", "0"), ("--beta", "1"), ("--delta", "-1")])
def test_a_risk_that_is_none_is_refused(run: Path, words: tuple[str, str]) -> None:
    with pytest.raises(BadInput, match=f"{words[0]} must lie between 0 and 1"):
        called(run, *words)


def test_predictions_of_another_data_set_are_refused(run: Path, tmp_path: Path) -> None:
    other = write_data(tmp_path / "o.parquet", [labelled(7, families("train", 1)[0], racy=True)])
    with pytest.raises(BadInput, match="was not made from this data set"):
        scored(run / "calibrate.json", read_known(other))


def test_a_folder_without_a_model_is_told(run: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no trained model"):
        command.vocabulary(tmp_path)
    assert command.vocabulary(run) == FACTS


def test_what_goes_into_a_bundle_comes_back_out_of_it(run: Path) -> None:
    known = read_known(run / "slices.parquet")
    fitted = fitting.fit(run, known, FACTS, fitting.Risks(alpha=0.1))
    items = fitted.items
    entry = fitting.entry(fitted, fit_platt(items.labels, 1 / (1 + np.exp(-items.logits))))
    base = Manifest(
        name="toy",
        version="1",
        feature_version=1,
        links=(),
        calibration=Platt(scale=1.0, bias=0.0),
        file_calibration=FileScaling(scale=1.0, bias=0.0),
        data_sha256="",
        files={},
    )
    again = Manifest.model_validate_json(
        base.model_copy(update={"selective": entry}).model_dump_json()
    )
    assert again.selective == entry
    assert entry.alpha == 0.1
    assert entry.pass_below is not None


def test_thresholds_that_do_not_exist_are_said_as_none(run: Path) -> None:
    none = fitting.probability(float("-inf"), Platt(scale=1.0, bias=0.0))
    assert none is None
    assert fitting.probability(0.0, Platt(scale=1.0, bias=0.0)) == pytest.approx(0.5)
