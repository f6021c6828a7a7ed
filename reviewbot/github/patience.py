"""When to ask GitHub again, how long to wait before, and when to give up; pure but for the clock.

The rules are GitHub's: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime
from enum import Enum

# From a run's start to its last try: half of the documented jobs' `timeout-minutes`, for a job that
# is killed while it waits tells nobody anything.
MOST_SECONDS = 300.0
_MOST_FAULTS = 5  # answers of 5xx or dropped connections to one request
_LIMIT_WORDS = ("rate limit", "abuse", "submitted too quickly", "secondary")


class Kind(Enum):
    """What a failed request means."""

    LIMITED = "too many requests"  # not carried out: may be sent again later
    FAULT = "a fault of the server or the connection"  # may have been carried out
    READ_ONLY = "the token may not do this"
    UNPROCESSABLE = "the request was refused as invalid"
    GONE = "there is no such thing"
    OTHER = "refused"


class Failure(Exception):
    """A failed request: its status (0: the connection dropped), headers in lower case, message."""

    def __init__(
        self, status: int, message: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"GitHub answered {status}: {message}" if status else message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})

    @property
    def kind(self) -> Kind:
        """What the failure means."""
        if self.status == 0 or self.status >= 500 or self._is_graphql_fault():
            return Kind.FAULT
        if self.status == 429 or self._is_limit():
            return Kind.LIMITED
        named = {404: Kind.GONE, 410: Kind.GONE, 422: Kind.UNPROCESSABLE}
        return Kind.READ_ONLY if self.status == 403 else named.get(self.status, Kind.OTHER)

    def _is_limit(self) -> bool:
        text = self.message.lower()
        worded = any(word in text for word in _LIMIT_WORDS)
        spent = self.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in self.headers
        # GraphQL says it with a status of 200, which PyGithub turns into 400.
        return (self.status == 403 and (worded or spent)) or (self.status in (400, 422) and worded)

    def _is_graphql_fault(self) -> bool:
        return self.status == 400 and "something went wrong" in self.message.lower()


class GaveUpError(Exception):
    """GitHub did not answer within the time that a run may wait."""


@dataclass(slots=True, kw_only=True)
class Patience:
    """The waiting of one run; `now` is in seconds since 1970, `sleep` takes seconds."""

    most_seconds: float = MOST_SECONDS
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    waited: float = 0.0
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.now()

    def after(self, failure: Failure, attempt: int) -> None:
        """Wait until a request may be sent again; GaveUpError if that is not worth waiting for.

        `attempt` counts the failures of this request, from 1.
        """
        seconds = self.delay(failure, attempt)
        # Answers that take long count as well: a server may keep each request for half a minute.
        spent = max(self.waited, self.now() - self.started)
        if seconds is None or spent + seconds > self.most_seconds:
            raise GaveUpError(_told(failure, seconds, attempt))
        self.waited += seconds
        self.sleep(seconds)

    def delay(self, failure: Failure, attempt: int) -> float | None:
        """Seconds to wait before the next attempt, or None if another makes no sense."""
        asked = _retry_after(failure.headers.get("retry-after"), self.now())
        if failure.kind is Kind.LIMITED:
            return asked if asked is not None else self._until_reset(failure, attempt)
        if failure.kind is Kind.FAULT and attempt < _MOST_FAULTS:
            return asked if asked is not None else float(2 ** (attempt - 1))
        return None

    def _until_reset(self, failure: Failure, attempt: int) -> float:
        reset = failure.headers.get("x-ratelimit-reset", "")
        if failure.headers.get("x-ratelimit-remaining") == "0" and _is_count(reset):
            return max(float(reset) - self.now(), 0.0) + 1.0  # a second: the clocks may differ
        return 60.0 * float(2 ** (attempt - 1))  # "wait for at least one minute"


def _retry_after(value: str | None, now: float) -> float | None:
    """Seconds of a Retry-After header, given as seconds or as a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if _is_count(value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return max(zoned.timestamp() - now, 0.0)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _told(failure: Failure, seconds: float | None, attempt: int) -> str:
    what = failure.message
    if failure.status:
        what = f"GitHub answered {failure.status} ({failure.kind.value})"
    if failure.kind is Kind.LIMITED and seconds is not None:
        return f"{what}, and the next try would have to wait for {seconds:.0f} s"
    return f"{what}, {attempt} times" if attempt > 1 else what
