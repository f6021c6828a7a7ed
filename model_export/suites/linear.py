"""The linear control: logistic regression on bags of words, on pairs' relations or on a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression

from model_export.calibrate import calibrate
from model_export.dataset import fold_of, split_of
from reviewbot.errors import BadInput
from reviewbot.model.bundle import Platt

Array: TypeAlias = NDArray[np.float64]
Bag: TypeAlias = Sequence[str]
Score: TypeAlias = Callable[[Sequence[Bag]], Array]

STRENGTH = 0.3  # C of the regression, as in the model card's controls
RACY_WEIGHT = 3  # racy pairs are rare
HELD = 5  # one family in so many calibrates and is not trained on


def fit_bags(bags: Sequence[Bag], labels: Sequence[int], *, racy_weight: float = 1) -> Score:
    """A scorer of bags: probability of label 1; words that training lacked are passed over."""
    words = dict.fromkeys(word for bag in bags for word in bag)
    ids = {word: index for index, word in enumerate(words)}
    model = LogisticRegression(C=STRENGTH, max_iter=300, class_weight={0: 1, 1: racy_weight})
    model.fit(_matrix(bags, ids), labels)

    def score(items: Sequence[Bag]) -> Array:
        if not items:
            return np.zeros(0)
        return np.asarray(model.predict_proba(_matrix(items, ids))[:, 1], np.float64)

    return score


def fit_relations(rows: Sequence[Mapping[str, Any]]) -> tuple[Score, Platt, Platt]:
    """(scorer of a pair's relations, slice calibration, file calibration) from labelled slices.

    Families of the test split are left out; one in HELD of the others calibrates. Raises BadInput.
    """
    rows = [row for row in rows if split_of(row["family"]) != "test"]
    train = [r for r in rows if fold_of(r["family"], HELD) and not r.get("repeated")]
    held = [r for r in rows if not fold_of(r["family"], HELD)]
    if not train or not held:
        raise BadInput("--data has too few families to train and calibrate a linear model.")
    pairs = [
        (bag, race)
        for row in train
        for bag, race in zip(row["facts"], row["race"], strict=False)
        if race >= 0
    ]
    bags, labels = [bag for bag, _ in pairs], [race for _, race in pairs]
    score = fit_bags(bags, labels, racy_weight=RACY_WEIGHT)
    scored = [{**row, "score": float(score(row["facts"]).max())} for row in held if row["facts"]]
    return score, *calibrate(scored)


def _matrix(bags: Sequence[Bag], ids: Mapping[str, int]) -> csr_matrix:
    counts = [Counter(ids[word] for word in bag if word in ids) for bag in bags]
    starts = [0, *np.cumsum([len(count) for count in counts])]
    columns = [index for count in counts for index in count]
    values = [1.0] * len(columns)
    return csr_matrix((values, columns, starts), shape=(len(bags), len(ids)))
