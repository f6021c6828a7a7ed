"""Ablations on toys: trained once, kept, and measured on families that stay the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("torch")
pytest.importorskip("sklearn")

import pyarrow.parquet as pq
import torch

from model_export import cli, train
from model_export.proof import ablations
from tests.model.toy_corpus import data_set, families, labelled, write_data


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(train, "BATCH", 8)


def command(data: Path, out: Path, *words: str) -> int:
    given = ["proof", "--ablations", "--data", str(data), "--out", str(out), "--epochs", "1"]
    return cli.main([*given, *words])


class TestRun:
    def test_each_setting_is_trained_once_and_measured(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        data = write_data(tmp_path / "slices.parquet", data_set())
        names = ["--settings", "full", "outcome"]
        assert command(data, tmp_path / "runs", *names) == 0
        told = capsys.readouterr()
        assert "full: about" in told.err
        assert "| relations, links, whole corpus | 20 |" in told.out
        assert "| without links: the outcome only | 20 |" in told.out
        weights = self.written(tmp_path)
        assert command(data, tmp_path / "runs", *names) == 0
        again = capsys.readouterr()
        assert "full: trained" in again.err and again.out == told.out[told.out.index("###") :]
        assert len(weights) == 2 and weights == self.written(tmp_path)

    def written(self, folder: Path) -> list[int]:
        return [path.stat().st_mtime_ns for path in sorted(folder.glob("runs/*/last.pt"))]

    def test_a_plan_trains_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        data = write_data(tmp_path / "slices.parquet", data_set())
        assert command(data, tmp_path / "runs", "--plan") == 0
        assert len(capsys.readouterr().err.splitlines()) == len(ablations.SETTINGS)
        assert not (tmp_path / "runs").exists()

    def test_a_setting_that_is_not_known_is_said(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        data = write_data(tmp_path / "slices.parquet", data_set(each=2))
        assert command(data, tmp_path / "runs", "--settings", "nothing") != 0
        assert "no ablation is named nothing" in capsys.readouterr().err

    def test_it_asks_for_its_data(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["proof", "--ablations"]) != 0
        assert "--data FILE" in capsys.readouterr().err


class TestData:
    def changed(self, tmp_path: Path, name: str) -> list[dict[str, object]]:
        (composed,) = (f"omp_composed_{n}" for n in (self.number("train"),))
        (held,) = families("test", 1)
        rows = [
            *data_set(each=2),
            labelled(0, composed, racy=True, facts=[["reading=none", "common=none"]]),
            labelled(7, composed, racy=True, mutation="drop-lock"),
            labelled(7, held, racy=True, mutation="drop-lock"),
        ]
        data = write_data(tmp_path / "slices.parquet", rows)
        (setting,) = ablations.chosen([name])
        assert setting.change is not None
        ablations.changed(data, tmp_path / "other.parquet", setting.change)
        found: list[dict[str, object]] = pq.read_table(tmp_path / "other.parquet").to_pylist()
        return found

    def number(self, part: str) -> int:
        split = ablations.split_of
        return next(n for n in range(999) if split(f"omp_composed_{n}") == part)

    def test_without_links_the_outcome_is_left(self, tmp_path: Path) -> None:
        rows = self.changed(tmp_path, "outcome")
        assert {link for row in rows for link in row["links"]} == {-1}  # type: ignore[attr-defined]
        assert {row["slice_race"] for row in rows} == {0, 1}

    def test_without_readings_each_relation_is_left_alone(self, tmp_path: Path) -> None:
        rows = self.changed(tmp_path, "plain")
        facts = {fact for row in rows for pair in json.loads(str(row["facts"])) for fact in pair}
        assert facts == {"common=none", "common=mutex"}

    def test_without_mutants_those_of_the_test_are_left(self, tmp_path: Path) -> None:
        rows = [row for row in self.changed(tmp_path, "unmutated") if row["mutation"]]
        assert [row["family"] for row in rows] == families("test", 1)

    def test_authored_only_still_tests_on_all(self, tmp_path: Path) -> None:
        kept = {row["family"] for row in self.changed(tmp_path, "authored")}
        assert kept == {*families("train", 3), *families("calibrate", 2), *families("test", 2)}

    def test_composed_only_still_tests_on_all(self, tmp_path: Path) -> None:
        kept = {row["family"] for row in self.changed(tmp_path, "composed")}
        composed = f"omp_composed_{self.number('train')}"
        assert kept == {composed, *families("calibrate", 2), *families("test", 2)}


class TestPlan:
    def test_less_data_takes_less_time(self, tmp_path: Path) -> None:
        sizes = [ablations.size_of(s, [True] * 30 + [False] * 50) for s in ablations.SETTINGS]
        assert dict(zip((s.name for s in ablations.SETTINGS), sizes, strict=True)) == {
            "full": 80,
            "plain": 80,
            "unmutated": 80,
            "slice": 80,
            "both": 80,
            "outcome": 80,
            "half": 40,
            "quarter": 20,
            "eighth": 10,
            "composed": 30,
            "authored": 50,
        }

    def test_a_run_that_is_there_corrects_the_guess(self, tmp_path: Path) -> None:
        settings = ablations.chosen(["half"])
        kinds = [False] * 1200
        assert ablations.plan(settings, kinds, tmp_path, 60) == "half: about 0.1 min"
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "rate.json").write_text('{"slices_a_second": 10}')
        assert ablations.plan(settings, kinds, tmp_path, 60) == "half: about 60.0 min"
