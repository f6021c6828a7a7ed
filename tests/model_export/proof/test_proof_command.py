"""The whole command on a corpus of toys, with the toy bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("onnx")

from model_export import cli
from model_export.execute.corpus import write_part
from model_export.proof.execution import new_programs
from tests.model.toys import write_bundle
from tests.model_export.proof.proof_toys import mutant, toy


def corpus(folder: Path) -> Path:
    bare = toy("bare")
    rows = [bare, toy("locked"), toy("locked", miss="bare"), toy("locked", rounds="400")]
    write_part(folder, [*rows, mutant(bare, "i < 99", "i < 98", "hits++")])
    return folder


class TestProof:
    def test_tables_and_figures(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        bundle, figures = write_bundle(tmp_path / "toy"), tmp_path / "proof.json"
        words = ["--bundle", str(bundle), "--corpus", str(corpus(tmp_path / "programs"))]
        styles = ["--only", "indent", "rename-variables", "--examples", str(tmp_path / "broken")]
        assert cli.main(["proof", *words, *styles, "--json", str(figures)]) == 0
        out = capsys.readouterr().out
        assert "### Faithfulness to the trace, authored families (executed edits)" in out
        assert "| authored families | 2 | 1 | 1.000" in out  # twins
        assert "| indent | 5 | 1 | 0.000" in out
        told = json.loads(figures.read_text())
        assert {item["style"] for item in told["styles"]} == {"indent", "rename-variables"}
        assert [item["object_turns"] for item in told["edits"] if item["link"]] == [True] * 3
        assert not told["breakages"] and not list((tmp_path / "broken").iterdir())

    def test_a_corpus_without_held_out_programs_is_said(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "parts").mkdir()
        assert cli.main(["proof", "--corpus", str(tmp_path)]) != 0
        assert "no usable program of a held-out family" in capsys.readouterr().err

    def test_a_style_that_is_not_known_is_said(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(["proof", "--corpus", str(tmp_path), "--only", "nothing"]) != 0
        assert "no style is named nothing" in capsys.readouterr().err

    def test_it_asks_for_a_corpus(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["proof"]) != 0
        assert "--corpus DIR" in capsys.readouterr().err


class TestNewPrograms:
    def test_fixes_of_a_racy_program_and_changes_that_keep_it(self) -> None:
        row = toy("bare")
        made = list(new_programs(row, 1))
        assert made and row["source"] not in {item.source for item in made}
        assert {item.choices["parent"] for item in made} == {row["id"]}
        assert all(item.expected == "" for item in made)

    def test_a_mutant_is_not_mutated_again(self) -> None:
        row = toy("bare")
        assert not list(new_programs(mutant(row, "hits++", "hits--", "hits--"), 1))
