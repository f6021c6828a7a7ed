"""Judges beside the world model that need no tool: what is certain, what words tell, relations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold

from model_export.suites.case import Case
from model_export.suites.linear import Array, Bag, fit_bags, fit_relations
from model_export.suites.measure import Absent, Lines, Opinion, Seen, marked
from reviewbot.model.bundle import Platt
from reviewbot.model.features import fact_tokens
from reviewbot.model.predict import calibrated

FOLDS = 5  # of cross-validation over groups
_WORD = re.compile(r"[A-Za-z_]\w*|\d+|[^\w\s]")


def always_yes(cases: Sequence[Case]) -> Opinion:
    """Every file and every marked line is racy."""
    return Opinion(
        judge="always yes",
        files={case.name: 1.0 for case in cases},
        lines={case.name: {line: 1.0 for _, line in marked(case)} for case in cases},
        graded=False,
    )


def bag_of_words(cases: Sequence[Case]) -> Opinion | Absent:
    """What words alone tell, each group judged by a model of the other groups of this suite."""
    if len({case.group for case in cases}) < 2:
        return Absent(judge="bag of words", reason="one group cannot be cross-validated")
    files = _crossed(
        [_WORD.findall(case.source) for case in cases],
        [case.racy for case in cases],
        [case.group for case in cases],
    )
    return Opinion(
        judge=f"bag of words, {FOLDS}-fold over groups of this suite",
        files={case.name: float(p) for case, p in zip(cases, files, strict=True)},
        lines=_words_of_lines(cases),
    )


def _words_of_lines(cases: Sequence[Case]) -> Mapping[str, Lines]:
    items = [(case, racy, line) for case in cases for racy, line in marked(case)]
    groups = [case.group for case, _, _ in items]
    if len(set(groups)) < 2:
        return {}
    texts = {case.name: case.source.splitlines() for case, _, _ in items}
    scores = _crossed(
        [_WORD.findall(texts[case.name][line - 1]) for case, _, line in items],
        [racy for _, racy, _ in items],
        groups,
    )
    lines: dict[str, dict[int, float]] = {}
    for (case, _, line), score in zip(items, scores, strict=True):
        lines.setdefault(case.name, {})[line] = float(score)
    return lines


def _crossed(bags: Sequence[Bag], labels: Sequence[bool], groups: Sequence[str]) -> Array:
    """The score of each bag by a model that saw none of its group."""
    scores: Array = np.zeros(len(bags))
    folds = GroupKFold(n_splits=min(FOLDS, len(set(groups))))
    for train, test in folds.split(bags, groups=groups):
        known = [int(labels[i]) for i in train]
        if len(set(known)) < 2:  # nothing to learn but the share
            scores[test] = known[0]
            continue
        score = fit_bags([bags[i] for i in train], known)
        scores[test] = score([bags[i] for i in test])
    return scores


def linear_relations(
    seen: Sequence[Seen], rows: Sequence[Mapping[str, Any]] | None
) -> Opinion | Absent:
    """A linear model of the same relations, trained on the corpus as the network was."""
    name = "linear, relations"
    if rows is None:
        return Absent(judge=name, reason="no --data with labelled slices to train it on")
    score, slices, files = fit_relations(rows)
    lines = {s.case.name: _scored_lines(s, score, slices) for s in seen}
    return Opinion(
        judge=name,
        files={n: calibrated(max(own.values()), files) if own else 0.0 for n, own in lines.items()},
        lines=lines,
    )


def _scored_lines(seen: Seen, score: Any, platt: Platt) -> Lines:
    pairs = [pair for item in seen.analysis.slices for pair in item.pairs]
    best: dict[int, float] = {}
    scores = score([fact_tokens(pair) for pair in pairs])
    for pair, value in zip(pairs, scores, strict=True):
        for line in (pair.first.line, pair.second.line):
            best[line] = max(best.get(line, 0.0), calibrated(float(value), platt))
    return best
