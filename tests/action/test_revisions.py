"""Which revisions each event compares, on real repositories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewbot.action.inputs import Inputs
from reviewbot.action.revisions import Event, Payload, read_event, revisions
from reviewbot.errors import BadInput
from reviewbot.git import EMPTY_TREE, open_repository
from tests.repositories import TemporaryRepository

ZEROS = "0" * 40
HERE = {"full_name": "owner/project", "default_branch": "main"}


@pytest.fixture
def story(tmp_path: Path) -> TemporaryRepository:
    """main: one → two; topic leaves main at one; origin/main is main."""
    repository = TemporaryRepository(tmp_path / "repo")
    repository.commit({"a.c": "int a;\n"}, "one")
    repository.git("branch", "topic")
    repository.commit({"a.c": "int b;\n"}, "two")
    repository.git("update-ref", "refs/remotes/origin/main", "main")
    repository.git("checkout", "--quiet", "topic")
    repository.commit({"t.c": "int t;\n"}, "three")
    return repository


def compared(
    story: TemporaryRepository, name: str, payload: dict[str, Any], sha: str = "", **inputs: str
) -> tuple[str, str] | None:
    event = Event(name=name, sha=sha, payload=Payload.model_validate(payload))
    return revisions(event, Inputs(**inputs), open_repository(story.path))


def pull(base: str, head: str) -> dict[str, Any]:
    return {
        "pull_request": {
            "number": 7,
            "base": {"sha": base, "repo": HERE, "ref": "main"},
            "head": {"sha": head, "repo": None, "ref": "$(touch owned)`x`\nEOF"},
            "title": "$(touch owned)\nEOF",
        },
        "repository": HERE,
    }


class TestEvents:
    def test_a_pull_request(self, story: TemporaryRepository) -> None:
        base, head = story.git("rev-parse", "main"), story.git("rev-parse", "topic")
        assert compared(story, "pull_request", pull(base, head)) == (base, head)

    def test_a_merge_group(self, story: TemporaryRepository) -> None:
        base, head = story.git("rev-parse", "main"), story.git("rev-parse", "topic")
        payload = {"merge_group": {"base_sha": base, "head_sha": head, "head_ref": "x"}}
        assert compared(story, "merge_group", payload) == (base, head)

    def test_a_push(self, story: TemporaryRepository) -> None:
        before, after = story.git("rev-parse", "topic~1"), story.git("rev-parse", "topic")
        payload = {"before": before, "after": after, "ref": "refs/heads/topic", "repository": HERE}
        assert compared(story, "push", payload) == (before, after)

    @pytest.mark.parametrize("before", [ZEROS, "1" * 40])
    def test_a_new_branch_or_a_forced_push_is_compared_with_the_default_branch(
        self, before: str, story: TemporaryRepository
    ) -> None:
        after = story.git("rev-parse", "topic")
        payload = {"before": before, "after": after, "ref": "refs/heads/topic", "repository": HERE}
        assert compared(story, "push", payload) == ("origin/main", after)

    def test_the_first_push_of_the_default_branch_is_all_new(
        self, story: TemporaryRepository
    ) -> None:
        after = story.git("rev-parse", "main")
        payload = {"before": ZEROS, "after": after, "ref": "refs/heads/main", "repository": HERE}
        assert compared(story, "push", payload) == (EMPTY_TREE, after)

    def test_a_forced_push_of_the_default_branch_is_its_last_commit(
        self, story: TemporaryRepository
    ) -> None:
        after = story.git("rev-parse", "main")
        payload = {"before": "1" * 40, "after": after, "ref": "refs/heads/main", "repository": HERE}
        assert compared(story, "push", payload) == (f"{after}~1", after)

    def test_a_deleted_branch_leaves_nothing(self, story: TemporaryRepository) -> None:
        before = story.git("rev-parse", "topic")
        payload = {"before": before, "after": ZEROS, "ref": "refs/heads/x", "repository": HERE}
        assert compared(story, "push", payload) is None

    @pytest.mark.parametrize("name", ["workflow_dispatch", "schedule"])
    def test_a_start_by_hand_or_clock(self, name: str, story: TemporaryRepository) -> None:
        sha = story.git("rev-parse", "topic")
        assert compared(story, name, {"repository": HERE}, sha) == ("origin/main", sha)

    def test_outside_of_github(self, story: TemporaryRepository) -> None:
        assert compared(story, "", {}) == ("origin/main", "HEAD")

    def test_inputs_win(self, story: TemporaryRepository) -> None:
        base, head = story.git("rev-parse", "main"), story.git("rev-parse", "topic")
        event = pull(base, head)
        assert compared(story, "pull_request", event, base="topic~1") == ("topic~1", head)
        assert compared(story, "pull_request", event, head="main~0") == (base, "main~0")
        assert compared(story, "", {}, base="a", head="b") == ("a", "b")

    def test_what_follows_a_workflow_reviews_no_code(self, story: TemporaryRepository) -> None:
        with pytest.raises(BadInput, match="mode: publish"):
            compared(story, "workflow_run", {"repository": HERE})

    def test_nothing_to_compare_with(self, tmp_path: Path) -> None:
        lone = TemporaryRepository(tmp_path / "lone")
        lone.git("checkout", "--quiet", "-b", "other")
        lone.commit({"a.c": "int a;\n"})
        with pytest.raises(BadInput, match="fetch-depth: 0"):
            compared(lone, "workflow_dispatch", {}, "HEAD")


class TestPayloads:
    def read(self, text: str, folder: Path) -> Event:
        file = folder / "event.json"
        file.write_text(text, encoding="utf-8")
        return read_event({"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(file)})

    def test_commit_names_alone_are_taken_for_commits(self, tmp_path: Path) -> None:
        wrong = pull("--upload-pack=touch owned", "2" * 40)
        with pytest.raises(BadInput, match=r"pull_request\.base\.sha") as told:
            self.read(json.dumps(wrong), tmp_path)
        assert "owned" not in str(told.value)

    @pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
    def test_what_is_no_payload(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="GITHUB_EVENT_PATH"):
            self.read(text, tmp_path)

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="cannot be read"):
            read_event({"GITHUB_EVENT_PATH": str(tmp_path / "none")})
