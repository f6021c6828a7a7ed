"""Which combinations of facts the training families had, and how strange a new family looks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from model_export.dataset import is_composed, split_of
from model_export.selective.items import Bags, Known
from reviewbot.model.features import MAX_PAIRS, MAX_RELATIONS, RESERVED, UNKNOWN
from reviewbot.model.novelty import Novelty

# Families that must have had two facts together for the company to count as known. On held-out
# families 3 told wrong verdicts from right ones best among 1, 2, 3, 5 and 10, as well as the
# distance to the nearest of all training pairs, which would need them in the bundle.
LEAST = 3
# Share of slices of families like those of training that may be called unlike by the company of
# their facts: each costs a run. A fact that is not in the vocabulary makes a slice unlike as well.
UNLIKE = 0.05
FEWEST = 40  # authored families: their strangest twentieth is two of them

Vocabulary: TypeAlias = Mapping[str, int]
Counts: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Company:
    """How many families had each two facts in one pair; of each family, its own pairs."""

    counts: Counts  # (facts, facts)
    families: Mapping[str, NDArray[np.float32]]  # (distinct pairs, facts) of 0 and 1

    def known(self, without: str | None = None) -> NDArray[np.bool_]:
        """(facts, facts): combinations of enough families, one of them left out if it is named."""
        counts = self.counts
        if without is not None and without in self.families:
            counts = counts - _together(self.families[without])
        seen = counts >= LEAST
        np.fill_diagonal(seen, np.arange(len(seen)) >= len(RESERVED))
        return np.asarray(seen)


def company(items: Iterable[Known], facts: Vocabulary) -> Company:
    """Count over the families of the items."""
    bags: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for item in items:
        bags[item.unit].update(item.bags)
    size = max(facts.values()) + 1
    families = {family: _matrix(sorted(own), facts, size) for family, own in sorted(bags.items())}
    counts: Counts = np.zeros((size, size), np.int32)
    for own in families.values():
        counts += _together(own)
    return Company(counts, families)


def _matrix(bags: Sequence[tuple[str, ...]], facts: Vocabulary, size: int) -> NDArray[np.float32]:
    result: NDArray[np.float32] = np.zeros((len(bags), size), np.float32)
    for row, bag in enumerate(bags):
        result[row, [facts[fact] for fact in bag if fact in facts]] = 1
    return result


def _together(bags: NDArray[np.float32]) -> Counts:
    return (bags.T @ bags > 0).astype(np.int32)


def rows_of(bags: Bags, facts: Vocabulary) -> list[tuple[int, ...]]:
    """Fact ids of each pair, by the rules of `features.encode`."""
    return [tuple(facts.get(f, UNKNOWN) for f in bag[:MAX_RELATIONS]) for bag in bags[:MAX_PAIRS]]


def strangeness(items: Sequence[Known], about: Company, facts: Vocabulary) -> NDArray[np.float64]:
    """(N,) of each slice, its own family left out of the count."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        places[item.unit].append(place)
    result = np.zeros(len(items))
    whole = about.known()
    for family, own in places.items():
        seen = about.known(family) if family in about.families else whole
        novelty, memory = Novelty(seen, math.inf), dict[Bags, int]()
        for place in own:
            bags = items[place].bags
            if bags not in memory:
                memory[bags] = novelty.strangeness(rows_of(bags, facts))
            result[place] = memory[bags]
    return result


def unlike_from(values: Sequence[float], families: Sequence[str], share: float = UNLIKE) -> float:
    """The strangeness that a slice of a new family reaches with chance `share` at most.

    Conformal over families (Lee, Barber and Willett 2023): each weighs alike, and the new one is
    counted as the strangest of all.
    """
    sizes: dict[str, int] = defaultdict(int)
    for family in families:
        sizes[family] += 1
    order = np.argsort(values, kind="stable")
    weights = np.array([1.0 / sizes[families[i]] for i in order]) / (len(sizes) + 1)
    reached = np.cumsum(weights)
    place = int(np.searchsorted(reached, 1.0 - share - 1e-12))
    return math.inf if place >= len(order) else float(values[order[place]]) + 1.0


def fit(
    items: Sequence[Known], about: Company, facts: Vocabulary, share: float = UNLIKE
) -> Novelty:
    """The detector of a bundle; its bar is set by families as it sees them that it never saw."""
    judges = _judges([item for item in items if not item.repeated])
    values = strangeness(judges, about, facts)
    families = [item.unit for item in judges]
    return Novelty(about.known(), unlike_from(values.tolist(), families, share))


def _judges(items: Sequence[Known]) -> Sequence[Known]:
    """Slices of authored families where there are enough of these.

    Composed ones share their patterns, so that they look like each other and set too low a bar:
    with them, 46 % of the slices of authored test families were called unlike.
    """
    authored = [item for item in items if not is_composed(item.family)]
    return authored if len({item.unit for item in authored}) >= FEWEST else items


def held_out(family: str) -> bool:
    """Whether a family belongs to the test split, of which no detector may know."""
    return split_of(family) == "test"
