"""The GraphQL side: review threads, and who may resolve them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.integration.fake_github.query import BadQuery, Document, Field, Variable, parse
from tests.integration.fake_github.state import (
    WRITE,
    Pull,
    ReviewComment,
    State,
    Thread,
    Token,
    User,
)
from tests.integration.fake_github.wire import Answer, Request

_LARGEST = 100
Resolver = Callable[[dict[str, Any]], Any]


@dataclass
class Denied(Exception):
    """An error at one field; the rest of the answer stands."""

    kind: str
    message: str


def changes(body: Any) -> bool:
    """Whether a call is a mutation."""
    try:
        return parse((body or {}).get("query", "")).kind == "mutation"
    except BadQuery:
        return False


def answer(state: State, request: Request, web: str) -> Answer:
    """GraphQL tells even refusals with status 200."""
    assert request.token is not None
    body = request.body or {}
    schema = _Schema(state, request.token, web)
    try:
        document = parse(body.get("query", ""))
        done = _Execution(body.get("variables") or {}).run(schema, document)
    except BadQuery as wrong:
        done = {"errors": [{"message": str(wrong)}]}
    return Answer(200, done)


class _Execution:
    """One run of a document over nested mappings of fields."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.errors: list[dict[str, Any]] = []

    def run(self, schema: _Schema, document: Document) -> dict[str, Any]:
        root = schema.mutation() if document.kind == "mutation" else schema.query()
        done: dict[str, Any] = {"data": self._select(root, document.fields, [])}
        return {**done, "errors": self.errors} if self.errors else done

    def _select(self, node: Mapping[str, Any], fields: Sequence[Field], at: list[Any]) -> Any:
        kind = node["__typename"]
        made = {}
        for field in fields:
            if field.on not in (None, kind, *node.get("__interfaces", ())):
                continue
            if field.name not in node:
                raise BadQuery(f"Field '{field.name}' doesn't exist on type '{kind}'")
            made[field.alias] = self._value(node[field.name], field, [*at, field.alias])
        return made

    def _value(self, value: Any, field: Field, at: list[Any]) -> Any:
        if callable(value):
            try:
                value = value({k: self._argument(v) for k, v in field.arguments.items()})
            except Denied as denied:
                self.errors.append({"type": denied.kind, "path": at, "message": denied.message})
                return None
        elif field.arguments:
            raise BadQuery(f"Field '{field.name}' doesn't accept arguments")
        return self._complete(value, field, at)

    def _complete(self, value: Any, field: Field, at: list[Any]) -> Any:
        if isinstance(value, list):
            return [self._complete(part, field, [*at, i]) for i, part in enumerate(value)]
        if isinstance(value, Mapping):
            if not field.fields:
                raise BadQuery(f"Field must have selections (field '{field.name}')")
            return self._select(value, field.fields, at)
        if field.fields and value is not None:
            raise BadQuery(f"Selections can't be made on scalars (field '{field.name}')")
        return value

    def _argument(self, value: Any) -> Any:
        if isinstance(value, Variable):
            if value.name not in self.variables:
                raise BadQuery(f"Variable ${value.name} was not given")
            return self.variables[value.name]
        if isinstance(value, dict):
            return {name: self._argument(part) for name, part in value.items()}
        return value


@dataclass(frozen=True)
class _Schema:
    state: State
    token: Token
    web: str

    def query(self) -> dict[str, Any]:
        login = self.token.user.login  # with [bot]: unlike an author's
        viewer = {"__typename": "User", "login": login, "id": f"U_{self.token.user.id}"}
        limit = {"__typename": "RateLimit", "remaining": 4999, "limit": 5000, "cost": 1}
        return {
            "__typename": "Query",
            "viewer": viewer,
            "rateLimit": limit,
            "repository": self._repository,
        }

    def mutation(self) -> dict[str, Any]:
        return {
            "__typename": "Mutation",
            "resolveReviewThread": lambda given: self._resolve(given, done=True),
            "unresolveReviewThread": lambda given: self._resolve(given, done=False),
        }

    def _repository(self, given: dict[str, Any]) -> dict[str, Any]:
        name = f"{given.get('owner')}/{given.get('name')}"
        if name.lower() != self.state.full_name.lower():
            raise Denied("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
        return {
            "__typename": "Repository",
            "nameWithOwner": self.state.full_name,
            "pullRequest": self._pull,
        }

    def _pull(self, given: dict[str, Any]) -> dict[str, Any]:
        pull = self.state.pulls.get(given.get("number", 0))
        if pull is None:
            message = (
                f"Could not resolve to a PullRequest with the number of {given.get('number')}."
            )
            raise Denied("NOT_FOUND", message)
        return {
            "__typename": "PullRequest",
            "id": f"PR_{pull.number}",
            "number": pull.number,
            "state": pull.state.upper(),
            "headRefOid": pull.head_sha,
            "baseRefOid": pull.base_sha,
            "reviewThreads": lambda given: self._threads(pull, given),
        }

    def _threads(self, pull: Pull, given: dict[str, Any]) -> dict[str, Any]:
        threads = [
            self._thread(thread)
            for thread in self.state.threads.values()
            if self.state.comments[thread.root].pull == pull.number
        ]
        return _connection("PullRequestReviewThread", "reviewThreads", threads, given)

    def _thread(self, thread: Thread) -> dict[str, Any]:
        root = self.state.comments[thread.root]
        comments = [self._comment(comment) for comment in self.state.replies(thread.root)]
        resolver = thread.resolved_by
        return {
            "__typename": "PullRequestReviewThread",
            "id": thread.id,
            "isResolved": resolver is not None,
            "isOutdated": root.outdated,
            "isCollapsed": resolver is not None or root.outdated,
            "resolvedBy": self._actor(resolver) if resolver else None,
            "viewerCanResolve": self._may_resolve(),
            "viewerCanReply": self.token.may(WRITE, "pull_requests"),
            "path": root.path,
            "line": root.line,
            "startLine": root.start_line,
            "originalLine": root.original_line,
            "originalStartLine": root.original_start_line,
            "diffSide": root.side,
            "comments": lambda given: _connection(
                "PullRequestReviewComment", "comments", comments, given
            ),
        }

    def _comment(self, comment: ReviewComment) -> dict[str, Any]:
        review = {
            "__typename": "PullRequestReview",
            "id": f"PRR_{comment.review}",
            "databaseId": comment.review,
        }
        return {
            "__typename": "PullRequestReviewComment",
            "id": f"PRRC_{comment.id}",
            "databaseId": comment.id,
            "fullDatabaseId": str(comment.id),
            "body": comment.body,
            "author": self._actor(comment.user),
            "viewerDidAuthor": comment.user == self.token.user,
            "createdAt": comment.created_at,
            "updatedAt": comment.updated_at,
            "outdated": comment.outdated,
            "path": comment.path,
            "isMinimized": False,
            "url": f"{self._page(comment.pull)}#discussion_r{comment.id}",
            "pullRequestReview": review,
        }

    def _page(self, pull: int) -> str:
        return f"{self.web}/{self.state.full_name}/pull/{pull}"

    def _actor(self, user: User) -> dict[str, Any]:
        kind = "Bot" if user.bot else "User"
        return {"__typename": kind, "__interfaces": ("Actor",), "login": user.graphql_login}

    def _may_resolve(self) -> bool:
        # https://docs.github.com/graphql: an installation needs contents: write for this.
        return not self.token.installation or self.token.may(WRITE, "contents")

    def _resolve(self, given: dict[str, Any], *, done: bool) -> dict[str, Any]:
        name = (given.get("input") or {}).get("threadId")
        thread = next((t for t in self.state.threads.values() if t.id == name), None)
        if thread is None:
            raise Denied("NOT_FOUND", f"Could not resolve to a node with the global id of '{name}'")
        if not self._may_resolve():
            raise Denied("FORBIDDEN", "Resource not accessible by integration")
        thread.resolved_by = self.token.user if done else None
        return {
            "__typename": "ResolveReviewThreadPayload",
            "thread": self._thread(thread),
            "clientMutationId": None,
        }


def _connection(
    kind: str, name: str, nodes: list[dict[str, Any]], given: dict[str, Any]
) -> dict[str, Any]:
    first, last = given.get("first"), given.get("last")
    size = first if first is not None else last
    if size is None:
        message = "You must provide a `first` or `last` value to properly paginate the"
        raise Denied("MISSING_PAGINATION_BOUNDARIES", f"{message} `{name}` connection.")
    if not 1 <= size <= _LARGEST:
        message = f"Requesting {size} records on the `{name}` connection exceeds the `first` limit"
        raise Denied("EXCESSIVE_PAGINATION", f"{message} of {_LARGEST} records.")
    start = int(given["after"] or 0) if given.get("after") else 0
    if first is None:
        start = max(0, len(nodes) - size)
    end = min(start + size, len(nodes))
    info = {
        "__typename": "PageInfo",
        "hasNextPage": end < len(nodes),
        "hasPreviousPage": start > 0,
        "startCursor": str(start),
        "endCursor": str(end) if nodes else None,
    }
    made = {"__typename": f"{kind}Connection", "totalCount": len(nodes), "pageInfo": info}
    return {**made, "nodes": nodes[start:end]}
