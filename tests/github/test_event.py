"""What an event says, and whether a review file speaks of the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reviewbot.errors import BadEvent, WrongReviewFile
from reviewbot.github.artifact import ReviewFile, read_review_file
from reviewbot.github.event import Event, check_matches, read_event
from reviewbot.github.publish import pull_number
from reviewbot.github.pull_request import HeadMovedError
from tests.github.review_files import REPOSITORY, bent, document, written
from tests.github.standing import HEAD

PULL = {"number": 7, "pull_request": {"number": 7, "head": {"sha": HEAD}}}
RUN = {
    "workflow_run": {
        "head_sha": HEAD,
        "head_branch": "topic",
        "event": "pull_request",
        "head_repository": {"full_name": "guest/rocket"},
        "pull_requests": [{"number": 99}],
    }
}


def event(folder: Path, name: str, payload: Any, **more: str) -> Event:
    path = written(folder, payload, "event.json")
    environ = {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_SHA": "d" * 40,
    }
    return read_event({**environ, **more})


class TestRead:
    @pytest.mark.parametrize("name", ["pull_request", "pull_request_target"])
    def test_a_pull_request_names_its_head_not_the_merge(self, tmp_path: Path, name: str) -> None:
        found = event(tmp_path, name, PULL)
        assert (found.head_sha, found.pull_request, found.asks_for_pull) == (HEAD, 7, False)

    def test_a_workflow_run_says_no_number_that_counts(self, tmp_path: Path) -> None:
        found = event(tmp_path, "workflow_run", RUN)
        assert (found.head_sha, found.pull_request, found.asks_for_pull) == (HEAD, None, True)
        assert (found.head_repository, found.head_branch) == ("guest/rocket", "topic")

    def test_a_workflow_run_after_a_push_has_no_pull_request(self, tmp_path: Path) -> None:
        run = bent(RUN, "workflow_run", "event", to="push")
        assert not event(tmp_path, "workflow_run", run).asks_for_pull

    @pytest.mark.parametrize(
        ("name", "payload", "head"),
        [
            ("push", {"after": HEAD}, HEAD),
            ("merge_group", {"merge_group": {"head_sha": HEAD}}, HEAD),
            ("workflow_dispatch", {"inputs": {}}, None),
            ("schedule", {}, None),
            ("release", {}, "d" * 40),
        ],
    )
    def test_others_have_none(
        self, tmp_path: Path, name: str, payload: Any, head: str | None
    ) -> None:
        found = event(tmp_path, name, payload)
        assert (found.head_sha, found.pull_request, found.asks_for_pull) == (head, None, False)

    @pytest.mark.parametrize(
        ("name", "payload"),
        [
            ("pull_request", {}),
            ("pull_request", "{"),
            ("pull_request", {"pull_request": {"number": "x", "head": {}}}),
            ("workflow_run", {"workflow_run": None}),
            ("merge_group", []),
        ],
    )
    def test_a_payload_of_another_shape(self, tmp_path: Path, name: str, payload: Any) -> None:
        with pytest.raises(BadEvent, match=name):
            event(tmp_path, name, payload)

    def test_outside_of_a_job(self) -> None:
        with pytest.raises(BadEvent, match="within a GitHub Actions job"):
            read_event({})

    def test_a_payload_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(BadEvent, match="GITHUB_EVENT_PATH"):
            event(tmp_path, "push", {}, GITHUB_EVENT_PATH=str(tmp_path / "none"))


def review(folder: Path, **changes: Any) -> ReviewFile:
    return read_review_file(written(folder, {**document(), **changes}))


def test_a_file_from_outside_of_a_job_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(WrongReviewFile, match="not made in a job of GitHub Actions"):
        check_matches(review(tmp_path, repository=None), an_event())


def an_event(**changes: Any) -> Event:
    values = {"name": "pull_request", "repository": REPOSITORY, "head_sha": HEAD}
    return Event.model_validate({**values, "pull_request": 7, **changes})


class TestMatches:
    def test_its_own(self, tmp_path: Path) -> None:
        check_matches(review(tmp_path), an_event())
        check_matches(review(tmp_path, repository="Acme/Rocket"), an_event())
        check_matches(review(tmp_path), an_event(pull_request=None, asks_for_pull=True))
        manual = an_event(name="workflow_dispatch", head_sha=None, pull_request=None)
        check_matches(review(tmp_path, pull_request=None), manual)

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"repository": "acme/other"}, {}),
            ({"repository": None}, {}),
            ({"head_sha": "c" * 40}, {}),
            ({"pull_request": 8}, {}),
            ({"pull_request": None}, {}),
            ({}, {"pull_request": None}),
            ({"head_sha": "c" * 40}, {"pull_request": None, "asks_for_pull": True}),
        ],
    )
    def test_another(
        self, tmp_path: Path, changes: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        with pytest.raises(WrongReviewFile, match="nothing was written"):
            check_matches(review(tmp_path, **changes), an_event(**expected))


class _Pulls:
    """The one question that is asked here, with its answer: (number, head, head repository)."""

    def __init__(self, *pulls: tuple[int, str, str]) -> None:
        self.pulls = list(pulls)
        self.asked: tuple[str, str] | None = None

    def open_pulls(self, owner: str, branch: str) -> list[tuple[int, str, str]]:
        self.asked = (owner, branch)
        return self.pulls


class TestNumber:
    def number(self, folder: Path, named: int | None, *pulls: tuple[int, str, str]) -> Any:
        hub: Any = _Pulls(*pulls)
        number = pull_number(hub, event(folder, "workflow_run", RUN), named)
        assert hub.asked == ("guest", "topic")
        return number

    @pytest.mark.parametrize("named", [7, None])
    def test_is_the_one_at_that_head(self, tmp_path: Path, named: int | None) -> None:
        assert self.number(tmp_path, named, (7, HEAD, "guest/rocket")) == 7

    def test_of_two_it_is_the_one_that_is_named(self, tmp_path: Path) -> None:
        two = ((7, HEAD, "guest/rocket"), (8, HEAD, "guest/rocket"))
        assert self.number(tmp_path, 8, *two) == 8
        with pytest.raises(WrongReviewFile):
            self.number(tmp_path, None, *two)

    @pytest.mark.parametrize("named", [8, 99])
    def test_another_that_is_named_is_refused(self, tmp_path: Path, named: int) -> None:
        with pytest.raises(WrongReviewFile):
            self.number(tmp_path, named, (7, HEAD, "guest/rocket"))

    def test_the_same_branch_name_elsewhere_does_not_count(self, tmp_path: Path) -> None:
        with pytest.raises(HeadMovedError):
            self.number(tmp_path, 7, (7, HEAD, "acme/rocket"))

    def test_a_newer_head_is_for_a_newer_run(self, tmp_path: Path) -> None:
        with pytest.raises(HeadMovedError):
            self.number(tmp_path, 7, (7, "c" * 40, "guest/rocket"))

    def test_another_that_is_named_is_refused_wherever_the_head_is(self, tmp_path: Path) -> None:
        with pytest.raises(WrongReviewFile):
            self.number(tmp_path, 99, (7, "c" * 40, "guest/rocket"))

    def test_a_closed_one_is_left(self, tmp_path: Path) -> None:
        with pytest.raises(HeadMovedError):
            self.number(tmp_path, 7)

    def test_a_direct_event_asks_nobody(self) -> None:
        nobody: Any = None
        assert pull_number(nobody, an_event(), 7) == 7
        assert pull_number(nobody, an_event(pull_request=None), None) is None
