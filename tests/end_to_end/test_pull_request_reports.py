"""What a pull request shows beside its comments: the sticky summary, the check run, the logs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewbot.github import publish
from tests.end_to_end.pull_request import NAMES, Life, source
from tests.github.alive import faults
from tests.integration.fake_github.faults import bad_gateway, then
from tests.integration.fake_github.wire import Answer
from tests.repositories import isolated_environment

TOY = Path(__file__).parents[1] / "integration" / "toy_reviewbot.py"
TALK = r"/issues/7/comments$"
BLOCKING: dict[str, str | bytes] = {".reviewbot.yaml": "version: 1\nrace:\n  block: 0.8\n"}


def many_races(count: int) -> str:
    return "#pragma omp parallel for\n" + "".join(f"n{number}++;\n" for number in range(count))


class TestStickySummary:
    @pytest.fixture(autouse=True)
    def _ask_for_it(self, life: Life) -> None:
        life.options = ["--sticky"]

    def body(self, life: Life) -> str:
        (comment,) = life.github.state.issue_comments.values()
        return comment.body

    def test_there_is_one_and_it_is_kept_up_to_date(self, life: Life) -> None:
        life.open({"a.c": source(*NAMES)})
        life.run()
        assert life.visible == ["race alpha", "race beta", "race gamma", "summary"]
        life.push({"a.c": source("beta", "gamma", safe=("alpha",))})
        life.run()
        assert life.visible == ["fixed alpha", "race beta", "race gamma", "summary"]
        assert "ace on `beta`" in self.body(life) and "ace on `gamma`" in self.body(life)
        assert "ace on `alpha`" not in self.body(life)

    def test_the_same_head_twice_leaves_it_as_it_is(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        assert life.sent(life.run) == []

    def test_nothing_found_makes_none(self, life: Life) -> None:
        life.open({"a.c": source(safe=NAMES)})
        assert life.sent(life.run) == []

    def test_all_fixed_is_said_in_it(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.push({"a.c": source(safe=("alpha",))})
        life.run()
        assert life.visible == ["fixed alpha", "summary"]
        assert "ace on `alpha`" not in self.body(life)

    def test_502_after_it_was_made_makes_no_second(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", TALK, bad_gateway, late=True)
        life.run()
        assert life.visible == ["race alpha", "summary"]

    def test_a_second_one_that_slipped_in_goes(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("POST", TALK, then(life.publish))
        life.run()
        life.run()
        assert life.visible == ["race alpha", "summary"]


class TestCheckRun:
    def test_annotations_come_in_batches(self, life: Life) -> None:
        life.repo.commit(BLOCKING)
        life.open({"a.c": many_races(120)})
        run = life.run()
        (check,) = life.github.state.check_runs.values()
        assert len({note["start_line"] for note in check.annotations}) == 120
        assert len(check.annotations) == 120
        assert check.fields["status"] == "completed"
        assert check.fields["conclusion"] == "failure"
        assert sum("check-runs" in line for line in life.github.writes) == 3
        assert "n119" in run.summary

    @pytest.mark.parametrize("late", [True, False])
    def test_a_batch_that_answers_502_is_there_once(self, life: Life, late: bool) -> None:
        life.repo.commit(BLOCKING)
        life.open({"a.c": many_races(120)})
        life.github.on("PATCH", r"/check-runs/\d+$", bad_gateway, late=late)
        life.run()
        (check,) = life.github.state.check_runs.values()
        assert len(check.annotations) == 120
        assert check.fields["status"] == "completed"

    def test_one_that_was_left_half_written_is_completed(self, life: Life) -> None:
        life.repo.commit(BLOCKING)
        life.open({"a.c": many_races(120)})
        life.github.on("PATCH", r"/check-runs/\d+$", bad_gateway, skip=1, times=99)
        life.run()
        (check,) = life.github.state.check_runs.values()
        assert (len(check.annotations), check.fields["status"]) == (100, "in_progress")
        life.github.faults.clear()
        life.run()
        (check,) = life.github.state.check_runs.values()
        assert (len(check.annotations), check.fields["status"]) == (120, "completed")

    def test_what_is_over_the_cap_of_the_policy_is_in_the_summary(self, life: Life) -> None:
        life.open({"a.c": many_races(30)})
        run = life.run()
        assert len(life.visible) == 10
        assert all(f"`n{number}`" in run.summary for number in range(30))

    def test_the_same_head_twice_makes_one(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.run()
        assert len(life.github.state.check_runs) == 1

    def test_nothing_found_is_a_success(self, life: Life) -> None:
        life.open({"a.c": source(safe=NAMES)})
        life.run()
        (check,) = life.github.state.check_runs.values()
        assert (check.fields["conclusion"], check.annotations) == ("success", [])


class TestRefusals:
    def test_a_wrong_token_is_said_and_keeps_the_summary(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.token = "ghs_wrong"
        run = life.run()
        assert run.code == 2 and "Traceback" not in run.output
        assert "alpha" in run.summary

    def test_no_token_at_all(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.token = ""
        life.pull_event()
        life.review()
        life.token = "none"  # what must not be seen in the output
        run = life.publish()
        assert run.code == 0
        assert life.github.log == []
        assert "alpha" in run.summary

    def test_a_pull_request_that_cannot_be_seen(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        life.review()
        del life.github.state.pulls[7]
        run = life.publish()
        assert run.code == 2 and "Traceback" not in run.output
        assert "alpha" in run.summary

    @pytest.mark.parametrize("body", [{}, [], "<html>", '{"head": {"s', {"head": None}])
    @pytest.mark.parametrize("path", [r"/pulls/7$", r"/pulls/7/reviews$", r"/pulls/7/comments$"])
    def test_nonsense_from_the_server_hides_no_finding(
        self, life: Life, path: str, body: object
    ) -> None:
        life.open({"a.c": source("alpha")})
        life.github.on("GET", path, lambda _: Answer(200, body), times=1000)
        run = life.run()
        if body == [] and path != r"/pulls/7$":
            assert (run.code, life.visible) == (0, ["race alpha"])  # that is no nonsense there
            return
        assert run.code == 2 and "made no sense" in run.output
        assert "alpha" in run.summary and "::warning file=a.c," in run.output
        assert life.visible == [] and not list(life.folder.rglob("reviewbot-crash-*.log"))

    def test_one_nonsensical_answer_is_asked_for_again(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.github.on("GET", r"/pulls/7$", lambda _: Answer(200, "<html>"))
        life.github.on("POST", r"/pulls/7/reviews$", lambda _: Answer(200, {}), late=True)
        life.github.on("POST", r"/check-runs$", lambda _: Answer(200, {}), late=True)
        assert life.run().code == 0
        assert life.visible == ["race alpha", "race beta"]
        assert len(life.github.state.reviews) == len(life.github.state.check_runs) == 1

    def test_a_bug_of_ours_hides_no_finding(
        self, life: Life, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(publish, "write_check", lambda *_: 1 // 0)
        life.open({"a.c": source("alpha")})
        run = life.run()
        assert run.code == 3
        (log,) = life.folder.rglob("reviewbot-crash-*.log")
        assert "ZeroDivisionError" in log.read_text() and life.token not in log.read_text()
        assert "reviewbot failed" in run.summary and "alpha" in run.summary
        assert "::warning file=a.c," in run.output


class TestHostileNames:
    NAMES = (
        "a`@octocat`#1.c",
        "![x](https:evil.example).c",
        "<img src=x>&lt;b>.c",
        "</details>\n# head\n.c",
        "www.evil.example/-->/a.c",
        "\u202egnp.c",
    )

    def test_files_with_names_that_are_markup(self, life: Life) -> None:
        life.open({name: source("alpha") for name in self.NAMES})
        life.options = ["--sticky"]
        run = life.run()
        state = life.github.state
        assert {c.path for c in state.comments.values()} == set(self.NAMES)
        links = f"{life.github.web_url}/acme/rocket/blob/{life.pull.head_sha}/"
        kept = (*state.comments.values(), *state.reviews.values(), *state.issue_comments.values())
        for body in (run.summary, *(one.body for one in kept)):
            assert list(faults(body, links)) == []
        assert life.sent(life.run) == []  # and each is known again


class TestAsAProgram:
    """Once without any of the tests' short cuts: two processes, as a job starts them."""

    def start(self, life: Life, *argv: str) -> subprocess.CompletedProcess[str]:
        given = {key: value for key, value in os.environ.items() if key.startswith("GITHUB_")}
        more = {"REVIEWBOT_WRITE_PAUSE": "0", "XDG_STATE_HOME": str(life.folder), **given}
        return subprocess.run(
            [sys.executable, str(TOY), *argv],
            cwd=life.repo.path,
            env={**isolated_environment(), **more},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def test_review_and_publish(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.pull_event()
        file = ("--review-file", str(life.review_file))
        ends = ("--base", life.pull.base_sha, "--head", life.pull.head_sha)
        reviewed = self.start(life, "review", *ends, *file)
        assert reviewed.returncode == 0, reviewed.stderr
        published = self.start(life, "publish", *file)
        assert published.returncode == 0, published.stderr
        assert life.visible == ["race alpha"]
        told = published.stdout + published.stderr + life.summary_file.read_text()
        assert life.token not in told and "alpha" in told
