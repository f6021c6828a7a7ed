"""Accuracy of model, sanitizer and both together as a function of the sanitizer's time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.economy_data import Case
from model_export.metrics import augrc

Array: TypeAlias = NDArray[np.float64]
Figure: TypeAlias = tuple[float, float, float]  # value and 95 % interval
Statistic: TypeAlias = Callable[[Array], float]  # of how often each case counts

ROUNDS = 1000
RANDOM_ORDERS = 40
GRID = 101  # points of a curve over the budget


@dataclass(frozen=True, slots=True)
class Economy:
    """The cases as columns; `alone`, `settled`, `sanitizer` are 1 where that answer is right."""

    racy: Array
    reported: Array  # 1 where the sanitizer reported a race
    model: Array  # probabilities
    after: Array  # probabilities once the sanitizer ran
    unaided: Array  # probabilities to one who has the sanitizer alone
    seconds: Array
    families: tuple[str, ...]
    values: Mapping[str, Array]  # by the name of the order: the greater, the earlier

    @property
    def alone(self) -> Array:
        """Where the model is right."""
        return _right(self.racy, self.model)

    @property
    def settled(self) -> Array:
        """Where the model is right once the sanitizer ran."""
        return _right(self.racy, self.after)

    @property
    def sanitizer(self) -> Array:
        """Where the sanitizer is right: a report is a race, silence and failure are none."""
        return (self.reported == self.racy).astype(float)


def _right(racy: Array, likely: Array) -> Array:
    return ((likely >= 0.5) == (racy == 1)).astype(float)


PLAN = "uncertainty × severity"
SHIPPED = "the plan as shipped, then the rest"
PLAIN = "p near ½"
THRIFTY = "uncertainty × severity, a second"
ORACLE = "best possible (knows the outcome)"
RANDOM = "random"


def economy(cases: Sequence[Case]) -> Economy:
    """The columns of the cases, and the orders in which they may be escalated."""
    bare = Economy(
        racy=np.array([float(case.racy) for case in cases]),
        reported=np.array([float(case.sanitizer == "racy") for case in cases]),
        model=np.array([case.opinion.probability for case in cases]),
        after=np.array([case.settled for case in cases]),
        unaided=np.array([case.unaided for case in cases]),
        seconds=np.array([case.seconds for case in cases]),
        families=tuple(case.family for case in cases),
        values={},
    )
    return replace(bare, values=_orders(bare, cases))


def _orders(bare: Economy, cases: Sequence[Case]) -> dict[str, Array]:
    value = np.array([case.opinion.value for case in cases])
    planned = np.array([case.opinion.planned for case in cases])
    orders = {
        PLAN: value,
        SHIPPED: np.where(planned > 0, 1.0 + planned, value),
        THRIFTY: value / bare.seconds,
        PLAIN: -np.abs(bare.model - 0.5),
        ORACLE: (bare.settled - bare.alone) / bare.seconds,
    }
    if len(set(bare.seconds)) == 1:
        del orders[THRIFTY]  # without prices it is the first once more
    if np.array_equal(planned, value):
        del orders[SHIPPED]  # nobody planned: the opinions come from cross-validation
    return orders


def escalated(data: Economy, value: Array, share: float, counts: Array | None = None) -> Array:
    """1 for the cases that a share of the sanitizer's whole time pays for, by falling value.

    The first that does not fit ends it. `counts`: how often each case is there (a resample).
    """
    cost = data.seconds if counts is None else data.seconds * counts
    order = np.argsort(-value, kind="stable")
    spent = np.cumsum(cost[order])
    chosen = np.zeros(len(cost))
    chosen[order[spent <= share * cost.sum() + 1e-9]] = 1.0
    return chosen


def accuracy_at(data: Economy, value: Array, share: float, counts: Array | None = None) -> float:
    """Accuracy of model and sanitizer together at a share of the sanitizer's time."""
    chosen = escalated(data, value, share, counts)
    return _mean(np.where(chosen == 1, data.settled, data.alone), counts)


def random_accuracy_at(data: Economy, share: float, counts: Array | None = None) -> float:
    """The same for cases chosen at random: the mean over a fixed set of orders."""
    rng = np.random.default_rng(0)
    orders = rng.random((RANDOM_ORDERS, len(data.racy)))
    return float(np.mean([accuracy_at(data, order, share, counts) for order in orders]))


def joined(data: Economy, value: Array, share: float) -> Array:
    """The probabilities of the combination."""
    return np.where(escalated(data, value, share) == 1, data.after, data.model)


def error_of_the_rest(data: Economy, value: Array, share: float) -> float:
    """Share of wrong answers among the cases that are not escalated."""
    rest = escalated(data, value, share) == 0
    return float(1.0 - data.alone[rest].mean()) if rest.any() else 0.0


def allowed_error_of_the_rest(data: Economy, value: Array, share: float) -> float:
    """The share of wrong answers among those at which the bar would just be met."""
    chosen = escalated(data, value, share) == 1
    if chosen.all():
        return 1.0
    wrong = (1.0 - data.sanitizer).sum() - (1.0 - data.settled[chosen]).sum()
    return float(max(wrong, 0.0) / (~chosen).sum())


def catches_up(data: Economy, value: Array) -> float | None:
    """The least share of the sanitizer's time at which the combination is as accurate as it."""
    bar = data.sanitizer.mean()
    shares = np.linspace(0.0, 1.0, 10 * (GRID - 1) + 1)
    return next((float(s) for s in shares if accuracy_at(data, value, s) >= bar - 1e-12), None)


def bootstrap(
    data: Economy, statistic: Statistic, *, rounds: int = ROUNDS, seed: int = 0
) -> Figure:
    """A statistic and its 95 % interval, whole families drawn again."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, family in enumerate(data.families):
        members[family].append(index)
    names, rng, drawn = sorted(members), np.random.default_rng(seed), []
    for _ in range(rounds):
        counts = np.zeros(len(data.racy))
        for name in rng.integers(0, len(names), len(names)):
            counts[members[names[name]]] += 1
        drawn.append(statistic(counts))
    ends: Array = np.percentile(drawn, [2.5, 97.5])
    return statistic(np.ones(len(data.racy))), float(ends[0]), float(ends[1])


def generalised_risk(racy: Array, likely: Array) -> Array:
    """Wrong answers among the k most confident, as a share of all, for k = 1 … n.

    Its mean is AUGRC (Traub et al. 2024), as `model_export.metrics.augrc` has it.
    """
    order = np.argsort(-np.abs(likely - 0.5), kind="stable")
    return np.cumsum(1.0 - _right(racy, likely)[order]) / len(racy)


def augrc_of(data: Economy, likely: Array, counts: Array | None = None) -> float:
    """AUGRC of probabilities; with `counts`, of a resample."""
    if counts is None:
        return augrc(data.racy, likely)
    index: NDArray[np.int64] = np.repeat(np.arange(len(likely)), counts.astype(int))
    return augrc(data.racy[index], likely[index])


def _mean(right: Array, counts: Array | None) -> float:
    return float(np.average(right, weights=counts))
