"""The door to GitHub: patience, single creations, and a token that is shown nowhere."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewbot.github.client import Connection, Hub
from reviewbot.github.patience import Failure, GaveUpError, Kind, Patience
from reviewbot.github.publish import Surroundings, surroundings
from reviewbot.github.state import ACTIONS_BOT, same
from reviewbot.settings import settings_from
from tests.integration.fake_github.faults import Act, bad_gateway, drop, secondary
from tests.integration.fake_github.server import ALL, FakeGitHub
from tests.integration.fake_github.state import Token, User
from tests.integration.fake_github.wire import Answer
from tests.repositories import TemporaryRepository

LINES = "".join(f"line {n}\n" for n in range(1, 41))


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    repository = TemporaryRepository(tmp_path / "work")
    repository.commit({"a.c": LINES})
    repository.branch("topic")
    repository.commit({"a.c": LINES.replace("line 10\n", "new 10\n")})
    with FakeGitHub(repository.path) as made:
        made.open(7, "main", "topic")
        yield made
        assert made.violations == []


class Naps:
    """Waiting that takes no time and is counted."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def patience(self, most: float = 600.0) -> Patience:
        return Patience(most_seconds=most, sleep=self.slept.append)


def hub(github: FakeGitHub, naps: Naps, token: str | None = None, most: float = 600.0) -> Hub:
    connection = Connection(
        api_url=github.api_url,
        repository="acme/rocket",
        token=token or github.token(),
        write_pause=0,
    )
    return Hub(connection, naps.patience(most))


def answering(body: object, status: int = 200) -> Act:
    return lambda _: Answer(status, body)


def post(asked: Hub, github: FakeGitHub, count: int = 1) -> int:
    comments = [
        {"path": "a.c", "line": 10, "side": "RIGHT", "body": f"text {n}"} for n in range(count)
    ]
    return asked.create_review(7, github.state.pulls[7].head_sha, "body", comments)


class TestReading:
    def test_every_page_is_read(self, github: FakeGitHub) -> None:
        asked = hub(github, Naps())
        post(asked, github, 201)
        assert {one.body for one in asked.comments(7)} == {f"text {n}" for n in range(201)}

    def test_nothing_is_one_page(self, github: FakeGitHub) -> None:
        assert hub(github, Naps()).comments(7) == ()
        assert len(github.log) == 1

    def test_a_jobs_token_writes_as_the_actions_bot(self, github: FakeGitHub) -> None:
        assert hub(github, Naps()).login() == ACTIONS_BOT

    def test_a_fault_is_waited_for_before_the_account_counts_as_unknown(
        self, github: FakeGitHub
    ) -> None:
        naps = Naps()
        token = github.lend(Token(User("our-app[bot]", 77, bot=True), dict(ALL)))
        github.on("POST", "/graphql$", bad_gateway)
        github.on("POST", "/graphql$", secondary(403, 8), skip=1)
        github.on("POST", "/graphql$", answering({"data": {"viewer": None}}), skip=2)
        name = hub(github, naps, token).login()
        assert name is not None and same(name, "our-app[bot]")
        assert naps.slept == [1, 8, 4]

    @pytest.mark.parametrize(("error", "waits"), [("API rate limit exceeded", 1), ("Other", 0)])
    def test_a_limit_that_graphql_tells_in_its_own_way(
        self, github: FakeGitHub, error: str, waits: int
    ) -> None:
        naps = Naps()
        github.on("POST", "/graphql$", answering({"errors": [{"message": error}]}))
        assert (hub(github, naps).login() is None) is (waits == 0)
        assert len(naps.slept) == waits

    def test_the_threads_are_known_by_their_comments(self, github: FakeGitHub) -> None:
        asked = hub(github, Naps())
        post(asked, github, 2)
        assert {one.first for one in asked.threads(7)} == {one.id for one in asked.comments(7)}

    def test_without_graphql_there_are_no_threads(self, github: FakeGitHub) -> None:
        asked = hub(github, Naps())
        post(asked, github)
        github.on("POST", "/graphql", drop, times=99)
        assert asked.threads(7) == ()

    @pytest.mark.parametrize("status", [403, 429, 422])
    def test_limits_are_waited_for(self, github: FakeGitHub, status: int) -> None:
        naps = Naps()
        github.on("GET", "/pulls/7$", secondary(status, retry_after=9))
        assert hub(github, naps).head_of(7) == github.state.pulls[7].head_sha
        assert naps.slept == [9]

    def test_faults_are_tried_again_and_then_given_up(self, github: FakeGitHub) -> None:
        naps = Naps()
        github.on("GET", "/pulls/7$", bad_gateway, times=2)
        github.on("GET", "/pulls/7$", drop, skip=2)
        assert hub(github, naps).head_of(7)
        assert naps.slept == [1, 2, 4]
        github.on("GET", "/pulls/7$", bad_gateway, times=99)
        with pytest.raises(GaveUpError, match="502"):
            hub(github, naps).head_of(7)


NONSENSE = ({}, [], [{}], "<html>Sign in</html>", '{"id": 1, "us', "", "[" * 50_000, None)


class TestNonsense:
    """200, and then something that GitHub would never say: a proxy spoke, or half a server."""

    @pytest.mark.parametrize("body", NONSENSE)
    def test_is_a_fault_and_asked_again(self, github: FakeGitHub, body: object) -> None:
        naps = Naps()
        github.on("GET", "/pulls/7$", answering(body))
        assert hub(github, naps).head_of(7) == github.state.pulls[7].head_sha
        assert naps.slept == [1]

    @pytest.mark.parametrize("body", [one for one in NONSENSE if one != []])
    def test_in_a_list_as_well(self, github: FakeGitHub, body: object) -> None:
        naps = Naps()
        asked = hub(github, naps)
        post(asked, github)
        for read in (asked.comments, asked.reviews):
            github.faults.clear()
            github.on("GET", "/pulls/7/", answering(body))
            assert len(read(7)) == 1
        assert naps.slept == [1, 1]

    def test_that_stays_is_given_up(self, github: FakeGitHub) -> None:
        github.on("GET", "/pulls/7$", answering({}), times=99)
        with pytest.raises(GaveUpError, match="made no sense"):
            hub(github, Naps()).head_of(7)

    @pytest.mark.parametrize("body", NONSENSE)
    def test_after_a_creation_leaves_open_whether_it_was_made(
        self, github: FakeGitHub, body: object
    ) -> None:
        naps = Naps()
        github.on("POST", "/reviews$", answering(body), late=True)
        with pytest.raises(Failure) as caught:
            post(hub(github, naps), github)
        assert caught.value.kind is Kind.FAULT
        assert naps.slept == []

    def test_after_an_edit_sends_it_again(self, github: FakeGitHub) -> None:
        naps = Naps()
        asked = hub(github, naps)
        post(asked, github)
        (comment,) = asked.comments(7)
        github.on("PATCH", "/comments/", answering("<html>Sign in</html>"))
        asked.edit(f"/pulls/comments/{comment.id}", {"body": "new"})
        assert [one.body for one in asked.comments(7)] == ["new"]

    @pytest.mark.parametrize("body", [[], ["x"], {"errors": 5}, {"message": ["x"]}, None])
    def test_in_a_refusal_it_is_refused_all_the_same(
        self, github: FakeGitHub, body: object
    ) -> None:
        github.on("GET", "/pulls/7$", answering(body, 404), times=99)
        with pytest.raises((Failure, GaveUpError)):  # and nothing of the library's own
            hub(github, Naps()).head_of(7)

    def test_from_graphql_is_no_crash(self, github: FakeGitHub) -> None:
        asked = hub(github, Naps())
        github.on("POST", "/graphql$", answering({"data": None}), times=99)
        assert asked.threads(7) == ()
        assert not asked.set_resolved("T", True)


class TestWriting:
    @pytest.mark.parametrize("act", [bad_gateway, drop, secondary(403, 1)])
    def test_a_creation_is_sent_once(self, github: FakeGitHub, act: object) -> None:
        naps = Naps()
        github.on("POST", "/reviews$", act)  # type: ignore[arg-type]
        with pytest.raises(Failure) as caught:
            post(hub(github, naps), github)
        assert caught.value.kind in (Kind.FAULT, Kind.LIMITED)
        assert naps.slept == []
        assert len(github.writes) == 1

    def test_an_edit_is_sent_again(self, github: FakeGitHub) -> None:
        naps = Naps()
        asked = hub(github, naps)
        post(asked, github)
        (comment,) = asked.comments(7)
        github.on("PATCH", "/comments/", secondary(422, 2))
        github.on("PATCH", "/comments/", bad_gateway, skip=1, late=True)
        asked.edit(f"/pulls/comments/{comment.id}", {"body": "new"})
        assert [one.body for one in asked.comments(7)] == ["new"]
        assert naps.slept[0] == 2

    def test_what_is_gone_need_not_be_deleted(self, github: FakeGitHub) -> None:
        asked = hub(github, Naps())
        post(asked, github)
        (comment,) = asked.comments(7)
        asked.delete(f"/pulls/comments/{comment.id}")
        asked.delete(f"/pulls/comments/{comment.id}")
        assert asked.comments(7) == ()

    def test_a_token_that_may_only_read_is_told_apart(self, github: FakeGitHub) -> None:
        token = github.token(pull_requests="read")
        with pytest.raises(Failure) as caught:
            post(hub(github, Naps(), token), github)
        assert caught.value.kind is Kind.READ_ONLY

    def test_threads_that_may_not_be_resolved_are_no_failure(self, github: FakeGitHub) -> None:
        asked = hub(github, Naps())
        post(asked, github)
        (thread,) = asked.threads(7)
        assert not asked.set_resolved(thread.id, True)
        allowed = hub(github, Naps(), github.token(contents="write"))
        assert allowed.set_resolved(thread.id, True)
        assert asked.threads(7)[0].resolved


SECRET = "ghs_0123456789secret0123456789"


class TestSecret:
    def test_is_in_no_repr(self, github: FakeGitHub) -> None:
        connection = Connection(api_url=github.api_url, repository="a/b", token=SECRET)
        around = surroundings({}, SECRET)
        asked = Hub(connection, Patience())
        settings = settings_from({}, {"GITHUB_TOKEN": SECRET})
        shown = [repr(one) for one in (connection, asked, around, settings)]
        assert isinstance(around, Surroundings)
        assert SECRET in (connection.token, around.token)
        assert not any(SECRET in one for one in shown)

    @pytest.mark.parametrize("path", ["/pulls/7$", "/user$"])
    def test_is_in_no_log_and_no_traceback(
        self, github: FakeGitHub, caplog: pytest.LogCaptureFixture, path: str
    ) -> None:
        caplog.set_level(logging.DEBUG)
        token = github.token()
        asked = hub(github, Naps(), token, most=0)
        github.on("GET", path, bad_gateway, times=99)
        told = ""
        try:
            asked.head_of(7)
            asked.login()
        except GaveUpError as exc:
            told = "".join(
                traceback.TracebackException.from_exception(exc, capture_locals=False).format()
            )
        assert "502" in told
        assert token not in told
        assert caplog.records
        assert token not in caplog.text

    def test_a_refused_token_is_not_repeated(self, github: FakeGitHub) -> None:
        with pytest.raises(Failure) as caught:
            hub(github, Naps(), SECRET).head_of(7)
        assert "Bad credentials" in str(caught.value)
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    def test_the_actions_own_input_counts(self) -> None:
        assert settings_from({}, {"INPUT_GITHUB_TOKEN": SECRET}).github_token == SECRET
        both = {"GITHUB_TOKEN": "first", "INPUT_GITHUB_TOKEN": SECRET}
        assert settings_from({}, both).github_token == "first"
