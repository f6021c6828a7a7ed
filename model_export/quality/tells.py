"""What tells the outcome without any reasoning: names and comments, or counts of sync words.

python -m model_export tells --corpus data/programs

A classifier that sees only the words that authors chose, or only how often each word that orders
and protects occurs, must stay near chance on families it never saw; where it does not, the words
that weigh most say what the generator gives away.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_export.dataset import fold_of
from model_export.execute.corpus import read_rows
from model_export.metrics import Array, auroc, interval
from model_export.quality.tokens import own_words, sync_words
from reviewbot.errors import BadInput

FOLDS = 5
# A word of one family alone cannot tell anything of another; of two it may be chance.
LEAST_FAMILIES = 3
TOP = 12  # words shown of each direction
ROUNDS = 200  # of the bootstrap
STRENGTH = 0.1  # inverse of the regularisation: weak tells that many words share still add up


class TooFewPrograms(BadInput):
    """The corpus has too few families, or one outcome only, to say whether anything tells."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One program as a bag of words."""

    family: str
    racy: bool
    words: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """How well a bag of words tells the outcome of unseen families."""

    name: str
    bar: float
    area: float  # AUROC over all folds' held-out families
    low: float  # 95 % interval over families
    high: float
    racy: tuple[tuple[str, float], ...]  # words that speak for a race, heaviest first
    clean: tuple[tuple[str, float], ...]

    @property
    def holds(self) -> bool:
        """Whether the corpus does not tell."""
        return self.area <= self.bar

    def text(self) -> str:
        """For people."""
        verdict = "holds" if self.holds else "does NOT hold"
        lines = [
            f"{self.name}: AUROC {self.area:.3f} ({self.low:.3f} to {self.high:.3f}), "
            f"bar {self.bar:.2f} {verdict}"
        ]
        for side, words in (("racy", self.racy), ("clean", self.clean)):
            told = ", ".join(f"{word} {weight:+.2f}" for word, weight in words)
            lines.append(f"  speak for {side}: {told}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Test:
    """A bag of words and what it may tell at most."""

    __test__ = False  # no test of pytest's

    name: str
    bar: float
    words: Callable[[str], list[str]]


TESTS = (
    Test("identifiers and comments", 0.55, own_words),
    Test("counts of synchronisation words", 0.65, sync_words),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--corpus", type=Path, required=True, help="folder written by explore")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--all", action="store_true", help="duplicates and surplus programs too")
    parser.add_argument("--jobs", type=int, default=2)


def run(args: argparse.Namespace) -> int:
    """Print what tells; 1 if a bar does not hold."""
    from model_export.quality.select import read_selection  # only here: tests need no scan

    chosen = None if args.all else read_selection(args.corpus, args.jobs).ids
    found = measure(usable_rows(args.corpus, chosen), args.folds, args.jobs)
    print("\n".join(tell.text() for tell in found))
    return 0 if all(tell.holds for tell in found) else 1


def usable_rows(corpus: Path, chosen: frozenset[str] | None) -> list[dict[str, Any]]:
    """The usable programs, or those chosen."""
    rows = read_rows(corpus, ("id", "family", "label", "source", "usable"))
    return [r for r in rows if r["usable"] and (chosen is None or r["id"] in chosen)]


def measure(
    rows: Sequence[Mapping[str, Any]], folds: int = FOLDS, jobs: int = 1
) -> tuple[Tell, ...]:
    """Every test over the rows of a corpus; raises TooFewPrograms."""
    if jobs == 1:
        bags = list(map(samples, rows))
    else:
        with Pool(jobs) as pool:
            bags = list(pool.imap(samples, rows, chunksize=64))
    return tuple(tell(test, [bag[n] for bag in bags], folds) for n, test in enumerate(TESTS))


def samples(row: Mapping[str, Any]) -> tuple[Sample, ...]:
    """One program as a bag of words for each test."""
    source, racy = str(row["source"]), row["label"] == "racy"
    return tuple(Sample(str(row["family"]), racy, Counter(test.words(source))) for test in TESTS)


def tell(test: Test, bags: Sequence[Sample], folds: int = FOLDS) -> Tell:
    """Cross-validated by family: each is scored by a model that saw none of its programs."""
    labels: Array = np.array([float(bag.racy) for bag in bags])
    scores: Array = np.full(len(bags), np.nan)
    weights: dict[str, float] = defaultdict(float)
    for held in _held_out(bags, folds):
        train = [bag for bag, out in zip(bags, held, strict=True) if not out]
        model = _Model(train)
        scores[held] = model.scores([bag for bag, out in zip(bags, held, strict=True) if out])
        for word, weight in model.weights().items():
            weights[word] += weight / folds
    families = [bag.family for bag in bags]
    value, low, high = interval(auroc, labels, scores, families, rounds=ROUNDS)
    return Tell(
        name=test.name,
        bar=test.bar,
        area=value,
        low=low,
        high=high,
        racy=_heaviest(weights, 1),
        clean=_heaviest(weights, -1),
    )


def _held_out(bags: Sequence[Sample], folds: int) -> list[NDArray[np.bool_]]:
    """The bags of each fold that has any; raises TooFewPrograms if the others teach nothing."""
    parts = np.array([fold_of(bag.family, folds) for bag in bags], int)
    racy = np.array([bag.racy for bag in bags], bool)
    held = [parts == fold for fold in sorted(set(parts))]
    if len(held) < 2 or any(len(set(racy[~out])) < 2 for out in held):
        raise TooFewPrograms(
            f"{len(bags)} programs of {len({bag.family for bag in bags})} families are too few to "
            "say what tells: explore more families, or take another --folds"
        )
    return held


class _Model:
    """Logistic regression over the logarithms of counts; only words of several families."""

    def __init__(self, bags: Sequence[Sample]) -> None:
        # Heavy, and this alone needs it.
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.linear_model import LogisticRegression

        families: dict[str, set[str]] = defaultdict(set)
        for bag in bags:
            for word in bag.words:
                families[word].add(bag.family)
        self.known = {word for word, f in families.items() if len(f) >= LEAST_FAMILIES}
        self.matrix = DictVectorizer().fit(map(self._bag, bags))
        # With liblinear the same data give the same weights.
        self.line = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0)
        self.line.fit(self._counted(bags), [bag.racy for bag in bags])

    def scores(self, bags: Sequence[Sample]) -> Array:
        """The log odds of a race."""
        return np.asarray(self.line.decision_function(self._counted(bags)), float)

    def weights(self) -> dict[str, float]:
        """Word → weight; above zero it speaks for a race."""
        columns = self.matrix.vocabulary_.items()
        return {word: float(self.line.coef_[0][n]) for word, n in columns if word}

    def _counted(self, bags: Sequence[Sample]) -> Any:  # (programs, words), sparse
        found = self.matrix.transform(map(self._bag, bags))
        # Some SciPy versions index by 64 bits here, which liblinear does not take.
        found.indices, found.indptr = found.indices.astype("i4"), found.indptr.astype("i4")
        return found

    def _bag(self, bag: Sample) -> dict[str, float]:
        # One word more, lest there be none.
        counts = bag.words.items()
        return {"": 1.0} | {w: math.log1p(n) for w, n in counts if w in self.known}


def _heaviest(weights: Mapping[str, float], sign: int) -> tuple[tuple[str, float], ...]:
    told = [(word, weight) for word, weight in weights.items() if weight * sign > 0]
    return tuple(sorted(told, key=lambda item: (-abs(item[1]), item[0]))[:TOP])
