"""The fake GitHub itself: what it takes, what it refuses, and that both are as GitHub says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration.fake_github.contract import Contract
from tests.integration.fake_github.cut_openapi import OPERATIONS
from tests.integration.fake_github.faults import bad_gateway, drop, secondary
from tests.integration.fake_github.routing import ROUTES
from tests.integration.fake_github.server import FakeGitHub
from tests.integration.fake_github.state import MAINTAINER, WRITE, Token
from tests.repositories import TemporaryRepository

REPO = "/repos/acme/rocket"
PULL = f"{REPO}/pulls/7"
LINES = [f"line {number}" for number in range(1, 61)]


def text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def changed(*numbers: int) -> str:
    return text([f"new {n}" if n in numbers else line for n, line in enumerate(LINES, start=1)])


@pytest.fixture
def made(tmp_path: Path) -> TemporaryRepository:
    repository = TemporaryRepository(tmp_path / "work")
    repository.commit({"a.c": text(LINES)})
    repository.branch("topic")
    repository.commit({"a.c": changed(10, 40)})
    return repository


@pytest.fixture
def github(made: TemporaryRepository) -> Iterator[FakeGitHub]:
    with FakeGitHub(made.path) as github:
        github.open(7, "main", "topic")
        yield github


class Client:
    """Plain HTTP, so that nothing hides what the fake sends."""

    def __init__(self, github: FakeGitHub, **permissions: str) -> None:
        self.api = github.api_url
        self.headers = {"Authorization": f"Bearer {github.token(**permissions)}"}

    def send(self, verb: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return requests.request(
            verb, self.api + path, json=body, headers=headers, timeout=10, **more
        )

    def review(self, *comments: dict[str, Any], **more: Any) -> requests.Response:
        body = {"event": "COMMENT", "body": "b", "comments": list(comments), **more}
        return self.send("POST", f"{PULL}/reviews", body)

    def comments(self) -> list[dict[str, Any]]:
        return list(self.send("GET", f"{PULL}/comments").json())


@pytest.fixture
def client(github: FakeGitHub) -> Client:
    return Client(github)


def on(line: int, **more: Any) -> dict[str, Any]:
    return {"path": "a.c", "line": line, "side": "RIGHT", "body": "look", **more}


class TestAnchors:
    def test_a_line_of_a_hunk_and_its_context_are_taken(self, client: Client) -> None:
        assert client.review(on(10), on(13), on(7)).status_code == 200
        assert [comment["line"] for comment in client.comments()] == [10, 13, 7]

    @pytest.mark.parametrize(
        ("comment", "fault"),
        [
            (on(14), "Line could not be resolved"),
            (on(10, path="b.c"), "Path could not be resolved"),
            (on(10, start_line=12, start_side="RIGHT"), "Start line must precede the end line."),
            (on(10, start_line=10, start_side="RIGHT"), "Start line must precede the end line."),
            (on(40, start_line=10, start_side="RIGHT"), "same hunk"),
            (on(40, start_line=20, start_side="RIGHT"), "Start line could not be resolved"),
            (on(10, body=" "), "Body can't be blank"),
            (on(10, body="x" * 65_537), "too long"),
        ],
    )
    def test_one_wrong_comment_drops_the_whole_review(
        self, github: FakeGitHub, client: Client, comment: dict[str, Any], fault: str
    ) -> None:
        answer = client.review(on(10), comment)
        assert answer.status_code == 422
        assert fault in str(answer.json()["errors"])
        assert not github.state.reviews and not github.state.comments

    def test_a_body_as_long_as_allowed_is_taken(self, client: Client) -> None:
        assert client.review(on(10, body="x" * 65_536)).status_code == 200
        assert client.review(body="x" * 65_537).status_code == 422

    def test_a_commit_of_another_branch_is_refused(
        self, made: TemporaryRepository, client: Client
    ) -> None:
        stray = made.commit(message="elsewhere")
        assert client.review(on(10), commit_id=stray).status_code == 422


class TestPushes:
    def push(self, made: TemporaryRepository, github: FakeGitHub, content: str) -> dict[str, Any]:
        head = made.commit({"a.c": content})
        github.state.push(github.state.pulls[7], head)
        return Client(github).comments()[0]

    def test_a_comment_moves_with_its_line(
        self, made: TemporaryRepository, github: FakeGitHub, client: Client
    ) -> None:
        client.review(on(10, start_line=9, start_side="RIGHT"))
        moved = self.push(made, github, "above\n" * 50 + changed(10, 40))
        assert (moved["start_line"], moved["line"], moved["original_line"]) == (59, 60, 10)

    def test_a_comment_on_a_changed_line_is_outdated(
        self, made: TemporaryRepository, github: FakeGitHub, client: Client
    ) -> None:
        client.review(on(10))
        first = github.state.pulls[7].head_sha
        moved = self.push(made, github, changed(40).replace("line 10\n", "other\n"))
        assert (moved["line"], moved["position"], moved["original_line"]) == (None, None, 10)
        github.state.push(github.state.pulls[7], first)
        assert client.comments()[0]["line"] == 10  # a force-push back


class TestPages:
    def test_links_lead_through_all_of_them(self, client: Client) -> None:
        client.review(*(on(10, body=f"n{number}") for number in range(7)))
        seen, url = [], f"{PULL}/comments?per_page=3"
        while url:
            answer = client.send("GET", url)
            seen += [comment["body"] for comment in answer.json()]
            url = answer.links.get("next", {}).get("url", "").removeprefix(client.api)
        assert seen == [f"n{number}" for number in range(7)]


class TestPermissions:
    def test_a_read_only_token_may_read_and_not_write(self, github: FakeGitHub) -> None:
        client = Client(github, pull_requests="read", checks="read")
        assert client.send("GET", PULL).status_code == 200
        answer = client.review(on(10))
        assert answer.status_code == 403
        assert answer.json()["message"] == "Resource not accessible by integration"
        assert client.send("POST", f"{REPO}/check-runs", CHECK).status_code == 403

    def test_a_job_s_token_has_no_user(self, github: FakeGitHub, client: Client) -> None:
        assert client.send("GET", "/user").status_code == 403
        client.headers = {"Authorization": f"Bearer {github.lend(Token(MAINTAINER, {}, False))}"}
        assert client.send("GET", "/user").json()["login"] == "maintainer"

    def test_an_unknown_token_is_refused(self, client: Client) -> None:
        client.headers = {"Authorization": "Bearer nonsense"}
        assert client.send("GET", PULL).status_code == 401


DIFF = {"Accept": "application/vnd.github.diff"}
CHECK = {"name": "reviewbot", "head_sha": "", "output": {"title": "t", "summary": "s"}}


class TestCheckRuns:
    def body(self, github: FakeGitHub, count: int, **more: Any) -> dict[str, Any]:
        place = {"path": "a.c", "start_line": 1, "end_line": 1, "message": "m", **more}
        notes = [{**place, "annotation_level": "notice"}] * count
        output = {"title": "t", "summary": "s", "annotations": notes}
        return {**CHECK, "head_sha": github.state.pulls[7].head_sha, "output": output}

    def test_annotations_add_up_over_requests(self, github: FakeGitHub, client: Client) -> None:
        run = client.send("POST", f"{REPO}/check-runs", self.body(github, 50)).json()
        more = {"output": self.body(github, 1)["output"]}
        changed = client.send("PATCH", f"{REPO}/check-runs/{run['id']}", more)
        assert changed.json()["output"]["annotations_count"] == 51

    @pytest.mark.parametrize(
        ("count", "more"),
        [(51, {}), (1, {"title": "x" * 256}), (1, {"end_line": 2, "start_column": 1})],
    )
    def test_what_github_does_not_take(
        self, github: FakeGitHub, client: Client, count: int, more: dict[str, Any]
    ) -> None:
        answer = client.send("POST", f"{REPO}/check-runs", self.body(github, count, **more))
        assert answer.status_code == 422
        assert not github.state.check_runs


class TestThreads:
    QUERY = """query($after: String) { repository(owner: "acme", name: "rocket") {
      pullRequest(number: 7) { reviewThreads(first: 2, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id isResolved isOutdated resolvedBy { login } comments(first: 1) { ...body } } } }
    } }
    fragment body on PullRequestReviewCommentConnection { nodes { databaseId author { login } } }
    """
    RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }"

    def ask(self, client: Client, query: str, **variables: Any) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        return dict(client.send("POST", "/graphql", body).json())

    def threads(self, client: Client, after: str | None = None) -> dict[str, Any]:
        data = self.ask(client, self.QUERY, after=after)["data"]
        return dict(data["repository"]["pullRequest"]["reviewThreads"])

    def test_pages_and_logins_without_bot(self, client: Client) -> None:
        client.review(on(10), on(11), on(12))
        first = self.threads(client)
        rest = self.threads(client, first["pageInfo"]["endCursor"])
        assert [len(first["nodes"]), len(rest["nodes"])] == [2, 1]
        assert rest["nodes"][0]["comments"]["nodes"][0]["author"]["login"] == "github-actions"

    def test_resolving_needs_contents_write(self, github: FakeGitHub, client: Client) -> None:
        client.review(on(10))
        name = self.threads(client)["nodes"][0]["id"]
        refused = self.ask(client, self.RESOLVE, id=name)
        assert refused["errors"][0]["type"] == "FORBIDDEN"
        assert not self.threads(client)["nodes"][0]["isResolved"]
        self.ask(Client(github, contents=WRITE), self.RESOLVE, id=name)
        assert self.threads(client)["nodes"][0]["isResolved"]

    @pytest.mark.parametrize(
        "query", ["{ nonsense }", "{ viewer }", "{ viewer { login { x } } }", "{", "mutation { x }"]
    )
    def test_what_the_schema_does_not_know_is_an_error(self, client: Client, query: str) -> None:
        answer = self.ask(client, query)
        assert answer["errors"] and "data" not in answer


class TestFaults:
    def test_502_after_the_server_has_done_it(self, github: FakeGitHub, client: Client) -> None:
        github.on("POST", "/reviews$", bad_gateway, late=True)
        assert client.review(on(10)).status_code == 502
        assert len(github.state.reviews) == 1

    def test_502_before(self, github: FakeGitHub, client: Client) -> None:
        github.on("POST", "/reviews$", bad_gateway)
        assert client.review(on(10)).status_code == 502
        assert not github.state.reviews

    def test_a_dropped_connection(self, github: FakeGitHub, client: Client) -> None:
        github.on("POST", "/reviews$", drop)
        with pytest.raises(requests.ConnectionError):
            client.review(on(10))
        assert client.review(on(10)).status_code == 200

    @pytest.mark.parametrize("status", [403, 429, 422])
    def test_secondary_limits(self, github: FakeGitHub, client: Client, status: int) -> None:
        github.on("POST", "/reviews$", secondary(status, retry_after=7))
        answer = client.review(on(10))
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
        assert not github.state.reviews


class TestDiff:
    def test_above_300_files_there_is_none(
        self, made: TemporaryRepository, github: FakeGitHub, client: Client
    ) -> None:
        assert "+new 10" in client.send("GET", PULL, headers=DIFF).text
        made.commit({f"many/{number}.c": "x\n" for number in range(300)})
        github.open(7, "main", "topic")
        assert client.send("GET", PULL, headers=DIFF).status_code == 406
        assert client.send("GET", PULL).json()["changed_files"] == 301


class TestContract:
    def test_every_operation_of_the_cut_is_served(self) -> None:
        cut = {(verb, template) for template, verbs in OPERATIONS.items() for verb in verbs}
        assert cut == set(ROUTES)

    def test_what_was_answered_here_is_as_described(
        self, github: FakeGitHub, client: Client
    ) -> None:
        sha = github.state.pulls[7].head_sha
        client.review(on(10))
        client.send("POST", f"{REPO}/issues/7/comments", {"body": "hello"})
        run = client.send("POST", f"{REPO}/check-runs", {**CHECK, "head_sha": sha}).json()
        comment, said = next(iter(github.state.comments)), next(iter(github.state.issue_comments))
        review = next(iter(github.state.reviews))
        for path in (
            *("/rate_limit", REPO, f"{REPO}/pulls", PULL, f"{PULL}/files", f"{PULL}/commits"),
            *(f"{PULL}/reviews", f"{PULL}/reviews/{review}", f"{PULL}/reviews/{review}/comments"),
            *(f"{PULL}/comments", f"{REPO}/pulls/comments/{comment}", f"{REPO}/issues/7"),
            *(f"{REPO}/issues/7/comments", f"{REPO}/issues/comments/{said}"),
            *(f"{REPO}/commits/{sha}", f"{REPO}/commits/{sha}/pulls"),
            *(f"{REPO}/commits/{sha}/check-runs", f"{REPO}/check-runs/{run['id']}"),
            f"{REPO}/check-runs/{run['id']}/annotations",
        ):
            assert client.send("GET", path).status_code == 200, path
        assert github.violations == []

    def test_a_request_that_is_not_as_described_is_noted(
        self, github: FakeGitHub, client: Client
    ) -> None:
        client.review(on(10, colour="red"), event="SHOUT")
        client.send("GET", f"{PULL}/comments?size=3")
        assert [fault.split(": ", 1)[1] for fault in github.violations] == [
            "no field comments.colour",
            "$.event: 'SHOUT' is not one of ['APPROVE', 'REQUEST_CHANGES', 'COMMENT']",
            "no query parameter size",
        ]

    def test_a_response_that_lacks_a_field_is_noted(self) -> None:
        contract = Contract()
        found = contract.find("GET", f"{REPO}/issues/comments/5")
        assert found is not None
        whole = contract.fill("issue-comment", {"body": "b"})
        assert contract.of_response(found[0], 200, whole) == []
        del whole["created_at"]
        (fault,) = contract.of_response(found[0], 200, whole)
        assert "'created_at' is a required property" in fault
