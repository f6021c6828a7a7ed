"""Waiting as GitHub asks for, on a clock that the test turns."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reviewbot.github.patience import Failure, GaveUpError, Kind, Patience

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."
ABUSE = "You have triggered an abuse detection mechanism."
NOW = 1_700_000_000.0


class Clock:
    def __init__(self) -> None:
        self.time = NOW
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def patience(clock: Clock, most: float = 600.0) -> Patience:
    return Patience(most_seconds=most, now=lambda: clock.time, sleep=clock.sleep)


class TestKind:
    @pytest.mark.parametrize(
        ("status", "message", "headers", "kind"),
        [
            (429, "", {}, Kind.LIMITED),
            (403, SECONDARY, {}, Kind.LIMITED),
            (403, "API rate limit exceeded for installation ID 1.", {}, Kind.LIMITED),
            (403, "", {"x-ratelimit-remaining": "0"}, Kind.LIMITED),
            (403, "", {"retry-after": "3"}, Kind.LIMITED),
            (422, ABUSE, {}, Kind.LIMITED),
            (422, "was submitted too quickly", {}, Kind.LIMITED),
            (422, "Line could not be resolved", {}, Kind.UNPROCESSABLE),
            (403, "Resource not accessible by integration", {}, Kind.READ_ONLY),
            (403, "", {"x-ratelimit-remaining": "4990"}, Kind.READ_ONLY),
            (401, "Bad credentials", {}, Kind.OTHER),
            (404, "Not Found", {}, Kind.GONE),
            (410, "", {}, Kind.GONE),
            (400, "", {}, Kind.OTHER),
            (500, "", {}, Kind.FAULT),
            (502, "", {}, Kind.FAULT),
            (0, "dropped", {}, Kind.FAULT),
        ],
    )
    def test_of_an_answer(
        self, status: int, message: str, headers: Mapping[str, str], kind: Kind
    ) -> None:
        assert Failure(status, message, headers).kind is kind


class TestDelay:
    def delay(self, failure: Failure, attempt: int = 1) -> float | None:
        return patience(Clock()).delay(failure, attempt)

    def test_retry_after_comes_first(self) -> None:
        headers = {"retry-after": "7", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}
        assert self.delay(Failure(403, SECONDARY, headers)) == 7
        assert self.delay(Failure(503, "", headers)) == 7

    def test_retry_after_may_be_a_date(self) -> None:
        # NOW is Tue, 14 Nov 2023 22:13:20 GMT.
        date = {"retry-after": "Tue, 14 Nov 2023 22:14:00 GMT"}
        assert self.delay(Failure(429, "", date)) == 40
        past = {"retry-after": "Tue, 14 Nov 2023 22:13:00 GMT"}
        assert self.delay(Failure(429, "", past)) == 0

    def test_then_the_reset_time(self) -> None:
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 90)}
        assert self.delay(Failure(403, "", headers)) == 91

    def test_a_reset_in_the_past_is_no_reason_to_hurry(self) -> None:
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "5"}
        assert self.delay(Failure(403, "", headers)) == 1

    @pytest.mark.parametrize(("attempt", "seconds"), [(1, 60), (2, 120), (3, 240)])
    def test_else_a_minute_and_twice_as_long_each_time(self, attempt: int, seconds: float) -> None:
        assert self.delay(Failure(403, SECONDARY), attempt) == seconds

    @pytest.mark.parametrize("odd", ["soon", "-3", "1e9", "", "9" * 30])
    def test_odd_headers_count_as_none(self, odd: str) -> None:
        headers = {"retry-after": odd, "x-ratelimit-remaining": "0", "x-ratelimit-reset": odd}
        assert self.delay(Failure(429, "", headers)) == 60

    @pytest.mark.parametrize(("attempt", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8)])
    def test_a_fault_is_short(self, attempt: int, seconds: float) -> None:
        assert self.delay(Failure(502), attempt) == seconds

    def test_faults_are_counted(self) -> None:
        assert self.delay(Failure(502), 5) is None

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
    def test_refusals_are_final(self, status: int) -> None:
        assert self.delay(Failure(status)) is None


class TestAfter:
    def test_waits_and_adds_up(self) -> None:
        clock = Clock()
        waiting = patience(clock)
        for attempt in (1, 2, 3):
            waiting.after(Failure(429), attempt)
        assert clock.slept == [60, 120, 240]
        assert waiting.waited == 420

    def test_gives_up_before_it_waits_too_long(self) -> None:
        clock = Clock()
        waiting = patience(clock)
        with pytest.raises(GaveUpError, match="too many requests"):
            for attempt in range(1, 20):
                waiting.after(Failure(429), attempt)
        assert sum(clock.slept) == 420

    def test_requests_share_one_budget(self) -> None:
        clock = Clock()
        waiting = patience(clock, most=100)
        waiting.after(Failure(429), 1)
        with pytest.raises(GaveUpError):
            waiting.after(Failure(429), 1)

    @pytest.mark.parametrize(
        ("failure", "attempt", "words"),
        [
            (
                Failure(502),
                5,
                "GitHub answered 502 (a fault of the server or the connection), 5 times",
            ),
            (Failure(0, "the connection to GitHub failed: Timeout"), 5, "failed: Timeout, 5 times"),
            (Failure(429, "", {"retry-after": "900"}), 1, "next try would have to wait for 900 s"),
        ],
    )
    def test_says_why(self, failure: Failure, attempt: int, words: str) -> None:
        with pytest.raises(GaveUpError) as told:
            patience(Clock()).after(failure, attempt)
        assert str(told.value).endswith(words)

    def test_slow_answers_use_it_up_too(self) -> None:
        clock = Clock()
        waiting = patience(clock, most=100)
        clock.time += 98
        waiting.after(Failure(502), 1)
        with pytest.raises(GaveUpError):
            waiting.after(Failure(502), 2)
        assert clock.slept == [1]

    def test_a_day_of_waiting_is_refused_at_once(self) -> None:
        clock = Clock()
        with pytest.raises(GaveUpError, match="86400 s"):
            patience(clock).after(Failure(429, "", {"retry-after": "86400"}), 1)
        assert clock.slept == []
