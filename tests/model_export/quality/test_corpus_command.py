"""One command builds everything, and goes on where it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")

import pyarrow.parquet as pq

from model_export import cli, corpus, explore
from model_export.execute.corpus import write_part
from tests.model_export.quality.quality_toys import BARE, LOCKED, row

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "out")
    return tmp_path / "out"


def built(out: Path, *words: str) -> int:
    return cli.main(["corpus", "--out", str(out), "--jobs", "1", *words])


def test_choice_slices_and_sheet_come_of_what_was_executed(out, capsys):
    assert built(out, "--executed") == 0
    chosen = (out / "chosen.txt").read_text().split()
    sliced = set(pq.read_table(out / "slices.parquet")["program"].to_pylist())
    assert sliced
    assert sliced <= set(chosen)
    identity = json.loads((out / "corpus.json").read_text())
    assert identity["chosen"]["programs"] == len(chosen)
    assert identity["executed"]["programs"] == 61
    sheet = (out / "DATASHEET.md").read_text()
    assert identity["executed"]["sha256"] in sheet
    assert identity["chosen"]["sha256"] in sheet
    assert f"slices of {len(sliced)} programs" in sheet
    assert "step 4 of 4" in capsys.readouterr().err


def test_a_second_run_gives_the_same_and_slices_nothing_anew(out, monkeypatch):
    built(out, "--executed")
    made = (out / "slices.parquet").stat().st_mtime_ns
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    built(out, "--executed")
    assert (out / "slices.parquet").stat().st_mtime_ns == made
    assert before == {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def test_programs_are_executed_first_with_the_settings_asked_for(out, monkeypatch):
    asked = []
    monkeypatch.setattr(explore, "run", lambda args: asked.append(args) or 0)
    built(out, "--seed", "7")
    built(out, "--quick")
    built(out, "--structures", "30")
    wanted = [(a.per_family, a.mutants, a.structures, a.seed) for a in asked]
    assert wanted == [(40, 2, 2600, 7), (2, 1, 12, 1), (40, 2, 30, 1)]


def test_lost_programs_end_it_before_anything_is_chosen(out, monkeypatch):
    monkeypatch.setattr(explore, "run", lambda args: 1)
    assert built(out) == 1
    assert not (out / "chosen.txt").exists()


def test_too_few_programs_for_the_tell_tests_are_described_all_the_same(tmp_path):
    write_part(tmp_path, [row(BARE, "racy"), row(LOCKED)])
    assert built(tmp_path, "--executed") == 0
    assert "too few, or of too few families, to ask" in (tmp_path / "DATASHEET.md").read_text()


def test_an_empty_folder_says_what_to_do(tmp_path, capsys):
    assert built(tmp_path, "--executed") == 2
    assert "holds no usable program: run explore" in capsys.readouterr().err


def test_quick_is_a_small_part_of_the_whole():
    assert all(corpus.QUICK[name] * 2 <= corpus.FULL[name] for name in corpus.FULL)
