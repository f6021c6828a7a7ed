"""Which of the comments on a pull request are ours, and what people did to them."""

from __future__ import annotations

from typing import Any

import pytest

from reviewbot.github.markers import SUMMARY, Mark, ReviewMark, State, mark_lines, review_lines
from reviewbot.github.patience import GaveUpError
from reviewbot.github.state import (
    ACTIONS_BOT,
    Ours,
    Thread,
    comment_of,
    likely_login,
    our_comments,
    our_reviews,
    our_summaries,
    same,
    thread_of,
)
from tests.github.standing import HEAD, A, B

ME = "github-actions[bot]"
CLOSED = f"text\n\n{mark_lines(Mark(fingerprint=A, path='a.c', state=State.FIXED))}"
BODY = f"text\n\n{mark_lines(Mark(fingerprint=A, path='a.c', state=State.OPEN))}"


def data(id_: int, login: str = ME, body: str = BODY, **more: Any) -> dict[str, Any]:
    kind = "Bot" if login.endswith("[bot]") else "User"
    user = {"login": login, "type": kind}
    return {"id": id_, "user": user, "body": body, "path": "a.c", **more}


def ours(*comments: dict[str, Any], threads: tuple[Thread, ...] = ()) -> tuple[Ours, ...]:
    return our_comments([comment_of(one) for one in comments], threads, ME)


def thread(resolved: bool, by: str | None = None) -> Thread:
    return Thread(id="T", first=1, resolved=resolved, resolved_by=by)


class TestOurs:
    def test_author_and_mark_together(self) -> None:
        assert [one.id for one in ours(data(1))] == [1]

    @pytest.mark.parametrize(
        "other",
        [
            data(1, "octocat"),  # copied our text, mark and all
            data(1, body="no mark"),
            data(1, body=f"{BODY}\nand my own words"),
            data(1, in_reply_to_id=9),
            {**data(1), "user": None},
        ],
    )
    def test_not_one_without_the_other(self, other: dict[str, Any]) -> None:
        assert ours(other) == ()

    def test_the_oldest_review_comes_first(self) -> None:
        late = data(1, pull_request_review_id=20)
        early = data(2, pull_request_review_id=10)
        assert [one.id for one in ours(late, early)] == [2, 1]


class TestReplies:
    def test_of_a_person_count(self) -> None:
        assert ours(data(1), data(2, "octocat", "why?", in_reply_to_id=1))[0].answered

    def test_of_the_person_behind_our_token_count(self) -> None:
        mine = [data(1, "octocat"), data(2, "octocat", "no, see above", in_reply_to_id=1)]
        (one,) = our_comments([comment_of(each) for each in mine], (), "octocat")
        assert one.answered

    @pytest.mark.parametrize("login", [ME, "helper[bot]"])
    def test_of_ours_and_of_machines_do_not(self, login: str) -> None:
        assert not ours(data(1), data(2, login, "note", in_reply_to_id=1))[0].answered

    def test_in_another_thread_do_not(self) -> None:
        assert not ours(data(1), data(2, "octocat", "why?", in_reply_to_id=7))[0].answered


class TestResolved:
    def test_by_a_person_is_a_dismissal(self) -> None:
        (one,) = ours(data(1), threads=(thread(True, "octocat"),))
        assert one.dismissed
        assert not one.resolved_by_us

    def test_by_nobody_known_is_a_dismissal(self) -> None:
        assert ours(data(1), threads=(thread(True),))[0].dismissed

    def test_by_us_is_none(self) -> None:
        # GraphQL says github-actions where REST says github-actions[bot].
        (one,) = ours(data(1, body=CLOSED), threads=(thread(True, "github-actions"),))
        assert one.resolved_by_us
        assert not one.dismissed

    def test_of_an_open_finding_is_not_ours_whoever_it_was(self) -> None:
        (one,) = ours(data(1), threads=(thread(True, "github-actions"),))
        assert one.dismissed

    @pytest.mark.parametrize("threads", [(), (thread(False),)])
    def test_open_or_unknown_is_none(self, threads: tuple[Thread, ...]) -> None:
        assert not ours(data(1), threads=threads)[0].dismissed


class TestThread:
    def test_is_known_by_its_first_comment(self) -> None:
        node = {"id": "T", "isResolved": True, "resolvedBy": {"login": "octocat"}}
        node["comments"] = {"nodes": [{"databaseId": 1}]}
        assert thread_of(node) == thread(True, "octocat")

    @pytest.mark.parametrize("comments", [None, {"nodes": []}, {"nodes": [{}]}])
    def test_without_comments_is_none(self, comments: Any) -> None:
        assert thread_of({"id": "T", "isResolved": False, "comments": comments}) is None


class TestOthers:
    def test_reviews(self) -> None:
        mark = ReviewMark(head=HEAD, posted={A: B})
        body = review_lines(mark).replace("\n", "\r\n")
        (one,) = our_reviews([data(5, body=body), data(6, "octocat", body)], ME)
        assert (one.id, one.mark) == (5, mark)

    def test_summaries(self) -> None:
        body = f"text\n\n{SUMMARY}"
        found = our_summaries([data(9, body=body), data(3, body=body), data(1, "eve", body)], ME)
        assert found == ((3, body), (9, body))


class TestLikelyLogin:
    """Who we are, where GitHub does not tell."""

    def test_the_bot_whose_comments_are_marked(self) -> None:
        people = [data(2, "octocat"), data(3, body="none"), data(4, "eve[bot]", in_reply_to_id=1)]
        assert (
            likely_login([comment_of(one) for one in (data(1, "app[bot]"), *people)]) == "app[bot]"
        )

    @pytest.mark.parametrize("other", [data(1, "octocat"), data(1, "helper[bot]", "no mark")])
    def test_the_job_s_own_where_there_is_none(self, other: dict[str, Any]) -> None:
        assert likely_login([comment_of(other)]) == ACTIONS_BOT

    def test_of_several_none_is_guessed(self) -> None:
        with pytest.raises(GaveUpError, match=r"app\[bot\] and github-actions\[bot\]"):
            likely_login([comment_of(data(1)), comment_of(data(2, "app[bot]"))])


class TestSame:
    def test_finds(self) -> None:
        assert same("github-actions", ME)
        assert same("Octocat", "octocat")

    @pytest.mark.parametrize(("one", "other"), [("", ""), ("", ME), ("octocat", "octodog")])
    def test_silent(self, one: str, other: str) -> None:
        assert not same(one, other)
