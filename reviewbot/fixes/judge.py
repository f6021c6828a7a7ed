"""The model's opinion of an edited file against that of the file as it was, pair by pair."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reviewbot.fixes.case import of_finding
from reviewbot.fixes.edits import Edited
from reviewbot.records import Access, Finding, Prediction

# What rises by no more is noise: the same pair with a line more beside it. Half of what the front
# end's own floor for findings is taken for.
RISE = 0.05
# A fix must turn the verdict, not shade it: at a third, "likely" has become "unlikely" for every
# comment threshold up to the default's.
SHARE = 1 / 3

Key = tuple[str, frozenset[int]]  # the object, and where both accesses stood before the edit
Where = Callable[[Access], int]
ADDED = -1  # the place of all code that the edit brought


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the finding, and how much the worst of all other pairs rose."""

    after: float
    rise: float

    def mends(self, before: float, level: float) -> bool:
        """Whether the edit is worth offering for a finding that is told from `level` on."""
        return self.after < level and self.after < before * SHARE and self.rise <= RISE


def judge(
    finding: Finding, before: Sequence[Prediction], edited: Edited, after: Iterable[Prediction]
) -> Verdict:
    """Compare both opinions; a pair is known again by the place of its code, and not by its line.

    What is new at the finding's own object counts as the finding; what is new elsewhere has risen
    from nothing.
    """
    old = _by_key(before, _where(edited.source))
    own = set(_by_key(of_finding(finding, before), _where(edited.source)))
    then = _where(edited.text)
    new = _by_key(after, lambda access: _or_added(edited.before(then(access))))
    likely, rise = 0.0, 0.0
    for key, probability in new.items():
        if key in own or (key not in old and _is_of(key, finding, own)):
            likely = max(likely, probability)
        else:
            rise = max(rise, probability - old.get(key, 0.0))
    return Verdict(likely, rise)


def _is_of(key: Key, finding: Finding, own: Iterable[Key]) -> bool:
    """Whether a pair that was not there is the finding's: by its object's name, or its places."""
    return key[0] == finding.object or any(key[1] == places for _, places in own)


def _by_key(predictions: Iterable[Prediction], where: Where) -> dict[Key, float]:
    """The highest probability of each pair, whichever construct it was seen from."""
    found: dict[Key, float] = {}
    for one in predictions:
        key = (one.slice.object, frozenset({where(one.pair.first), where(one.pair.second)}))
        found[key] = max(one.probability, found.get(key, 0.0))
    return found


def _where(text: str) -> Where:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return lambda access: starts[min(access.line, len(starts)) - 1] + access.column - 1


def _or_added(offset: int | None) -> int:
    return ADDED if offset is None else offset
