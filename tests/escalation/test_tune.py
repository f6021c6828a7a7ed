"""Advice from the ledger: what it speaks for, and where it keeps silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewbot.cli import main
from reviewbot.escalation.ledger import Entry, append, ledger_path
from reviewbot.escalation.records import Verdict, Way
from reviewbot.escalation.tune import ENOUGH, advise, race, right, show
from reviewbot.policy import Policy
from tests.repositories import TemporaryRepository


def entry(probability: float, verdict: Verdict = Verdict.CONFIRMED) -> Entry:
    return Entry(
        features="f" * 32,
        bundle=None,
        probability=probability,
        confidence=max(probability, 1 - probability),
        verdict=verdict,
        tool="tsan",
        way=Way.HARNESS,
        runs=3,
        threads=(2, 4, 8),
        seconds=1.0,
        reached=True,
    )


def test_a_model_that_is_right_may_comment_earlier() -> None:
    advice = advise([entry(0.52)] * ENOUGH)
    assert (advice.count, advice.confirmed, advice.comment, advice.high) == (20, 20, 0.5, 0.5)
    assert "race.comment: 0.60 in force; 0.50 would do" in show(advice, Policy())


def test_a_model_that_is_wrong_keeps_no_promise() -> None:
    advice = advise([entry(0.6, Verdict.NOT_REPRODUCED)] * ENOUGH)
    assert (advice.comment, advice.high) == (None, None)
    assert "no threshold within what was tested" in show(advice, Policy())


def test_a_threshold_parts_the_right_from_the_wrong() -> None:
    wrong = [entry(0.56, Verdict.NOT_REPRODUCED)] * 30
    advice = advise([*wrong, *[entry(0.66)] * 20])
    assert advice.comment == 0.6
    assert [one.count for one in advice.bins] == [30, 20]
    assert advice.bins[1].seen == 1.0


def test_few_verdicts_and_what_was_not_run_suggest_nothing() -> None:
    entries = [entry(0.6)] * (ENOUGH - 1) + [entry(0.6, Verdict.NOT_RUN)] * 50
    advice = advise(entries)
    assert advice.count == ENOUGH - 1
    assert "too few" in show(advice, Policy())


def test_a_silence_convinces_in_part() -> None:
    silent = entry(0.6, Verdict.NOT_REPRODUCED)
    assert 0.0 < race(silent) < 0.6
    assert right(silent) == race(silent)
    assert right(entry(0.3, Verdict.NOT_REPRODUCED)) > 0.7
    assert right(entry(0.3)) == 0.0


def test_the_command_reads_the_repositorys_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = TemporaryRepository(tmp_path)
    monkeypatch.chdir(made.path)
    assert main(["policy", "tune"]) == 2
    assert "reviewbot sanitize" in capsys.readouterr().err
    append(ledger_path(made.path / ".git"), [entry(0.52)] * ENOUGH)
    assert main(["policy", "tune"]) == 0
    assert "20 verdicts in the ledger, 20 confirmed" in capsys.readouterr().out
