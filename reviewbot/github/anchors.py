"""Where on the diff a comment may stand; GitHub refuses a whole review for one wrong line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewbot.records import FileDiff, Finding

Ranges = Mapping[str, Sequence[tuple[int, int]]]  # head-side first and last line of each hunk
LONGEST = 20  # lines; a comment on more of them hides the code that it speaks of


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The line of a comment on the head's side; `start_line` is set, and smaller, for a range."""

    path: str
    line: int
    start_line: int | None = None


def hunk_ranges(file: FileDiff) -> list[tuple[int, int]]:
    """First and last head-side line of each hunk, context lines included."""
    return [
        (hunk.new_start, hunk.new_start + hunk.new_length - 1)
        for hunk in file.hunks
        if hunk.new_length > 0  # a hunk that only removes from a file's start has no line there
    ]


def anchor(finding: Finding, ranges: Ranges) -> Anchor | None:
    """The best place in the diff for a finding, or None if the diff shows nothing of it.

    Its own lines first, then its accesses, then the lines of its causal chain.
    """
    start, end = finding.line, finding.end_line
    if start < end <= start + LONGEST and _in_one_hunk(finding.path, start, end, ranges):
        return Anchor(path=finding.path, line=end, start_line=start)
    places = [
        (finding.path, start),
        *((access.path, access.line) for access in finding.accesses),
        *((step.path, step.line) for step in finding.trace),
    ]
    shown = (place for place in places if _in_one_hunk(place[0], place[1], place[1], ranges))
    found = next(shown, None)
    return Anchor(path=found[0], line=found[1]) if found else None


def fits(place: Anchor, ranges: Ranges) -> bool:
    """Whether GitHub will take a comment there: one hunk, and a range in ascending order."""
    start = place.line if place.start_line is None else place.start_line
    ascending = place.start_line is None or place.start_line < place.line
    return ascending and _in_one_hunk(place.path, start, place.line, ranges)


def _in_one_hunk(path: str, start: int, end: int, ranges: Ranges) -> bool:
    return any(first <= start and end <= last for first, last in ranges.get(path, ()))
