"""What goes wrong between us and GitHub, at the moment that a test chooses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.integration.fake_github.errors import DOCS
from tests.integration.fake_github.wire import Answer, Request

SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)
ABUSE = "You have triggered an abuse detection mechanism. Please retry your request again later."
_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>Unicorn!</body></html>"


class Dropped(Exception):
    """The connection is closed without an answer."""


Act = Callable[[Request], Answer | None]  # None: go on as if nothing were


@dataclass
class Fault:
    """An act at one of the next requests that match; `late`: after what was asked is done."""

    verb: str
    path: re.Pattern[str]
    act: Act
    late: bool = False
    skip: int = 0  # matching requests to let pass first
    times: int = 1

    def meets(self, request: Request, *, late: bool) -> bool:
        """Whether it strikes now; counts."""
        fits = self.late == late and self.verb == request.verb and self.path.search(request.path)
        if not fits or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


def bad_gateway(_: Request) -> Answer:
    """502 with a page for people."""
    return Answer(502, _PAGE, {"Content-Type": "text/html"})


def drop(_: Request) -> Answer:
    """The connection ends without a word."""
    raise Dropped


def secondary(status: int = 403, retry_after: int | None = None) -> Act:
    """A secondary limit in one of the three forms in which GitHub says it."""
    message = ABUSE if status == 422 else SECONDARY
    body = {"message": message, "documentation_url": f"{DOCS}/overview/rate-limits"}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return lambda _: Answer(status, body, headers)


def primary(reset: int) -> Act:
    """The hourly limit is used up until `reset`, in seconds since the epoch."""
    body = {"message": "API rate limit exceeded for installation.", "documentation_url": DOCS}
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    return lambda _: Answer(403, body, headers)


def then(do: Callable[[], object]) -> Act:
    """Something happens elsewhere just then; the request goes on."""

    def act(_: Request) -> None:
        do()

    return act
