"""The action's steps against a GitHub that enforces permissions: those of the README are enough."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewbot.action.run import REVIEW_FILE
from tests.action.changes import pull_request
from tests.action.composite import Runner
from tests.action.yaml_texts import SECOND, SIMPLE, blocks, parsed
from tests.integration.fake_github.server import FakeGitHub
from tests.integration.fake_github.state import ACTIONS, Token
from tests.repositories import TemporaryRepository

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="the action sets up Python 3.12, whose -P it relies on"
)


@pytest.fixture
def github(repository: TemporaryRepository) -> Iterator[FakeGitHub]:
    with FakeGitHub(repository.path, "owner/project") as fake:
        fake.open(7, "main", "topic")
        yield fake
        assert fake.violations == []


def permitted(workflow: str) -> dict[str, str]:
    """The permissions that the only job of a workflow of the README asks for."""
    [job] = parsed(blocks()[workflow])["jobs"].values()
    return {name.replace("-", "_"): access for name, access in job["permissions"].items()}


def runner_at(
    machine: Path, repository: TemporaryRepository, github: FakeGitHub, workflow: str
) -> Runner:
    token = github.lend(Token(ACTIONS, {**permitted(workflow), "metadata": "read"}))
    made = Runner(home=machine, workspace=repository.path, token=token)
    made.environment |= {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_SERVER_URL": github.web_url,
        "REVIEWBOT_WRITE_PAUSE": "0",
    }
    return made


def followed(repository: TemporaryRepository) -> dict[str, Any]:
    """GitHub's payload of a workflow that follows one at the head of `topic`."""
    return {
        "workflow_run": {
            "head_sha": repository.git("rev-parse", "topic"),
            "head_branch": "topic",
            "event": "pull_request",
            "head_repository": {"full_name": "owner/project", "owner": {"login": "owner"}},
            "pull_requests": [],
        }
    }


class TestTheSimpleWorkflow:
    def test_one_review_however_often_it_runs(
        self, machine: Path, repository: TemporaryRepository, github: FakeGitHub
    ) -> None:
        runner = runner_at(machine, repository, github, SIMPLE)
        runner.event("pull_request", pull_request(repository, "owner/project"))
        first = runner.run()
        assert first.returncode == 0, first.log
        written = len(github.writes)
        assert "POST /repos/owner/project/pulls/7/reviews" in "\n".join(github.writes)
        assert "check-runs" in "\n".join(github.writes)
        assert "sum_" in first.summary
        second = runner.run()
        assert second.returncode == 0, second.log
        assert len(github.writes) == written

    def test_a_read_only_token_tells_the_job(
        self, machine: Path, repository: TemporaryRepository, github: FakeGitHub
    ) -> None:
        runner = runner_at(machine, repository, github, SIMPLE)
        runner.token = github.lend(Token(ACTIONS, {"contents": "read", "metadata": "read"}))
        runner.event("pull_request", pull_request(repository, "stranger/project"))
        ended = runner.run()
        assert ended.returncode == 0, ended.log
        assert "::warning " in ended.log
        assert "sum_" in ended.summary
        assert int(ended.outputs["findings"]) >= 2


def test_enterprise_server(machine: Path, repository: TemporaryRepository) -> None:
    with FakeGitHub(repository.path, "owner/project", enterprise=True) as github:
        github.open(7, "main", "topic")
        runner = runner_at(machine, repository, github, SIMPLE)
        runner.event("pull_request", pull_request(repository, "owner/project"))
        ended = runner.run()
        assert ended.returncode == 0, ended.log
        assert [line for line in github.writes if line.endswith("/pulls/7/reviews")]
        assert github.web_url in ended.summary
        assert github.violations == []


class TestTheTwoPhases:
    @pytest.fixture
    def runner(self, machine: Path, repository: TemporaryRepository, github: FakeGitHub) -> Runner:
        """At the first phase's event, with the token of the second."""
        made = runner_at(machine, repository, github, SECOND)
        made.event("pull_request", pull_request(repository, "owner/project"))
        return made

    def test_the_second_posts_what_the_first_wrote(
        self,
        runner: Runner,
        repository: TemporaryRepository,
        github: FakeGitHub,
        tmp_path: Path,
    ) -> None:
        reviewed = runner.run(github_token="")
        assert github.log == []
        runner.install_for_publishing()
        data = tmp_path / "data"
        data.mkdir()
        shutil.copy(reviewed.outputs["review-file"], data / REVIEW_FILE)
        runner.event("workflow_run", followed(repository))
        runner.workspace = tmp_path  # which holds no checkout
        ended = runner.run(mode="publish", working_directory="data")
        assert ended.returncode == 0, ended.log
        assert "POST /repos/owner/project/pulls/7/reviews" in "\n".join(github.writes)
        assert ended.outputs["findings"] == reviewed.outputs["findings"]

    def test_data_of_another_commit_cause_no_write(
        self, runner: Runner, repository: TemporaryRepository, github: FakeGitHub
    ) -> None:
        reviewed = runner.run(github_token="", base="main~0", head="main")
        runner.install_for_publishing()
        file = Path(reviewed.outputs["review-file"])
        runner.event("workflow_run", followed(repository))
        ended = runner.run(mode="publish", working_directory=str(file.parent))
        assert ended.returncode == 2
        assert github.writes == []
        assert "nothing was written" in ended.log
