"""Which comment speaks of which finding, over renames, deletions and two runs at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from reviewbot.findings import moved
from reviewbot.github.state import OurReview, Ours
from reviewbot.records import Decision


def without_duplicates(existing: Iterable[Ours]) -> tuple[tuple[Ours, ...], tuple[Ours, ...]]:
    """Comments to keep, and later ones of the same finding that two runs at once have left.

    The lowest review wins, so that both runs agree; what a person answered stays in any case.
    """
    first: set[str] = set()
    kept: list[Ours] = []
    doubled: list[Ours] = []
    for ours in sorted(existing, key=lambda one: (one.review_id, one.id)):
        again = ours.mark.fingerprint in first
        first.add(ours.mark.fingerprint)
        (doubled if again and not ours.answered else kept).append(ours)
    return tuple(kept), tuple(doubled)


def by_finding(comments: Sequence[Ours], decisions: Mapping[str, Decision]) -> dict[str, Ours]:
    """Our comments by the fingerprint that their finding has today."""
    found: dict[str, Ours] = {}
    for ours in comments:
        found.setdefault(ours.mark.fingerprint, ours)
    paths = sorted({one.finding.path for one in decisions.values()})
    for name, ours in list(found.items()):
        if name not in decisions:
            renamed = (moved(name, ours.mark.path, path) for path in paths)
            new = next((one for one in renamed if one in decisions and one not in found), None)
            if new is not None:
                found[new] = found.pop(name)
    return found


def told_once(
    posted: Sequence[OurReview], comments: Sequence[Ours], decisions: Mapping[str, Decision]
) -> set[str]:
    """Findings that were posted before, by the fingerprints that they have today.

    A posted finding that is in the report no more and has no comment left was deleted by a person;
    one that would be the same in a file without a name is it, after a rename.
    """
    was = {name: bare for review in posted for name, bare in review.mark.posted.items()}
    marks = [ours.mark for ours in comments]
    deleted = Counter(bare for name, bare in was.items() if name not in decisions) - Counter(
        nameless(mark.fingerprint, mark.path)
        for mark in marks
        if mark.fingerprint not in was or mark.fingerprint not in decisions
    )
    return {
        name
        for name, one in decisions.items()
        if name in was or deleted[nameless(name, one.finding.path)]
    }


def nameless(name: str, path: str) -> str:
    """The fingerprint that a finding would have in a file without a name."""
    return moved(name, path, "")
