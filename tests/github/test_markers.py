"""The hidden marks: written, found again, and never taken from the middle of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewbot.github.markers import (
    SUMMARY,
    Mark,
    ReviewMark,
    State,
    is_summary,
    mark_lines,
    read_mark,
    read_review_mark,
    review_lines,
    without_mark,
)

NAME = "6d1f0c2a9be47735"
MARK = Mark(fingerprint=NAME, path="src/a.c", state=State.OPEN)


class TestFindingMark:
    @pytest.mark.parametrize("state", list(State))
    def test_is_read_back(self, state: State) -> None:
        mark = Mark(fingerprint=NAME, path="src/a b-->.c", state=state)
        assert read_mark(f"text\n\n{mark_lines(mark)}", "other.c") == mark

    def test_is_the_last_line(self) -> None:
        assert mark_lines(MARK).splitlines()[-1] == f"<!-- reviewbot:v1 finding={NAME} -->"

    def test_survives_browsers_and_trailing_space(self) -> None:
        assert read_mark(f"text\n\n{mark_lines(MARK)}  \n", "") == MARK

    def test_alone_it_is_open_at_the_comments_path(self) -> None:
        bare = f"text\n<!-- reviewbot:v1 finding={NAME} -->"
        assert read_mark(bare, "src/a.c") == MARK

    @pytest.mark.parametrize(
        "body",
        [
            "text",
            f"<!-- reviewbot:v1 finding={NAME} -->\nquoted above, my own words below",
            f"<!-- reviewbot:v1 finding={NAME[:4]} -->",
            f"<!-- reviewbot:v2 finding={NAME} -->",
            "<!-- reviewbot:v1 finding=not-hex -->",
            SUMMARY,
        ],
    )
    def test_nothing_else_is_one(self, body: str) -> None:
        assert read_mark(body, "a.c") is None

    @given(st.text(min_size=1))
    def test_no_path_ends_the_html_comment(self, path: str) -> None:
        lines = mark_lines(Mark(fingerprint=NAME, path=path, state=State.OPEN)).split("\n")
        assert len(lines) == 2
        assert lines[0].count("--") == 2

    def test_is_taken_off(self) -> None:
        assert without_mark(f"one\n\ntwo\n\n{mark_lines(MARK)}\n") == "one\n\ntwo"
        assert without_mark("plain") == "plain"


class TestReviewMark:
    def test_is_read_back(self) -> None:
        mark = ReviewMark(head="f" * 40, posted={NAME: "cd" * 8, "ab" * 8: "ef" * 8})
        assert read_review_mark(f"hello\n\n{review_lines(mark)}") == mark

    def test_without_findings(self) -> None:
        mark = ReviewMark(head="f" * 40, posted={})
        assert read_review_mark(review_lines(mark)) == mark

    def test_a_mark_without_a_list_is_one(self) -> None:
        bare = f"<!-- reviewbot:v1 review head={'f' * 40} -->"
        assert read_review_mark(bare) == ReviewMark(head="f" * 40, posted={})

    @pytest.mark.parametrize("body", ["", "text", "<!-- reviewbot:v1 review head=main -->"])
    def test_nothing_else_is_one(self, body: str) -> None:
        assert read_review_mark(body) is None


class TestSummaryMark:
    def test_must_stand_last(self) -> None:
        assert is_summary(f"text\n{SUMMARY}\n")
        assert not is_summary(f"{SUMMARY}\ntext")
