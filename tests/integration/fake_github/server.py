"""The server itself: one thread for each connection, one lock around the state."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.integration.fake_github import graphql, rest, rest_checks, rest_comments, routing
from tests.integration.fake_github.contract import Operation, contract
from tests.integration.fake_github.errors import Refused
from tests.integration.fake_github.faults import Act, Dropped, Fault
from tests.integration.fake_github.history import History
from tests.integration.fake_github.shapes import Shapes
from tests.integration.fake_github.state import (
    ACTIONS,
    READ,
    WRITE,
    Pull,
    State,
    Token,
)
from tests.integration.fake_github.wire import Answer, Request, parse_query

# Importing them registers their routes.
SERVED = (rest, rest_comments, rest_checks)
_RATE = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4990", "X-RateLimit-Used": "10",
         "X-RateLimit-Resource": "core", "X-RateLimit-Reset": "1704070800"}  # fmt: skip
ALL = {"pull_requests": WRITE, "checks": WRITE, "issues": READ, "contents": READ, "metadata": READ}


class FakeGitHub:
    """GitHub for one repository; `enterprise` serves it under /api/v3, as GHES does."""

    def __init__(self, repository: Path, name: str = "acme/rocket", *, enterprise: bool = False):
        self.state = State(name, History(repository))
        self.contract = contract()
        self.prefix = "/api/v3" if enterprise else ""
        self.graphql_path = "/api/graphql" if enterprise else "/graphql"
        self.log: list[Request] = []
        self.violations: list[str] = []  # of GitHub's own description, by us or by the fake
        self.faults: list[Fault] = []
        self._lock = threading.RLock()
        self._server = _Server(self)

    def __enter__(self) -> FakeGitHub:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def web_url(self) -> str:
        """GITHUB_SERVER_URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def api_url(self) -> str:
        """GITHUB_API_URL."""
        return self.web_url + self.prefix

    def token(self, **permissions: str) -> str:
        """A token of Actions with the permissions of the two-phase workflow, changed as told."""
        return self.lend(Token(ACTIONS, {**ALL, **permissions}))

    def lend(self, token: Token) -> str:
        """The secret of a token."""
        secret = f"ghs_{len(self.state.tokens):036d}"
        self.state.tokens[secret] = token
        return secret

    def open(self, number: int, base: str, head: str, **more: Any) -> Pull:
        """A pull request from a branch of the repository to another."""
        ends = {"base_sha": self._commit(base), "head_sha": self._commit(head)}
        pull = Pull(number=number, base=base, head=head, **ends, **more)
        self.state.pulls[number] = pull
        return pull

    def _commit(self, ref: str) -> str:
        return self.state.history.git("rev-parse", ref).strip()

    def on(self, verb: str, path: str, act: Act, **more: Any) -> Fault:
        """Let something go wrong at a request whose path holds the pattern."""
        fault = Fault(verb, re.compile(path), act, **more)
        self.faults.append(fault)
        return fault

    @property
    def writes(self) -> list[str]:
        """Every call that asked for a change, whatever came of it."""
        return [request.line for request in self.log if request.writes]

    def serve(self, request: Request) -> Answer:
        """Answer one call; raise Dropped if it is not to be answered."""
        with self._lock:
            self.log.append(request)
            request.mutation = request.path == "/graphql" and graphql.changes(request.body)
        early = self._strike(request, late=False)
        if early is None:
            with self._lock:
                answer = self._answer(request)
        else:
            answer = early
        answer = self._strike(request, late=True) or answer
        request.status = answer.status
        return answer

    def _strike(self, request: Request, *, late: bool) -> Answer | None:
        # Outside the lock: an act may wait for another call, or change the state itself.
        with self._lock:
            struck = [fault for fault in self.faults if fault.meets(request, late=late)]
        answers = [fault.act(request) for fault in struck]
        return next((answer for answer in answers if answer is not None), None)

    def _answer(self, request: Request) -> Answer:
        request.token = self.state.tokens.get(request.secret or "")
        if request.token is None:
            return _refusal(Refused(401, "Bad credentials"))
        if request.path == "/graphql":
            return graphql.answer(self.state, request, self.web_url)
        found = self.contract.find(request.verb, request.path)
        if found is None:
            self.violations.append(f"the fake does not serve {request.line}")
            return _refusal(Refused(404, "Not Found"))
        operation, parameters = found
        return self._served(operation, request, parameters)

    def _served(self, operation: Operation, request: Request, parameters: dict[str, str]) -> Answer:
        faults = self.contract.of_request(operation, request.query, request.body)
        self.violations += faults
        shapes = Shapes(self.contract, self.state, self.api_url, self.web_url)
        try:
            call = routing.Call(self.state, shapes, request, parameters)
            answer = routing.answer(call, operation.verb, operation.template)
        except Refused as refused:
            answer = _refusal(refused)
        except (KeyError, TypeError, AttributeError):
            if not faults:
                raise
            answer = _refusal(Refused(422, "Invalid request."))  # a body of another shape
        if not isinstance(answer.body, str):
            self.violations += self.contract.of_response(operation, answer.status, answer.body)
        return answer


def _refusal(refused: Refused) -> Answer:
    return Answer(refused.status, refused.body, refused.headers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, github: FakeGitHub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.github = github
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes; with Nagle's algorithm each answer waits 40 ms.
    disable_nagle_algorithm = True
    server: _Server

    def _handle(self) -> None:
        github = self.server.github
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        if path == github.graphql_path:
            path = "/graphql"
        elif path.startswith(github.prefix):
            path = path[len(github.prefix) :]
        else:
            path = f"/outside{path}"
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        request = Request(
            verb=self.command,
            path=path,
            query=parse_query(parts.query),
            body=json.loads(text) if text else None,
            accept=self.headers.get("Accept", ""),
            secret=(self.headers.get("Authorization") or "").partition(" ")[2],
        )
        self._send(github.serve, request)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle

    def _send(self, serve: Callable[[Request], Answer], request: Request) -> None:
        try:
            answer = serve(request)
        except Dropped:
            self.close_connection = True
            self.connection.shutdown(2)
            return
        except Exception as fault:  # a bug of the fake must fail the test, not hang it
            self.server.github.violations.append(f"the fake failed at {request.line}: {fault!r}")
            answer = Answer(500, {"message": f"the fake failed: {fault!r}"})
        data = answer.encoded()
        headers = {"Content-Type": "application/json; charset=utf-8", **_RATE, **answer.headers}
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""
