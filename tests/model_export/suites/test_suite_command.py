"""`evaluate` takes a suite, or a bundle with its data as ever; nothing between the two."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytest.importorskip("pyarrow")

from model_export import cli, evaluate
from model_export.suites import command


def test_a_suite_goes_to_the_suites_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[argparse.Namespace] = []
    monkeypatch.setattr(command, "run", lambda arguments, rows: called.append(arguments) or 7)
    assert cli.main(["evaluate", "--suite", "dracc", "--root", str(tmp_path)]) == 7
    assert (called[0].suite, called[0].root, called[0].bundle) == ("dracc", tmp_path, None)
    assert (called[0].tsan_limit, called[0].errors) == (command.TSAN_LIMIT, None)


@pytest.mark.parametrize("words", [[], ["--bundle", "b"], ["--data", "d"]])
def test_half_of_the_options_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", *words]) == 2
    assert "needs --bundle and --data, or --suite and --root" in capsys.readouterr().err


def test_an_unknown_suite_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["evaluate", "--suite", "nowhere"])
    assert "goblint" in capsys.readouterr().err


def test_the_options_of_families_still_stand() -> None:
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    told = parser.parse_args(["--bundle", "b", "--data", "d", "--card", "c"])
    assert (told.bundle, told.data, told.card, told.suite) == (
        Path("b"),
        Path("d"),
        Path("c"),
        None,
    )
