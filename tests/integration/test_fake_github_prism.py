"""The fake GitHub seen through Prism, which knows OpenAPI better than a schema's validator does.

Prism stands between client and fake and refuses whatever GitHub's description does not allow, the
formats of its fields included. Two seconds; it runs where Prism is installed:

    npm install --global @stoplight/prism-cli
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.integration.fake_github.contract import relaxed
from tests.integration.fake_github.cut_openapi import OUTPUT
from tests.integration.fake_github.server import FakeGitHub
from tests.repositories import TemporaryRepository

PRISM = os.environ.get("PRISM") or shutil.which("prism")
REPO = "/repos/acme/rocket"
PULL = f"{REPO}/pulls/7"

pytestmark = pytest.mark.skipif(
    PRISM is None, reason="no Prism: npm install --global @stoplight/prism-cli"
)


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGitHub]:
    repository = TemporaryRepository(tmp_path_factory.mktemp("prism") / "work")
    repository.commit({"a.c": "int a;\n"})
    repository.branch("topic")
    repository.commit({"a.c": "int a;\nint b;\n"})
    with FakeGitHub(repository.path) as github:
        github.open(7, "main", "topic")
        yield github


@pytest.fixture(scope="module")
def proxy(github: FakeGitHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Prism in front of the fake."""
    description = tmp_path_factory.mktemp("prism") / "openapi.json"
    description.write_text(json.dumps(relaxed(json.loads(OUTPUT.read_text(encoding="utf-8")))))
    port = _free_port()
    command = [str(PRISM), "proxy", "--errors", "-p", str(port), str(description), github.api_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as prism:
        assert prism.stdout is not None
        assert any("listening" in line for line in prism.stdout), "Prism did not start"
        yield f"http://127.0.0.1:{port}"
        prism.terminate()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_pull_request_s_calls_pass(github: FakeGitHub, proxy: str) -> None:
    headers = {"Authorization": f"Bearer {github.token()}"}

    def send(verb: str, path: str, body: Any = None, expected: int = 200) -> Any:
        answer = requests.request(verb, proxy + path, json=body, headers=headers, timeout=20)
        assert answer.status_code == expected, f"{verb} {path}: {answer.text[:2000]}"
        assert "sl-violations" not in answer.headers, answer.headers["sl-violations"]
        return answer.json() if answer.content else None

    sha = github.state.pulls[7].head_sha
    place = {"path": "a.c", "line": 2, "side": "RIGHT", "body": "look"}
    ranged = {**place, "start_line": 1, "start_side": "RIGHT"}
    review = {"event": "COMMENT", "body": "b", "commit_id": sha, "comments": [place, ranged]}
    posted = send("POST", f"{PULL}/reviews", review)
    send("PUT", f"{PULL}/reviews/{posted['id']}", {"body": "c"})
    first = send("GET", f"{PULL}/comments?per_page=100&page=1")[0]
    send("PATCH", f"{REPO}/pulls/comments/{first['id']}", {"body": "edited"})
    send("POST", f"{PULL}/comments/{first['id']}/replies", {"body": "indeed"}, 201)
    said = send("POST", f"{REPO}/issues/7/comments", {"body": "hello"}, 201)
    send("PATCH", f"{REPO}/issues/comments/{said['id']}", {"body": "hello again"})
    note = {"path": "a.c", "start_line": 2, "end_line": 2, "annotation_level": "warning"}
    output = {"title": "t", "summary": "s", "annotations": [{**note, "message": "m"}]}
    check = {"name": "reviewbot", "head_sha": sha, "status": "in_progress", "output": output}
    run = send("POST", f"{REPO}/check-runs", check, 201)
    send("PATCH", f"{REPO}/check-runs/{run['id']}", {"conclusion": "neutral", "output": output})
    for path in (
        *(REPO, f"{REPO}/pulls?state=open", PULL, f"{PULL}/files", f"{PULL}/commits"),
        *(f"{PULL}/reviews", f"{PULL}/reviews/{posted['id']}/comments", f"{REPO}/issues/7"),
        *(f"{REPO}/issues/7/comments", f"{REPO}/commits/{sha}", f"{REPO}/commits/{sha}/pulls"),
        *(f"{REPO}/commits/{sha}/check-runs", f"{REPO}/check-runs/{run['id']}/annotations"),
    ):
        send("GET", path)
    send("DELETE", f"{REPO}/pulls/comments/{first['id']}", expected=204)
    github.state.push(github.state.pulls[7], github.state.history.git("rev-parse", "main").strip())
    assert any(comment["line"] is None for comment in send("GET", f"{PULL}/comments"))


def test_what_is_not_as_described_does_not_pass(github: FakeGitHub, proxy: str) -> None:
    headers = {"Authorization": f"Bearer {github.token()}"}
    before = len(github.log)
    answer = requests.post(
        f"{proxy}{PULL}/reviews", json={"event": "SHOUT"}, headers=headers, timeout=20
    )
    assert answer.status_code == 422
    assert len(github.log) == before  # it did not even arrive
