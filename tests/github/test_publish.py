"""The command itself: what it takes from options and runner, and what it says without GitHub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reviewbot.cli import main
from reviewbot.github.publish import surroundings
from reviewbot.records import Action, Reason
from tests.github.review_files import REPOSITORY, bent, document, written
from tests.github.standing import HEAD, found, told

EVENT = {"pull_request": {"number": 7, "head": {"sha": HEAD}}}


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job without a token; the folder holds its summary."""
    for name in ("GITHUB_TOKEN", "INPUT_GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(written(tmp_path, EVENT, "event.json")))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    return tmp_path


def publish(job: Path, *options: str, whole: Any = None) -> int:
    file = written(job, whole or document())
    return main(["publish", "--review-file", str(file), *options])


class TestWithoutToken:
    def test_everything_is_in_the_summary_and_the_annotations(
        self, job: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert publish(job) == 0
        text = (job / "summary.md").read_text()
        assert "No token was given" in text
        assert "counter_a1" in text
        assert capsys.readouterr().out.startswith("::warning file=src/tally.c,line=10,")

    def test_a_summary_that_cannot_be_written_is_said(
        self, job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(job / "none" / "summary.md"))
        assert publish(job) == 0
        assert "summary cannot be written" in capsys.readouterr().out


class TestExitCode:
    @pytest.mark.parametrize(
        ("action", "in_file", "option", "code"),
        [
            (Action.COMMENT, "block", None, 0),
            (Action.BLOCK, "block", None, 1),
            (Action.BLOCK, "never", None, 0),
            (Action.BLOCK, "never", "block", 1),
            (Action.BLOCK, "block", "never", 0),
            (Action.COMMENT, "block", "comment", 1),
            (Action.NOTE, "comment", None, 0),
        ],
    )
    def test_is_the_policys_word(
        self, job: Path, action: Action, in_file: str, option: str | None, code: int
    ) -> None:
        whole = bent(document(told(found(), action)), "fail_on", to=in_file)
        assert publish(job, *(["--fail-on", option] if option else []), whole=whole) == code

    def test_evidence_counts(self, job: Path) -> None:
        outcome = {
            "target": "t",
            "fingerprints": [found().fingerprint],
            "verdict": "confirmed",
            "reason": "",
            "tool": "tsan",
            "runs": 1,
            "threads": [2],
            "seconds": 1,
            "report": "",
        }
        said = {"schema_version": 1, "head_sha": HEAD, "outcomes": [outcome]}
        evidence = str(written(job, said, "evidence.json"))
        unsure = document(told(found(), Action.ESCALATE, reason=Reason.LOW_CONFIDENCE))
        assert publish(job, "--fail-on", "comment", whole=unsure) == 0
        assert publish(job, "--fail-on", "comment", "--evidence", evidence, whole=unsure) == 1


class TestWrongUse:
    def refused(self, capsys: pytest.CaptureFixture[str], code: int, why: str) -> None:
        assert code == 2
        assert why in capsys.readouterr().err

    @pytest.mark.parametrize("count", ["-1", "ten", "101", "1.5"])
    def test_a_number_of_comments_that_is_none(
        self, job: Path, capsys: pytest.CaptureFixture[str], count: str
    ) -> None:
        self.refused(capsys, publish(job, f"--max-comments={count}"), "--max-comments")

    def test_an_input_that_was_left_empty_is_fine(self, job: Path) -> None:
        assert publish(job, "--max-comments", "") == 0

    @pytest.mark.parametrize("name", ["REVIEWBOT_MAX_WAIT", "REVIEWBOT_WRITE_PAUSE"])
    @pytest.mark.parametrize("value", ["soon", "-1", "nan", "1e9"])
    def test_a_wait_that_is_none(
        self,
        job: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        name: str,
        value: str,
    ) -> None:
        monkeypatch.setenv(name, value)
        self.refused(capsys, publish(job), name)

    def test_another_commit(self, job: Path, capsys: pytest.CaptureFixture[str]) -> None:
        other = bent(document(), "head_sha", to="c" * 40)
        self.refused(capsys, publish(job, whole=other), "nothing was written")
        assert not (job / "summary.md").exists()

    def test_outside_of_a_job(
        self, job: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("GITHUB_EVENT_NAME")
        self.refused(capsys, publish(job), "within a GitHub Actions job")


class TestSurroundings:
    def test_of_github_itself(self) -> None:
        around = surroundings({}, None)
        assert (around.api_url, around.server) == ("https://api.github.com", "https://github.com")
        assert (around.write_pause, around.most_seconds) == (1.0, 300.0)

    def test_of_a_server_of_ones_own(self) -> None:
        environ = {
            "GITHUB_API_URL": "https://git.example.org/api/v3",
            "GITHUB_SERVER_URL": "https://git.example.org/",
        }
        around = surroundings(environ, None)
        assert around.api_url == "https://git.example.org/api/v3"
        assert around.server == "https://git.example.org"
