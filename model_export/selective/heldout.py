"""Does the detector see constructs that training never had? They are hidden from it and asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from model_export import metrics
from model_export.card import Table
from model_export.selective import novelty
from model_export.selective.bounds import Array
from model_export.selective.items import Known
from reviewbot.model.features import RESERVED

# What makes code parallel or protects it, as the front end names it: one fact each.
SLOTS = ("construct=", "common=", "frameA=", "ordering=", "depend=", "atomicA=", "inA=")
FEWEST = 40  # slices of the test families that have it
MOST = 300  # slices of each side that are asked


def constructs(items: Sequence[Known], limit: int) -> list[str]:
    """Facts that enough test slices have and most have not; the commonest first."""
    counts = Counter(
        fact
        for item in items
        for fact in {fact for bag in item.bags for fact in bag if fact.startswith(SLOTS)}
    )
    fine = (f for f, n in counts.most_common() if FEWEST <= n <= len(items) / 3)
    return list(fine)[:limit]


def table(known: Sequence[Known], limit: int, seed: int = 0) -> Table:
    """AUROC of strangeness for slices with a hidden construct against those without it.

    *told*: the construct's own name is a fact that the detector does not know. *blind*: facts that
    are new to it are dropped before it is asked, so that only their company can tell.
    """
    fresh = [item for item in known if not item.repeated]
    test = [item for item in fresh if novelty.held_out(item.family)]
    training = [item for item in fresh if not novelty.held_out(item.family)]
    result = Table(
        "Constructs hidden from the detector (AUROC)", ("construct", "items", "told", "blind")
    )
    rng = np.random.default_rng(seed)
    for construct in constructs(test, limit):
        facts, about = _without(training, construct)
        having, others = _sides(test, construct, rng)
        families = [item.unit for item in (*having, *others)]
        labels = np.array([1.0] * len(having) + [0.0] * len(others))
        told = {
            "told": _strange([*having, *others], about, facts),
            "blind": _strange([_dropped(i, facts) for i in (*having, *others)], about, facts),
        }
        result.add(
            construct,
            len(having),
            {
                name: metrics.interval(metrics.auroc, labels, values, families, rounds=100)
                for name, values in told.items()
            },
        )
    return result


def _has(item: Known, fact: str) -> bool:
    return any(fact in bag for bag in item.bags)


def _without(
    training: Iterable[Known], construct: str
) -> tuple[Mapping[str, int], novelty.Company]:
    """Vocabulary and counts of what is left when every slice with the construct is taken away."""
    rest = [item for item in training if not _has(item, construct)]
    seen: dict[str, set[str]] = {}
    for item in rest:
        for bag in item.bags:
            for fact in bag:
                seen.setdefault(fact, set()).add(item.unit)
    known = sorted(fact for fact, families in seen.items() if len(families) >= 2)
    facts = {fact: number for number, fact in enumerate((*RESERVED, *known))}
    return facts, novelty.company(rest, facts)


def _sides(
    test: Sequence[Known], construct: str, rng: np.random.Generator
) -> tuple[list[Known], list[Known]]:
    sides = [
        [item for item in test if item.bags and _has(item, construct) == has]
        for has in (True, False)
    ]
    having, others = ([side[int(i)] for i in rng.permutation(len(side))[:MOST]] for side in sides)
    return having, others


def _dropped(item: Known, facts: Mapping[str, int]) -> Known:
    bags = tuple(tuple(fact for fact in bag if fact in facts) for bag in item.bags)
    return Known(item.family, item.program, item.kind, bags, item.unresolved, item.repeated)


def _strange(items: Sequence[Known], about: novelty.Company, facts: Mapping[str, int]) -> Array:
    return novelty.strangeness(items, about, facts)
