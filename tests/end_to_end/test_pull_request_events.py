"""Events: what a job is about is said by its event, never by the file that it is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.pull_request import Life, rewrite, setting, source


class TestForks:
    def open(self, life: Life) -> None:
        life.open({"a.c": source("alpha")}, head_repository="stranger/rocket")

    def reviewed(self, life: Life) -> None:
        """The first workflow has run, and the second begins."""
        self.open(life)
        life.pull_event()
        life.review()
        self.run_event(life)

    def check_eight_is_refused(self, life: Life) -> None:
        """A review of pull request 7 that says it is of 8 is written nowhere."""
        life.pull_event()
        life.review()
        rewrite(life, setting(pull_request=8))
        self.run_event(life)
        assert life.publish().code == 2
        assert life.github.writes == []

    def run_event(self, life: Life, **changes: Any) -> None:
        run = {
            "event": "pull_request",
            "head_sha": life.pull.head_sha,
            "head_branch": "topic",
            "head_repository": {"full_name": "stranger/rocket", "owner": {"login": "stranger"}},
            "pull_requests": [],
        }
        life.event("workflow_run", {"action": "completed", "workflow_run": {**run, **changes}})

    def test_the_second_job_finds_the_pull_request_by_its_head(self, life: Life) -> None:
        self.reviewed(life)
        assert life.publish().code == 0
        assert life.visible == ["race alpha"]

    def test_several_pull_requests_from_one_branch(self, life: Life) -> None:
        self.open(life)
        life.repo.branch("old-main", "main")
        life.github.open(9, "old-main", "topic", head_repository="stranger/rocket")
        life.pull_event()
        life.review()
        self.run_event(life)
        life.publish()
        assert {comment.pull for comment in life.github.state.comments.values()} <= {7}

    def test_an_artifact_that_names_another_pull_request(self, life: Life) -> None:
        self.open(life)
        life.repo.branch("other")
        life.repo.commit({"a.c": source("beta")})
        life.github.open(8, "main", "other")
        life.repo.switch("topic")
        self.check_eight_is_refused(life)

    def test_the_same_commit_in_another_fork_of_the_same_owner(self, life: Life) -> None:
        self.open(life)
        life.github.open(8, "main", "topic", head_repository="stranger/rocket-two")
        self.check_eight_is_refused(life)

    def test_a_fork_that_pushed_meanwhile(self, life: Life) -> None:
        self.reviewed(life)
        life.push({"a.c": source("beta")})
        life.publish()
        assert life.visible == []

    def test_a_closed_pull_request_is_none(self, life: Life) -> None:
        self.reviewed(life)
        life.pull.state = "closed"
        life.publish()
        assert life.visible == []


class TestEventsWithoutPullRequest:
    @pytest.mark.parametrize(
        ("name", "payload"),
        [
            ("push", lambda sha: {"after": sha, "before": "0" * 40, "ref": "refs/heads/topic"}),
            ("merge_group", lambda sha: {"merge_group": {"head_sha": sha, "base_sha": sha}}),
            ("workflow_dispatch", lambda sha: {"inputs": {}, "ref": "refs/heads/topic"}),
        ],
    )
    def test_a_check_run_and_a_summary_and_no_comment(
        self, life: Life, name: str, payload: Callable[[str], dict[str, Any]]
    ) -> None:
        life.open({"a.c": source("alpha")})
        sha = life.pull.head_sha
        life.event(name, payload(sha), sha)
        life.review()
        run = life.publish()
        assert run.code == 0
        assert life.visible == [] and life.reviews == []
        assert "alpha" in run.summary
        assert [check.head_sha for check in life.github.state.check_runs.values()] == [sha]

    def test_pull_request_target_is_as_pull_request(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event("pull_request_target")
        life.review()
        life.publish()
        assert life.visible == ["race alpha"]

    @pytest.mark.parametrize("payload", [{}, {"pull_request": {"number": "seven"}}])
    def test_a_payload_that_makes_no_sense(self, life: Life, payload: dict[str, Any]) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        life.event("pull_request", payload)
        assert life.publish().code == 2
        assert life.github.writes == []


class TestPolicies:
    LOUD = "version: 1\nrace:\n  block: 0.8\n"
    MUTE = "version: 1\nrace:\n  enabled: false\n"

    def test_a_change_of_the_policy_is_judged_by_the_old_one(self, life: Life) -> None:
        life.repo.commit({".reviewbot.yaml": self.LOUD})
        life.open({"a.c": source("alpha"), ".reviewbot.yaml": self.MUTE})
        run = life.run()
        assert run.code == 1
        assert life.visible == ["race alpha"]
        assert "policy" in run.summary

    def test_a_policy_that_comes_with_the_change_does_not_count_yet(self, life: Life) -> None:
        life.open({"a.c": source("alpha"), ".reviewbot.yaml": self.MUTE})
        life.run()
        assert life.visible == ["race alpha"]

    def test_it_counts_once_it_is_in_the_base(self, life: Life) -> None:
        life.repo.commit({".reviewbot.yaml": self.MUTE})
        life.open({"a.c": source("alpha")})
        life.run()
        assert life.visible == []

    def test_a_named_policy_is_read_from_the_base_as_well(self, life: Life) -> None:
        life.repo.commit({"policies/team.yaml": self.LOUD})
        life.open({"a.c": source("alpha"), "policies/team.yaml": self.MUTE})
        life.pull_event()
        life.review("--policy", "policies/team.yaml")
        run = life.publish()
        assert run.code == 1
        assert life.visible == ["race alpha"]
        assert "policy" in run.summary

    @pytest.mark.parametrize(
        ("policy", "fail_on", "code"),
        [("", "comment", 1), ("", "block", 0), (LOUD, "block", 1), (LOUD, "never", 0)],
    )
    def test_what_fails_the_job(self, life: Life, policy: str, fail_on: str, code: int) -> None:
        life.repo.commit({".reviewbot.yaml": policy or "version: 1\n"})
        life.open({"a.c": source("alpha")})
        life.pull_event()
        assert life.review("--fail-on", fail_on) == code
        assert life.publish().code == code
        (check,) = life.github.state.check_runs.values()
        assert check.fields["conclusion"] == ("failure" if code else "neutral")

    def test_paths_are_the_root_s_from_any_directory(self, life: Life) -> None:
        life.open({"src/deep/a.c": source("alpha")})
        os.chdir(life.repo.path / "src")  # the fixture's monkeypatch leads back
        life.run()
        assert [place.split(":")[0] for place in life.places] == ["src/deep/a.c"]


class TestEnterprise:
    @pytest.fixture
    def ghes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Iterator[Life]:
        made = Life(tmp_path, monkeypatch, capsys, enterprise=True)
        with made.github:
            yield made
        made.check()

    def test_github_api_url_leads_to_another_server(self, ghes: Life) -> None:
        ghes.open({"a.c": source("alpha", "beta")})
        assert ghes.github.api_url.endswith("/api/v3")
        ghes.run()
        ghes.resolve("beta")
        before = ghes.comment("beta").body
        ghes.push({"a.c": source(safe=("alpha", "beta"))})
        ghes.run()
        assert ghes.visible == ["fixed alpha", "race beta"]
        assert ghes.comment("beta").body == before  # known from GraphQL, under /api/graphql
        assert ghes.github.web_url in before
