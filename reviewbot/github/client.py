"""The only door to GitHub: PyGithub's transport under our own patience.

PyGithub's retries are off: they would send a creation again without looking whether it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from github import Auth, Github, GithubException
from github.Commit import Commit
from github.PullRequest import PullRequest

import reviewbot
from reviewbot.github import answers
from reviewbot.github.patience import Failure, GaveUpError, Kind, Patience
from reviewbot.github.state import Comment, Thread, comment_of

T = TypeVar("T")
_PAGE = 100
_TIMEOUT = 30  # seconds; GitHub itself ends a request after ten
_NONSENSE = "GitHub's answer, or that of a proxy before it, was cut off or made no sense"

_THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved isOutdated resolvedBy { login }
          comments(first: 1) { nodes { databaseId author { login } } }
        }
      }
    }
  }
}
"""
_VIEWER = "query { viewer { login } }"
_RESOLVE = """
mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }
"""
_UNRESOLVE = """
mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where GitHub is and who asks; the token is shown nowhere."""

    api_url: str
    repository: str
    token: str = field(repr=False)
    write_pause: float = 1.0  # seconds between writes: GitHub asks for at least one


class Hub:
    """A repository on GitHub. Reads and edits wait and repeat; creations are sent once."""

    def __init__(self, connection: Connection, patience: Patience) -> None:
        self._github = Github(
            auth=Auth.Token(connection.token),
            base_url=connection.api_url.rstrip("/"),
            timeout=_TIMEOUT,
            user_agent=f"reviewbot/{reviewbot.__version__}",
            per_page=_PAGE,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=connection.write_pause,
        )
        self._repository = connection.repository
        self._root = f"/repos/{connection.repository}"
        self.patience = patience

    def __repr__(self) -> str:
        return f"Hub({self._repository!r})"

    def login(self) -> str | None:
        """The account that this token writes as; None if GitHub does not say."""
        try:
            return self._get("/user", answers.login)
        except Failure as failure:
            if failure.kind not in (Kind.READ_ONLY, Kind.GONE):
                raise
        try:  # an installation's token has no user, yet GraphQL knows its bot
            return self._graphql(_VIEWER, {}, lambda data: answers.login(data["viewer"]))
        except (Failure, GaveUpError):
            return None

    def head_of(self, number: int) -> str:
        """The commit that a pull request's head is at now."""
        return self._get(f"{self._root}/pulls/{number}", answers.head)

    def open_pulls(self, owner: str, branch: str) -> list[tuple[int, str, str]]:
        """(number, head commit, head repository) of the open pull requests from a branch."""
        head = f"&head={quote(f'{owner}:{branch}', safe='')}" if branch else ""
        return self._all(f"{self._root}/pulls?state=open{head}", answers.pull)

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Every comment on the diff of a pull request."""
        return tuple(self._all(f"{self._root}/pulls/{number}/comments", comment_of))

    def reviews(self, number: int) -> list[dict[str, Any]]:
        """Every review of a pull request."""
        return self._all(f"{self._root}/pulls/{number}/reviews", answers.identified)

    def issue_comments(self, number: int) -> list[dict[str, Any]]:
        """Every comment in a pull request's conversation."""
        return self._all(f"{self._root}/issues/{number}/comments", answers.identified)

    def check_runs(self, sha: str, name: str) -> list[dict[str, Any]]:
        """The check runs of that name on a commit."""
        path = f"{self._root}/commits/{sha}/check-runs?check_name={name}"
        return self._all(path, answers.identified, "check_runs")

    def threads(self, number: int) -> tuple[Thread, ...]:
        """The threads on the diff; nothing if GraphQL does not answer, for REST is enough."""
        try:
            return tuple(self._threads(number))
        except (Failure, GaveUpError):
            return ()

    def set_resolved(self, thread: str, resolved: bool) -> bool:
        """Resolve a thread or open it again; False if the token may not, as most may not."""
        try:
            self._graphql(_RESOLVE if resolved else _UNRESOLVE, {"id": thread}, dict)
        except (Failure, GaveUpError):
            return False
        return True

    def create_review(
        self, number: int, sha: str, body: str, comments: Sequence[Mapping[str, Any]]
    ) -> int:
        """Post a review with its comments, once; its id. Raises Failure."""
        pull = self._github.create_from_raw_data(
            PullRequest, {"url": f"{self._root}/pulls/{number}", "number": number}
        )
        commit = self._github.create_from_raw_data(Commit, {"sha": sha})
        sent = [dict(one) for one in comments]
        return _once(
            lambda: answers.id_of(
                pull.create_review(
                    commit=commit, body=body, event="COMMENT", comments=sent
                ).raw_data
            )
        )

    def create(self, path: str, content: Mapping[str, Any], verb: str = "POST") -> int:
        """Send what would add up if it were sent twice, once; the id of what is there then.

        Raises Failure.
        """
        return self._send(verb, self._root + path, content, answers.id_of)[1]

    def edit(self, path: str, content: Mapping[str, Any], verb: str = "PATCH") -> None:
        """Change what is there; the same request twice does no more than once."""
        self._patiently(lambda: self._send(verb, self._root + path, content, answers.id_of))

    def delete(self, path: str) -> None:
        """Remove what is there; that it is gone already is as well."""
        try:
            self._patiently(lambda: self._send("DELETE", self._root + path, None, lambda _: None))
        except Failure as failure:
            if failure.kind is not Kind.GONE:
                raise

    def _threads(self, number: int) -> Iterator[Thread]:
        owner, name = self._repository.split("/")
        after: str | None = None
        while True:
            asked = {"owner": owner, "name": name, "number": number, "after": after}
            found, after = self._graphql(_THREADS, asked, answers.threads)
            yield from found
            if after is None:
                return

    def _graphql(self, query: str, variables: Mapping[str, Any], read: Callable[[Any], T]) -> T:
        ask = self._github.requester.graphql_query
        return self._patiently(lambda: _once(lambda: read(ask(query, dict(variables))[1]["data"])))

    def _get(self, path: str, read: Callable[[Any], T]) -> T:
        return self._patiently(lambda: self._send("GET", path, None, read)[1])

    def _all(self, path: str, read: Callable[[Any], T], key: str | None = None) -> list[T]:
        """Every page; pages are counted, for a link names a host that a proxy may hide."""
        found: list[T] = []
        mark = "&" if "?" in path else "?"
        items = partial(answers.listed, key=key, read=read)
        page, more = 1, True
        while more:
            url = f"{path}{mark}per_page={_PAGE}&page={page}"
            headers, some = self._patiently(partial(self._send, "GET", url, None, items))
            found.extend(some)
            more = bool(some) and _has_next(headers, len(some))
            page += 1
        return found

    def _send(
        self,
        verb: str,
        path: str,
        content: Mapping[str, Any] | None,
        read: Callable[[Any], T],
    ) -> tuple[Mapping[str, str], T]:
        """One request: the answer's headers, and what was read from it."""
        body = None if content is None else dict(content)
        send = self._github.requester.requestJsonAndCheck

        def ask() -> tuple[Mapping[str, str], T]:
            headers, answer = send(verb, path, input=body)
            return _headers(headers), read(answer)

        return _once(ask)

    def _patiently(self, send: Callable[[], T]) -> T:
        attempt = 0
        while True:
            try:
                return send()
            except Failure as failure:
                if failure.kind not in (Kind.LIMITED, Kind.FAULT):
                    raise
                attempt += 1
                self.patience.after(failure, attempt)


def _once(send: Callable[[], T]) -> T:
    """One request and its reading; whatever goes wrong becomes a Failure without its context.

    An answer that is not what GitHub's API describes comes from a proxy or from a server in
    trouble. It is a fault of theirs, and as little can be said of what was carried out.
    """
    try:
        return send()
    except GithubException as exc:
        failure = Failure(int(exc.status), _message(exc), _headers(exc.headers))
    except requests.RequestException as exc:
        failure = Failure(0, f"the connection to GitHub failed: {type(exc).__name__}")
    except RuntimeError as exc:  # PyGithub follows no redirection to another host
        told = (0, _NONSENSE) if isinstance(exc, RecursionError) else (301, str(exc))
        failure = Failure(*told)
    except answers.NONSENSE:
        failure = Failure(0, _NONSENSE)
    raise failure


def _message(exc: GithubException) -> str:
    data = exc.data if isinstance(exc.data, dict) else {}
    errors = data.get("errors")
    parts = [str(data.get("message") or ""), *map(str, errors if isinstance(errors, list) else ())]
    return "; ".join(part for part in parts if part)[:1_000]


def _headers(headers: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(key).lower(): str(value) for key, value in (headers or {}).items()}


def _has_next(headers: Mapping[str, str], count: int) -> bool:
    link = headers.get("link")
    return count >= _PAGE if link is None else 'rel="next"' in link
