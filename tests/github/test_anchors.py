"""Where a comment may stand on a diff."""

from __future__ import annotations

from typing import Any

import pytest

from reviewbot.diff import parse_diff
from reviewbot.github.anchors import Anchor, anchor, fits, hunk_ranges
from reviewbot.records import FileDiff
from tests.report.factory import access, race

DIFF = b"""\
diff --git a/a.c b/a.c
index 1111111..2222222 100644
--- a/a.c
+++ b/a.c
@@ -3,4 +3,5 @@
 three
 four
+new
 five
 six
@@ -40,3 +41,2 @@
 forty
-gone
 last
"""
GONE = b"""\
diff --git a/a.c b/a.c
deleted file mode 100644
index 1111111..0000000
--- a/a.c
+++ /dev/null
@@ -1,2 +0,0 @@
-one
-two
"""


def ranges_of(diff: bytes) -> list[tuple[int, int]]:
    (file,) = parse_diff(diff)
    assert isinstance(file, FileDiff)
    return hunk_ranges(file)


class TestRanges:
    def test_context_lines_count(self) -> None:
        assert ranges_of(DIFF) == [(3, 7), (41, 42)]

    def test_a_deleted_file_has_no_line(self) -> None:
        assert ranges_of(GONE) == []


def where(ranges: dict[str, list[tuple[int, int]]], **changes: Any) -> Anchor | None:
    return anchor(race(**{"trace": (), "accesses": (), "end_line": 10, **changes}), ranges)


class TestAnchor:
    def test_its_own_line(self) -> None:
        spot = where({"src/tally.c": [(8, 11)]})
        assert spot == Anchor(path="src/tally.c", line=10)

    def test_its_own_lines_as_a_range(self) -> None:
        spot = where({"src/tally.c": [(8, 12)]}, end_line=12)
        assert spot == Anchor(path="src/tally.c", line=12, start_line=10)

    def test_a_range_over_two_hunks_becomes_a_line(self) -> None:
        spot = where({"src/tally.c": [(8, 10), (12, 20)]}, end_line=12)
        assert spot == Anchor(path="src/tally.c", line=10)

    def test_a_very_long_range_becomes_a_line(self) -> None:
        spot = where({"src/tally.c": [(1, 500)]}, end_line=400)
        assert spot == Anchor(path="src/tally.c", line=10)

    def test_else_an_access_that_the_diff_shows(self) -> None:
        both = (access(), access(line=30))
        assert where({"src/tally.c": [(28, 33)]}, accesses=both) == Anchor(
            path="src/tally.c", line=30
        )

    def test_else_an_access_in_another_file(self) -> None:
        both = (access(), access(path="src/other.c", line=5))
        assert where({"src/other.c": [(5, 5)]}, accesses=both) == Anchor(path="src/other.c", line=5)

    def test_else_a_line_of_the_chain(self) -> None:
        chain = race().trace
        assert where({"src/tally.c": [(6, 8)]}, trace=chain) == Anchor(path="src/tally.c", line=7)

    @pytest.mark.parametrize("ranges", [{}, {"src/tally.c": []}, {"src/other.c": [(1, 99)]}])
    def test_else_none(self, ranges: dict[str, list[tuple[int, int]]]) -> None:
        assert where(ranges, accesses=(access(),), trace=race().trace) is None


class TestFits:
    @pytest.mark.parametrize(
        ("line", "start", "fine"),
        [
            (5, None, True),
            (3, None, True),
            (7, 3, True),
            (8, None, False),
            (2, None, False),
            (5, 5, False),  # GitHub wants a range's start above its end
            (5, 6, False),
            (41, 7, False),  # two hunks
        ],
    )
    def test_as_github_does(self, line: int, start: int | None, fine: bool) -> None:
        spot = Anchor(path="a.c", line=line, start_line=start)
        assert fits(spot, {"a.c": [(3, 7), (41, 42)]}) is fine
