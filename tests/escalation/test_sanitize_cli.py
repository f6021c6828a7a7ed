"""The commands: a plan beside a review, a plan run here, and a review with its evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewbot.cli import main
from reviewbot.escalation import sandbox
from reviewbot.escalation.artifact import plan_json
from reviewbot.escalation.ledger import ledger_path, read
from reviewbot.escalation.records import Verdict, Way
from reviewbot.escalation.settings import SanitizerSettings
from reviewbot.github.artifact import read_evidence_file
from tests.escalation.building import HEADER, RACY, needs_bubblewrap, target
from tests.repositories import TemporaryRepository

pytestmark = [needs_bubblewrap, pytest.mark.clang]

# Everything that the model says is put to the test; the shipped band would leave it to the model.
POLICY = "race: {escalate: {low: 0.5, high: 1.0}}\nsanitizer: {threads: [2], target_seconds: 60}\n"
SETTINGS = SanitizerSettings(threads=(2,), target_seconds=60)
BEFORE = "int count(const int *v, int n) { return v[n - 1]; }\n"
RACE = """\
int count(const int *v, int n) {
  int found = 0;
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    if (v[i] > 0) found++;
  }
  return found;
}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TemporaryRepository:
    made = TemporaryRepository(tmp_path / "r")
    made.commit({"count.c": BEFORE, ".reviewbot.yaml": POLICY}, "base")
    made.git("checkout", "--quiet", "-b", "change")
    made.commit({"count.c": RACE}, "change")
    monkeypatch.chdir(made.path)
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    return made


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a racy file, and a plan that names it; no model has a part in it."""
    made = TemporaryRepository(tmp_path / "r")
    commit = made.commit({"tally.c": RACY, "tally.h": HEADER, ".reviewbot.yaml": POLICY})
    one = target("tally.c", function="tally", way=Way.HARNESS)
    path = tmp_path / "plan.json"
    path.write_text(plan_json([one], SETTINGS, head_sha=commit, budget_seconds=60, repository=None))
    monkeypatch.chdir(made.path)
    return path


def run(*words: str) -> int:
    return main(list(words))


class TestReviewWithAPlan:
    def test_writes_what_is_worth_a_run_and_runs_nothing(
        self, repository: TemporaryRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        plan = tmp_path / "plan.json"
        assert run("review", "--base", "main", "--plan", str(plan)) == 0
        found = json.loads(plan.read_text())
        assert found["head_sha"] == repository.git("rev-parse", "HEAD")
        (one,) = found["targets"]
        assert (one["path"], one["function"], one["sanitizer"]) == (
            "count.c",
            "count",
            "tsan+archer",
        )
        assert not ledger_path(repository.path / ".git").exists()
        assert "unsure" in capsys.readouterr().out

    def test_is_empty_where_the_model_is_sure(
        self, repository: TemporaryRepository, tmp_path: Path
    ) -> None:
        plan = tmp_path / "plan.json"
        never = tmp_path / "never.yaml"
        never.write_text("race: {escalate: never}\n")
        assert run("review", "--base", "main", "--policy", str(never), "--plan", str(plan)) == 0
        assert json.loads(plan.read_text())["targets"] == []

    def test_needs_a_base(
        self, repository: TemporaryRepository, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("review", "--staged", "--plan", "plan.json") == 2
        assert "leave out --staged" in capsys.readouterr().err


def test_sanitize_local_attaches_the_evidence_to_the_finding(
    repository: TemporaryRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = tmp_path / "evidence.json"
    words = ("--local", "--base", "main", "--format", "json", "--evidence-file", str(evidence))
    assert run("sanitize", *words) == 0
    out, err = capsys.readouterr()
    (found,) = (one for one in json.loads(out)["findings"] if one["object"] == "found")
    assert found["evidence"]["verdict"] == "confirmed"
    assert "data race" in found["evidence"]["report"]
    assert found["decision"] == {"action": "comment", "reason": "confirmed-by-sanitizer"}
    assert found["severity"] == "high"
    assert "reviewbot: confirmed: count.c:" in err
    (outcome,) = read_evidence_file(evidence).outcomes
    assert outcome.fingerprints == [found["fingerprint"]]
    (entry,) = read(ledger_path(repository.path / ".git"))
    assert entry.verdict is Verdict.CONFIRMED
    assert repository.git("status", "--porcelain") == ""


def test_sanitize_local_fails_where_the_policy_blocks(
    repository: TemporaryRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = tmp_path / "strict.yaml"
    strict.write_text("race: {comment: 0.5, block: 0.99, escalate: {low: 0.5, high: 1.0}}\n")
    assert run("sanitize", "--local", "--base", "main", "--policy", str(strict)) == 1
    assert "blocks the change" in capsys.readouterr().out


def test_sanitize_local_says_why_nothing_is_run(
    repository: TemporaryRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sure = tmp_path / "sure.yaml"
    sure.write_text("race: {escalate: {low: 0.5, high: 0.51}}\n")
    assert run("sanitize", "--local", "--base", "main", "--policy", str(sure)) == 0
    assert "reviewbot: nothing to run under a sanitizer: only new races" in capsys.readouterr().err


class TestAPlanRunHere:
    def test_tells_each_outcome_and_writes_evidence(
        self, planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        evidence = tmp_path / "evidence.json"
        code = run("sanitize", "--plan", str(planned), "--evidence-file", str(evidence))
        assert code == 0
        assert "confirmed: tally.c:7 tally: seen in" in capsys.readouterr().out
        (outcome,) = read_evidence_file(evidence).outcomes
        assert outcome.verdict == "confirmed"
        assert "data race" in outcome.report

    def test_runs_one_target_by_its_name(
        self, planned: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("sanitize", "--plan", str(planned), "--target", "other") == 2
        assert "it has tally-0123456789" in capsys.readouterr().err

    def test_a_budget_of_nothing_still_runs_nothing_but_says_so(
        self, planned: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("sanitize", "--plan", str(planned), "--budget", "0") == 0
        assert "not run: tally.c:7" in capsys.readouterr().out


class TestWrongUse:
    @pytest.fixture(autouse=True)
    def _somewhere(self, planned: Path) -> None:
        self.plan = planned

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ((), "--local"),
            (("--local", "--target", "x"), "give --plan FILE"),
            (("--local", "--budget", "-1"), "0 or more"),
            (("--local", "--budget", "nan"), "0 or more"),
            (("--plan", "none.json"), "cannot be read"),
            (("--plan", "tally.c"), "is not an escalation plan"),
        ],
    )
    def test_is_told(
        self, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("sanitize", *words) == 2
        assert told in capsys.readouterr().err

    def test_a_plan_of_a_commit_that_is_not_here(self, capsys: pytest.CaptureFixture[str]) -> None:
        document = json.loads(self.plan.read_text())
        self.plan.write_text(json.dumps({**document, "head_sha": "b" * 40}))
        assert run("sanitize", "--plan", str(self.plan)) == 2


class TestWithoutBubblewrap:
    @pytest.fixture(autouse=True)
    def _without(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        sandbox._problem.cache_clear()
        monkeypatch.setattr(sandbox.shutil, "which", lambda name, path=None: None)
        yield
        sandbox._problem.cache_clear()

    def test_hostile_code_is_refused(
        self, planned: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("sanitize", "--plan", str(planned)) == 2
        assert "--unsafe-local" in capsys.readouterr().err


def test_unsafe_local_runs_without_a_sandbox(
    planned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sanitize", "--plan", str(planned), "--unsafe-local") == 0
    assert "confirmed: tally.c:7" in capsys.readouterr().out
