"""Pull requests on a bad day: races of two runs, moving heads, limits, faults, small rights."""

from __future__ import annotations

import threading

import pytest

from reviewbot.cli import main
from reviewbot.github.markers import read_review_mark
from reviewbot.github.pull_request import PullRequestWriter
from tests.end_to_end.pull_request import NAMES, Life, Run, source
from tests.integration.fake_github.faults import (
    Act,
    bad_gateway,
    drop,
    primary,
    secondary,
    then,
)
from tests.integration.fake_github.server import ALL
from tests.integration.fake_github.state import READ, Token, User
from tests.integration.fake_github.wire import Answer, Request

REVIEWS = r"/pulls/7/reviews$"


class TestMovingHeads:
    def test_a_head_that_moved_before_we_start_writes_nothing(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        life.push({"a.c": source("beta")})
        assert life.sent(life.publish) == []
        assert life.visible == []

    @pytest.mark.parametrize("request_", [r"/pulls/7/comments$", REVIEWS, r"/pulls/7$"])
    def test_a_head_that_moves_while_we_read(self, life: Life, request_: str) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        life.github.on("GET", request_, then(lambda: life.push({"a.c": source("beta")})))
        life.publish()
        assert life.visible == []

    def test_a_head_that_moves_while_we_look_a_last_time(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        push = then(lambda: life.push({"a.c": source("beta")}))
        # The first time is for the plan, the second for what another run may have posted since.
        life.github.on("GET", r"/pulls/7/comments$", push, skip=1)
        assert life.sent(life.publish) == []
        assert life.visible == []

    def test_a_head_that_moves_while_we_wait(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()

        def moved_and_limited(request: Request) -> Answer | None:
            life.push({"a.c": source("beta")})
            return secondary(403, retry_after=30)(request)

        life.github.on("POST", REVIEWS, moved_and_limited)
        life.publish()
        assert life.visible == [] and life.clock.waits == [30]

    def test_the_next_run_speaks_of_the_new_head(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        life.push({"a.c": source("beta")})
        life.publish()
        life.run()
        assert life.visible == ["race beta"]


class TestTwoRuns:
    def test_one_after_the_other_posts_once(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.pull_event()
        life.review()
        life.publish()
        life.publish()
        assert life.visible == ["race alpha", "race beta"]

    def test_another_run_posts_between_our_reading_and_writing(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.pull_event()
        life.review()
        # At the first creation: by then our plan is made and nothing more is read.
        life.github.on("POST", REVIEWS, then(lambda: publish(life)))
        life.publish()
        assert life.visible == ["race alpha", "race beta"]

    def test_both_at_the_same_moment(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.pull_event()
        life.review()
        meeting = threading.Barrier(2, timeout=20)
        life.github.on("POST", REVIEWS, then(meeting.wait), times=2)
        rival = threading.Thread(target=publish, args=[life])
        rival.start()
        life.publish()
        rival.join()
        assert len(life.github.state.reviews) == 2
        assert life.visible == ["race alpha", "race beta"]
        lowest = min(life.github.state.reviews)
        assert {comment.review for comment in life.github.state.comments.values()} == {lowest}
        marks = {r.id: read_review_mark(r.body) for r in life.github.state.reviews.values()}
        claiming = [number for number, mark in marks.items() if mark and mark.posted]
        assert claiming == [lowest]  # the other says that it was superseded


def publish(life: Life) -> None:
    """A second job for the same event."""
    main(["publish", "--review-file", str(life.review_file)])


class TestCancelled:
    """As `cancel-in-progress` does: the job ends at once, wherever it is."""

    @pytest.mark.parametrize("step", ["_settle_race", "_edit_comment", "_resolve"])
    def test_the_next_run_does_what_is_left(
        self, life: Life, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.push({"a.c": source("beta", safe=("alpha",))})
        with monkeypatch.context() as patch:
            patch.setattr(PullRequestWriter, step, cancelled)
            assert life.run().code == 130
        assert "race beta" in life.visible
        life.run()
        assert life.visible == ["fixed alpha", "race beta"]


def cancelled(*_: object) -> None:
    raise KeyboardInterrupt


class TestTheTokenOfAnApp:
    """Such a token writes as a bot of its own, which GraphQL alone can name."""

    APP = User("our-app[bot]", 77, bot=True)

    def posted(self, life: Life) -> list[str]:
        """The files that comments of the app stand on."""
        comments = life.github.state.comments.values()
        return sorted(one.path for one in comments if one.user == self.APP)

    @pytest.mark.parametrize("times", [1, 4, 1000])
    def test_a_bad_gateway_posts_nothing_again(self, life: Life, times: int) -> None:
        life.token = life.github.lend(Token(self.APP, dict(ALL)))
        life.open({"a.c": source("alpha"), "b.c": source("alpha")})
        life.run()
        assert self.posted(life) == ["a.c", "b.c"]
        life.github.on("POST", "/graphql$", bad_gateway, times=times)
        life.push({"b.c": source(safe=("alpha",))})
        calls = life.sent(life.run)
        assert [call for call in calls if call.startswith("POST") and "graphql" not in call] == []
        assert [call.split("/")[0] for call in calls] == ["PATCH "]
        assert self.posted(life) == ["a.c", "b.c"]


class TestServerFaults:
    def test_502_after_the_review_was_made_posts_it_once(self, life: Life) -> None:
        life.open({"a.c": source(*NAMES)})
        life.github.on("POST", REVIEWS, bad_gateway, late=True)
        assert life.run().code == 0
        assert life.visible == ["race alpha", "race beta", "race gamma"]
        assert len(life.github.state.reviews) == 1

    def test_502_before_it_was_made_tries_again(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", REVIEWS, bad_gateway)
        life.run()
        assert life.visible == ["race alpha"]

    @pytest.mark.parametrize("late", [True, False])
    def test_a_connection_that_drops(self, life: Life, late: bool) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", REVIEWS, drop, late=late)
        life.run()
        assert life.visible == ["race alpha"]
        assert len(life.github.state.reviews) == 1

    def test_faults_while_reading_are_waited_out(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("GET", r"/pulls/7/comments$", bad_gateway, times=2)
        life.run()
        assert life.visible == ["race alpha"]

    def test_a_server_that_stays_down_leaves_the_summary(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", REVIEWS, bad_gateway, times=1000)
        run = life.run()
        assert life.visible == []
        assert "alpha" in run.summary

    def test_a_check_run_that_answers_502_is_made_once(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", "/check-runs$", bad_gateway, late=True)
        life.run()
        assert len(life.github.state.check_runs) == 1

    def test_without_graphql_the_rest_is_enough(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", "/graphql$", bad_gateway, times=1000)
        life.run()
        life.push({"a.c": source(safe=("alpha",))})
        life.run()
        assert life.visible == ["fixed alpha"]


class TestLimits:
    @pytest.mark.parametrize("status", [403, 429, 422])
    def test_retry_after_is_honoured(self, life: Life, status: int) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", REVIEWS, secondary(status, retry_after=17))
        life.run()
        assert life.visible == ["race alpha"]
        assert life.clock.waits == [17]

    @pytest.mark.parametrize("status", [403, 429, 422])
    def test_without_it_a_minute_and_then_longer(self, life: Life, status: int) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", REVIEWS, secondary(status), times=2)
        life.run()
        assert life.visible == ["race alpha"]
        first, second = life.clock.waits
        assert first >= 60 and second >= 2 * 60

    def test_an_edit_is_waited_for_as_well(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.push({"a.c": source(safe=("alpha",))})
        life.github.on("PATCH", r"/pulls/comments/\d+$", secondary(403, retry_after=5))
        life.run()
        assert life.visible == ["fixed alpha"]
        assert life.clock.waits == [5]

    def test_a_spent_hour_is_waited_for_until_it_is_over(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("GET", r"/pulls/7$", primary(int(life.clock.now) + 100))
        life.run()
        assert life.visible == ["race alpha"]
        assert 100 <= sum(life.clock.waits) <= 110

    def test_the_wait_has_an_end(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", REVIEWS, secondary(), times=1000)
        run = life.run()
        assert life.visible == []
        assert "alpha" in run.summary
        assert sum(life.clock.waits) <= 3600


class TestReadOnlyTokens:
    def read_only(self, life: Life) -> Run:
        life.token = life.github.token(pull_requests=READ, checks=READ)
        return life.run()

    def test_everything_is_in_the_summary_and_the_annotations(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        run = self.read_only(life)
        assert run.code == 0
        assert life.visible == []
        assert "alpha" in run.summary and "beta" in run.summary
        assert run.output.count("::warning ") == 2

    def test_a_blocking_finding_still_blocks(self, life: Life) -> None:
        life.repo.commit({".reviewbot.yaml": "version: 1\nrace:\n  block: 0.8\n"})
        life.open({"a.c": source("alpha")})
        assert self.read_only(life).code == 1

    def test_checks_alone_may_be_written(self, life: Life) -> None:
        life.token = life.github.token(pull_requests=READ)
        life.open({"a.c": source("alpha")})
        assert life.run().code == 0
        assert len(life.github.state.check_runs) == 1

    @pytest.mark.parametrize("act", [secondary(403, retry_after=3), secondary(429)])
    def test_a_limit_is_not_taken_for_a_missing_right(self, life: Life, act: Act) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", REVIEWS, act)
        life.run()
        assert life.visible == ["race alpha"]
