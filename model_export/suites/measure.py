"""What a judge says of a suite's cases, and how right that is, by file and by marked line."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from model_export import metrics
from model_export.suites import dracc, goblint, indigo3, lines, rules
from model_export.suites.case import Case
from reviewbot.code.analyse import analyse
from reviewbot.errors import BadInput
from reviewbot.pipeline import Predictor
from reviewbot.records import Analysis, Prediction, Slice

Array: TypeAlias = NDArray[np.float64]
Lines: TypeAlias = Mapping[int, float]  # line → probability that it takes part in a race
Interval: TypeAlias = tuple[float, float, float]

NO_CONSTRUCT = "no construct seen"
# Figures of confidence: a judge that gives bare verdicts has none.
GRADED = frozenset({"AUROC", "ECE", "Brier", "error of the most confident 80 %", "AUGRC"})
# Of these, figures of the order of confidence alone.
RANKED = frozenset({"error of the most confident 80 %", "AUGRC"})
LEAST = 1e-6  # of a margin is left in any case, so that no verdict turns
NONE: Interval = (float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite by name: how its cases are read, and what a compiler needs beside a file."""

    cases: Callable[[Path], Iterator[Case]]
    includes: tuple[str, ...] = ()  # folders under the root with the suite's headers
    # What a program is run with, or None: what it needs does not lie under the root.
    arguments: Callable[[Case, Path], tuple[str, ...] | None] = lambda _case, _root: ()


SUITES: Mapping[str, Suite] = {
    "goblint": Suite(cases=goblint.cases),
    "indigo3": Suite(
        cases=indigo3.cases,
        includes=("lib",),
        arguments=indigo3.arguments,
    ),
    "dracc": Suite(cases=dracc.cases),
    "lines": Suite(cases=lines.cases),
    "sketches": Suite(cases=lines.held_out),
}


def read_cases(name: str, root: Path, *, seed: int = 0) -> list[Case]:
    """All cases, shuffled so that ties in confidence follow no order of names.

    Raises BadInput where the suite has no case under the root, or two of one name.
    """
    cases = list(SUITES[name].cases(root))
    if not cases:
        raise BadInput(f"No case of {name} lies under {root}: give its checkout as --root.")
    twice = len(cases) - len({case.name for case in cases})
    if twice:
        raise BadInput(f"{twice} cases of {name} share their names: give one checkout as --root.")
    random.Random(seed).shuffle(cases)  # noqa: S311 - no secret
    return cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One case with what the front end and the model saw in it."""

    case: Case
    analysis: Analysis
    predictions: tuple[Prediction, ...]
    probability: float  # of the file

    @property
    def constructs(self) -> frozenset[str]:
        """The kinds of constructs that the front end found."""
        kinds = frozenset(region.kind for region in self.analysis.regions)
        return kinds or frozenset({NO_CONSTRUCT})

    def at(self, line: int) -> tuple[Prediction, ...]:
        """The predictions of pairs that touch a line, the likeliest first."""
        touching = (p for p in self.predictions if line in _touched(p))
        return tuple(sorted(touching, key=lambda p: -p.probability))


def look(cases: Iterable[Case], predictor: Predictor) -> list[Seen]:
    """Front end and model on every case, each by itself, as in a review."""
    return [_look(case, predictor) for case in cases]


def _look(case: Case, predictor: Predictor) -> Seen:
    analysis = analyse(case.path, case.source.encode(), case.read)
    predictions = predictor.predict(analysis.slices) if analysis.slices else ()
    return Seen(
        case=case,
        analysis=analysis,
        predictions=predictions,
        probability=predictor.file_probability(predictions),
    )


def _touched(prediction: Prediction) -> frozenset[int]:
    return frozenset({prediction.pair.first.line, prediction.pair.second.line})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one judge says of the cases that it could read, by the case's name."""

    judge: str
    files: Mapping[str, float]
    lines: Mapping[str, Lines] = field(default_factory=dict)  # a line that is not named has 0
    # The files' probabilities, moved towards one half by what it could not see there: a file
    # is the less confidently judged the nearer it is. Those of `files` where none are told.
    shaded: Mapping[str, float] = field(default_factory=dict)
    graded: bool = True  # False: bare verdicts, 0 or 1
    speaks_of_lines: bool = True
    note: str = ""  # what it could not read, and why
    executed: bool = False  # it tells what runs of the programs showed


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A judge that could not be asked, and why."""

    judge: str
    reason: str


def of_model(seen: Sequence[Seen], name: str) -> Opinion:
    """The world model's opinion; a line has its likeliest pair's probability."""
    return Opinion(
        judge=name,
        files={s.case.name: s.probability for s in seen},
        lines={s.case.name: _strongest(s) for s in seen},
        shaded={s.case.name: 0.5 + (s.probability - 0.5) * _sight(s.predictions) for s in seen},
    )


def _sight(predictions: Sequence[Prediction]) -> float:
    """What is left of the model's confidence in a file: the least that a pair's unread parts leave.

    Hardly any where nothing was found that it could judge.
    """
    left = [
        (p.confidence - 0.5) / margin
        for p in predictions
        if (margin := abs(p.probability - 0.5)) > 0
    ]
    return max(min(left, default=0.0), LEAST)


def _strongest(seen: Seen) -> Lines:
    best: dict[int, float] = {}
    for prediction in seen.predictions:
        for line in _touched(prediction):
            best[line] = max(best.get(line, 0.0), prediction.probability)
    return best


def of_rules(seen: Sequence[Seen]) -> Opinion:
    """The fixed table's opinion on the same pairs."""
    lines = {s.case.name: _claimed(s.analysis.slices) for s in seen}
    return Opinion(
        judge="rules only",
        files={name: float(bool(claimed)) for name, claimed in lines.items()},
        lines=lines,
        graded=False,
    )


def _claimed(slices: Iterable[Slice]) -> Lines:
    pairs = (pair for item in slices for pair in item.pairs if not rules.reason(pair))
    return {line: 1.0 for pair in pairs for line in (pair.first.line, pair.second.line)}


@dataclass(frozen=True, slots=True)
class Scored:
    """Labels in {0, 1}, scores, and the group of each item."""

    labels: Array
    scores: Array
    groups: list[str]
    shaded: Array | None = None  # scores by whose distance from one half confidence is ranked

    def row(
        self, names: Sequence[str], *, graded: bool = True, rounds: int = 500
    ) -> dict[str, Interval]:
        """Every figure with its interval over groups; none of confidence for bare verdicts."""
        return {n: NONE if n in GRADED and not graded else self._figure(n, rounds) for n in names}

    def _figure(self, name: str, rounds: int) -> Interval:
        metric = metrics.METRICS[name]
        ranked = name in RANKED and self.shaded is not None
        scores = self.shaded if ranked else self.scores
        return metrics.interval(metric, self.labels, scores, self.groups, rounds=rounds)


def by_file(cases: Iterable[Case], opinion: Opinion) -> Scored:
    """The files that the judge could read."""
    read = [case for case in cases if case.name in opinion.files]
    return Scored(
        np.array([case.racy for case in read], float),
        np.array([opinion.files[case.name] for case in read], float),
        [case.group for case in read],
        np.array([(opinion.shaded or opinion.files)[case.name] for case in read], float),
    )


def by_line(cases: Iterable[Case], opinion: Opinion) -> Scored:
    """The marked lines of the files that the judge could read."""
    items = [
        (racy, opinion.lines.get(case.name, {}).get(line, 0.0), case.group)
        for case in cases
        if case.name in opinion.files and opinion.speaks_of_lines
        for racy, line in marked(case)
    ]
    return Scored(
        np.array([racy for racy, _, _ in items], float),
        np.array([score for _, score, _ in items], float),
        [group for _, _, group in items],
    )


def marked(case: Case) -> list[tuple[bool, int]]:
    """(racy, line) of each labelled line, in order."""
    lines = [(True, line) for line in case.racy_lines]
    lines += [(False, line) for line in case.clean_lines]
    return sorted(lines, key=lambda item: item[1])
