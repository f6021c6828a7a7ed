"""Requests and answers as values, pages of lists, and the record of what was asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.integration.fake_github.errors import Refused
from tests.integration.fake_github.state import Token

LARGEST_PAGE = 100


@dataclass
class Request:
    """One call; `path` starts at /repos, /user or /graphql whatever the server's own prefix."""

    verb: str
    path: str
    query: dict[str, str]
    body: Any
    accept: str
    secret: str | None = field(repr=False)  # the token's text
    token: Token | None = None
    status: int | None = None  # what was answered; None: the connection was dropped
    mutation: bool = False  # a GraphQL call that changes something

    @property
    def writes(self) -> bool:
        """Whether it asks for a change."""
        return self.mutation if self.path == "/graphql" else self.verb != "GET"

    @property
    def line(self) -> str:
        """As a story tells it: POST /repos/o/r/pulls/7/reviews."""
        return f"{self.verb} {self.path}"

    def text(self, name: str) -> str:
        """A field of the body that must be a text of some length that GitHub can keep."""
        value = (self.body or {}).get(name)
        return value if isinstance(value, str) else ""


@dataclass
class Answer:
    """What goes back."""

    status: int = 200
    body: Any = None  # JSON, or text that goes out as it is
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The body's bytes."""
        if self.body is None:
            return b""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode("utf-8", "surrogatepass")


def parse_query(text: str) -> dict[str, str]:
    """The query's parameters, the last of a name winning."""
    return dict(parse_qsl(text, keep_blank_values=True))


def page(request: Request, items: Sequence[Any], url: str) -> Answer:
    """The page that was asked for, with links to the others as GitHub writes them."""
    size = min(_number(request, "per_page", 30), LARGEST_PAGE)
    number = _number(request, "page", 1)
    last = max(1, -(-len(items) // size))
    links = []
    for relation, target, wanted in (
        ("prev", number - 1, number > 1),
        ("next", number + 1, number < last),
        ("last", last, number < last),
        ("first", 1, number > 1),
    ):
        if wanted:
            query = urlencode({**request.query, "page": target})
            links.append(f'<{url}?{query}>; rel="{relation}"')
    start = (number - 1) * size
    headers = {"Link": ", ".join(links)} if links else {}
    return Answer(200, list(items[start : start + size]), headers)


def _number(request: Request, name: str, otherwise: int) -> int:
    text = request.query.get(name, "")
    return max(1, int(text)) if text.isdigit() else otherwise


def need(request: Request, level: str, *kinds: str) -> Token:
    """The caller, who must hold one of the permissions."""
    token = request.token
    assert token is not None, "routes are reached by known callers alone"
    if token.may(level, *kinds):
        return token
    if token.installation:
        raise Refused(403, "Resource not accessible by integration")
    raise Refused(404, "Not Found")
