"""Measuring a toy bundle: every figure of the card is worked out a second time, another way."""

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
pytest.importorskip("onnx")
pytest.importorskip("sklearn")

from sklearn.metrics import roc_auc_score

from model_export import evaluate
from model_export.card import Table, measure_again, printed
from model_export.dataset import split_of
from reviewbot.errors import BadInput
from reviewbot.model.bundle import FileScaling, load_bundle
from reviewbot.model.predict import load_predictor
from tests.model.toy_corpus import data_set, families, labelled, write_data
from tests.model.toys import LOGITS, write_bundle

SLICES, FILES = (0.8, 0.6), (1.2, -0.1)
SAME = FileScaling(scale=1.0, bias=0.0)
Row = dict[str, Any]


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def platt(score: float, scale: float, bias: float) -> float:
    return sigmoid(scale * math.log(score / (1 - score)) + bias)


def probability(row: Row) -> float:
    """What the toy network says of a slice, by hand."""
    chains = [[sum(LOGITS[fact][i] for fact in pair) for i in range(5)] for pair in row["facts"]]
    return platt(max(math.prod(map(sigmoid, chain)) for chain in chains), *SLICES)


def rows() -> list[Row]:
    """Toys that the network mostly understands; each fourth looks like what it is not."""
    told = data_set(each=16)
    for index, row in enumerate(told):
        if index % 8 == 3:
            row["facts"] = [["common=none"]]
        elif index % 8 == 6:
            row["facts"] = [["common=none", "phase=differ"]]
    libraries = [
        labelled(n, name, racy=n % 3 == 0, view="library")
        for name in families("test", 2)
        for n in range(6)
    ]
    return [*told, *libraries]


class Told:
    """One evaluation, run once: its rows, its card, its output."""

    def __init__(self, folder: Path) -> None:
        self.rows = rows()
        self.bundle = write_bundle(folder / "toy", calibration=SLICES, file_calibration=FILES)
        data = write_data(folder / "slices.parquet", self.rows)
        summary = folder / "summary.json"
        summary.write_text(json.dumps({"fingerprint": "feedc0de"}))
        parser = argparse.ArgumentParser()
        evaluate.add_arguments(parser)
        suite = folder / "suite.txt"
        suite.write_text("asked 2 judges\n### a suite: files\n\n| judge | items |\n|---|---|\n")
        words = ["--bundle", str(self.bundle), "--data", str(data), "--summary", str(summary)]
        words += ["--card", str(folder / "CARD.md"), "--also", str(suite)]
        assert evaluate.run(parser.parse_args(words)) == 0
        self.card = (folder / "CARD.md").read_text()
        self.test = [row for row in self.rows if split_of(row["family"]) == "test"]

    def cells(self, section: str, name: str) -> list[str]:
        """The cells of a table's row."""
        table = self.card.split(f"### {section}")[1].split("###")[0]
        line = next(text for text in table.splitlines() if text.startswith(f"| {name} |"))
        return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return Told(tmp_path_factory.mktemp("evaluation"))


def value(cell: str) -> float:
    return float(cell.split(" ", maxsplit=1)[0])


def check_figures(cells: list[str], labels: list[int], scores: list[float]) -> None:
    """Items, accuracy, precision, recall, F1 and AUROC of a row, recomputed."""
    y, verdict = np.array(labels), np.array(scores) >= 0.5
    precision, recall = y[verdict].mean(), verdict[y == 1].mean()
    expected = [
        (y == verdict).mean(),
        precision,
        recall,
        2 * precision * recall / (precision + recall),
        roc_auc_score(y, scores),
    ]
    assert int(cells[1]) == len(labels)
    assert [value(cell) for cell in cells[2:7]] == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize(
    ("view", "name"),
    [
        ("program", "slices, program view"),
        ("library", "slices, library view (threads made elsewhere)"),
    ],
)
def test_slices_of_the_card_are_those_worked_out_by_hand(told: Told, view: str, name: str) -> None:
    own = [row for row in told.test if row["view"] == view]
    assert len({row["slice_race"] for row in own}) == 2
    scores = [probability(row) for row in own]
    check_figures(
        told.cells("Authored test families", name), [row["slice_race"] for row in own], scores
    )


def test_whole_programs_of_the_card_are_those_worked_out_by_hand(told: Told) -> None:
    own = [row for row in told.test if row["view"] == "program"]
    scores = [platt(probability(row), *FILES) for row in own]  # one slice a program here
    cells = told.cells("Authored test families", "whole programs")
    check_figures(cells, [row["label"] == "racy" for row in own], scores)


def test_twins_of_the_card_are_those_worked_out_by_hand(told: Told) -> None:
    own = [row for row in told.test if row["view"] == "program"]
    groups: dict[str, dict[str, float]] = {}
    for row in own:
        score = platt(probability(row), *FILES)
        groups.setdefault(row["twin_group"], {})[row["label"]] = score
    both = np.mean([g["racy"] >= 0.5 > g["clean"] for g in groups.values()])
    ranked = np.mean([g["racy"] > g["clean"] for g in groups.values()])
    cells = told.cells("Twins", "twins")
    assert int(cells[1]) == len(groups)
    assert [value(cell) for cell in cells[2:]] == pytest.approx([both, ranked], abs=6e-4)
    assert 0 < both < 1


def test_controls_stand_beside(told: Told) -> None:
    own = [row for row in told.test if row["view"] == "program"]
    share = np.mean([row["slice_race"] == 0 for row in own])
    always = told.cells("Controls", "always clean")
    assert value(always[2]) == pytest.approx(share, abs=6e-4)
    assert always[3] == "–"  # nothing claimed, no precision
    assert value(told.cells("Controls", "linear, relations")[2]) > share


def test_a_construct_has_a_row_if_it_has_slices_enough(told: Told) -> None:
    cells = told.cells("By construct", "thread")
    own = [row for row in told.test if row["view"] == "program"]
    assert (int(cells[1]), cells[2]) == (len(own), "0.50")


def test_intervals_hold_their_values(told: Told) -> None:
    for cell in told.cells("Authored test families", "slices, program view")[2:7]:
        middle, (low, high) = value(cell), cell.split("(")[1].rstrip(")").split("–")
        assert float(low) <= middle <= float(high)


def test_the_card_says_what_was_trained_on_what(told: Told) -> None:
    assert "# Model card: toy 1" in told.card
    assert "feedc0de" in told.card
    assert f"{len(told.rows)} distinct labelled slices of {16 * 7}" in told.card
    assert "7 problem families\n(5 to train and" in told.card
    assert "{" not in told.card


def test_the_card_holds_what_other_commands_printed(told: Told, tmp_path: Path) -> None:
    assert "\n### a suite: files\n\n| judge | items |\n" in told.card
    assert "asked 2 judges" not in told.card
    (tmp_path / "log").write_text("no table here\n")
    with pytest.raises(BadInput, match="no table"):
        printed(tmp_path / "log")
    with pytest.raises(BadInput, match="cannot be read"):
        printed(tmp_path / "absent")


def test_a_card_is_measured_again_in_a_section_of_its_own(told: Told, tmp_path: Path) -> None:
    card, table = tmp_path / "CARD.md", Table("figures", ("what", "items"))
    card.write_text("# Model card\n\n## What it cannot do\n\n* Much.\n")
    for _ in range(2):
        measure_again(card, told.test, [table], [])
    text = card.read_text()
    assert text.startswith("# Model card\n\n## What it cannot do\n\n* Much.\n\n## Measured again")
    assert text.count("## Measured again") == text.count("### figures") == 1
    assert f"labelled slices of {len({row['program'] for row in told.test})} programs" in text
    with pytest.raises(BadInput, match="cannot be read"):
        measure_again(tmp_path / "absent", told.test, [table], [])


def test_the_bundle_is_asked_in_the_order_of_the_rows(told: Told) -> None:
    bundle, predictor = load_bundle(told.bundle), load_predictor(told.bundle, threads=1)
    predictions = evaluate.predict(predictor, bundle, told.test)
    assert [row["program"] for row in predictions] == [row["program"] for row in told.test]
    scores = [platt(row["score"], *SLICES) for row in predictions]
    assert scores == pytest.approx([probability(row) for row in told.test], rel=1e-4)


def scored(number: int, *, racy: bool, score: float, **changes: Any) -> Row:
    return {**labelled(number, "f", racy=racy), "score": score, **changes}


def test_unknown_and_repeated_slices_are_no_figures_of_slices() -> None:
    told = [
        scored(0, racy=True, score=0.9),
        scored(1, racy=True, score=0.8, slice_race=-1),
        scored(2, racy=True, score=0.7, repeated=True),
        scored(3, racy=False, score=0.6, view="library"),
    ]
    assert evaluate.slices(told, SAME, "program").scores.tolist() == pytest.approx([0.9])
    assert evaluate.slices(told, SAME, "library").scores.tolist() == pytest.approx([0.6])


def test_a_program_keeps_the_racy_slice_that_a_sibling_has_too() -> None:
    told = [
        scored(0, racy=True, score=0.9),
        scored(1, racy=True, score=0.9, repeated=True),
        scored(1, racy=True, score=0.1, slice_race=0),
    ]
    (table,) = evaluate.suites("t", told, SAME, SAME)
    whole = next(row for row in table.rows if row[0] == "whole programs")
    assert whole[1] == "2"
    assert value(whole[2]) == 1.0  # both are claimed, and both race


def test_twins_of_one_outcome_are_no_twins() -> None:
    told = [scored(n, racy=True, score=0.9) for n in range(2)]
    assert evaluate._twins("t", told, SAME, SAME).rows == []


def test_folds_are_joined_each_calibrated_on_its_own(tmp_path: Path) -> None:
    folders = []
    for fold in range(2):
        shift = 3.0 * fold  # one fold's network is surer than the other's: calibration levels them
        folders.append(tmp_path / str(fold))
        folders[-1].mkdir()
        for part in ("calibrate", "test"):
            told = [
                {**labelled(n, f"{fold}{n % 4}", racy=n % 2 == 0, view=view), "links": links}
                for view in ("program", "library")
                for n in range(24)
                for links in [[[4.0 if n % 2 == 0 else shift - 1.0] * 5]]
            ]
            (folders[-1] / f"{part}.json").write_text(json.dumps(told))
    table = evaluate._cross_validated(folders)
    assert [(row[0], row[1]) for row in table.rows] == [
        ("slices, program view", "48"),
        ("slices, library view", "48"),
        ("whole programs", "48"),
    ]
    assert all(value(row[2]) == 1.0 for row in table.rows)


def test_a_table_in_markdown() -> None:
    table = Table("Title", ("what", "items", "racy share", "F1"))
    table.add("all", 1234, {"F1": (0.5, 0.25, 0.75)}, extra="0.10")
    table.add("none", 0, {"F1": (float("nan"), 0.0, 0.0)}, extra="–")
    assert table.markdown() == (
        "### Title\n\n| what | items | racy share | F1 |\n|---|---|---|---|\n"
        "| all | 1,234 | 0.10 | 0.500 (0.250–0.750) |\n| none | 0 | – | – |\n"
    )
