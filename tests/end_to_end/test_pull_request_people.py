"""Pull requests with people in them: what they answer, resolve, delete or write stays theirs."""

from __future__ import annotations

from tests.end_to_end.pull_request import NAMES, Life, source
from tests.integration.fake_github.state import AUTHOR, MAINTAINER, User

OTHER_BOT = User("helper[bot]", 99, bot=True)


class TestReplies:
    def test_a_thread_with_a_reply_is_never_touched(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        life.say("alpha", "is that so?", AUTHOR)
        before = life.comment("alpha").body
        life.push({"a.c": source(safe=("alpha", "beta"))})
        life.run()
        assert life.visible == ["author: is that so?", "fixed beta", "race alpha"]
        assert life.comment("alpha").body == before

    def test_a_reply_brings_no_second_comment(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.say("alpha", "we know")
        life.push({"a.c": "int above;\n" + source("alpha")})
        life.run()
        assert life.visible == ["maintainer: we know", "race alpha"]


class TestDismissing:
    def test_a_resolved_finding_never_comes_back(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        life.resolve("alpha")
        life.push({"a.c": "int above;\n" + source("alpha", "beta")})
        run = life.run()
        assert life.visible == ["race alpha", "race beta"]
        assert life.github.state.threads[life.comment("alpha").id].resolved_by == MAINTAINER
        assert "alpha" in run.summary  # only listed

    def test_even_after_a_fix_and_its_revert(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.resolve("alpha")
        before = life.comment("alpha").body
        for content in (source(safe=("alpha",)), source("alpha")):
            life.push({"a.c": content})
            life.run()
        assert life.visible == ["race alpha"]
        assert life.comment("alpha").body == before
        assert life.github.state.threads[life.comment("alpha").id].resolved_by == MAINTAINER

    def test_a_deleted_comment_does_not_come_back(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        life.github.state.delete_comment(life.comment("alpha").id)
        life.push({"a.c": "int above;\n" + source("alpha", "beta")})
        run = life.run()
        assert life.visible == ["race beta"]
        assert "alpha" in run.summary

    def test_nor_does_it_in_a_file_that_is_renamed_later(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        life.github.state.delete_comment(life.comment("alpha").id)
        life.repo.git("mv", "a.c", "core.c")
        life.push({})
        run = life.run()
        assert life.visible == ["race beta"]
        assert "alpha" in run.summary  # only listed
        life.repo.git("mv", "core.c", "kernel.c")
        life.push({})
        life.run()
        assert life.visible == ["race beta"]

    def test_yet_the_same_race_in_a_second_file_is_told(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.github.state.delete_comment(life.comment("alpha").id)
        life.push({"core.c": source("alpha")})
        life.run()
        assert life.visible == ["race alpha"]
        assert [place.split(":")[0] for place in life.places] == ["core.c"]

    def test_a_thread_that_is_opened_again_is_ours_again(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.resolve("alpha")
        life.resolve("alpha", None)
        life.push({"a.c": source(safe=("alpha",))})
        life.run()
        assert life.visible == ["fixed alpha"]

    def test_a_dismissed_finding_stays_so_in_a_renamed_file(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.resolve("alpha")
        life.repo.git("mv", "a.c", "core.c")
        life.push({})
        run = life.run()
        assert life.visible == ["race alpha"]
        assert life.places == ["a.c:outdated"]
        assert "alpha" in run.summary


class TestReopening:
    def test_a_pull_request_closed_and_opened_again(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.pull.state = "closed"
        life.pull.state = "open"  # nothing ran in between
        assert life.sent(life.run) == []
        assert life.visible == ["race alpha"]

    def test_one_that_was_mended_while_it_was_closed(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        life.run()
        life.pull.state = "closed"
        life.push({"a.c": source("beta", safe=("alpha",))})
        life.pull.state = "open"
        life.run()
        assert life.visible == ["fixed alpha", "race beta"]


class TestOthersComments:
    def test_human_comments_are_left_alone(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.talk("nice work")
        life.note(MAINTAINER, {"path": "a.c", "line": 13, "body": "and this?"})
        life.run()
        assert life.visible == ["maintainer: and this?", "maintainer: nice work", "race alpha"]

    def test_a_marker_that_someone_else_wrote_is_not_ours(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        ours = life.comment("alpha")
        copied = ours.body
        life.github.state.delete_comment(ours.id)
        life.github.state.reviews.clear()
        life.note(AUTHOR, {"path": "a.c", "line": ours.original_line, "body": copied})
        life.run()
        assert life.visible == sorted([f"author: {copied}", "race alpha"])
        life.push({"a.c": source(safe=("alpha",))})
        life.run()
        assert life.visible == sorted([f"author: {copied}", "fixed alpha"])

    def test_a_quoted_marker_in_a_reply_of_ours_counts_for_nothing(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        quote = "> " + life.comment("alpha").body.replace("\n", "\n> ") + "\n\nreally?"
        life.say("alpha", quote, AUTHOR)
        life.push({"a.c": source("alpha", "beta")})
        life.run()
        assert life.visible == sorted([f"author: {quote}", "race alpha", "race beta"])

    def test_another_bot_s_reply_is_no_person_s(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        life.run()
        life.say("alpha", "beep", OTHER_BOT)
        life.push({"a.c": source(safe=("alpha",))})
        life.run()
        assert life.visible == ["fixed alpha", "helper[bot]: beep"]


class TestManyComments:
    def test_ours_are_found_on_the_fourth_page(self, life: Life) -> None:
        life.open({"a.c": source("alpha", "beta")})
        talk = [{"path": "a.c", "line": 13, "body": f"point {n}"} for n in range(330)]
        life.note(MAINTAINER, *talk)
        life.run()
        life.push({"a.c": source("beta", safe=("alpha",))})
        life.run()
        ours = [seen for seen in life.visible if not seen.startswith("maintainer")]
        assert ours == ["fixed alpha", "race beta"]
        pages = [r.query.get("page") for r in life.github.log if r.path.endswith("/7/comments")]
        assert "4" in pages

    def test_a_resolved_thread_is_found_behind_a_hundred_others(self, life: Life) -> None:
        life.open({"a.c": source("alpha")})
        talk = [{"path": "a.c", "line": 13, "body": f"point {n}"} for n in range(150)]
        life.note(MAINTAINER, *talk)
        life.run()
        life.resolve("alpha")
        before = life.comment("alpha").body
        life.push({"a.c": source(safe=("alpha",))})
        life.run()
        assert life.comment("alpha").body == before


class TestCaps:
    def test_what_is_over_the_cap_is_only_listed(self, life: Life) -> None:
        life.open({"a.c": source(*NAMES)})
        run = life.run("--max-comments", "1")
        assert len(life.visible) == 1
        assert all(name in run.summary for name in NAMES)
        life.push({"a.c": "int above;\n" + source(*NAMES)})
        life.run("--max-comments", "1")
        assert len(life.visible) == 1

    def test_room_that_a_fix_makes_is_used(self, life: Life) -> None:
        life.open({"a.c": source(*NAMES)})
        life.run("--max-comments", "1")
        (first,) = (seen.removeprefix("race ") for seen in life.visible)
        left = [name for name in NAMES if name != first]
        life.push({"a.c": source(*left, safe=(first,))})
        life.run("--max-comments", "1")
        told = [seen for seen in life.visible if seen.startswith("race ")]
        assert f"fixed {first}" in life.visible and len(told) == 1
