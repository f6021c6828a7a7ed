"""The policy is the base's: a change is not judged by rules that it brings along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewbot.cli import main
from reviewbot.errors import BadPolicy
from reviewbot.git import open_repository
from reviewbot.github.base_policy import policy_of_base, policy_path
from reviewbot.policy import Policy
from tests.repositories import TemporaryRepository

LOUD = "version: 1\nmax_comments: 3\n"
MUTE = "version: 1\nmax_comments: 0\nrace:\n  enabled: false\n"


@pytest.fixture
def made(tmp_path: Path) -> TemporaryRepository:
    repository = TemporaryRepository(tmp_path / "work")
    repository.commit({".reviewbot.yaml": LOUD, "ci/own.yaml": "version: 1\nmax_comments: 4\n"})
    repository.branch("topic")
    repository.commit({".reviewbot.yaml": MUTE, "ci/own.yaml": MUTE, "new.yaml": MUTE})
    return repository


def policy(made: TemporaryRepository, asked: str | None = None, base: str = "main") -> Policy:
    repository = open_repository(made.path)
    return policy_of_base(repository, repository.resolve(base), asked)


class TestPolicyOfBase:
    def test_the_repositorys_own(self, made: TemporaryRepository) -> None:
        assert policy(made).max_comments == 3
        assert policy(made, base="topic").max_comments == 0

    def test_another_file_of_the_repository(self, made: TemporaryRepository) -> None:
        assert policy(made, str(made.path / "ci/own.yaml")).max_comments == 4

    def test_a_file_that_the_base_has_not(self, made: TemporaryRepository) -> None:
        assert policy(made, str(made.path / "new.yaml")) == Policy()

    @pytest.mark.parametrize("name", ["strct", "ci/none.yaml"])
    def test_a_misspelt_name_is_not_the_default(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(made.path)
        with pytest.raises(BadPolicy, match="no such policy file"):
            policy(made, name)

    def test_a_file_outside_is_no_part_of_the_change(
        self, made: TemporaryRepository, tmp_path: Path
    ) -> None:
        outside = tmp_path / "company.yaml"
        outside.write_text("version: 1\nmax_comments: 5\n")
        assert policy(made, str(outside)).max_comments == 5

    def test_a_shipped_one(self, made: TemporaryRepository) -> None:
        assert policy(made, "strict") != policy(made, "advisory")

    def test_one_that_is_not_valid_says_where(self, made: TemporaryRepository) -> None:
        made.commit({".reviewbot.yaml": "max_comments: many\n"})
        with pytest.raises(BadPolicy, match=r"\.reviewbot\.yaml at [0-9a-f]{10}:1: max_comments"):
            policy(made, base="topic")

    @pytest.mark.parametrize(
        ("content", "why"), [(b"# " + b"x" * 70_000, "larger than"), (b"\xff\n", "not UTF-8")]
    )
    def test_one_that_is_no_policy(
        self, made: TemporaryRepository, content: bytes, why: str
    ) -> None:
        made.commit({".reviewbot.yaml": content})
        with pytest.raises(BadPolicy, match=why):
            policy(made, base="topic")


class TestPath:
    def test_is_relative_to_the_root(self, made: TemporaryRepository) -> None:
        repository = open_repository(made.path)
        assert policy_path(repository, None) == ".reviewbot.yaml"
        assert policy_path(repository, str(made.path / "ci/own.yaml")) == "ci/own.yaml"

    @pytest.mark.parametrize("asked", ["strict", "/etc/company.yaml"])
    def test_is_none_elsewhere(self, made: TemporaryRepository, asked: str) -> None:
        assert policy_path(open_repository(made.path), asked) is None


class TestCommand:
    def review(self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
        monkeypatch.chdir(made.path)
        return main(["review", "--base", "main", "--head", "topic", *more])

    def test_the_review_file_knows_that_the_policy_changes(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("GITHUB_REPOSITORY", "acme/rocket")
        monkeypatch.delenv("GITHUB_EVENT_NAME", raising=False)
        path = tmp_path / "review.json"
        assert self.review(made, monkeypatch, "--review-file", str(path)) == 0
        whole = json.loads(path.read_text())
        assert whole["policy_changed"] is True
        assert whole["cap"] == 3
        assert whole["repository"] == "acme/rocket"
        assert whole["pull_request"] is None
        assert whole["head_sha"] == made.git("rev-parse", "topic")
        assert whole["base_sha"] == whole["merge_base"] == made.git("rev-parse", "main")

    def test_a_policy_of_the_change_is_not_even_read(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made.commit({".reviewbot.yaml": "max_comments: many\n"})
        assert self.review(made, monkeypatch, "--policy-from-base") == 0
        assert self.review(made, monkeypatch) == 2

    def test_the_index_has_no_base(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(made.path)
        assert main(["review", "--staged", "--review-file", "x.json"]) == 2

    def test_the_policy_may_want_a_summary_comment(
        self, made: TemporaryRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "review.json"
        made.switch("main")
        made.commit({".reviewbot.yaml": "summary_comment: true\n"})
        made.switch("topic")
        made.git("merge", "--quiet", "-s", "ours", "main")
        assert self.review(made, monkeypatch, "--review-file", str(path)) == 0
        assert json.loads(path.read_text())["sticky"] is True
