"""Pull requests over their pushes: after each step, every comment that a reader sees."""

from __future__ import annotations

import re

from tests.end_to_end.pull_request import NAMES, Life, source
from tests.integration.fake_github.state import WRITE
from tests.repositories import TemporaryRepository

ABOVE = "".join(f"int above_{number};\n" for number in range(50))


class TestOpening:
    def test_each_new_race_gets_one_comment_on_its_line(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta", safe=("gamma",))})
        run = life.run()
        assert run.code == 0  # the default policy speaks and stops nobody
        assert life.visible == ["race alpha", "race beta"]
        lines = source("alpha", "beta", safe=("gamma",)).split("\n")
        where = [f"a.c:{lines.index(f'{name}++;') + 1}" for name in ("alpha", "beta")]
        assert life.places == where
        assert "alpha" in run.summary and "beta" in run.summary and "gamma" not in run.summary

    def test_they_come_in_one_review_on_the_head(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        calls = life.sent(life.run)
        assert calls == ["POST /repos/acme/rocket/pulls/7/reviews"]
        (review,) = life.github.state.reviews.values()
        assert (review.state, review.commit_id) == ("COMMENTED", life.pull.head_sha)

    def test_nothing_found_nothing_said(self, life: Life) -> None:
        life.open({"a.c": source(safe=NAMES)})
        assert life.sent(life.run) == []
        assert life.visible == [] and life.reviews == []

    def test_what_was_there_before_is_not_posted(self, life: Life) -> None:
        life.repo.commit({"a.c": source("alpha")})
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        assert life.visible == ["race beta"]

    def test_a_blocking_policy_fails_the_job_and_the_check(self, life: Life) -> None:
        life.repo.commit({".reviewbot.yaml": "version: 1\nrace:\n  block: 0.8\n"})
        life.open({"a.c": source("alpha")})
        assert life.run().code == 1
        (check,) = life.github.state.check_runs.values()
        assert (check.head_sha, check.fields["conclusion"]) == (life.pull.head_sha, "failure")
        assert [note["path"] for note in check.annotations] == ["a.c"]


class TestPushing:
    def test_the_same_head_twice_says_nothing_new(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        assert life.sent(life.run) == []
        assert life.visible == ["race alpha", "race beta"]

    def test_fifty_lines_above_change_nothing(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        first = life.comment("alpha").id
        life.push({"a.c": ABOVE + source("alpha")})
        assert "POST /repos/acme/rocket/pulls/7/reviews" not in life.sent(life.run)
        assert life.visible == ["race alpha"]
        assert life.comment("alpha").id == first

    def test_a_renamed_file_keeps_its_comment(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        first = life.comment("alpha").id
        life.repo.git("mv", "a.c", "core.c")
        life.push({})
        life.run()
        assert life.visible == ["race alpha"]
        life.push({"core.c": source(safe=("alpha",))})
        life.run()
        assert life.visible == ["fixed alpha"]
        assert life.comment("alpha").id == first

    def test_one_of_three_fixed(self, life: Life) -> None:
        life.open({"a.c": source(*NAMES)})
        life.run()
        head = life.push({"a.c": source("beta", "gamma", safe=("alpha",))})
        run = life.run()
        assert life.visible == ["fixed alpha", "race beta", "race gamma"]
        assert head[:7] in life.comment("alpha").body.split("\n")[0]
        assert "beta" in run.summary and "gamma" in run.summary
        assert not re.search(r"Race on `alpha`", run.summary)

    def test_all_fixed(self, life: Life) -> None:
        life.open({"a.c": source(*NAMES)})
        life.run()
        life.push({"a.c": source(safe=NAMES)})
        assert life.run().code == 0
        assert life.visible == ["fixed alpha", "fixed beta", "fixed gamma"]
        assert life.sent(life.run) == []

    def test_a_fix_that_is_reverted_opens_the_old_comment_again(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        first = life.comment("alpha").id
        life.push({"a.c": source(safe=("alpha",))})
        life.run()
        assert life.visible == ["fixed alpha"]
        life.push({"a.c": source("alpha")})
        life.run()
        assert life.visible == ["race alpha"]
        assert life.comment("alpha").id == first

    def test_a_file_taken_out_of_the_change(self, life: Life) -> None:
        life.open({"a.c": source("alpha"), "b.c": source("beta")})
        life.run()
        life.push({"b.c": source()})
        life.run()
        assert life.visible == ["fixed beta", "race alpha"]

    def test_a_new_race_is_added_to_the_old(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.push({"a.c": source("alpha", "beta")})
        life.run()
        assert life.visible == ["race alpha", "race beta"]

    def test_a_waiver_in_the_source_is_no_fix(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        first = life.comment("alpha").id
        waiver = "alpha++;  // reviewbot: ignore[race] one thread runs this"
        life.push({"a.c": source("alpha", "beta").replace("alpha++;", waiver)})
        life.run()
        assert life.visible == ["race beta", "withdrawn alpha"]
        life.push({"a.c": source("alpha", "beta")})
        life.run()
        assert life.visible == ["race alpha", "race beta"]
        assert life.comment("alpha").id == first

    def test_a_file_that_can_no_longer_be_read_is_not_called_fixed(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.push({"a.c": source("alpha") + "boom\n"})
        run = life.run()
        assert life.visible == ["race alpha"]
        assert "a.c" in run.summary


class TestRewriting:
    def test_a_force_push_of_the_same_content(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        life.repo.git("commit", "--amend", "--quiet", "-m", "said better")
        life.moved_to(life.repo.git("rev-parse", "HEAD"))
        assert "POST /repos/acme/rocket/pulls/7/reviews" not in life.sent(life.run)
        assert life.visible == ["race alpha", "race beta"]

    def test_a_rebase_onto_a_base_that_moved(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        move_base(life.repo, {"b.c": source("beta")})
        life.repo.git("rebase", "--quiet", "main")
        life.pull.base_sha = life.repo.git("rev-parse", "main")
        life.moved_to(life.repo.git("rev-parse", "HEAD"))
        life.run()
        assert life.visible == ["race alpha"]  # beta came with the base

    def test_a_force_push_back_and_forth(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        first = life.pull.head_sha
        life.run()
        life.push({"a.c": source(safe=("alpha",))})
        life.run()
        life.repo.git("reset", "--quiet", "--hard", first)
        life.moved_to(first)
        life.run()
        assert life.visible == ["race alpha"]

    def test_the_base_branch_moves_on_without_the_author(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        move_base(life.repo, {"b.c": source("beta")})
        life.pull.base_sha = life.repo.git("rev-parse", "main")
        assert life.sent(life.run) == []
        assert life.visible == ["race alpha"]


def move_base(repo: TemporaryRepository, files: dict[str, str | bytes]) -> None:
    repo.switch("main")
    repo.commit(files)
    repo.switch("topic")


class TestResolvingByUs:
    def test_threads_of_fixed_findings_are_resolved_on_request(self, life: Life) -> None:
        life.token = life.github.token(contents=WRITE)
        life.options = ["--resolve-threads"]
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        life.push({"a.c": source("beta", safe=("alpha",))})
        life.run()
        assert resolved(life) == {"alpha": True, "beta": False}
        life.push({"a.c": source("alpha", "beta")})
        life.run()  # what we resolved, we may open again: nobody dismissed it
        assert resolved(life) == {"alpha": False, "beta": False}
        assert life.visible == ["race alpha", "race beta"]

    def test_without_the_permission_the_comment_is_edited_all_the_same(self, life: Life) -> None:
        life.options = ["--resolve-threads"]
        life.open({"a.c": source("alpha")})
        life.run()
        life.push({"a.c": source(safe=("alpha",))})
        assert life.run().code == 0
        assert life.visible == ["fixed alpha"] and resolved(life) == {"alpha": False}

    def test_nobody_asked_nobody_resolves(self, life: Life) -> None:
        life.token = life.github.token(contents=WRITE)
        life.open({"a.c": source("alpha")})
        life.run()
        life.push({"a.c": source(safe=("alpha",))})
        assert "POST /graphql" not in life.sent(life.run)
        assert resolved(life) == {"alpha": False}


def resolved(life: Life) -> dict[str, bool]:
    threads = life.github.state.threads
    return {
        name: threads[life.comment(name).id].resolved_by is not None
        for name in NAMES
        if any(name in seen for seen in life.visible)
    }
