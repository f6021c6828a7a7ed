"""How a call finds what serves it: GitHub's templates, each with its handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.integration.fake_github.errors import not_found
from tests.integration.fake_github.shapes import Shapes
from tests.integration.fake_github.state import (
    IssueComment,
    Pull,
    ReviewComment,
    ReviewRecord,
    State,
)
from tests.integration.fake_github.wire import Answer, Request

REPO = "/repos/{owner}/{repo}"


@dataclass(frozen=True)
class Call:
    """A request that found its route, with the template's parameters."""

    state: State
    shapes: Shapes
    request: Request
    parameters: dict[str, str]

    @property
    def url(self) -> str:
        """The request's own address without its query."""
        return f"{self.shapes.api}{self.request.path}"

    def number(self, name: str) -> int:
        """A parameter that is a number."""
        return int(self.parameters[name])

    @property
    def pull(self) -> Pull:
        """The pull request that the path speaks of."""
        name = "pull_number" if "pull_number" in self.parameters else "issue_number"
        pull = self.state.pulls.get(self.number(name))
        if pull is None:
            raise not_found()
        return pull

    @property
    def review(self) -> ReviewRecord:
        """The review that the path speaks of."""
        review = self.state.reviews.get(self.number("review_id"))
        if review is None or review.pull != self.pull.number:
            raise not_found()
        return review

    @property
    def comment(self) -> ReviewComment:
        """The inline comment that the path speaks of."""
        comment = self.state.comments.get(self.number("comment_id"))
        if comment is None:
            raise not_found()
        return comment

    @property
    def issue_comment(self) -> IssueComment:
        """The comment on the conversation that the path speaks of."""
        comment = self.state.issue_comments.get(self.number("comment_id"))
        if comment is None:
            raise not_found()
        return comment


Handler = Callable[[Call], Answer]
ROUTES: dict[tuple[str, str], Handler] = {}


def route(verb: str, template: str) -> Callable[[Handler], Handler]:
    """Register a handler for a verb on a template."""

    def keep(handler: Handler) -> Handler:
        ROUTES[verb, template] = handler
        return handler

    return keep


def answer(call: Call, verb: str, template: str) -> Answer:
    """Do what a route does; raise Refused as GitHub would."""
    owner, repo = call.parameters.get("owner"), call.parameters.get("repo")
    if owner is not None and f"{owner}/{repo}".lower() != call.state.full_name.lower():
        raise not_found()
    return ROUTES[verb, template](call)
